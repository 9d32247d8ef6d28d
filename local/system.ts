import { randomBytes } from 'node:crypto';
import { dynamoStore } from '../adapters/dynamodb/store.ts';
import { systemClock, systemRandom } from '../adapters/node/clock.ts';
import { nodeHttp } from '../adapters/node/http.ts';
import { composeWithStars, starrerFor } from '../shared/acting/stars.ts';
import type { ApiDeps } from '../shared/api/deps.ts';
import type { Config } from '../shared/config/schema.ts';
import { compose } from '../shared/events/compose.ts';
import type { DeliveryPorts } from '../shared/outbox/deliver.ts';
import type { Log } from '../shared/ports.ts';
import type { SendingPorts } from '../shared/sending/ports.ts';
import type { AutomationPorts } from '../shared/sinks/automation.ts';
import type { Document } from '../shared/store/store.ts';
import { type LocalConnection, openConnections } from './connections.ts';
import { type Demo, startDemo } from './demo/demo.ts';
import { examine } from './doctor.ts';
import { openEmbedded } from './embedded.ts';
import { examineSending } from './examine-sending.ts';
import { openSending } from './sending.ts';
import type { Settings } from './settings.ts';
import { openSinks, type ShowEvent } from './sinks.ts';
import { watchedStore } from './watched-store.ts';

const TABLE = 'replybus';
const SECRET_BYTES = 24;

export interface SystemOptions {
  readonly settings: Settings;
  /** The demo's world goes on by itself. */
  readonly lively: boolean;
  readonly log: Log;
  readonly show: ShowEvent;
  readonly warn: (sentence: string) => void;
  readonly recorded: (event: Document) => void;
  readonly wake: () => void;
  /** A send was accepted, or decided: it can go on. */
  readonly wakeSend: (id: string) => void;
  readonly ownTokenHash?: string;
}

export interface System {
  readonly connections: readonly LocalConnection[];
  readonly delivery: DeliveryPorts;
  readonly sending: SendingPorts;
  readonly api: ApiDeps;
  readonly config: Config;
  readonly demo?: Demo;
  close(): Promise<void>;
}

export const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');

/** Everything that runs on one machine, opened on one data folder. */
export async function openSystem(options: SystemOptions): Promise<System> {
  const { settings } = options;
  const embedded = await openEmbedded(settings.dataDir, { tableName: TABLE });
  let demo: Demo | undefined;
  const close = async () => {
    await demo?.stop();
    await embedded.close();
  };
  try {
    demo = settings.kind === 'demo' ? await startDemo(settings.dataDir, options.lively) : undefined;
    const store = dynamoStore(embedded.client, TABLE, () => systemClock.now());
    return { ...assemble(options, watchedStore(store, options.recorded), demo), ...(demo ? { demo } : {}), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function assemble(
  { settings, log, show, warn, wake, wakeSend, ownTokenHash }: SystemOptions,
  store: DeliveryPorts['store'],
  demo: Demo | undefined,
) {
  const { config, file } = settings.kind === 'config' ? settings : demoSettings(demo);
  const http = nodeHttp({ allowPrivate: config.allowPrivateUrls ?? false });
  const ports = { http, clock: systemClock, random: systemRandom, log };
  // The demo's keys open nothing.
  const world = { ports, env: process.env, warn: demo ? () => {} : warn };
  // Asked when an event is composed, long after the connections are open.
  const keepsStars = (id: string) => connections.some((each) => each.id === id && !each.connection.stars);
  const polling = { store, compose: composeWithStars(compose, store, keepsStars), clock: systemClock, log };
  const connections: readonly LocalConnection[] = openConnections(config, file, { ...world, polling });
  const { ports: sending, forwarding } = openSending(config, file, connections, { ...world, store });
  const automation = automationPorts(connections, sending, wakeSend);
  const sinks = openSinks(config, file, { ...world, show, automation });
  const delivery: DeliveryPorts = { store, sinks, clock: systemClock, random: systemRandom, log };
  const api: ApiDeps = {
    store,
    clock: systemClock,
    connections,
    sinks,
    newSecret,
    sending,
    doctor: async () => [
      ...(await examine(connections, delivery)),
      ...(await examineSending(connections, sending, forwarding)),
    ],
    wake,
    wakeSend,
    ...(ownTokenHash === undefined ? {} : { ownTokenHash }),
  };
  return { connections, delivery, sending, api, config };
}

function automationPorts(
  connections: readonly LocalConnection[],
  sending: SendingPorts,
  wake: (id: string) => void,
): AutomationPorts {
  const starrer = (id: string) => {
    const found = connections.find((each) => each.id === id);
    return found && starrerFor(sending, id, found.connection);
  };
  return { sending, starrer, wake };
}

function demoSettings(demo: Demo | undefined): { readonly config: Config; readonly file: string } {
  if (!demo) throw new Error('The demo was not started.');
  return { config: demo.config, file: 'the demo' };
}
