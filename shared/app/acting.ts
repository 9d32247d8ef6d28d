import { starrerFor } from '../acting/stars.ts';
import type { Config } from '../config/schema.ts';
import type { DeliveryPorts } from '../outbox/deliver.ts';
import type { Starrer } from '../provider.ts';
import { labelling } from '../providers/index.ts';
import type { SendingPorts } from '../sending/ports.ts';
import { sinkNamed } from '../sinks/index.ts';
import type { AutomationPorts } from '../sinks/ports.ts';
import type { Connections } from './connections.ts';
import type { AppPorts } from './ports.ts';
import { type OpenConnection, openSending } from './sending.ts';
import { openSink } from './sinks.ts';
import { Subscriptions } from './subscriptions.ts';

/** Everything that acts for one config: sinks, sends, stars. */
export interface Acting {
  readonly config: Config;
  /** Those of the config that could be opened. */
  readonly connections: readonly OpenConnection[];
  readonly sending: SendingPorts;
  readonly delivery: DeliveryPorts;
  /** Webhooks made at run time. */
  readonly subscriptions: Subscriptions;
}

/** Sets stars of any of the connections. */
function starrers(ports: AppPorts, opened: readonly OpenConnection[]): (id: string) => Starrer | undefined {
  const byId = new Map(opened.map(({ config: { id }, connection }) => [id, starrerFor(ports, id, connection)]));
  return (id) => byId.get(id);
}

/** The texts of all secrets that the config names. */
export function secretsOf({ connections, sinks = [], forwarding }: Config): readonly string[] {
  return [
    ...connections.map(({ apiKey }) => apiKey),
    ...sinks.flatMap((sink) =>
      sinkNamed(sink.type)
        .read(sink)
        .secrets.map(({ text }) => text),
    ),
    ...(forwarding ? [forwarding.smtp] : []),
  ];
}

/**
 * Opens what the config names, with its secrets as they are known. What cannot be had now is left out or waits, and is said;
 * nothing throws for it.
 */
export async function openActing(config: Config, connections: Connections, ports: AppPorts): Promise<Acting> {
  const opened = config.connections.flatMap((entry) => {
    const connection = connections.open(entry);
    return connection ? [{ config: entry, connection }] : [];
  });
  const sending = await openSending(config, opened, ports);
  const automation: AutomationPorts = { sending, starrer: starrers(ports, opened), wake: ports.wakeSend };
  const consoleUrl = config.console?.url;
  const sinkPorts = { ...ports, automation, labelling, ...(consoleUrl === undefined ? {} : { consoleUrl }) };
  const sinks = (config.sinks ?? []).map((sink) => openSink(sink, sinkPorts));
  const { store, clock, random, log } = ports;
  const subscriptions = new Subscriptions(store, sinkPorts);
  const delivery = { store, sinks, subscribed: () => subscriptions.sinks(), clock, random, log };
  return { config, connections: opened, sending, delivery, subscriptions };
}
