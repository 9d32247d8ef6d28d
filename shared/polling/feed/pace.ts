import type { Instant } from '../../model.ts';
import type { PolledConnection } from './context.ts';

const times = (calls: Readonly<Record<string, number>>, count: number): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(calls).map(([operation, made]) => [operation, made * count]));

/**
 * So many times as long as the quotas would bear what polls need in any case: without calls to spare, a list of short pages or a burst is behind
 * for hours.
 */
const SPARED = 1.5;

/** What the quotas of a key bear where it has so many feeds. */
export interface Pace {
  readonly feedCount: number;
  /** The configured interval, stretched to that. */
  readonly everyMs: number;
  /** Calls beyond what polls need in any case, in each poll of each feed, for as long as one likes. */
  readonly sustainedCalls: number;
}

export function paceOf({ connection, everyMs: wantedMs }: PolledConnection, feedCount: number): Pace {
  const { budget, feeds } = connection;
  const needMs = budget.intervalMs(times(feeds.callsPerPoll, feedCount));
  const everyMs = Math.max(wantedMs, needMs * SPARED);
  const [list = ''] = Object.keys(feeds.callsPerPoll);
  const callMs = budget.intervalMs({ [list]: feedCount });
  const sustainedCalls = callMs === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor((everyMs - needMs) / callMs));
  return { feedCount, everyMs, sustainedCalls };
}

/** Calls that lists and openings may take right now. */
export const availableCalls = ({ connection: { budget, feeds } }: PolledConnection): number =>
  budget.available(Object.keys(feeds.callsPerPoll));

/** Of the calls that polls do not need in any case; the rest is for live replies. */
const BACKFILL_SHARE = 0.5;
/** At the most. */
export const CALLS_AN_OPENING = 2;

/** Threads a millisecond that a backfill may open for as long as one likes, so that live replies have the calls of the hour that they need. */
export function backfillRate(polled: PolledConnection, feedCount: number): number {
  const { budget, feeds } = polled.connection;
  const [list = ''] = Object.keys(feeds.callsPerPoll);
  const callMs = budget.intervalMs({ [list]: 1 });
  const needed = budget.intervalMs(times(feeds.callsPerPoll, feedCount)) / paceOf(polled, feedCount).everyMs;
  return ((1 - needed) * BACKFILL_SHARE) / CALLS_AN_OPENING / callMs;
}

/** Those after a poll that ends now: whole ones, which over many polls come to that rate. */
export function backfillThreads(polled: PolledConnection, feedCount: number, now: Instant): number {
  const rate = backfillRate(polled, feedCount);
  if (rate === Number.POSITIVE_INFINITY) return rate;
  return Math.floor(now * rate) - Math.floor((now - paceOf(polled, feedCount).everyMs) * rate);
}
