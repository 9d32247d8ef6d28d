import type { ApiConnection } from '../shared/api/deps.ts';
import type { PollView } from '../shared/api/shapes.ts';
import { durationMs } from '../shared/config/duration.ts';
import type { Config, ConnectionConfig } from '../shared/config/schema.ts';
import { localSecret } from '../shared/config/secret.ts';
import { UserError } from '../shared/failure.ts';
import { checkUrl } from '../shared/node/address-guard.ts';
import {
  type ConnectionPoll,
  createPoller,
  type PolledConnection,
  type PollingPorts,
} from '../shared/polling/poller.ts';
import type { Ports } from '../shared/ports.ts';
import type { Connection } from '../shared/provider.ts';
import { providerNamed } from '../shared/providers/index.ts';
import { backfillStream } from './backfill-stream.ts';

/** Of each documented budget; the rest is for what people and automations do. */
const POLLING_SHARE = 0.6;
const EVERY_SECONDS = 60;

export interface LocalConnection extends ApiConnection {
  /** One poll at a time: a call made during another waits for it. */
  pollOnce(options: { readonly all: boolean }): Promise<ConnectionPoll>;
}

export interface ConnectionWorld {
  readonly ports: Ports;
  readonly polling: PollingPorts;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly warn: (sentence: string) => void;
}

function connect(config: ConnectionConfig, place: string, allowPrivate: boolean, world: ConnectionWorld): Connection {
  const { provider: name, apiKey, baseUrl } = config;
  const provider = providerNamed(name);
  if (!provider) throw new UserError(`${place}.provider: there is no provider "${name}"; correct it.`);
  const complaint = baseUrl === undefined ? undefined : checkUrl(baseUrl, { allowPrivate });
  if (complaint) throw new UserError(`${place}.baseUrl: ${complaint}`);
  const key = localSecret(apiKey, { env: world.env, where: `${place}.apiKey`, warn: world.warn });
  const options = { apiKey: key, quotaShare: POLLING_SHARE, ...(baseUrl === undefined ? {} : { baseUrl }) };
  return provider.connect(options, world.ports);
}

function pollView(connection: string, { feeds, polled, recorded, failure }: ConnectionPoll): PollView {
  return { connection, feeds, polled, recorded, failure: failure?.message ?? null };
}

function oneAtATime(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => {});
    return next;
  };
}

function localConnection(polled: PolledConnection, paused: boolean, polling: PollingPorts): LocalConnection {
  const poller = createPoller(polled, polling);
  const inTurn = oneAtATime();
  const pollOnce = async (options: { readonly all: boolean }) => await inTurn(() => poller.poll(options));
  return {
    id: polled.id,
    connection: polled.connection,
    campaigns: polled.campaigns,
    paused,
    lags: () => poller.lags(),
    pollOnce,
    poll: async () => pollView(polled.id, await pollOnce({ all: true })),
    backfill: (since) => backfillStream(polled, polling, since),
  };
}

function backfillOf(text: string | undefined): { readonly backfill?: 'all' | number } {
  if (text === undefined) return {};
  const span = text === 'all' ? 'all' : durationMs(text);
  return span === undefined ? {} : { backfill: span };
}

export function openConnections(config: Config, file: string, world: ConnectionWorld): readonly LocalConnection[] {
  const everyMs = (config.poll?.everySeconds ?? EVERY_SECONDS) * 1_000;
  return config.connections.map((entry, index) => {
    const connection = connect(entry, `${file}, connections[${index}]`, config.allowPrivateUrls ?? false, world);
    const campaigns = entry.campaigns ?? ['*'];
    const polled = { id: entry.id, campaigns, connection, everyMs, ...backfillOf(entry.backfill) };
    return localConnection(polled, entry.paused ?? false, world.polling);
  });
}
