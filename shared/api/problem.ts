import type { FailureKind } from '../failure.ts';
import { ProviderError, UserError } from '../failure.ts';
import type { ApiDocument } from './request.ts';

/** A request that ends in a problem document (RFC 9457). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly kind: string;

  constructor(status: number, kind: string, detail: string) {
    super(detail);
    this.status = status;
    this.kind = kind;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  422: 'Refused',
  500: 'Internal error',
  501: 'Not offered',
  502: 'The vendor failed',
  503: 'Try again later',
};

const STATUS: { readonly [Kind in FailureKind]: number } = {
  auth: 502,
  scope: 502,
  'not-found': 404,
  invalid: 422,
  throttled: 503,
  unavailable: 502,
  wire: 502,
  unsupported: 501,
};

function document(status: number, kind: string, detail: string): ApiDocument {
  const body = { type: `urn:replybus:problem:${kind}`, title: TITLES[status] ?? 'Problem', status, detail };
  return { status, headers: { 'content-type': 'application/problem+json' }, body };
}

/** Nothing of an unexpected error reaches the caller: its message may quote a body or a key. */
export function problemOf(error: unknown): ApiDocument {
  if (error instanceof ApiProblem) return document(error.status, error.kind, error.message);
  if (error instanceof UserError) return document(error.exitCode === 2 ? 400 : 409, 'refused', error.message);
  if (error instanceof ProviderError) {
    const { failure } = error;
    const problem = document(STATUS[failure.kind], failure.kind, error.message);
    if (failure.kind !== 'throttled') return problem;
    return {
      ...problem,
      headers: { ...problem.headers, 'retry-after': String(Math.ceil(failure.retryAfterMs / 1_000)) },
    };
  }
  const name = error instanceof Error ? error.name : 'unknown';
  return document(500, 'internal', `Something went wrong here (${name}); the log of this process may say more.`);
}
