import type { Event } from '../events/event.ts';
import { inParallel } from '../in-parallel.ts';
import type { Instant } from '../model.ts';
import { attempt, type DeliveryPorts, deferred, type Pass, parked } from './attempt.ts';
import { disabledSinks } from './disabled.ts';
import { laneOf } from './lane.ts';
import {
  type Deliveries,
  dueAfter,
  type Entry,
  type Hint,
  isEventAddress,
  isOld,
  KEEP_MS,
  readEntry,
  takes,
  writeEntry,
} from './outbox.ts';
import type { Delivery } from './record.ts';

export type { DeliveryPorts } from './attempt.ts';

const EVENTS_AT_ONCE = 32;
/** How long an event is ours. Who dies meanwhile leaves it due again: the claim is also the recovery. */
const CLAIM_MS = 60_000;
/** No try starts later than this after the claim: the longest takes 15 s, and its result must still be written. */
const START_MS = 40_000;

export interface Delivered {
  readonly attempted: number;
  readonly delivered: number;
  readonly parked: number;
  /** There may be more that is due; call again. */
  readonly more: boolean;
}

type Tally = {
  readonly changed: boolean;
  readonly attempted: number;
  readonly delivered: number;
  readonly parked: number;
};
const NOTHING: Tally = { changed: false, attempted: 0, delivered: 0, parked: 0 };
const CHANGED: Tally = { ...NOTHING, changed: true };

/**
 * Delivers what is due, each event to all its sinks at once. At least once under one id: whatever fails, the event's
 * `dueAt` brings it back. `addresses` is a hint what to look at instead of the index. An address is read before acting; a
 * document is taken as it is, and where it is no longer what is stored, the claim is refused.
 */
export async function deliverDue(
  ports: DeliveryPorts,
  { limit, addresses }: { readonly limit: number; readonly addresses?: readonly Hint[] },
): Promise<Delivered> {
  const given = addresses ?? (await ports.store.due(ports.clock.now(), limit));
  const events = given.filter(isEventAddress).slice(0, limit);
  if (events.length === 0) return { attempted: 0, delivered: 0, parked: 0, more: false };
  const pass: Pass = { ...ports, disabled: await disabledSinks(ports) };
  const tallies = await inParallel(events, EVENTS_AT_ONCE, (hint) => deliverSafely(pass, hint));
  const sum = (of: (tally: Tally) => number) => tallies.reduce((total, tally) => total + of(tally), 0);
  const full = addresses ? addresses.length > limit : given.length >= limit;
  return {
    attempted: sum(({ attempted }) => attempted),
    delivered: sum(({ delivered }) => delivered),
    parked: sum((tally) => tally.parked),
    more: full && tallies.some(({ changed }) => changed),
  };
}

/** What fails here is the store; the event is still due, and the others go on. */
async function deliverSafely(pass: Pass, hint: Hint): Promise<Tally> {
  try {
    return await deliverEvent(pass, hint);
  } catch (error) {
    pass.log.warn('delivery.failed', {
      address: hint.partition,
      error: error instanceof Error ? error.name : 'unknown',
    });
    return NOTHING;
  }
}

async function deliverEvent(pass: Pass, hint: Hint): Promise<Tally> {
  const entry = await readEntry(pass.store, hint);
  const now = pass.clock.now();
  if (entry?.document.dueAt === undefined || entry.document.dueAt > now) return NOTHING;
  const event = entry.stored.body;
  if (!event || now >= entry.recordedAt + KEEP_MS) return await dropBody(pass, entry);
  const deliveries = entry.stored.deliveries ?? matched(pass, entry, event, now);
  const { quiet, due } = plan(pass, { ...entry, deliveries }, event, now);
  if (due.length === 0) return await write(pass, entry, { ...deliveries, ...quiet }, NOTHING);
  const claim = { stored: { deliveries: { ...deliveries, ...quiet } }, dueAt: now + CLAIM_MS };
  if (!(await writeEntry(pass.store, entry, claim))) return NOTHING;
  const startBefore = now + START_MS;
  const results = await Promise.all(
    due.map(async ({ sink, delivery }) => {
      const result = await attempt(pass, { sink, id: entry.stored.id, event, delivery, startBefore });
      return [sink.id, result] as const;
    }),
  );
  const claimed = { ...entry, document: { ...entry.document, version: entry.document.version + 1 } };
  const after = { ...deliveries, ...quiet, ...Object.fromEntries(results) };
  return await write(pass, claimed, after, tallyOf(deliveries, results));
}

