import type { Event } from '../events/event.ts';
import type { Instant } from '../model.ts';
import type { Address, Document, Store } from '../store/store.ts';
import { type Delivery, readEvent, type StoredEvent } from './record.ts';
import type { Sink } from './sink.ts';

const DAY_MS = 24 * 3_600_000;
/** How long an event's body stays, and with it the possibility to replay. */
export const KEEP_MS = 90 * DAY_MS;
const OLD_MS = DAY_MS;

export type Deliveries = Readonly<Record<string, Delivery>>;

/** An event's document with what is known of it, read once and written once. */
export interface Entry {
  readonly document: Document;
  readonly stored: StoredEvent;
  readonly recordedAt: Instant;
}

export const isEventAddress = ({ partition }: Address) => partition.startsWith('EVENT#');

/** Where an event lies, or its document as it was just written, which spares reading it. */
export type Hint = Address | Document;

const isDocument = (hint: Hint): hint is Document => 'version' in hint;

export async function readEntry(store: Store, hint: Hint): Promise<Entry | undefined> {
  const document = isDocument(hint) ? hint : await store.get(hint);
  if (!document) return undefined;
  const stored = readEvent(document);
  if (stored.kind !== 'event') return undefined;
  return { document, stored, recordedAt: document.recordedAt ?? Date.parse(stored.body?.timestamp ?? '') };
}

/** Writes what has changed and keeps the rest; no `dueAt`: nobody looks at it again. False: somebody else was first. */
export async function writeEntry(
  store: Store,
  { document, stored, recordedAt }: Entry,
  change: { readonly stored: Partial<StoredEvent>; readonly dueAt?: Instant },
): Promise<boolean> {
  const { partition, key, version } = document;
  const value = { ...stored, ...change.stored };
  const due = change.dueAt === undefined ? {} : { dueAt: change.dueAt };
  return await store.put({ partition, key, value: value as never, recordedAt, ...due }, version);
}

/** When somebody must look again: at the next try, or when the body has been kept long enough. */
export function dueAfter(deliveries: Deliveries, recordedAt: Instant): Instant {
  const next = Object.values(deliveries).flatMap(({ state, nextAt }) => (state === 'pending' ? [nextAt ?? 0] : []));
  return Math.min(recordedAt + KEEP_MS, ...next);
}

/** Whether a sink that acts instead of telling must leave this event alone. A replay never asks such a sink at all. */
export function isOld({ recordedAt }: Entry, event: Event, now: Instant): boolean {
  if (now - recordedAt > OLD_MS) return true;
  return 'backfill' in event.data && event.data.backfill === true;
}

export function takes(sink: Sink, entry: Entry, event: Event, now: Instant): boolean {
  return (sink.actsOnOld || !isOld(entry, event, now)) && sink.accepts(event, entry.stored);
}
