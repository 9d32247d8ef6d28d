import type { EventView } from './api.ts';

const DAY_MS = 86_400_000;

export interface Day {
  readonly day: string;
  readonly replies: number;
  readonly interested: number;
}

export interface Stats {
  /** Oldest first, each day there. */
  readonly days: readonly Day[];
  readonly toldMs: { readonly p50: number | null; readonly p95: number | null };
  readonly sinks: readonly { readonly sink: string; readonly delivered: number; readonly parked: number }[];
}

const dayOf = (instant: number): string => new Date(instant).toISOString().slice(0, 10);

function rank(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}

/** How long each event took to arrive: at the first try that did. */
function toldMs(events: readonly EventView[]): Stats['toldMs'] {
  const times = events.flatMap(({ recordedAt, deliveries }) =>
    Object.values(deliveries ?? {}).flatMap(({ state, triedAt }) =>
      state === 'delivered' && triedAt !== null ? [Math.max(0, Date.parse(triedAt) - Date.parse(recordedAt))] : [],
    ),
  );
  const sorted = times.sort((one, other) => one - other);
  return { p50: rank(sorted, 0.5), p95: rank(sorted, 0.95) };
}

function sinksOf(events: readonly EventView[]): Stats['sinks'] {
  const sinks = new Map<string, { delivered: number; parked: number }>();
  for (const [sink, { state }] of events.flatMap(({ deliveries }) => Object.entries(deliveries ?? {}))) {
    const counts = sinks.get(sink) ?? { delivered: 0, parked: 0 };
    if (state !== 'pending') counts[state] += 1;
    sinks.set(sink, counts);
  }
  return [...sinks].map(([sink, counts]) => ({ sink, ...counts }));
}

export function statsOf(events: readonly EventView[], dayCount: number, now: number): Stats {
  const counted = new Map<string, number>();
  for (const { type, recordedAt } of events) {
    const key = `${type} ${dayOf(Date.parse(recordedAt))}`;
    counted.set(key, (counted.get(key) ?? 0) + 1);
  }
  const days = Array.from({ length: dayCount }, (_, index) => {
    const day = dayOf(now - (dayCount - 1 - index) * DAY_MS);
    const count = (type: string) => counted.get(`${type} ${day}`) ?? 0;
    return { day, replies: count('reply.received'), interested: count('reply.interested') };
  });
  return { days, toldMs: toldMs(events), sinks: sinksOf(events) };
}
