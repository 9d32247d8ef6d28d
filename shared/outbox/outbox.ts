import type { Event } from '../events/event.ts';
import type { Instant } from '../model.ts';
import { collection, readable, type Stored, Unreadable } from '../store/collection.ts';
import { deliveryAddress, eventAddress, eventOfAddress, isEventAddress, sinkOfAddress } from '../store/keys.ts';
import type { Address, Document, Store } from '../store/store.ts';
import { type Delivery, DeliverySchema, events, type StoredEvent } from './record.ts';
import type { Sink } from './sink.ts';

const DAY_MS = 24 * 3_600_000;
/** How long an event's body stays, and with it the possibility to replay. */
export const KEEP_MS = 90 * DAY_MS;
const OLD_MS = DAY_MS;

export type Deliveries = Readonly<Record<string, Delivery>>;

/** A document for each delivery, beside the event: what becomes of it rewrites no body. */
export const deliveries = collection<Delivery>({ name: 'delivery', schema: DeliverySchema });

/** Where something lies, or its document as it was just written, which spares reading it. */
export type Hint = Address | Document;

export const isDocument = (hint: Hint): hint is Document => 'version' in hint;

/** An event as it was read. */
export interface Entry {
  readonly document: Stored<StoredEvent>;
  readonly stored: StoredEvent;
  readonly recordedAt: Instant;
}

function entryOf(document: Stored<StoredEvent> | Unreadable | undefined): Entry | undefined {
  if (!document || document instanceof Unreadable || document.value.kind !== 'event') return undefined;
  const stored = document.value;
  return { document, stored, recordedAt: document.recordedAt ?? Date.parse(stored.body?.timestamp ?? '') };
}

/** Undefined for what is no event. Throws what cannot be read: it must not pass for one whose body is gone. */
export async function readEntry(store: Store, hint: Hint): Promise<Entry | undefined> {
  return entryOf(readable(isDocument(hint) ? events.read(store, hint) : await events.get(store, hint)));
}

/** An event with what became of it. */
export interface EventLog extends Entry {
  /** By sink; undefined until the event was first looked at, when the sinks of that moment are matched. */
  readonly deliveries: Deliveries | undefined;
  /** The documents they lie in; what the first version wrote has none. */
  readonly documents: ReadonlyMap<string, Stored<Delivery>>;
}

export async function readEventLog(store: Store, id: string): Promise<EventLog | undefined> {
  const { partition } = eventAddress(id);
  const found = await store.list(partition);
  const entry = found.flatMap((document) => (document.key === 'event' ? entryOf(events.read(store, document)) : []))[0];
  if (!entry) return undefined;
  const documents = new Map<string, Stored<Delivery>>();
  for (const document of found) {
    const sink = sinkOfAddress(document);
    const read = sink === undefined ? undefined : deliveries.read(store, document);
    if (sink !== undefined && read && !(read instanceof Unreadable)) documents.set(sink, read);
  }
  const isKnown = entry.stored.matched || entry.stored.deliveries || documents.size > 0;
  const own = [...documents].map(([sink, { value }]) => [sink, value] as const);
  return {
    ...entry,
    documents,
    deliveries: isKnown ? { ...entry.stored.deliveries, ...Object.fromEntries(own) } : undefined,
  };
}

/** The events among these places of the timeline, in their order; what is no event any more is left out. */
export async function readEventLogs(store: Store, addresses: readonly Address[]): Promise<readonly EventLog[]> {
  const ids = addresses.filter(isEventAddress).map(eventOfAddress);
  return (await Promise.all(ids.map((id) => readEventLog(store, id)))).filter((log) => log !== undefined);
}

/** Writes a delivery. Only what is pending is looked at again. False: somebody else was first. */
export async function writeDelivery(
  store: Store,
  at: { readonly event: string; readonly sink: string; readonly version: number },
  value: Delivery,
  dueAt: Instant | undefined = value.nextAt,
): Promise<boolean> {
  const due = value.state === 'pending' && dueAt !== undefined ? { dueAt } : {};
  return await deliveries.put(store, { ...deliveryAddress(at.event, at.sink), value, ...due }, at.version);
}

/**
 * Whether a sink that acts instead of telling must leave this event alone: a mail is as old as when it was sent; a label may
 * come weeks after the mail, and is as old as its event. A replay never asks such a sink at all.
 */
export function isOld({ recordedAt }: Pick<Entry, 'recordedAt'>, event: Event, now: Instant): boolean {
  if ('backfill' in event.data && event.data.backfill === true) return true;
  const sentAt = event.type === 'reply.received' ? Date.parse(event.data.message.sentAt) : recordedAt;
  return now - Math.min(recordedAt, Number.isNaN(sentAt) ? recordedAt : sentAt) > OLD_MS;
}

export function takes(sink: Sink, entry: Entry, event: Event, now: Instant): boolean {
  return (sink.actsOnOld || !isOld(entry, event, now)) && sink.accepts(event, entry.stored);
}
