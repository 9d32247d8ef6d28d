import type { Event } from '../events/event.ts';
import type { Instant } from '../model.ts';
import type { Clock } from '../ports.ts';
import type { Address, Store } from '../store/store.ts';
import { type Deliveries, type Entry, isEventAddress, KEEP_MS, readEntry, writeEntry } from './outbox.ts';
import { type Delivery, eventAddress } from './record.ts';
import type { Sink } from './sink.ts';

const PAGE = 100;
const WRITES_MAX = 5;

export interface ReplayPorts {
  readonly store: Store;
  readonly sinks: readonly Sink[];
  readonly clock: Clock;
}

/** What to deliver again: one event, whatever failed at or after an instant, or what a sink never got since one. */
export type Replay = { readonly sink?: string } & (
  | { readonly event: string }
  | { readonly failedSince: Instant }
  | { readonly neverAttempted: Instant }
);

export interface Replayed {
  /** Events that are due again. */
  readonly replayed: number;
  /** Events asked for whose body is gone, or that do not exist. */
  readonly gone: number;
}

type Verdict = 'replayed' | 'unconcerned' | 'gone';

/** Makes deliveries pending again, under the same event id; the next sweep carries them out. */
export async function replay(ports: ReplayPorts, what: Replay): Promise<Replayed> {
  const count = { replayed: 0, gone: 0, unconcerned: 0 };
  for await (const address of addresses(ports, what)) count[await replayEvent(ports, address, what)] += 1;
  return { replayed: count.replayed, gone: count.gone };
}

async function* addresses({ store, clock }: ReplayPorts, what: Replay): AsyncIterable<Address> {
  if ('event' in what) return yield eventAddress(what.event);
  // An event that failed yesterday may be weeks old.
  const from = 'neverAttempted' in what ? what.neverAttempted : clock.now() - KEEP_MS;
  let cursor: string | undefined;
  do {
    const page = await store.timeline(from, cursor === undefined ? { limit: PAGE } : { limit: PAGE, after: cursor });
    yield* page.addresses.filter(isEventAddress);
    cursor = page.cursor;
  } while (cursor !== undefined);
}

async function replayEvent(ports: ReplayPorts, address: Address, what: Replay): Promise<Verdict> {
  for (let write = 0; write < WRITES_MAX; write += 1) {
    const entry = await readEntry(ports.store, address);
    const event = entry?.stored.body;
    if (!entry || !event) return 'event' in what ? 'gone' : 'unconcerned';
    // Not looked at yet, so on its way already.
    if (!entry.stored.deliveries) return 'unconcerned';
    const again = deliveriesAgain(ports, entry, event, what);
    if (Object.keys(again).length === 0) return 'unconcerned';
    const deliveries = { ...entry.stored.deliveries, ...again };
    const change = { stored: { deliveries, replayed: true as const }, dueAt: ports.clock.now() };
    if (await writeEntry(ports.store, entry, change)) return 'replayed';
  }
  throw new Error('replay: the event is being written by others');
}

function deliveriesAgain({ sinks, clock }: ReplayPorts, entry: Entry, event: Event, what: Replay): Deliveries {
  const again: Record<string, Delivery> = {};
  for (const sink of sinks) {
    if ((what.sink !== undefined && what.sink !== sink.id) || !sink.actsOnOld) continue;
    const delivery = entry.stored.deliveries?.[sink.id];
    // By name a person may send an event to a sink that would not have asked for it.
    const named = 'event' in what && what.sink === sink.id;
    if (!delivery && !named && !sink.accepts(event, entry.stored)) continue;
    if (isMeant(delivery, what)) again[sink.id] = { state: 'pending', tries: 0, nextAt: clock.now() };
  }
  return again;
}

function isMeant(delivery: Delivery | undefined, what: Replay): boolean {
  if ('event' in what) return true;
  if ('neverAttempted' in what) return delivery === undefined || (delivery.tries === 0 && delivery.state === 'parked');
  if (!delivery || delivery.state === 'delivered' || delivery.tries === 0) return false;
  return (delivery.triedAt ?? 0) >= what.failedSince;
}
