import type { Instant } from '../model.ts';
import { isStillResting, LONGEST_WAIT_MS } from '../resting.ts';
import { Unreadable } from '../store/collection.ts';
import { deliveryAddress, eventAddress, eventOfAddress, isEventAddress, sinkOfAddress } from '../store/keys.ts';
import type { Address } from '../store/store.ts';
import { attempt, type DeliveryPorts, parked, putOff } from './attempt.ts';
import { circuitBreakerOf } from './circuit-breaker.ts';
import { disabledSinks } from './disabled.ts';
import { CLAIM_MS, type Claimed, type Looking, lookAtEvent } from './look.ts';
import { deliveries, type Entry, type Hint, isOld, readEntry, writeDelivery } from './outbox.ts';
import type { Delivery } from './record.ts';
import type { Sink } from './sink.ts';
import { type Kind, type Offer, Worker } from './worker.ts';

export type { DeliveryPorts } from './attempt.ts';

const EVENTS_AT_ONCE = 32;
/** Of what waits, this much with its event's body; the rest is read when its turn comes. */
const DOCUMENTS_MAX = 100;
const DELIVERIES_AT_ONCE = 8;
/** Deliveries that wait for one sink in this process; what is due beyond is put off, so that the index shows what is behind it. */
const QUEUED_MAX = 2_000;
/** Times in a row that a delivery is put off because its sink keeps failing; then it has its try all the same. */
const PUT_OFFS_MAX = 2;
/** A claim that is older than this when its turn comes is made anew: a try must end while it is ours. */
const CLAIM_YOUNG_MS = 20_000;
/** The longest try takes 15 s, an automation's several calls; and its result must still be written. */
const DELIVERY_TAKES_MS = 40_000;
const LOOK_TAKES_MS = 5_000;
/** How long it is known which sinks are switched off. */
const DISABLED_MS = 1_000;

const sinkLane = (sink: string) => `sink ${sink}`;
const EVENTS = 'events';
const PUTTING_OFF = 'putting off';

type Named = Pick<Claimed, 'event' | 'sink'>;
/** As it was read, or as it was written when it became ours. */
type Held = Omit<Claimed, 'claimedAt'> & { readonly claimedAt?: Instant };

/** Delivers events: looks at each once, and then takes each delivery to its sink in that sink's own lane. */
export class Deliverer implements Kind {
  readonly #ports: DeliveryPorts;
  #disabled: { readonly at: Instant; readonly ids: Promise<ReadonlyMap<string, string>> } | undefined;

  constructor(ports: DeliveryPorts) {
    this.#ports = ports;
  }

  atOnce(lane: string): number | undefined {
    if (lane.startsWith('sink ')) return DELIVERIES_AT_ONCE;
    return lane === EVENTS || lane === PUTTING_OFF ? EVENTS_AT_ONCE : undefined;
  }

