import type { Event } from '../events/event.ts';
import type { Instant } from '../model.ts';
import { type DeliveryPorts, parked, putOff } from './attempt.ts';
import { circuitBreakerOf } from './circuit-breaker.ts';
import { type Entry, type Hint, KEEP_MS, readEntry, takes, writeDelivery } from './outbox.ts';
import { type Delivery, events, type StoredEvent } from './record.ts';
import type { Sink } from './sink.ts';

/** How long a delivery is ours. Who dies meanwhile leaves it due again: the claim is also the recovery. */
export const CLAIM_MS = 60_000;
/** Between the two looks after which a body goes: one clock that is wrong for a while takes nothing. */
const LOOKS_APART_MS = 6 * 3_600_000;

/** A delivery that was just written and is ours. */
export interface Claimed {
  readonly event: string;
  readonly sink: string;
  readonly version: number;
  readonly delivery: Delivery;
  readonly claimedAt: Instant;
  readonly entry?: Entry;
}

export interface Looking extends DeliveryPorts {
  /** Sinks that are switched off, by id. */
  readonly disabled: ReadonlyMap<string, string>;
  /** Whether there is no place for another delivery to this sink soon. */
  isBusy(sink: string): boolean;
}

/** Pending ones that the first version kept in the event's own document. */
function carriedOver({ deliveries }: StoredEvent): Readonly<Record<string, Delivery>> | undefined {
  if (!deliveries) return undefined;
  return Object.fromEntries(Object.entries(deliveries).filter(([, { state }]) => state === 'pending'));
}

/** Sinks are matched once, when the event is first looked at; one added later gets it by a replay. */
function matched(ports: Looking, entry: Entry, event: Event, now: Instant): Readonly<Record<string, Delivery>> {
  const fresh: Delivery = { state: 'pending', tries: 0, nextAt: now };
  const wanting = ports.sinks.filter((sink) => takes(sink, entry, event, now));
  return Object.fromEntries(wanting.map(({ id }) => [id, fresh]));
}

/** As it is first written: ours at once where it is due and there is a place for it. */
function first(ports: Looking, sink: Sink | undefined, delivery: Delivery, now: Instant): Delivery | 'claim' {
  if ((delivery.nextAt ?? 0) > now) return delivery;
  if (!sink) return parked(delivery, 'no longer configured');
  if (ports.disabled.has(sink.id)) return parked(delivery, 'switched off');
  if (ports.isBusy(sink.id) || !circuitBreakerOf(sink).admits(now)) return putOff(ports, delivery);
  return 'claim';
}

async function writeFirst(ports: Looking, entry: Entry, sinkId: string, delivery: Delivery, now: Instant) {
  const at = { event: entry.stored.id, sink: sinkId, version: 0 };
  const sink = ports.sinks.find(({ id }) => id === sinkId);
  const written = first(ports, sink, delivery, now);
  const isOurs = written === 'claim';
  const value = isOurs ? delivery : written;
  // Refused: another look was here before.
  if (!(await writeDelivery(ports.store, at, value, isOurs ? now + CLAIM_MS : value.nextAt))) return undefined;
  const claimed: Claimed = { ...at, version: 1, delivery: value, claimedAt: now, entry };
  return { claimed, isOurs };
}

/**
 * The first look at an event, or the last. Its deliveries are written before the event is let go: who dies in between leaves
 * it due, and the next look finds what is there already. `take` is given each delivery that is ours to try.
 */
export async function lookAtEvent(
  ports: Looking,
  hint: Hint,
  take: (claimed: Claimed) => void,
  settled: (claimed: Claimed) => void,
): Promise<void> {
  const entry = await readEntry(ports.store, hint);
  const now = ports.clock.now();
  if (entry?.document.dueAt === undefined) return;
  const { stored } = entry;
  const { body } = stored;
  if (!body || stored.matched) return entry.document.dueAt > now ? undefined : await lookAtOld(ports, entry, now);
  const found = carriedOver(stored) ?? matched(ports, entry, body, now);
  await Promise.all(
    Object.entries(found).map(async ([sink, delivery]) => {
      const written = await writeFirst(ports, entry, sink, delivery, now);
      if (written?.isOurs) take(written.claimed);
      else if (written?.claimed.delivery.state === 'parked') settled(written.claimed);
    }),
  );
  await writeEvent(ports, entry, { ...without(stored, found), matched: true }, entry.recordedAt + KEEP_MS);
}

function without({ deliveries, ...stored }: StoredEvent, carried: Readonly<Record<string, unknown>>): StoredEvent {
  if (!deliveries) return stored;
  const rest = Object.entries(deliveries).filter(([sink]) => !(sink in carried));
  return { ...stored, deliveries: Object.fromEntries(rest) };
}

/**
 * The document stays for ever, so that the same reply is never told again; what the reply said goes, when two looks at the
 * clock, hours apart, have found it old enough.
 */
async function lookAtOld(ports: Looking, entry: Entry, now: Instant): Promise<void> {
  const { body: _, dropFrom, ...rest } = entry.stored;
  const stored = entry.stored;
  if (!stored.body) return await writeEvent(ports, entry, rest, undefined);
  const keptUntil = entry.recordedAt + KEEP_MS;
  if (now < keptUntil) return await writeEvent(ports, entry, { ...rest, body: stored.body }, keptUntil);
  // A mark that lies ahead was made by a clock that was wrong.
  if (dropFrom === undefined || dropFrom > now)
    return await writeEvent(ports, entry, { ...stored, dropFrom: now }, now + LOOKS_APART_MS);
  if (now < dropFrom + LOOKS_APART_MS) return await writeEvent(ports, entry, stored, dropFrom + LOOKS_APART_MS);
  await writeEvent(ports, entry, rest, undefined);
}

/** Refused: another look was here meanwhile. */
async function writeEvent(
  { store }: Looking,
  { document, recordedAt }: Entry,
  value: StoredEvent,
  dueAt: Instant | undefined,
): Promise<void> {
  const { partition, key, version } = document;
  await events.put(store, { partition, key, value, recordedAt, ...(dueAt === undefined ? {} : { dueAt }) }, version);
}
