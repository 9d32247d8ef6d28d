import type { Event } from '../events/event.ts';
import type { Clock, Log, Random } from '../ports.ts';
import type { Store } from '../store/store.ts';
import { circuitBreakerOf } from './circuit-breaker.ts';
import { disableSink } from './disabled.ts';
import type { Delivery } from './record.ts';
import { putOffFor, waitAfter } from './schedule.ts';
import type { Outcome, Sink } from './sink.ts';

/** What a delivery came to. */
export interface Settled {
  readonly sink: string;
  readonly event: string;
  readonly state: 'delivered' | 'parked';
}

export interface DeliveryPorts {
  readonly store: Store;
  readonly sinks: readonly Sink[];
  /** Sinks that are made at run time, as they are now. */
  readonly subscribed?: () => Promise<readonly Sink[]>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Told of each delivery that came to its end, for whoever counts. */
  readonly settled?: (settled: Settled) => void;
}

export function parked(delivery: Delivery, lastError: string): Delivery {
  const { nextAt: _, putOff: __, ...rest } = delivery;
  return { ...rest, state: 'parked', lastError };
}

/** Put off without a try, longer each time. */
export function putOff({ clock, random }: DeliveryPorts, delivery: Delivery): Delivery {
  const { putOff: times = 0 } = delivery;
  return { ...delivery, putOff: times + 1, nextAt: clock.now() + putOffFor(times, random) };
}

/** One try at one sink, which its circuit breaker has let begin. Throws only what the store throws. */
export async function attempt(
  ports: DeliveryPorts,
  sink: Sink,
  { id, event, delivery }: { readonly id: string; readonly event: Event; readonly delivery: Delivery },
): Promise<{ readonly delivery: Delivery; readonly outcome: Outcome }> {
  const breaker = circuitBreakerOf(sink);
  const triedAt = ports.clock.now();
  const outcome = await outcomeOf(sink, id, event, delivery);
  const isBad = outcome.kind === 'retry' || outcome.kind === 'disable';
  breaker.end(isBad ? 'badly' : 'well', ports.clock.now());
  if (outcome.kind === 'disable') await switchOff(ports, sink, outcome.error);
  const tries = delivery.tries + (outcome.kind === 'open' ? 0 : 1);
  return { delivery: settle(ports, { ...delivery, tries, triedAt }, outcome), outcome };
}

async function outcomeOf(sink: Sink, id: string, event: Event, { tries, done }: Delivery): Promise<Outcome> {
  try {
    return await sink.deliver(id, event, tries + 1, done);
  } catch {
    // What a sink throws may quote a body or a secret.
    return { kind: 'retry', error: 'failed' };
  }
}

/** A crash in here leaves the delivery pending: the next try is refused in the same way and comes here again. */
async function switchOff(ports: DeliveryPorts, sink: Sink, error: string): Promise<void> {
  if (await disableSink(ports, sink.id, error)) ports.log.warn('sink.disabled', { sink: sink.id, error });
}

function settle({ clock, random }: DeliveryPorts, tried: Delivery, outcome: Outcome): Delivery {
  const { nextAt: _, lastError: __, putOff: ___, ...rest } = tried;
  if (outcome.kind === 'delivered' || outcome.kind === 'skip') return { ...rest, state: 'delivered' };
  if (outcome.kind === 'disable') return parked(tried, outcome.error);
  const done = outcome.done === undefined ? {} : { done: outcome.done };
  if (outcome.kind === 'open') return { ...rest, ...done, state: 'pending', nextAt: clock.now() + outcome.afterMs };
  const wait = waitAfter(tried.tries, random, outcome.afterMs);
  if (wait === undefined) return parked({ ...tried, ...done }, outcome.error);
  return { ...rest, ...done, state: 'pending', nextAt: clock.now() + wait, lastError: outcome.error };
}
