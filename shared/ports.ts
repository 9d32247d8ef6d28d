/** What the core needs from the world. Every port is passed in; nothing in `shared/` reaches for a global. */

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Overall deadline in milliseconds, from call to last byte. */
  readonly timeoutMs: number;
  /** Bytes of answer read before giving up. */
  readonly bytesMax: number;
  /**
   * The status is the answer: what the body does after the headers (never end, be cut) changes nothing. Of a 2xx no body is
   * given at all; of another status what came of it within `bodyWaitMs`.
   */
  readonly statusDecides?: { readonly bodyWaitMs: number };
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The answer was longer than `bytesMax`, as it came or unpacked; `body` holds the first part of one that came unpacked, or nothing. */
  readonly truncated?: boolean;
  /** The body came packed in a way that nobody asked for, or that breaks off; `body` holds nothing. */
  readonly packed?: 'unknown' | 'broken';
}

/** Never follows a redirect; resolves for every status; rejects with {@link HttpFault} only. */
export type Http = (request: HttpRequest) => Promise<HttpResponse>;

/** The call did not end in an answer. `code` is a short word, never a URL, header or body. */
export class HttpFault extends Error {
  override readonly name = 'HttpFault';
  readonly code: string;
  /** Whether any byte of the request may have left: the socket's own count, not a guess from the code. */
  readonly bytesLeft: boolean;
  constructor(code: string, bytesLeft: boolean) {
    super(code);
    this.code = code;
    this.bytesLeft = bytesLeft;
  }
}

export interface Clock {
  /** Milliseconds since 1970 by this machine, which may be wrong. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** In [0, 1). */
export type Random = () => number;

/** Fields by allow-list: ids, counts, codes; never bodies, addresses, keys. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
}

export interface Ports {
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}
