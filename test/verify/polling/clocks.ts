/** The clocks of a world, by how far they are ahead of the truth, which none of them tells. */
export interface Clocks {
  /** The vendor's `Date` at that moment; undefined where there is none. */
  readonly vendorAheadMs: (at: number) => number | undefined;
  /** This machine's. */
  readonly oursAheadMs: number;
}

function allAheadMs({ vendorAheadMs, oursAheadMs }: Clocks, at: number): readonly number[] {
  const vendor = vendorAheadMs(at);
  return vendor === undefined ? [oursAheadMs] : [vendor, oursAheadMs];
}

/**
 * Sent after the moment, or late, and yet dated before what every clock showed then: it may be taken for old. Source: README, Limits.
 */
export function isBeforeEveryClock(clocks: Clocks, moment: number, sentAt: number): boolean {
  const earliest = Math.min(...allAheadMs(clocks, moment));
  return earliest > 0 && sentAt <= moment + earliest;
}

/** The moment by the latest clock, where every clock is behind: what counts as old ends as much earlier. */
export const momentByClocks = (clocks: Clocks, moment: number): number =>
  moment + Math.min(0, Math.max(...allAheadMs(clocks, moment)));

/** Sent before the moment, and yet dated after what every clock showed then: it may be taken for new. Source: README, Limits. */
export const isAfterEveryClock = (clocks: Clocks, moment: number, sentAt: number): boolean =>
  sentAt <= moment && sentAt > momentByClocks(clocks, moment);

const STEP_MS = 5 * 60_000;

/** Every clock has shown a time by a moment, though not the truth perhaps. */
export function hasEveryClockReached(
  clocks: Clocks,
  time: number,
  { from, to }: { from: number; to: number },
): boolean {
  for (let at = to; at >= from; at -= STEP_MS) if (at + Math.min(...allAheadMs(clocks, at)) >= time) return true;
  return false;
}
