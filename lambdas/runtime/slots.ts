import type { Instant } from '../../shared/model.ts';

/** Rounds are begun once a minute. */
export const TICK_MS = 60_000;

function spread(text: string, over: number): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash % over;
}

/**
 * Whether a feed's turn comes in the minute of `now`. Computed, not stored: any process answers the same, turns of different feeds
 * are spread over the minutes, and what is polled every minute has its turn each time.
 */
export function hasTurn(feed: string, everyMs: number, now: Instant): boolean {
  const minute = Math.floor(now / TICK_MS) * TICK_MS;
  const at = minute + spread(feed, Math.max(1, Math.floor(everyMs)));
  return everyMs <= TICK_MS || Math.floor(at / everyMs) !== Math.floor((at - TICK_MS) / everyMs);
}
