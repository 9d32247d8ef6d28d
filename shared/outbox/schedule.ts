import type { Random } from '../ports.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The least wait after each failed try. Their sum, 75 h 35 min, is the least time between the first try and the last. */
export const WAITS_MS: readonly number[] = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/**
 * Milliseconds until the next try, or nothing when `tries` were enough. Full jitter comes on top of the least wait and is
 * as wide as it, so that retries spread out while the whole span stays guaranteed.
 */
export function waitAfter(tries: number, random: Random, askedMs = 0): number | undefined {
  const least = WAITS_MS[tries - 1];
  if (least === undefined) return undefined;
  return Math.max(askedMs, Math.ceil(least * (1 + random())));
}

const PUT_OFF_MS = 30 * SECOND_MS;
const PUT_OFF_MAX_MS = HOUR_MS;

/** How long a delivery is put off without a try: twice as long each time, and as much again by chance. */
export function putOffFor(times: number, random: Random): number {
  return Math.ceil(Math.min(PUT_OFF_MAX_MS, PUT_OFF_MS * 2 ** Math.min(times, 10)) * (1 + random()));
}
