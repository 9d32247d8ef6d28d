import { randomBytes } from 'node:crypto';
import type { ApiDeps } from '../shared/api/deps.ts';
import type { Config } from '../shared/config/schema.ts';
import type { DeliveryPorts } from '../shared/delivering/deliver.ts';
import { compose } from '../shared/events/compose.ts';
import { systemClock, systemRandom } from '../shared/node/clock.ts';
import { nodeHttp } from '../shared/node/http.ts';
import type { Log } from '../shared/ports.ts';
import { dynamoStore } from '../shared/store/dynamo.ts';
import type { Address } from '../shared/store/store.ts';
import { type LocalConnection, openConnections } from './connections.ts';
import { type Demo, startDemo } from './demo.ts';
import { examine } from './doctor.ts';
import { openEmbedded } from './embedded.ts';
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
  readonly recorded: (address: Address) => void;
  readonly wake: () => void;
  readonly ownTokenHash?: string;
}

export interface System {
  readonly connections: readonly LocalConnection[];
  readonly delivery: DeliveryPorts;
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
    await demo?.sandbox.stop();
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
  { settings, log, show, warn, wake, ownTokenHash }: SystemOptions,
  store: DeliveryPorts['store'],
  demo: Demo | undefined,
) {
  const { config, file } = settings.kind === 'config' ? settings : demoSettings(demo);
  const http = nodeHttp({ allowPrivate: config.allowPrivateUrls ?? false });
  const ports = { http, clock: systemClock, random: systemRandom, log };
  // The demo's keys open nothing.
  const world = { ports, env: process.env, warn: demo ? () => {} : warn };
  const polling = { store, compose, clock: systemClock, log };
  const connections = openConnections(config, file, { ...world, polling });
  const sinks = openSinks(config, file, { ...world, show });
  const delivery: DeliveryPorts = { store, sinks, clock: systemClock, random: systemRandom, log };
  const api: ApiDeps = {
    store,
    clock: systemClock,
    connections,
    sinks,
    newSecret,
    doctor: async () => await examine(connections, delivery),
    wake,
    ...(ownTokenHash === undefined ? {} : { ownTokenHash }),
  };
  return { connections, delivery, api, config };
}

function demoSettings(demo: Demo | undefined): { readonly config: Config; readonly file: string } {
  if (!demo) throw new Error('The demo was not started.');
  return { config: demo.config, file: 'the demo' };
}
