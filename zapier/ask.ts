import * as z from 'zod/mini';
import { checkUrl } from '../adapters/node/address-guard.ts';
import { UserError } from '../shared/failure.ts';
import { readJson } from '../shared/http/read-json.ts';
import { retryAfterHeader, WAIT_DEFAULT_MS } from '../shared/http/retry-after.ts';
import { vendorText } from '../shared/http/vendor-text.ts';
import type { Json } from '../shared/model.ts';
import { type Http, HttpFault, type HttpRequest, type HttpResponse } from '../shared/ports.ts';
import { Gone, Halt, Postponed } from './errors.ts';

const TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;

const ProblemWire = z.object({ type: z.optional(z.string()), detail: z.string() });

const NOT_REPLYBUS = 'What answers at the Deployment URL is not Replybus; check the address in the connection.';

/** One call to a deployment's API. */
export interface Call<Value> {
  readonly method: HttpRequest['method'];
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: Json;
  readonly key?: string;
  readonly shape: z.ZodMiniType<Value>;
}

export type Ask = <Value>(call: Call<Value>) => Promise<Value>;

const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/|$)/;

export const isLoopback = (url: string): boolean => LOOPBACK.test(url);

/** How the sentence is told that the token is not accepted: it may be all that a connection has. */
export type Unauthorized = (sentence: string) => Error;

interface Asker {
  readonly token: string;
  readonly unauthorized: Unauthorized;
}

function refusalOf({ status, body, headers }: HttpResponse, { token, unauthorized }: Asker): Error {
  const reading = readJson(body);
  const problem = 'json' in reading ? z.safeParse(ProblemWire, reading.json) : undefined;
  const isForbidden = problem?.success && problem.data.type?.endsWith(':forbidden');
  if (status === 401 || (status === 403 && !problem?.success))
    return unauthorized('Your Replybus does not accept the Deployment Token; create a new one and reconnect.');
  const isOurs = problem?.success === true;
  // A redirect, or a page that is not there, is not what a deployment answers.
  if (!isOurs && (status < 400 || status === 404 || status === 405)) return new UserError(NOT_REPLYBUS, 1);
  const words = isOurs ? vendorText(problem.data.detail, token) : `it answered HTTP ${status}.`;
  const wait = retryAfterHeader(headers, 0) ?? (status === 429 ? WAIT_DEFAULT_MS : undefined);
  const seconds = wait === undefined ? undefined : Math.ceil(wait / 1_000);
  const after = seconds === undefined ? '' : ` Try again in ${seconds} s.`;
  const message = `Your Replybus did not do this: ${words}${after}`;
  // What was asked for is asked under the same name again, so it can be.
  if (seconds !== undefined && (status === 429 || status === 503)) return new Postponed(message, seconds);
  if (isForbidden) return new UserError(message, 1);
  if (status === 404) return new Gone(message);
  return status === 409 ? new Halt(message) : new UserError(message, 1);
}

const queryOf = (query: Readonly<Record<string, string | undefined>> = {}) => {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return given.length === 0 ? '' : `?${new URLSearchParams(Object.fromEntries(given))}`;
};

/** Every call can be repeated: reads and setters by nature, sends by their key, subscriptions by their address. */
export function askerOf({ base, token }: DeploymentPlace, http: Http, unauthorized: Unauthorized): Ask {
  return async ({ method, path, query, body, key, shape }) => {
    const request: HttpRequest = {
      method,
      url: `${base}/v1/${path.map(encodeURIComponent).join('/')}${queryOf(query)}`,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeoutMs: TIMEOUT_MS,
      bytesMax: ANSWER_BYTES_MAX,
    };
    const answer = await http(request).catch(async (fault: unknown) => {
      if (!(fault instanceof HttpFault)) throw fault;
      return await http(request).catch(() => {
        throw new UserError('Your Replybus could not be reached; check that it runs and that its address is right.', 1);
      });
    });
    if (answer.status < 200 || answer.status > 299) throw refusalOf(answer, { token, unauthorized });
    const reading = readJson(answer.body);
    const parsed = 'json' in reading ? z.safeParse(shape, reading.json) : undefined;
    if (parsed?.success) return parsed.data;
    throw new UserError(NOT_REPLYBUS, 1);
  };
}

const WhoWire = z.object({ scopes: z.array(z.string()) });

/** Returns all that the token may do; throws where one of those is missing. */
export async function checkScopes(ask: Ask, needed: readonly string[], otherwise: string): Promise<readonly string[]> {
  const { scopes } = await ask({ method: 'GET', path: ['whoami'], shape: WhoWire });
  const missing = needed.filter((scope) => !scopes.includes(scope));
  if (missing.length === 0) return scopes;
  throw new UserError(
    `This token lacks ${missing.join(' and ')}, without which ${otherwise}; create one with "replybus token create zapier".`,
    1,
  );
}

/** Whether a page for people lies at this address. */
export async function hasConsole(base: string, http: Http): Promise<boolean> {
  const request = {
    method: 'GET',
    url: `${base}/`,
    headers: { accept: 'text/html' },
    timeoutMs: TIMEOUT_MS,
    bytesMax: 64_000,
  } as const;
  const answer = await http(request).catch(() => undefined);
  return answer?.status === 200 && (answer.headers['content-type'] ?? '').startsWith('text/html');
}

export interface DeploymentPlace {
  readonly base: string;
  readonly token: string;
}

/** A deployment's address and token as its owner gave them. */
export function placeOf(url: string, token: string, isTest: boolean): DeploymentPlace {
  const complaint = checkUrl(url, { allowPrivate: isTest && isLoopback(url) });
  if (complaint) throw new UserError(`The Deployment URL of this connection cannot be used. ${complaint}`);
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new UserError(
      'A Deployment URL needs a Deployment Token beside it; create one with "replybus token create".',
    );
  const { origin, pathname } = new URL(url);
  return { base: `${origin}${pathname.replace(/\/+$/, '')}`, token };
}
