import { randomBytes } from 'node:crypto';
import { type Database, openSqlite } from '../adapters/sqlite/database.ts';
import type { ApiHost, OwnToken } from '../shared/api/deps.ts';
import { type Acting, openActing } from '../shared/app/acting.ts';
import { openApi, type PollingSide } from '../shared/app/api.ts';
import { ACTING_SHARE, Connections } from '../shared/app/connections.ts';
import { everyMsOf, type OpenPoller, Pollers } from '../shared/app/pollers.ts';
import type { AppPorts, ShowEvent } from '../shared/app/ports.ts';
import { turns } from '../shared/concurrency/turns.ts';
import type { Config } from '../shared/config/schema.ts';
import type { UserError } from '../shared/failure.ts';
import type { ConnectionPoll } from '../shared/polling/poller.ts';
import type { Log } from '../shared/ports.ts';
import { type Copy, markCopy, noteRestored } from '../shared/sending/restored.ts';
import { reportUnreadable } from '../shared/store/report.ts';
import type { Document } from '../shared/store/store.ts';
import { localConsole } from './console.ts';
import { databaseFile, openDataFolder } from './data-folder.ts';
import { type Demo, startDemo } from './demo/demo.ts';
import { checkLocalConfig, localPorts } from './ports.ts';
import { type Settings, writeNewConfig } from './settings.ts';
import { watchedStore } from './watched-store.ts';

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
  readonly ownTokens?: readonly OwnToken[];
}

/** A connection with its loop's work. */
export interface LocalConnection {
  readonly id: string;
  readonly provider: string;
  readonly paused: boolean;
  /** One poll at a time: a call made during another waits for it. */
  pollOnce(options: { readonly all: boolean }): Promise<ConnectionPoll>;
}

export interface System extends Pick<Acting, 'config' | 'delivery' | 'sending'> {
  readonly connections: readonly LocalConnection[];
  readonly api: ApiHost;
  readonly demo?: Demo;
  /** To be called before anything is sent by itself: where the folder was restored from a copy, that is when. */
  noteRestored(): Promise<Copy | undefined>;
  /** One sentence where the database was taken away under us; see {@link Database.trouble}. */
  trouble(): UserError | undefined;
  close(): Promise<void>;
}

export const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');

/** The database in the data folder. One process a folder. */
export async function openDatabase(dataDir: string): Promise<Database> {
  await openDataFolder(dataDir);
  return await openSqlite(databaseFile(dataDir));
}

/** Everything that runs on one machine, opened on one data folder. */
export async function openSystem(options: SystemOptions): Promise<System> {
  const { settings } = options;
  const database = await openDatabase(settings.dataDir);
  let demo: Demo | undefined;
  const close = async () => {
    await demo?.stop();
    await database.close();
  };
  try {
    demo = settings.kind === 'demo' ? await startDemo(settings.dataDir, options.lively) : undefined;
    const store = watchedStore(reportUnreadable(database.store, options.log), options.recorded);
    return {
      ...(await assemble(options, { ...database, store }, demo)),
      ...(demo ? { demo } : {}),
      trouble: () => database.trouble(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function assemble(options: SystemOptions, { store, backUp }: Database, demo: Demo | undefined) {
  const { settings, log, show, warn, wake, wakeSend, ownTokens = [] } = options;
  const { config, file } = settings.kind === 'config' ? settings : demoSettings(demo);
  const ports = localPorts(config, { store, log, show, wakeSend });
  // The demo's keys open nothing.
  checkLocalConfig(config, file, ports, demo ? () => {} : warn);
  const acting = await openActing(config, new Connections(ports, ACTING_SHARE), ports);
  const polling = openPolling(config, ports);
  const connections = acting.connections.flatMap(
    ({ config: { id, paused = false }, connection }): LocalConnection[] => {
      const open = polling.open(id);
      if (!open) return [];
      const pollOnce: LocalConnection['pollOnce'] = (options) => polling.pollOnce(open, options);
      return [{ id, paused, provider: connection.provider.label, pollOnce }];
    },
  );
  const deps = openApi(acting, ports, {
    polling,
    shardOf: () => 0,
    newSecret,
    wake,
    wakeSend: async (id) => wakeSend(id),
    backUp: async (target) => await backUp(target, async (copy) => await markCopy(copy, ports.clock.now())),
    writeConfig: writeNewConfig,
    isSandbox: demo !== undefined,
  });
  const door = { store, ownTokens };
  const api: ApiHost = { door, log, open: async () => deps, console: localConsole() };
  const { delivery, sending } = acting;
  const restored = async () => await noteRestored(store, ports.clock.now());
  return { connections, delivery, sending, api, config, noteRestored: restored };
}

/** Of one connection: others go on beside one that does not answer. */
export const FEEDS_AT_ONCE = 4;

interface LocalPolling extends PollingSide {
  pollOnce(open: OpenPoller, options: { readonly all: boolean }): Promise<ConnectionPoll>;
}

/** A poll of a connection waits for the one before it. */
function openPolling(config: Config, ports: AppPorts): LocalPolling {
  const pollers = new Pollers(ports);
  const inTurn = turns();
  const entries = new Map(config.connections.map((entry) => [entry.id, entry]));
  const open = (id: string) => {
    const entry = entries.get(id);
    return entry && pollers.open(entry, everyMsOf(config));
  };
  const pollOnce: LocalPolling['pollOnce'] = ({ polled, poller }, options) =>
    inTurn(polled.id, () => poller.poll({ ...options, feedsAtOnce: FEEDS_AT_ONCE }));
  return {
    open,
    pollOnce,
    lags: async (id) => open(id)?.poller.lags() ?? [],
    budget: (id) => open(id)?.polled.connection.budget,
    pollNow: (opened) => pollOnce(opened, { all: true }),
  };
}

function demoSettings(demo: Demo | undefined): { readonly config: Config; readonly file: string } {
  if (!demo) throw new Error('The demo was not started.');
  return { config: demo.config, file: 'the demo' };
}
