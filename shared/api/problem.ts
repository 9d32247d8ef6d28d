import type { FailureKind } from '../failure.ts';
import { ProviderError, UserError } from '../failure.ts';
import { SendRefusal } from '../sending/refusal.ts';
import type { ApiDocument } from './request.ts';

/** Every kind of problem, with the one status it always has. The kind is the last part of the document's `type`. */
export const PROBLEMS = {
  invalid: { status: 400, title: 'Bad request' },
  unauthorized: { status: 401, title: 'No valid token' },
  'not-allowed': { status: 403, title: 'Not allowed' },
  'not-found': { status: 404, title: 'Not found' },
  method: { status: 405, title: 'Method not allowed' },
  conflict: { status: 409, title: 'Conflict' },
  'possible-duplicate': { status: 409, title: 'The same words went there already' },
  'conversation-moved': { status: 409, title: 'The conversation went on' },
  refused: { status: 409, title: 'Refused' },
  'vendor-refused': { status: 422, title: 'The vendor refused' },
  internal: { status: 500, title: 'Internal error' },
  unsupported: { status: 501, title: 'Not offered' },
  auth: { status: 502, title: 'The vendor refused the API key' },
  scope: { status: 502, title: 'The API key may not do this' },
  unavailable: { status: 502, title: 'The vendor failed' },
  wire: { status: 502, title: 'The vendor could not be understood' },
  throttled: { status: 503, title: 'Try again later' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly title: string }>>;
export type ProblemKind = keyof typeof PROBLEMS;

/** What asking a vendor can end in. */
export const VENDOR_PROBLEMS: readonly ProblemKind[] = [
  'not-found',
  'vendor-refused',
  'unsupported',
  'auth',
  'scope',
  'unavailable',
  'wire',
  'throttled',
];

const TYPE_PREFIX = 'urn:replybus:problem:';
const typeOf = (kind: ProblemKind): string => `${TYPE_PREFIX}${kind}`;
export const PROBLEM_TYPES: readonly string[] = Object.keys(PROBLEMS).map((kind) => `${TYPE_PREFIX}${kind}`);

/** A request that ends in a problem document (RFC 9457). Its message is a sentence for the person who asked. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly kind: ProblemKind;

  constructor(kind: ProblemKind, detail: string) {
    super(detail);
    this.kind = kind;
  }
}

const KIND_OF_FAILURE: { readonly [Kind in FailureKind]: ProblemKind } = {
  auth: 'auth',
  scope: 'scope',
  'not-found': 'not-found',
  invalid: 'vendor-refused',
  throttled: 'throttled',
  unavailable: 'unavailable',
  wire: 'wire',
  unsupported: 'unsupported',
};

function document(kind: ProblemKind, detail: string): ApiDocument {
  const { status, title } = PROBLEMS[kind];
  const body = { type: typeOf(kind), title, status, detail };
  return { status, headers: { 'content-type': 'application/problem+json' }, body };
}

/** Nothing of an unexpected error reaches the caller: its message may quote a body or a key. */
export function problemOf(error: unknown): ApiDocument {
  if (error instanceof ApiProblem || error instanceof SendRefusal) return document(error.kind, error.message);
  if (error instanceof UserError) return document(error.exitCode === 2 ? 'invalid' : 'refused', error.message);
  if (error instanceof ProviderError) {
    const { failure } = error;
    const problem = document(KIND_OF_FAILURE[failure.kind], error.message);
    if (failure.kind !== 'throttled') return problem;
    const seconds = String(Math.ceil(failure.retryAfterMs / 1_000));
    return { ...problem, headers: { ...problem.headers, 'retry-after': seconds } };
  }
  const name = error instanceof Error ? error.name : 'unknown';
  return document('internal', `Something went wrong here (${name}); the log of this process may say more.`);
}

const PLAIN = /^[A-Za-z0-9_.-]{1,64}$/;

/** What a caller wrote, to be quoted in a sentence: only where it can be neither an address nor a flood. */
export const quoted = (given: string): string => (PLAIN.test(given) ? `"${given}"` : 'of that name');