  job(hint: Hint, offer: Offer) {
    const failed = 'delivery.failed';
    const fields = { address: hint.partition };
    if (isEventAddress(hint)) {
      const { partition, key } = hint;
      const kept = offer.queued(EVENTS) < DOCUMENTS_MAX ? hint : { partition, key };
      return { lane: EVENTS, takesMs: LOOK_TAKES_MS, failed, fields, run: () => this.#look(kept, offer) };
    }
    const sink = sinkOfAddress(hint);
    if (sink === undefined) return undefined;
    const event = eventOfAddress(hint);
    if (offer.queued(sinkLane(sink)) >= QUEUED_MAX)
      return { lane: PUTTING_OFF, takesMs: LOOK_TAKES_MS, failed, fields, run: () => this.#putOff(event, sink) };
    return {
      lane: sinkLane(sink),
      takesMs: DELIVERY_TAKES_MS,
      failed,
      fields,
      run: () => this.#deliver({ event, sink }, offer),
    };
  }

  /** What is known of switched off sinks may be old: a person has switched one on. */
  forget(): void {
    this.#disabled = undefined;
  }

  async #look(hint: Hint, offer: Offer): Promise<void> {
    const isBusy = (sink: string) => offer.queued(sinkLane(sink)) >= QUEUED_MAX;
    const [sinks, disabled] = await Promise.all([this.#sinks(), this.#switchedOff()]);
    const looking: Looking = { ...this.#ports, sinks, disabled, isBusy };
    const take = (claimed: Claimed) => {
      const address = deliveryAddress(claimed.event, claimed.sink);
      const fields = { address: address.partition };
      const lane = sinkLane(claimed.sink);
      const { entry: _, ...bare } = claimed;
      const kept = offer.queued(lane) < DOCUMENTS_MAX ? claimed : bare;
      const run = () => this.#deliver(kept, offer);
      offer.add(address, { lane, takesMs: DELIVERY_TAKES_MS, failed: 'delivery.failed', fields, run });
    };
    await lookAtEvent(looking, hint, take, ({ event, sink, delivery }) => this.#tell(event, sink, delivery, offer));
  }

  async #putOff(event: string, sink: string): Promise<void> {
    const read = await this.#due(event, sink);
    if (read)
      await writeDelivery(this.#ports.store, { event, sink, version: read.version }, putOff(this.#ports, read.value));
  }

  /** The delivery, if it is due. */
  async #due(event: string, sink: string) {
    const read = await deliveries.get(this.#ports.store, deliveryAddress(event, sink));
    if (read instanceof Unreadable) throw read;
    if (read?.value.state !== 'pending') return undefined;
    return isStillResting(read.dueAt ?? 0, this.#ports.clock.now(), LONGEST_WAIT_MS) ? undefined : read;
  }

  async #deliver(given: Claimed | Named, offer: Offer): Promise<void> {
    const now = this.#ports.clock.now();
    const known: Held | undefined = 'claimedAt' in given ? given : await this.#unclaimed(given);
    if (!known) return;
    const { event, sink: id, delivery } = known;
    const sink = (await this.#sinks()).find((candidate) => candidate.id === id);
    const entry = known.entry ?? (await readEntry(this.#ports.store, eventAddress(event)));
    const quiet = await this.#withoutTry(sink, entry, delivery);
    const body = entry?.stored.body;
    if (!sink || !body || quiet) return await this.#write(known, quiet ?? parked(delivery, 'kept no longer'), offer);
    const { putOff: times = 0 } = delivery;
    if (!circuitBreakerOf(sink).begin(now, times >= PUT_OFFS_MAX))
      return await this.#write(known, putOff(this.#ports, delivery), offer);
    const claimed = await this.#claim(known, sink, now);
    if (!claimed) return;
    const tried = await attempt(this.#ports, sink, { id: event, event: body, delivery });
    if (tried.outcome.kind === 'disable') this.forget();
    offer.count('attempted', 1);
    await this.#write(claimed, tried.delivery, offer);
  }

  /** Ours for the time of a try; undefined when somebody else was first. */
  async #claim(held: Held, sink: Sink, now: Instant): Promise<Held | undefined> {
    const { claimedAt } = held;
    if (claimedAt !== undefined && isStillResting(claimedAt + CLAIM_YOUNG_MS, now, CLAIM_YOUNG_MS)) return held;
    let isOurs = false;
    try {
      isOurs = await writeDelivery(this.#ports.store, held, held.delivery, now + CLAIM_MS);
    } finally {
      if (!isOurs) circuitBreakerOf(sink).end('untried', now);
    }
    return isOurs ? { ...held, version: held.version + 1 } : undefined;
  }

  async #unclaimed({ event, sink }: Named): Promise<Held | undefined> {
    const read = await this.#due(event, sink);
    return read && { event, sink, version: read.version, delivery: read.value };
  }

  /** What becomes of it without a try; undefined when it is to be tried. */
  async #withoutTry(
    sink: Sink | undefined,
    entry: Entry | undefined,
    delivery: Delivery,
  ): Promise<Delivery | undefined> {
    const now = this.#ports.clock.now();
    if (!sink) return parked(delivery, 'no longer configured');
    if ((await this.#switchedOff()).has(sink.id)) return parked(delivery, 'switched off');
    if (!entry?.stored.body) return parked(delivery, 'kept no longer');
    // What it has begun while the event was young it carries on with.
    const isBegun = delivery.triedAt !== undefined;
    if (!sink.actsOnOld && !isBegun && isOld(entry, entry.stored.body, now))
      return parked(delivery, 'too old to act on');
    return undefined;
  }

  async #write(at: Held, delivery: Delivery, offer: Offer): Promise<void> {
    // Refused: somebody took it over or replayed it, or this very write went through and its answer was lost.
    if (!(await writeDelivery(this.#ports.store, at, delivery)))
      this.#ports.log.info('delivery.superseded', { event: at.event, sink: at.sink });
    else this.#tell(at.event, at.sink, delivery, offer);
  }

  #tell(event: string, sink: string, { state, tries, lastError }: Delivery, offer: Offer): void {
    if (state === 'pending') return;
    offer.count(state, 1);
    if (state === 'parked') this.#ports.log.warn('delivery.parked', { event, sink, tries, error: lastError });
    this.#ports.settled?.({ event, sink, state });
  }

  async #sinks(): Promise<readonly Sink[]> {
    const { sinks, subscribed } = this.#ports;
    return subscribed ? [...sinks, ...(await subscribed())] : sinks;
  }

  async #switchedOff(): Promise<ReadonlyMap<string, string>> {
    const now = this.#ports.clock.now();
    if (this.#disabled && Math.abs(now - this.#disabled.at) < DISABLED_MS) return await this.#disabled.ids;
    const ids = disabledSinks(this.#ports);
    this.#disabled = { at: now, ids };
    // What could not be read is asked for again.
    ids.catch(() => this.forget());
    return await ids;
  }
}

export interface Delivered {
  readonly attempted: number;
  readonly delivered: number;
  readonly parked: number;
  /** There may be more that is due; call again. */
  readonly more: boolean;
}

const isOurs = (address: Address) => isEventAddress(address) || sinkOfAddress(address) !== undefined;

/**
 * Delivers what is due. At least once under one id: whatever fails, it is due again. `addresses` is a hint what to look at
 * instead of the index. An address is read before acting; a document is taken as it is, and where it is no longer what is
 * stored, its delivery is there already.
 */
export async function deliverDue(
  ports: DeliveryPorts,
  { limit, addresses }: { readonly limit: number; readonly addresses?: readonly Hint[] },
): Promise<Delivered> {
  const given = addresses ?? (await ports.store.due(ports.clock.now(), limit));
  const worker = new Worker(ports, [new Deliverer(ports)]);
  for (const hint of given.filter(isOurs).slice(0, limit)) worker.offer(hint);
  await worker.idle();
  const { attempted = 0, delivered = 0, parked: given_up = 0 } = worker.counts;
  const full = addresses ? addresses.length > limit : given.length >= limit;
  return { attempted, delivered, parked: given_up, more: full && given.some(isOurs) };
}
