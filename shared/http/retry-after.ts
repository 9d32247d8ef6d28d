import type { Instant } from '../model.ts';
import { httpDate } from '../time.ts';

/** A wait shorter than this is not worth believing; one longer is a mistake. */
export const WAIT_MIN_MS = 1_000;
export const WAIT_MAX_MS = 24 * 3_600_000;
/** Bounds of a wait read from prose, which is a hint only. */
const PROSE_MIN_MS = 60_000;
const PROSE_MAX_MS = 3_600_000;
/** When a vendor says "too many" and nothing else. */
export const WAIT_DEFAULT_MS = 60_000;

type Headers = Readonly<Record<string, string>>;

function clamp(ms: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.ceil(ms)));
}

/** `Retry-After`: whole seconds or an HTTP date. Integers first: `Date.parse('120')` is the year 120. */
export function retryAfterHeader(headers: Headers, now: Instant): number | undefined {
  const text = headers['retry-after']?.trim();
  if (!text) return undefined;
  if (/^[+-]?\d+$/.test(text)) return clamp(Number(text) * 1_000, WAIT_MIN_MS, WAIT_MAX_MS);
  const date = httpDate(text);
  return date === undefined ? undefined : clamp(date - (httpDate(headers.date) ?? now), WAIT_MIN_MS, WAIT_MAX_MS);
}

/** `X-RateLimit-Reset`: Unix seconds. Measured against the server's own clock where it sent one. Source: ColdSend's rate limits page. */
export function resetHeader(headers: Headers, now: Instant): number | undefined {
  const text = headers['x-ratelimit-reset']?.trim();
  if (!text || !/^\d{9,12}(\.\d+)?$/.test(text)) return undefined;
  const wait = Number(text) * 1_000 - (httpDate(headers.date) ?? now);
  return clamp(wait, WAIT_MIN_MS, WAIT_MAX_MS);
}

/** "Rate limit exceeded. Retry after 60 seconds." Source: ColdSend's errors page. */
function proseWait(body: string): number | undefined {
  const match = /(?:retry|try again|wait)[^0-9]{0,40}(\d{1,9})\s*(s|sec|min|h)?/i.exec(body.slice(0, 2_000));
  if (!match) return undefined;
  const unit = { min: 60_000, h: 3_600_000 }[match[2]?.toLowerCase() ?? ''] ?? 1_000;
  return clamp(Number(match[1]) * unit, PROSE_MIN_MS, PROSE_MAX_MS);
}

/** How long the vendor asks us to wait, by every way one is known to say so; undefined when it says nothing readable. */
export function waitAsked(headers: Headers, body: string, now: Instant): number | undefined {
  return retryAfterHeader(headers, now) ?? resetHeader(headers, now) ?? proseWait(body);
}
