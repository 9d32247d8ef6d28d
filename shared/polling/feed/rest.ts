import type { Instant } from '../../model.ts';

/** How long what failed so often in a row is left alone: once not at all, then from a first wait on twice as long each time. */
export const grownRestMs = (attempts: number, firstMs: number): number =>
  attempts === 1 ? 0 : firstMs * 2 ** (attempts - 2);

/** A rest that is longer than any can be was begun by a clock that has been put back since. */
export const isStillResting = (until: Instant, now: Instant, longestMs: number): boolean =>
  until > now && until - now <= longestMs;
