import type { Event, EventType } from '../events/event.ts';
import type { Instant } from '../model.ts';
import type { Document, Store } from '../store/store.ts';

/** What happened to one event at one sink. */
export interface Delivery {
  readonly state: 'pending' | 'delivered' | 'parked';
  readonly tries: number;
  /** When it is tried next; absent unless pending. */
  readonly nextAt?: Instant;
  /** When it was last tried. */
  readonly triedAt?: Instant;
  readonly lastError?: string;
}

/** The value of an event's document: dedup record, outbox and delivery log in one item. */
export interface StoredEvent {
  readonly id: string;
  /** `baseline`: seen when the connection was switched on, never told, overwritten by a backfill only. */
  readonly kind: 'event' | 'baseline';
  readonly type: EventType;
  readonly connection: string;
  /** Gone after 90 days; the document itself stays for ever. */
  readonly body?: Event;
  /** Absent until the event is first swept, when the sinks of that moment are matched. */
  readonly deliveries?: Readonly<Record<string, Delivery>>;
  readonly replayed?: true;
}

export const eventAddress = (id: string) => ({ partition: `EVENT#${id}`, key: 'event' });

export const readEvent = (document: Document): StoredEvent => document.value as unknown as StoredEvent;

export interface RecorderPorts {
  readonly store: Store;
  readonly now: () => Instant;
}

/** Puts the event if nothing is there under its id. False: it was there already; no later step changes for that. */
export async function recordEvent(
  { store, now }: RecorderPorts,
  id: string,
  body: Event,
  connection: string,
): Promise<boolean> {
  const at = now();
  const stored: StoredEvent = { id, kind: 'event', type: body.type, connection, body };
  return await store.put({ ...eventAddress(id), value: stored as never, dueAt: at, recordedAt: at }, 0);
}
