import type { Instant } from '../model.ts';
import { readEventLog } from '../outbox/outbox.ts';
import type { Kind, Offer } from '../outbox/worker.ts';
import type { Clock } from '../ports.ts';
import { dayNumber, eventOfAddress, statsAddress } from '../store/keys.ts';
import { cursorAt } from '../store/order.ts';
import type { Store } from '../store/store.ts';
import { isPending, withEvent } from './counts.ts';
import { begun, type Counting, type DayCounts, type KnownDay, listDays, readDay, writeDay } from './days.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Events read at once. */
const SLICE = 100;
/** Slices of one run; what is left is the next run's. */
const SLICES_MAX = 10;
/** What is younger may still come into the timeline in another order, and its deliveries are under way. */
const YOUNG_MS = 15_000;
/** Where nothing was counted yet, counting begins so far back; and a day that is older is not counted again. */
const DAYS_BACK = 31;
/** All tries of a day's deliveries are over, and what clocks or the timeline showed late is there: it is counted once more. */
const SETTLED_MS = 5 * DAY_MS;
/** While deliveries are under way a day is counted again, at first so soon, and later less and less often. */
const AGAIN_MS = 10 * MINUTE_MS;
const AGAIN_SHARE = 0.25;
/** Replayed deliveries get this time to arrive. */
const REPLAY_MS = 30_000;

interface CountingPorts {
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
}

interface Slice {
  readonly counting: Counting;
  /** The day of the first event behind what was counted, where that is not the day asked for. */
  readonly beyond?: number;
  /** Nothing more of the day can be counted now. */
  readonly isEnd: boolean;
}

/** Goes on with the events of one day, behind the last that was counted. */
async function countSlice({ store, clock }: CountingPorts, day: number, counting: Counting): Promise<Slice> {
  const { place, ...rest } = counting;
  const until = clock.now() - YOUNG_MS;
  const page = await store.timeline(day * DAY_MS, { limit: SLICE, ...(place === undefined ? {} : { after: place }) });
  const read = await Promise.all(
    page.addresses.map(async (address) => ({ address, log: await readEventLog(store, eventOfAddress(address)) })),
  );
  let next: Counting = counting;
  for (const { address, log } of read) {
    // What cannot be read is said where it is read, and counts as nothing.
    if (!log) continue;
    const { recordedAt } = log;
    if (recordedAt > until) return { counting: next, isEnd: true };
    if (dayNumber(recordedAt) !== day) return { counting: next, beyond: dayNumber(recordedAt), isEnd: true };
    next = { ...rest, counts: withEvent(next.counts, log), place: cursorAt(recordedAt, address) };
  }
  if (page.cursor === undefined) return { counting: next, isEnd: true };
  return { counting: { ...next, place: page.cursor }, isEnd: false };
}

/** One slice of what was not counted yet. Gives the day to go on with; nothing when all is counted, or others count too. */
async function countNew(
  ports: CountingPorts,
  { value, version }: KnownDay,
  today: number,
): Promise<number | undefined> {
  const { counting, beyond, isEnd } = await countSlice(ports, value.day, value);
  const isWritten = counting.place === value.place || (await writeDay(ports.store, { ...value, ...counting }, version));
  if (!isWritten) return undefined;
  if (!isEnd) return value.day;
  if (beyond === undefined) await passQuietDays(ports, value.day, today);
  return beyond;
}

/** Up to yesterday there was nothing: written down once a day, so that nobody looks through those days again. */
async function passQuietDays({ store, clock }: CountingPorts, day: number, today: number): Promise<void> {
  const yesterday = today - 1;
  if (day >= yesterday) return;
  const { value, version } = await readDay(store, yesterday, clock.now());
  await writeDay(store, value, version);
}

function isToBeCountedAgain({ day, counts, beganAt, again, replayedAt }: DayCounts, now: Instant): boolean {
  if (again || (replayedAt !== undefined && now >= replayedAt + REPLAY_MS)) return true;
  const settledAt = (day + 1) * DAY_MS + SETTLED_MS;
  if (beganAt < settledAt && now >= settledAt) return true;
  return isPending(counts) && now - beganAt >= Math.max(AGAIN_MS, (now - day * DAY_MS) * AGAIN_SHARE);
}

/** One slice of a day that is counted again. False: nothing more of it can be done now. */
async function recount(ports: CountingPorts, { value, version }: KnownDay): Promise<boolean> {
  const now = ports.clock.now();
  const { again = begun(now), replayedAt, ...rest } = value;
  const { counting, isEnd } = await countSlice(ports, value.day, again);
  const isReplayedSince = replayedAt !== undefined && replayedAt + REPLAY_MS > again.beganAt;
  const replayed = isReplayedSince ? { replayedAt } : {};
  const { place: _, ...whole } = rest;
  const next: DayCounts = isEnd
    ? { ...whole, ...counting, ...replayed }
    : { ...rest, again: counting, ...(replayedAt === undefined ? {} : { replayedAt }) };
  return (await writeDay(ports.store, next, version)) && !isEnd;
}

/**
 * Counts what was recorded since it last counted, and counts days again whose deliveries have gone on. Whoever runs it, once
 * or many at the same time, and wherever it ends: a day's counts are those of its events up to its place.
 */
export async function count(ports: CountingPorts): Promise<void> {
  const { store, clock } = ports;
  const now = clock.now();
  const today = dayNumber(now);
  const known = await listDays(store, today - DAYS_BACK, today);
  let slices = 0;
  let day: number | undefined = known.at(-1)?.value.day ?? today - DAYS_BACK;
  for (; day !== undefined && day <= today && slices < SLICES_MAX; slices += 1)
    day = await countNew(ports, await readDay(store, day, now), today);
  for (const { value } of known.filter((each) => isToBeCountedAgain(each.value, now))) {
    let isMore = true;
    for (; isMore && slices < SLICES_MAX; slices += 1)
      isMore = await recount(ports, await readDay(store, value.day, now));
  }
}

const COUNTING = 'counting';
const EVERY_MS = 10_000;
const TAKES_MS = 5_000;

/** Counts now and then, beside what is due. */
export class CountingEvents implements Kind {
  readonly #ports: CountingPorts;
  #at = Number.NEGATIVE_INFINITY;

  constructor(ports: CountingPorts) {
    this.#ports = ports;
  }

  atOnce(lane: string): number | undefined {
    return lane === COUNTING ? 1 : undefined;
  }

  job(): undefined {
    return undefined;
  }

  besides(offer: Offer): void {
    const now = this.#ports.clock.now();
    if (Math.abs(now - this.#at) < EVERY_MS) return;
    this.#at = now;
    const run = async () => await count(this.#ports);
    const job = { lane: COUNTING, takesMs: TAKES_MS, failed: 'stats.failed', fields: {}, run };
    offer.add(statsAddress(dayNumber(now)), job);
  }
}
