import type { Json } from '../model.ts';

export interface ApiRequest {
  readonly method: string;
  /** Percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The Authorization header as sent. */
  readonly authorization?: string;
  /** The Idempotency-Key header as sent. */
  readonly idempotencyKey?: string;
  readonly body?: string;
}

export interface ApiDocument {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Json;
}

/** A long answer, one JSON document a line (NDJSON). Returning early from `lines` stops the work behind it. */
export interface ApiStream {
  readonly status: number;
  readonly lines: AsyncIterable<Json>;
}

export type ApiResponse = ApiDocument | ApiStream;
