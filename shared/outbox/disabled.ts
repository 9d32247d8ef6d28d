import * as z from 'zod/mini';
import { eventId } from '../events/event.ts';
import type { Clock } from '../ports.ts';
import { collection, type Stored } from '../store/collection.ts';
import { SINKS, sinkAddress } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { recordEvent } from './record.ts';

const WRITES_MAX = 5;

export interface DisabledPorts {
  readonly store: Store;
  readonly clock: Clock;
}

/** The value of a sink's document; there is none for a sink that was never switched off. */
const SinkState = z.object({
  disabled: z.boolean(),
  /** When it was switched off. */
  episode: z.string(),
  reason: z.string(),
  /** Its `sink.disabled` event is recorded. */
  told: z.boolean(),
});
type SinkState = z.infer<typeof SinkState>;

const states = collection({ name: 'state of a sink', schema: SinkState });

/** The sinks that are switched off, by id, each with its receiver's last word. Tells what a crash left untold. */
export async function disabledSinks(ports: DisabledPorts): Promise<ReadonlyMap<string, string>> {
  const off = (await states.list(ports.store, SINKS)).filter(({ value }) => value.disabled);
  await Promise.all(off.filter(({ value }) => !value.told).map((state) => tell(ports, state)));
  return new Map(off.map(({ key, value }) => [key, value.reason]));
}

/** The event id comes from the episode, so telling twice records once. */
async function tell({ store, clock }: DisabledPorts, { key, value, version }: Stored<SinkState>): Promise<void> {
  const { episode, reason } = value;
  const data = { sink: key, episode, reason };
  const event = { type: 'sink.disabled', timestamp: new Date(clock.now()).toISOString(), data } as const;
  await recordEvent({ store, now: () => clock.now() }, eventId('sink.disabled', '', key, episode), event, '');
  await states.put(store, { ...sinkAddress(key), value: { ...value, told: true } }, version);
}

/** False: it was switched off already, as by one of the tries that were under way together. */
export async function disableSink(ports: DisabledPorts, sink: string, reason: string): Promise<boolean> {
  const episode = new Date(ports.clock.now()).toISOString();
  const off = { disabled: true, episode, reason, told: false };
  const updated = await states.update(
    ports.store,
    sinkAddress(sink),
    (known) => (known?.value.disabled ? 'keep' : { value: off }),
    { tries: WRITES_MAX },
  );
  if (updated.kind === 'unreadable') throw updated.error;
  if (updated.kind !== 'written') return false;
  await tell(ports, updated.stored);
  return true;
}

/** After a person has seen to it: a test that succeeded, or by name. What was parked meanwhile waits for a replay. */
export async function enableSink(store: Store, sink: string): Promise<void> {
  const updated = await states.update(
    store,
    sinkAddress(sink),
    (known) => (known?.value.disabled ? { value: { ...known.value, disabled: false } } : 'keep'),
    { tries: WRITES_MAX },
  );
  if (updated.kind === 'unreadable') throw updated.error;
}
