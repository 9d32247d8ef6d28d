import { hash } from 'node:crypto';
import * as z from 'zod/mini';
import { type Failure, type Place, ProviderError } from '../failure.ts';
import type { Instant, Json } from '../model.ts';
import { HttpFault, type HttpResponse, type Ports } from '../ports.ts';
import type { KeyHeaders, SeenAnswer } from '../provider.ts';
import { httpDate } from '../time.ts';
import { issuesOf } from './issues.ts';
import { readJson } from './read-json.ts';
import { retryAfterHeader, WAIT_DEFAULT_MS, waitAsked } from './retry-after.ts';
import { vendorText, wordsIn } from './vendor-text.ts';

/** Overall deadlines, from call to last byte. A write gets longer: giving up early only makes its outcome unknown. */
export const READ_TIMEOUT_MS = 20_000;
export const WRITE_TIMEOUT_MS = 30_000;
/** Bytes of one answer we are ready to hold. */
export const ANSWER_BYTES_MAX = 8 * 1024 * 1024;

export interface Call<Value> {
  readonly operation: string;
  /** GET when absent. */
  readonly method?: 'GET' | 'POST' | 'PATCH';
  /** Encoded here, one by one. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: Json;
  /** What of the account the call is about, where the vendor may refuse that part alone: a campaign. */
  readonly scope?: string;
  /** Bytes of the answer we are ready to hold, where they are more than usual. */
  readonly bytesMax?: number;
  readonly schema: z.ZodMiniType<Value>;
}

export interface Answer<Value> {
  readonly value: Value;
  readonly headers: Readonly<Record<string, string>>;
  /** The server's own clock. */
  readonly date?: Instant;
}

export type JsonClient = <Value>(call: Call<Value>) => Promise<Answer<Value>>;

/** A 2xx as it came, its body not looked into yet. */
export interface Received<Value> extends Omit<Answer<Value>, 'value'> {
  /** Of the body: what came as the same text parses to the same value. */
  fingerprint(): string;
  /** Throws `wire` for a body that cannot be relied on. */
  parse(): Value;
}

export type Exchange = <Value>(call: Call<Value>) => Promise<Received<Value>>;

/** Parses each answer at once: a write must be, for a 2xx may still say that it failed. */
export function parsing(exchange: Exchange): JsonClient {
  return async <Value>(call: Call<Value>): Promise<Answer<Value>> => {
    const { parse, headers, date } = await exchange(call);
    return { value: parse(), headers, ...(date === undefined ? {} : { date }) };
  };
}

/** A 4xx, as a provider sees it. `words` makes a vendor's text fit to show. */
export interface Refusal {
  readonly status: number;
  /** Undefined when the body is not JSON. */
  readonly body: Json | undefined;
  words(text: string): string;
}
export type Explain = (refusal: Refusal) => Failure;

export interface ClientOptions {
  readonly label: string;
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly keyHeaders: KeyHeaders;
  readonly explain: Explain;
  /** Sees every answer, whatever its status. */
  readonly onAnswer?: (answer: SeenAnswer) => void;
}

/** What else stands in a key cannot be sent as a header, and what complains about it would quote it. */
export const isSendable = (apiKey: string): boolean => /^[\x21-\x7e]+$/.test(apiKey);

/** A segment of dots would climb to another endpoint; an empty one would name another resource. */
const NO_SEGMENTS: ReadonlySet<string> = new Set(['', '.', '..']);

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

function urlOf(baseUrl: string, { path, query = {} }: Pick<Call<unknown>, 'path' | 'query'>): string | undefined {
  let url = baseUrl;
  for (const segment of path) {
    if (NO_SEGMENTS.has(segment)) return undefined;
    url += `/${encoded(segment)}`;
  }
  let mark = '?';
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    url += `${mark}${name}=${encoded(String(value))}`;
    mark = '&';
  }
  return url;
}

/** A 2xx body may still say that the call failed: `success: false`, or an `error` with something in it. */
function saysItFailed(json: Json): boolean {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return false;
  const { success, error } = json as { readonly [key: string]: Json };
  return success === false || (error !== undefined && error !== null && error !== false && error !== '');
}

/** Too slow, or too early. */
const TRY_LATER: ReadonlySet<number> = new Set([408, 425]);
/**
 * What says by HTTP, or by the vendors' pages, that a write was not carried out. Others may follow one that was: a conflict with
 * what it made itself, a lock, a proxy whose client went away. Source: RFC 9110 and its registry of status codes.
 */
