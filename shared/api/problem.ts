import type { FailureKind } from '../failure.ts';
import { ProviderError, UserError } from '../failure.ts';
import { SendRefusal } from '../sending/refusal.ts';
import { json } from './answer.ts';

/** Every kind of problem, with the one status it always has. The kind is the last part of the document's `type`. */
export const PROBLEMS = {
  invalid: { status: 400, title: 'Bad request' },
  unauthorized: { status: 401, title: 'No valid token' },
  forbidden: { status: 403, title: 'The token may not do this' },
  'not-allowed': { status: 403, title: 'Not allowed' },
  'not-found': { status: 404, title: 'Not found' },
  method: { status: 405, title: 'Method not allowed' },
  'too-slow': { status: 408, title: 'The request took too long' },
  conflict: { status: 409, title: 'Conflict' },
  'possible-duplicate': { status: 409, title: 'The same words went there already' },
  'conversation-moved': { status: 409, title: 'The conversation went on' },
  refused: { status: 409, title: 'Refused' },
  'too-large': { status: 413, title: 'Too large' },
  'too-long': { status: 414, title: 'Address too long' },
  'content-type': { status: 415, title: 'Not JSON' },
  expectation: { status: 417, title: 'Expectation cannot be met' },
  'vendor-refused': { status: 422, title: 'The vendor refused' },
  'headers-too-long': { status: 431, title: 'Headers too long' },
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

type Headers = Readonly<Record<string, string>>;

/** A request that ends in a problem document (RFC 9457). Its message is a sentence for the person who asked. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly kind: ProblemKind;
  readonly headers: Headers;

  constructor(kind: ProblemKind, detail: string, headers: Headers = {}) {
    super(detail);
    this.kind = kind;
    this.headers = headers;
  }
}

export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
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

function kindOf(error: unknown): ProblemKind {
  if (error instanceof ApiProblem || error instanceof SendRefusal) return error.kind;
  if (error instanceof UserError) return error.exitCode === 2 ? 'invalid' : 'refused';
  return error instanceof ProviderError ? KIND_OF_FAILURE[error.failure.kind] : 'internal';
}

export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

/** Nothing of an unexpected error reaches the caller: its message may quote a body or a key. */
function detailOf(error: unknown): string {
  const isOurs = [ApiProblem, SendRefusal, UserError, ProviderError].some((kind) => error instanceof kind);
  if (isOurs && error instanceof Error) return error.message;
  return `Something went wrong here (${nameOf(error)}); the log of this process may say more.`;
}

export function problemOf(error: unknown): ProblemDocument {
  const kind = kindOf(error);
  return { type: typeOf(kind), ...PROBLEMS[kind], detail: detailOf(error) };
}

function headersOf(error: unknown): Headers {
  if (error instanceof ApiProblem) return error.headers;
  if (!(error instanceof ProviderError) || error.failure.kind !== 'throttled') return {};
  return { 'retry-after': String(Math.ceil(error.failure.retryAfterMs / 1_000)) };
}

export function problemResponse(error: unknown): Response {
  const problem = problemOf(error);
  return json(problem, problem.status, { ...headersOf(error), 'content-type': 'application/problem+json' });
}

const PLAIN = /^[A-Za-z0-9_.-]{1,64}$/;

/** What a caller wrote, to be quoted in a sentence: only where it can be neither an address nor a flood. */
export const quoted = (given: string): string => (PLAIN.test(given) ? `"${given}"` : 'of that name');
