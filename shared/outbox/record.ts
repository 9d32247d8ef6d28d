import * as z from 'zod/mini';
import { EVENT_TYPES, type Event, type EventType } from '../events/event.ts';
import type { Instant } from '../model.ts';
import { collection, readable } from '../store/collection.ts';
import { eventAddress } from '../store/keys.ts';
import type { Document, Store } from '../store/store.ts';

export { eventAddress } from '../store/keys.ts';

/** What happened to one event at one sink. */
export interface Delivery {
  readonly state: 'pending' | 'delivered' | 'parked';
  readonly tries: number;
  /** When it is looked at next; absent unless pending. */
  readonly nextAt?: Instant;
  /** When it was last tried. */
  readonly triedAt?: Instant;
  readonly lastError?: string;
  /** How often it was put off since its last try. */
  readonly putOff?: number;
  /** Of a sink that takes several steps: those that are carried out. */
  readonly done?: readonly string[];
  readonly replayed?: true;
}

/** The value of an event's document: dedup record and outbox in one item. What became of it lies beside it. */
export interface StoredEvent {
  readonly id: string;
  /** `baseline`: seen when the connection was switched on, never told, overwritten by a backfill only. */
  readonly kind: 'event' | 'baseline';
  readonly type: EventType;
  readonly connection: string;
  /** Gone after 90 days; the document itself stays for ever. */
  readonly body?: Event;
  /** The sinks of that moment were matched. */
  readonly matched?: true;
  /** When its body was first found to be old enough to go. */
  readonly dropFrom?: Instant;
  /** Written by the first version alone, which kept what became of an event in its document. */
  readonly deliveries?: Readonly<Record<string, Delivery>>;
}

export const DeliverySchema = z.object({
  state: z.enum(['pending', 'delivered', 'parked']),
  tries: z.number(),
  nextAt: z.exactOptional(z.number()),
  triedAt: z.exactOptional(z.number()),
  lastError: z.exactOptional(z.string()),
  putOff: z.exactOptional(z.number()),
  done: z.exactOptional(z.array(z.string())),
  replayed: z.exactOptional(z.literal(true)),
});

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const TYPES: ReadonlySet<unknown> = new Set(EVENT_TYPES);

/**
 * A body is told as it was recorded, by whichever version: what it is made of is not looked into, or a field that came later
 * would make every older event unreadable.
 */
function isBody(value: unknown): value is Event {
  return isObject(value) && TYPES.has(value.type) && typeof value.timestamp === 'string' && isObject(value.data);
}

export const events = collection<StoredEvent>({
  name: 'event',
  schema: z.object({
    id: z.string(),
    kind: z.enum(['event', 'baseline']),
    type: z.enum(EVENT_TYPES),
    connection: z.string(),
    body: z.exactOptional(z.custom<Event>(isBody)),
    matched: z.exactOptional(z.literal(true)),
    dropFrom: z.exactOptional(z.number()),
    deliveries: z.exactOptional(z.record(z.string(), DeliverySchema)),
  }),
});

/** Throws for what is no event. */
export function readEvent(store: Store, document: Document): StoredEvent {
  const read = events.read(store, document);
  return readable(read)?.value ?? unreachable();
}

function unreachable(): never {
  throw new TypeError('A document that is there was read as none.');
}

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
  const value: StoredEvent = { id, kind: 'event', type: body.type, connection, body };
  return await events.put(store, { ...eventAddress(id), value, dueAt: at, recordedAt: at }, 0);
}
