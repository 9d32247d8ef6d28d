import { backfillStream } from '../api/backfill-stream.ts';
import type { ApiConnection, ApiDeps } from '../api/deps.ts';
import { ApiProblem } from '../api/problem.ts';
import type { PollView } from '../api/shapes.ts';
import { type ConnectionPoll, type FeedLag, failureOf } from '../polling/poller.ts';
import type { Budget } from '../provider.ts';
import { PROVIDERS } from '../providers/index.ts';
import type { Acting } from './acting.ts';
import { examine } from './doctor/doctor.ts';
import { probe } from './doctor/probe.ts';
import type { OpenPoller } from './pollers.ts';
import type { AppPorts } from './ports.ts';
import type { OpenConnection } from './sending.ts';
import { tryKey } from './try-key.ts';

/** How connections are polled here; who runs the rounds knows. */
export interface PollingSide {
  /** Undefined for a connection that cannot be opened now. */
  open(connection: string): OpenPoller | undefined;
  lags(connection: string): Promise<readonly FeedLag[]>;
  pollNow(open: OpenPoller): Promise<ConnectionPoll>;
  /** Absent where another process runs the rounds. */
  budget?(connection: string): Budget | undefined;
}

type ShardOf = (connection: string) => number;

/** What the API needs beyond what acts. */
export interface ApiEdge {
  readonly polling: PollingSide;
  /** The shard a connection's feeds lie in. */
  readonly shardOf: ShardOf;
  readonly newSecret: () => string;
  readonly wake: () => void;
  /** Resolves when the answer may tell of the send. */
  readonly wakeSend: (id: string) => Promise<void>;
  readonly backUp?: (file: string) => Promise<number>;
  readonly writeConfig?: (file: string, text: string) => Promise<string>;
  readonly isSandbox?: boolean;
}

function pollView(connection: string, poll: ConnectionPoll): PollView {
  const { feeds, polled, recorded } = poll;
  return { connection, feeds, polled, recorded, failure: failureOf(poll)?.message ?? null };
}

function apiConnection({ config, connection }: OpenConnection, polling: PollingSide, shardOf: ShardOf): ApiConnection {
  const { id, campaigns = ['*'], paused = false } = config;
  const opened = () => {
    const open = polling.open(id);
    if (open) return open;
    throw new ApiProblem('unavailable', `The connection "${id}" cannot be opened now; "replybus doctor" says why.`);
  };
  return {
    id,
    connection,
    campaigns,
    paused,
    lags: async () => await polling.lags(id),
    poll: async () => pollView(id, await polling.pollNow(opened())),
    backfill(since) {
      const { polled, ports } = opened();
      return backfillStream(polled, ports, { since, shard: shardOf(id) });
    },
  };
}

/** Everything that could be opened, as the API and the doctor look at it. */
export const apiConnections = (
  { connections }: Acting,
  polling: PollingSide,
  shardOf: ShardOf,
): readonly ApiConnection[] => connections.map((opened) => apiConnection(opened, polling, shardOf));

/** The API over what acts and what polls. */
export function openApi(acting: Acting, ports: AppPorts, edge: ApiEdge): ApiDeps {
  const { config, sending, delivery, subscriptions } = acting;
  const { secrets, mail, checkUrl } = ports;
  const { polling, newSecret, wake, wakeSend, shardOf, backUp, writeConfig, isSandbox = false } = edge;
  const connections = apiConnections(acting, polling, shardOf);
  return {
    store: ports.store,
    clock: ports.clock,
    connections,
    sinks: delivery.sinks,
    shardOf,
    pollingBudget: (connection) => polling.budget?.(connection),
    checkUrl,
    subscriptionsChanged: () => subscriptions.forget(),
    sayGoodbye: (subscription) => subscriptions.sayGoodbye(subscription),
    newSecret,
    sending,
    doctor: async () => await examine({ config, connections, delivery, sending, shardOf, secrets, mail }),
    providers: PROVIDERS,
    tryKey: async (provider, apiKey) => await tryKey(ports, provider, apiKey),
    probe: async (connection) => await probe(connection, ports),
    wake,
    wakeSend,
    isSandbox,
    ...(backUp && { backUp }),
    ...(writeConfig && { writeConfig }),
  };
}