const REFUSALS: ReadonlySet<number> = new Set([
  400, 401, 402, 403, 404, 405, 406, 407, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 426, 428, 431, 451,
]);

function failureOf(response: HttpResponse, isWrite: boolean, now: Instant, options: ClientOptions): Failure {
  const { status, headers, body } = response;
  if (status === 429) return { kind: 'throttled', retryAfterMs: waitAsked(headers, body, now) ?? WAIT_DEFAULT_MS };
  const isClear = status >= 400 && status < 500 && (isWrite ? REFUSALS.has(status) : !TRY_LATER.has(status));
  if (!isClear) {
    // A redirect is never followed: it would carry the key, or the mail, to another host.
    const code = status >= 300 && status < 400 ? 'redirect' : `HTTP ${status}`;
    const wait = status === 503 && !isWrite ? retryAfterHeader(headers, now) : undefined;
    return wait === undefined
      ? { kind: 'unavailable', mayHaveHappened: isWrite, code }
      : { kind: 'throttled', retryAfterMs: wait };
  }
  const reading = readJson(body);
  return options.explain({
    status,
    body: 'json' in reading ? reading.json : undefined,
    words: (text) => vendorText(text, options.apiKey),
  });
}

const PACKED: { readonly [Problem in NonNullable<HttpResponse['packed']>]: string } = {
  unknown: 'the answer comes packed in a way that was not asked for (content-encoding)',
  broken: 'the answer comes packed and cannot be unpacked (content-encoding)',
};

/** Reads a 2xx: the value, or why it cannot be relied on. */
function parsedOf<Value>(
  call: Call<Value>,
  response: HttpResponse,
  apiKey: string,
): { value: Value } | { issues: string[]; tooLong?: true } {
  if (response.truncated)
    return { issues: [`the answer is longer than ${call.bytesMax ?? ANSWER_BYTES_MAX} bytes`], tooLong: true };
  if (response.packed) return { issues: [PACKED[response.packed]] };
  // A list of nothing may come without a body.
  const reading = response.status === 204 ? { json: null } : readJson(response.body);
  if ('problem' in reading) return { issues: [reading.problem] };
  if (saysItFailed(reading.json)) {
    const words = vendorText(wordsIn(reading.json) ?? 'no reason given', apiKey);
    return { issues: [`it says the call failed: ${words}`] };
  }
  const parsed = z.safeParse(call.schema, reading.json);
  return parsed.success ? { value: parsed.data } : { issues: issuesOf(parsed.error) };
}

/** One JSON call. What a redirect, a 5xx, a fault or an unreadable 2xx means is decided here, once, for every provider. */
export function jsonExchange(options: ClientOptions, { http, clock }: Pick<Ports, 'http' | 'clock'>): Exchange {
  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  return async <Value>(call: Call<Value>): Promise<Received<Value>> => {
    const { operation, method = 'GET' } = call;
    const isWrite = method !== 'GET';
    const fail = (failure: Failure, status?: number): never => {
      const place: Place = { provider: options.label, operation, ...(status === undefined ? {} : { status }) };
      throw new ProviderError(failure, place);
    };
    const url = urlOf(baseUrl, call) ?? fail({ kind: 'not-found' });
    if (!isSendable(options.apiKey)) return fail({ kind: 'auth' });
    const response = await http({
      method,
      url,
      headers: {
        accept: 'application/json',
        ...options.keyHeaders(options.apiKey),
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      timeoutMs: isWrite ? WRITE_TIMEOUT_MS : READ_TIMEOUT_MS,
      bytesMax: call.bytesMax ?? ANSWER_BYTES_MAX,
    }).catch((fault: unknown) => {
      if (!(fault instanceof HttpFault)) throw fault;
      return fail({ kind: 'unavailable', mayHaveHappened: isWrite && fault.bytesLeft, code: fault.code });
    });
    const { status, headers, body } = response;
    const date = httpDate(headers.date);
    options.onAnswer?.({ operation, status, headers, body, ...(date === undefined ? {} : { date }) });
    if (status < 200 || status > 299) return fail(failureOf(response, isWrite, clock.now(), options), status);
    return {
      headers,
      ...(date === undefined ? {} : { date }),
      fingerprint: () => hash('sha256', response.body, 'base64url'),
      parse() {
        const result = parsedOf(call, response, options.apiKey);
        if ('issues' in result) return fail({ kind: 'wire', mayHaveHappened: isWrite, ...result }, status);
        return result.value;
      },
    };
  };
}