/** Sinks are matched once, when the event is first looked at; one added later gets it by a replay. */
function matched(pass: Pass, entry: Entry, event: Event, now: Instant): Deliveries {
  const wanting = pass.sinks.filter((sink) => takes(sink, entry, event, now));
  return Object.fromEntries(wanting.map(({ id }) => [id, { state: 'pending', tries: 0, nextAt: now }]));
}

/** With what hindered it while it was young, which is what a person can mend. */
const tooOld = ({ lastError }: Delivery) => ['too old to act on', ...(lastError ? [lastError] : [])].join('; ');

interface Plan {
  /** What changes without a try. */
  readonly quiet: Deliveries;
  readonly due: readonly { readonly sink: Pass['sinks'][number]; readonly delivery: Delivery }[];
}

function plan(pass: Pass, entry: Entry & { readonly deliveries: Deliveries }, event: Event, now: Instant): Plan {
  const quiet: Record<string, Delivery> = {};
  const due: Plan['due'][number][] = [];
  for (const [id, delivery] of Object.entries(entry.deliveries)) {
    if (delivery.state !== 'pending' || (delivery.nextAt ?? 0) > now) continue;
    const sink = pass.sinks.find((candidate) => candidate.id === id);
    if (!sink) quiet[id] = parked(delivery, 'no longer configured');
    else if (pass.disabled.has(id)) quiet[id] = parked(delivery, 'switched off');
    else if (!sink.actsOnOld && isOld(entry, event, now)) quiet[id] = parked(delivery, tooOld(delivery));
    else if (laneOf(sink).restsUntil() > now) quiet[id] = deferred(pass, sink, delivery);
    else due.push({ sink, delivery });
  }
  return { quiet, due };
}

async function write(pass: Pass, entry: Entry, deliveries: Deliveries, tried: Tally): Promise<Tally> {
  const before = entry.stored.deliveries ?? {};
  const newlyParked = Object.entries(deliveries).filter(
    ([id, { state }]) => state === 'parked' && before[id]?.state !== 'parked',
  );
  const dueAt = dueAfter(deliveries, entry.recordedAt);
  if (!(await writeEntry(pass.store, entry, { stored: { deliveries }, dueAt }))) {
    // Somebody took the event over or replayed it, or this very write went through and its answer was lost.
    pass.log.info('delivery.superseded', { event: entry.stored.id });
    return { ...tried, changed: true };
  }
  for (const [sink, { tries, lastError }] of newlyParked) {
    pass.log.warn('delivery.parked', { event: entry.stored.id, sink, tries, error: lastError });
  }
  return { ...tried, changed: true, parked: newlyParked.length };
}

function tallyOf(before: Deliveries, results: readonly (readonly [string, Delivery])[]): Tally {
  const tried = results.filter(([id, { tries }]) => tries > (before[id]?.tries ?? 0));
  const delivered = tried.filter(([, { state }]) => state === 'delivered');
  return { ...CHANGED, attempted: tried.length, delivered: delivered.length };
}

/** The document stays for ever, so that the same reply is never told again; what the reply said goes. */
async function dropBody(pass: Pass, entry: Entry): Promise<Tally> {
  const { body: _, ...stored } = entry.stored;
  const deliveries = Object.fromEntries(
    Object.entries(stored.deliveries ?? {}).map(([id, delivery]) => [
      id,
      delivery.state === 'pending' ? parked(delivery, 'kept no longer') : delivery,
    ]),
  );
  return (await writeEntry(pass.store, { ...entry, stored }, { stored: { deliveries } })) ? CHANGED : NOTHING;
}
