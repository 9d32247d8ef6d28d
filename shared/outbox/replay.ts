import type { Event } from '../events/event.ts';
import type { Instant } from '../model.ts';
import type { Clock } from '../ports.ts';
import { deliveryAddress, eventAddress, eventOfAddress, isEventAddress } from '../store/keys.ts';
import type { Address, Store } from '../store/store.ts';
import { deliveries, type EventLog, KEEP_MS, readEventLog } from './outbox.ts';
import type { Delivery } from './record.ts';
import type { Sink } from './sink.ts';

const PAGE = 100;
const WRITES_MAX = 5;

export interface ReplayPorts {
  readonly store: Store;
  readonly sinks: readonly Sink[];
  readonly clock: Clock;
  /** Told of each event that is due again. */
  readonly began?: (event: { readonly recordedAt: Instant }) => void;
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
  const log = await readEventLog(ports.store, eventOfAddress(address));
  const event = log?.stored.body;
  if (!log || !event) return 'event' in what ? 'gone' : 'unconcerned';
  // Not looked at yet, so on its way already.
  if (!log.deliveries) return 'unconcerned';
  const again = sinksMeant(ports, log, event, what);
  for (const sink of again) await makePending(ports, log.stored.id, sink);
  if (again.length === 0) return 'unconcerned';
  ports.began?.(log);
  return 'replayed';
}

function sinksMeant({ sinks }: ReplayPorts, log: EventLog, event: Event, what: Replay): readonly string[] {
  const meant = sinks.filter((sink) => {
    if ((what.sink !== undefined && what.sink !== sink.id) || !sink.actsOnOld) return false;
    const delivery = log.deliveries?.[sink.id];
    // By name a person may send an event to a sink that would not have asked for it.
    const isNamed = 'event' in what && what.sink === sink.id;
    return (delivery || isNamed || sink.accepts(event, log.stored)) && isMeant(delivery, what);
  });
  return meant.map(({ id }) => id);
}

async function makePending({ store, clock }: ReplayPorts, event: string, sink: string): Promise<void> {
  const nextAt = clock.now();
  const again: Delivery = { state: 'pending', tries: 0, nextAt, replayed: true };
  const change = () => ({ value: again, dueAt: nextAt });
  const updated = await deliveries.update(store, deliveryAddress(event, sink), change, { tries: WRITES_MAX });
  if (updated.kind === 'contended') throw new Error('replay: the event is being written by others');
  if (updated.kind === 'unreadable') throw updated.error;
}

function isMeant(delivery: Delivery | undefined, what: Replay): boolean {
  if ('event' in what) return true;
  if ('neverAttempted' in what) return delivery === undefined || (delivery.tries === 0 && delivery.state === 'parked');
  if (!delivery || delivery.state === 'delivered' || delivery.tries === 0) return false;
  return (delivery.triedAt ?? 0) >= what.failedSince;
}
