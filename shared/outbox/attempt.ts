import type { Event } from '../events/event.ts';
import type { Instant } from '../model.ts';
import type { Clock, Log, Random } from '../ports.ts';
import type { Store } from '../store/store.ts';
import { disableSink } from './disabled.ts';
import { laneOf } from './lane.ts';
import type { Delivery } from './record.ts';
import { waitAfter } from './schedule.ts';
import type { Outcome, Sink } from './sink.ts';

/** Those a rest has held back do not all come at once when it ends. */
const SPREAD_MS = 5 * 60_000;

export interface DeliveryPorts {
  readonly store: Store;
  readonly sinks: readonly Sink[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface Pass extends DeliveryPorts {
  /** Ids of sinks that are switched off; grows while the pass runs. */
  readonly disabled: Set<string>;
}

export interface Attempt {
  readonly sink: Sink;
  readonly id: string;
  readonly event: Event;
  readonly delivery: Delivery;
  /** After this instant the claim may be somebody else's before the answer is written. */
  readonly startBefore: Instant;
}

export function parked(delivery: Delivery, lastError: string): Delivery {
  const { nextAt: _, ...rest } = delivery;
  return { ...rest, state: 'parked', lastError };
}

/** Put off without a try. */
export function deferred({ clock, random }: Pass, sink: Sink, delivery: Delivery): Delivery {
  const from = Math.max(clock.now(), laneOf(sink).restsUntil());
  return { ...delivery, nextAt: from + Math.ceil(random() * SPREAD_MS) };
}

/** One delivery to one sink, when the sink has a place for it in time. Throws only what the store throws. */
export async function attempt(pass: Pass, what: Attempt): Promise<Delivery> {
  const { sink, delivery } = what;
  const now = () => pass.clock.now();
  const lane = laneOf(sink);
  if (!(await lane.enter(now))) return deferred(pass, sink, delivery);
  if (pass.disabled.has(sink.id) || now() > what.startBefore) {
    lane.leave('untried', now());
    return pass.disabled.has(sink.id) ? parked(delivery, 'switched off') : { ...delivery, nextAt: now() };
  }
  const triedAt = now();
  const outcome = await outcomeOf(what);
  lane.leave(outcome.kind === 'retry' || outcome.kind === 'disable' ? 'badly' : 'well', now());
  const tried = { ...delivery, tries: delivery.tries + 1, triedAt };
  if (outcome.kind === 'disable') await switchOff(pass, sink, outcome.error);
  return settle(pass, tried, outcome);
}

async function outcomeOf({ sink, id, event, delivery }: Attempt): Promise<Outcome> {
  try {
    return await sink.deliver(id, event, delivery.tries + 1);
  } catch {
    // What a sink throws may quote a body or a secret.
    return { kind: 'retry', error: 'failed' };
  }
}

/** A crash in here leaves the delivery pending: the next try is refused in the same way and comes here again. */
async function switchOff(pass: Pass, sink: Sink, error: string): Promise<void> {
  pass.disabled.add(sink.id);
  pass.log.warn('sink.disabled', { sink: sink.id, error });
  await disableSink(pass, sink.id, error);
}

function settle({ clock, random }: Pass, tried: Delivery, outcome: Outcome): Delivery {
  const { nextAt: _, lastError: __, ...rest } = tried;
  if (outcome.kind === 'delivered' || outcome.kind === 'skip') return { ...rest, state: 'delivered' };
  if (outcome.kind === 'disable') return parked(tried, outcome.error);
  const wait = waitAfter(tried.tries, random, outcome.afterMs);
  if (wait === undefined) return parked(tried, outcome.error);
  return { ...rest, state: 'pending', nextAt: clock.now() + wait, lastError: outcome.error };
}
