import type { PolledConnection } from './context.ts';

const times = (calls: Readonly<Record<string, number>>, count: number): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(calls).map(([operation, made]) => [operation, made * count]));

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
  const everyMs = Math.max(wantedMs, needMs);
  const [list = ''] = Object.keys(feeds.callsPerPoll);
  const callMs = budget.intervalMs({ [list]: feedCount });
  const sustainedCalls = callMs === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor((everyMs - needMs) / callMs));
  return { feedCount, everyMs, sustainedCalls };
}

/** An opening takes two calls at the most, and what is not taken by a backfill is for live replies: half of all. */
const CALLS_A_THREAD = 4;

/** Threads that a backfill may open in the time of a poll, so that live replies never wait for calls of the hour. */
export const backfillThreads = (polled: PolledConnection, feedCount: number): number =>
  Math.max(1, Math.floor((paceOf(polled, feedCount).sustainedCalls * feedCount) / CALLS_A_THREAD));
