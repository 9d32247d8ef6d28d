import type { Instant } from '../model.ts';
import { dayNumber } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { NOTHING, type SinkCounts } from './counts.ts';
import { listDays } from './days.ts';
import { sum, within } from './latency.ts';

export interface Stats {
  /** Oldest first, each day there; counted from 1970, in UTC. */
  readonly days: readonly { readonly day: number; readonly replies: number; readonly interested: number }[];
  /** Half of the replies, and 19 of 20, were recorded so soon after they were sent, rounded up; undefined of none. */
  readonly latencyMs: { readonly p50: number | undefined; readonly p95: number | undefined };
  readonly sinks: ReadonlyMap<string, SinkCounts>;
  /** Sends of which a person was asked, newest last. */
  readonly undecided: readonly string[];
}

/** What was counted of the last days. Reads documents of days, never an event. */
export async function readStats(store: Store, count: number, now: Instant): Promise<Stats> {
  const last = dayNumber(now);
  const first = last - count + 1;
  const known = new Map((await listDays(store, first, last)).map(({ value }) => [value.day, value.counts]));
  const sinks = new Map<string, SinkCounts>();
  for (const [sink, more] of [...known.values()].flatMap((counts) => Object.entries(counts.sinks))) {
    const { delivered = 0, parked = 0, pending = 0 } = sinks.get(sink) ?? {};
    sinks.set(sink, {
      delivered: delivered + more.delivered,
      parked: parked + more.parked,
      pending: pending + more.pending,
    });
  }
  const latency = [...known.values()].map((counts) => counts.latency).reduce(sum, []);
  const days = Array.from({ length: count }, (_, index) => {
    const { replies, interested } = known.get(first + index) ?? NOTHING;
    return { day: first + index, replies, interested };
  });
  const undecided = [...new Set([...known.values()].flatMap((counts) => counts.undecided))];
  return { days, latencyMs: { p50: within(latency, 0.5), p95: within(latency, 0.95) }, sinks, undecided };
}
