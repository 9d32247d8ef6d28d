import { eventId } from '../events/event.ts';
import type { Clock } from '../ports.ts';
import type { Document, Store } from '../store/store.ts';
import { recordEvent } from './record.ts';

const PARTITION = 'SINKS';

export interface DisabledPorts {
  readonly store: Store;
  readonly clock: Clock;
}

/** The value of a sink's document; there is none for a sink that was never switched off. */
interface SinkState {
  readonly disabled: boolean;
  /** When it was switched off. */
  readonly episode: string;
  readonly reason: string;
  /** Its `sink.disabled` event is recorded. */
  readonly told: boolean;
}

const readState = ({ value }: Document): SinkState => value as unknown as SinkState;

/** Ids of the sinks that are switched off. Tells what a crash left untold. */
export async function disabledSinks(ports: DisabledPorts): Promise<Set<string>> {
  const off = (await ports.store.list(PARTITION)).filter((document) => readState(document).disabled);
  await Promise.all(off.filter((document) => !readState(document).told).map((document) => tell(ports, document)));
  return new Set(off.map(({ key }) => key));
}

/** The event id comes from the episode, so telling twice records once. */
async function tell({ store, clock }: DisabledPorts, { key, value, version }: Document): Promise<void> {
  const { episode, reason } = readState({ partition: PARTITION, key, value, version });
  const data = { sink: key, episode, reason };
  const event = { type: 'sink.disabled', timestamp: new Date(clock.now()).toISOString(), data } as const;
  await recordEvent({ store, now: () => clock.now() }, eventId('sink.disabled', '', key, episode), event, '');
  await store.put({ partition: PARTITION, key, value: { ...value, told: true } }, version);
}

export async function disableSink(ports: DisabledPorts, sink: string, reason: string): Promise<void> {
  const address = { partition: PARTITION, key: sink };
  const known = await ports.store.get(address);
  if (known && readState(known).disabled) return;
  const value = { disabled: true, episode: new Date(ports.clock.now()).toISOString(), reason, told: false };
  const version = known?.version ?? 0;
  if (await ports.store.put({ ...address, value }, version)) {
    await tell(ports, { ...address, value, version: version + 1 });
  }
}

/** After a person has seen to it: a test that succeeded, or by name. What was parked meanwhile waits for a replay. */
export async function enableSink(store: Store, sink: string): Promise<void> {
  const known = await store.get({ partition: PARTITION, key: sink });
  if (!known || !readState(known).disabled) return;
  await store.put({ partition: PARTITION, key: sink, value: { ...known.value, disabled: false } }, known.version);
}
