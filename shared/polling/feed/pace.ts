import type { PolledConnection } from './context.ts';

const times = (calls: Readonly<Record<string, number>>, count: number): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(calls).map(([operation, made]) => [operation, made * count]));

/** The configured interval, stretched to what the key's budget bears. */
export function everyMsOf({ connection, everyMs }: PolledConnection, feedCount: number): number {
  const { budget, feeds } = connection;
  return Math.max(everyMs, budget.intervalMs(times(feeds.callsPerPoll, feedCount)));
}

/** Calls beyond what polls need in any case, in each poll of each feed, for as long as one likes. */
export function sustainedCalls(polled: PolledConnection, feedCount: number): number {
  const { budget, feeds } = polled.connection;
  const [list = ''] = Object.keys(feeds.callsPerPoll);
  const callMs = budget.intervalMs({ [list]: feedCount });
  if (callMs === 0) return Number.POSITIVE_INFINITY;
  const needMs = budget.intervalMs(times(feeds.callsPerPoll, feedCount));
  return Math.max(1, Math.floor((everyMsOf(polled, feedCount) - needMs) / callMs));
}

/** An opening takes two calls at the most, and what is not taken by a backfill is for live replies: half of all. */
const CALLS_A_THREAD = 4;

/** Threads that a backfill may open in the time of a poll, so that live replies never wait for calls of the hour. */
export const backfillThreads = (polled: PolledConnection, feedCount: number): number =>
  Math.max(1, Math.floor((sustainedCalls(polled, feedCount) * feedCount) / CALLS_A_THREAD));
