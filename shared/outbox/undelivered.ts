import { inParallel } from '../concurrency/in-parallel.ts';
import type { Instant } from '../model.ts';
import type { Clock } from '../ports.ts';
import { Unreadable } from '../store/collection.ts';
import { deliveriesPartition, eventAddress, eventOfAddress, isEventAddress, sinkOfAddress } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { deliveries, KEEP_MS, readEntry } from './outbox.ts';
import type { Delivery } from './record.ts';
import type { Sink } from './sink.ts';

/** Newest events looked through, without their bodies: a sink at which nothing arrives shows among these. */
const EVENTS_MAX = 300;
const EVENTS_AT_ONCE = 20;

/** What of the newest events did not arrive at a sink. */
export interface Undelivered {
  /** To be tried again. */
  readonly waiting: number;
  readonly parked: number;
  /** Of the last try that failed; absent where none was made. */
  readonly lastError?: string;
  /** Its last try of all failed: it is not just old misfortune. */
  readonly isFailing: boolean;
  /** When the oldest of them was recorded; absent where its event cannot be read. */
  readonly since?: Instant;
}

export interface UndeliveredNow {
  /** How many events were looked through. */
  readonly events: number;
  /** By sink; those at which everything arrives are not in it. */
  readonly sinks: ReadonlyMap<string, Undelivered>;
}

interface Found {
  readonly event: string;
  readonly delivery: Delivery;
}

interface Ports {
  readonly store: Store;
  readonly clock: Clock;
}

async function deliveriesOf(store: Store, event: string): Promise<readonly (Found & { readonly sink: string })[]> {
  const { partition, prefix } = deliveriesPartition(event);
  return (await store.list(partition, prefix)).flatMap((document) => {
    const sink = sinkOfAddress(document);
    const read = deliveries.read(store, document);
    return sink === undefined || !read || read instanceof Unreadable ? [] : [{ event, sink, delivery: read.value }];
  });
}

const lastTried = (found: readonly Found[]): Delivery | undefined =>
  found
    .map(({ delivery }) => delivery)
    .filter(({ triedAt }) => triedAt !== undefined)
    .toSorted((left, right) => (right.triedAt ?? 0) - (left.triedAt ?? 0))[0];

const hasFailed = ({ state, lastError }: Delivery): boolean => state !== 'delivered' && lastError !== undefined;

/** A sink that acts leaves alone what is too old for it: nobody misses that. */
const isMissed = ({ actsOnOld }: Sink, { state, tries }: Delivery): boolean =>
  state === 'pending' || (state === 'parked' && (actsOnOld || tries > 0));

/** Undefined where everything arrived, or is on its first way. */
async function undeliveredAt(store: Store, sink: Sink, found: readonly Found[]): Promise<Undelivered | undefined> {
  const missed = found.filter(({ delivery }) => isMissed(sink, delivery));
  if (!missed.some(({ delivery }) => hasFailed(delivery))) return undefined;
  const parked = missed.filter(({ delivery }) => delivery.state === 'parked').length;
  const last = lastTried(found);
  const lastError = lastTried(missed.filter(({ delivery }) => hasFailed(delivery)))?.lastError;
  const oldest = missed.at(-1);
  const since = oldest && (await readEntry(store, eventAddress(oldest.event)))?.recordedAt;
  return {
    waiting: missed.length - parked,
    parked,
    isFailing: last !== undefined && hasFailed(last),
    ...(lastError !== undefined && { lastError }),
    ...(since !== undefined && { since }),
  };
}

/** Looks through the newest events that can be replayed, and no further. */
export async function undeliveredNow({ store, clock }: Ports, sinks: readonly Sink[]): Promise<UndeliveredNow> {
  const { addresses } = await store.timeline(clock.now() - KEEP_MS, { limit: EVENTS_MAX, order: 'newest' });
  const events = addresses.filter(isEventAddress).map(eventOfAddress);
  const found = (await inParallel(events, EVENTS_AT_ONCE, (event) => deliveriesOf(store, event))).flat();
  const bySink = Map.groupBy(found, ({ sink }) => sink);
  const undelivered = new Map<string, Undelivered>();
  for (const sink of sinks) {
    const missing = await undeliveredAt(store, sink, bySink.get(sink.id) ?? []);
    if (missing) undelivered.set(sink.id, missing);
  }
  return { events: events.length, sinks: undelivered };
}
