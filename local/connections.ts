import { checkUrl } from '../adapters/node/address-guard.ts';
import { backfillStream } from '../shared/api/backfill-stream.ts';
import type { ApiConnection } from '../shared/api/deps.ts';
import type { PollView } from '../shared/api/shapes.ts';
import { durationMs } from '../shared/config/duration.ts';
import type { Config, ConnectionConfig } from '../shared/config/schema.ts';
import { localSecret } from '../shared/config/secret.ts';
import { UserError } from '../shared/failure.ts';
import {
  type ConnectionPoll,
  createPoller,
  type PolledConnection,
  type PollingPorts,
} from '../shared/polling/poller.ts';
import type { Ports } from '../shared/ports.ts';
import type { Connection } from '../shared/provider.ts';
import { providerNamed } from '../shared/providers/index.ts';
import { PER_CONVERSATION_PER_DAY, PER_DAY } from '../shared/sending/limits.ts';
import type { SendingLimits } from '../shared/sending/ports.ts';

/** Of each documented budget. What people and automations do never waits for polling, nor polling for them. */
const POLLING_SHARE = 0.6;
const ACTING_SHARE = 0.4;
const EVERY_SECONDS = 60;

export interface LocalConnection extends ApiConnection {
  readonly limits: SendingLimits;
  /** One poll at a time: a call made during another waits for it. */
  pollOnce(options: { readonly all: boolean }): Promise<ConnectionPoll>;
}

export interface ConnectionWorld {
  readonly ports: Ports;
  readonly polling: PollingPorts;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly warn: (sentence: string) => void;
}

/** The same key opened twice, each with its share of the vendor's budget. */
interface Opened {
  readonly polling: Connection;
  readonly acting: Connection;
}

function connect(config: ConnectionConfig, place: string, allowPrivate: boolean, world: ConnectionWorld): Opened {
  const { provider: name, apiKey, baseUrl } = config;
  const provider = providerNamed(name);
  if (!provider) throw new UserError(`${place}.provider: there is no provider "${name}"; correct it.`);
  const complaint = baseUrl === undefined ? undefined : checkUrl(baseUrl, { allowPrivate });
  if (complaint) throw new UserError(`${place}.baseUrl: ${complaint}`);
  const key = localSecret(apiKey, { env: world.env, where: `${place}.apiKey`, warn: world.warn });
  const options = { apiKey: key, ...(baseUrl === undefined ? {} : { baseUrl }) };
  return {
    polling: provider.connect({ ...options, quotaShare: POLLING_SHARE }, world.ports),
    acting: provider.connect({ ...options, quotaShare: ACTING_SHARE }, world.ports),
  };
}

function limitsOf({ sending }: ConnectionConfig): SendingLimits {
  return {
    off: sending?.off ?? false,
    perDay: sending?.perDay ?? PER_DAY,
    perConversationPerDay: sending?.perConversationPerDay ?? PER_CONVERSATION_PER_DAY,
  };
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

interface Parts {
  readonly polled: PolledConnection;
  readonly acting: Connection;
  readonly config: ConnectionConfig;
}

function localConnection({ polled, acting, config }: Parts, polling: PollingPorts): LocalConnection {
  const poller = createPoller(polled, polling);
  const inTurn = oneAtATime();
  const pollOnce = async (options: { readonly all: boolean }) => await inTurn(() => poller.poll(options));
  return {
    id: polled.id,
    connection: acting,
    campaigns: polled.campaigns,
    paused: config.paused ?? false,
    limits: limitsOf(config),
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
    const place = `${file}, connections[${index}]`;
    const { polling, acting } = connect(entry, place, config.allowPrivateUrls ?? false, world);
    const campaigns = entry.campaigns ?? ['*'];
    const polled = { id: entry.id, campaigns, connection: polling, everyMs, ...backfillOf(entry.backfill) };
    return localConnection({ polled, acting, config: entry }, world.polling);
  });
}
