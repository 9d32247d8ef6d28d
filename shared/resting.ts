import type { Instant } from './model.ts';

/** A rest that is longer than any can be was begun by a clock that has been put back since. */
export const isStillResting = (until: Instant, now: Instant, longestMs: number): boolean =>
  until > now && until - now <= longestMs;

/** No delivery, and no send that is under way, is left alone for longer: the last wait of both is a day, and as much again by chance. */
export const LONGEST_WAIT_MS = 48 * 3_600_000;
