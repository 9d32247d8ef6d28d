import * as z from 'zod/mini';
import type { Instant } from '../model.ts';
import { collection, readable, type Stored } from '../store/collection.ts';
import { statsAddress, statsPartitions } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { Counts, NOTHING } from './counts.ts';

const Counting = z.object({
  counts: Counts,
  /** The cursor of the last event that is counted; absent before the first. */
  place: z.exactOptional(z.string()),
  /** When this counting began. */
  beganAt: z.number(),
});
/** One reading of a day's events from its start: counts and place go into the store together, so an event counts once. */
export type Counting = Readonly<z.infer<typeof Counting>>;

const DayCounts = z.extend(Counting, {
  /** From 1970, in UTC: which of the days that share this address it is. */
  day: z.number(),
  /** The day is counted again from its start; it takes the place of the counting before when it is through. */
  again: z.exactOptional(Counting),
  /** Deliveries of the day were begun anew at this time. */
  replayedAt: z.exactOptional(z.number()),
});
export type DayCounts = Readonly<z.infer<typeof DayCounts>>;

const days = collection<DayCounts>({ name: 'counts of a day', schema: DayCounts });

export const begun = (at: Instant): Counting => ({ counts: NOTHING, beganAt: at });

export interface KnownDay {
  readonly value: DayCounts;
  readonly version: number;
}

/** The days from `first` to `last` on which something was recorded, in order. */
export async function listDays(store: Store, first: number, last: number): Promise<readonly KnownDay[]> {
  const parts = statsPartitions(first, last).map(async (partition) => await days.list(store, partition));
  const found: readonly Stored<DayCounts>[] = (await Promise.all(parts)).flat();
  return found
    .filter(({ value: { day } }) => day >= first && day <= last)
    .sort((one, other) => one.value.day - other.value.day);
}

/** A day as it stands, or at its start, in the place of the day that was here a year before. */
export async function readDay(store: Store, day: number, now: Instant): Promise<KnownDay> {
  const found = readable(await days.get(store, statsAddress(day)));
  if (found?.value.day === day) return found;
  return { value: { day, ...begun(now) }, version: found?.version ?? 0 };
}

/** False: somebody else was first. */
export async function writeDay(store: Store, value: DayCounts, expected: number): Promise<boolean> {
  return await days.put(store, { ...statsAddress(value.day), value }, expected);
}

const WRITES_MAX = 5;

/** Deliveries of these days were begun anew: what became of them is counted again. */
export async function countAgain(store: Store, again: Iterable<number>, now: Instant): Promise<void> {
  for (const day of again) {
    await days.update(
      store,
      statsAddress(day),
      (found) => (found?.value.day === day ? { value: { ...found.value, replayedAt: now } } : 'keep'),
      { tries: WRITES_MAX },
    );
  }
}
