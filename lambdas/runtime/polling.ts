import { systemClock } from '../../adapters/node/clock.ts';
import { composeWithStars } from '../../shared/acting/stars.ts';
import { durationMs } from '../../shared/config/duration.ts';
import type { ConnectionConfig } from '../../shared/config/schema.ts';
import { compose } from '../../shared/events/compose.ts';
import type { Instant } from '../../shared/model.ts';
import { POLL_LIMITS } from '../../shared/polling/limits.ts';
import { createPoller, type PolledConnection, type Poller, type PollingPorts } from '../../shared/polling/poller.ts';
import { WholeShard } from '../../shared/polling/shard.ts';
import type { Connection } from '../../shared/provider.ts';
import { Secrets, ssmParameters } from '../services/secrets.ts';
import { Connections, cloudPorts, POLLING_SHARE, parameterOf } from './connections.ts';
import type { Container } from './container.ts';
import { CurrentConfig } from './current-config.ts';
import { pollShard, type RoundResult, type ShardConnection } from './poll-shard.ts';
import { RecentlyUsed } from './recently-used.ts';
import { TICK_MS } from './slots.ts';
import type { CloudConfig } from './stored-config.ts';

function backfillOf({ backfill }: ConnectionConfig): { readonly backfill?: 'all' | number } {
  if (backfill === undefined) return {};
  const span = backfill === 'all' ? 'all' : durationMs(backfill);
  return span === undefined ? {} : { backfill: span };
}

/**
 * Where there are many shards, chance decides which of them a container meets, and one with 1,000 connections takes 5 MB. The
 * memory of a container must not grow with the shards of the deployment.
 */
const SHARDS_KEPT = 20;

interface OpenPoller {
  readonly connection: Connection;
  readonly made: string;
  readonly poller: Poller;
}

interface OpenShard {
  readonly shard: WholeShard;
  readonly connections: Connections;
  /** By connection. */
  readonly pollers: Map<string, OpenPoller>;
}

/** Polls shards, one at a time. Between two rounds it keeps what saves work, and nothing that matters. */
export class Polling {
  readonly #container: Container;
  readonly #secrets = new Secrets(ssmParameters(), systemClock);
  readonly #config: CurrentConfig;
  readonly #ports: PollingPorts;
  readonly #keepsStars = new Set<string>();
  readonly #shards: RecentlyUsed<number, OpenShard>;

  constructor(container: Container) {
    this.#container = container;
    const { lines, store, deadline, environment } = container;
    const ports = cloudPorts(lines, this.#secrets, deadline, environment.allowPrivate);
    this.#shards = new RecentlyUsed(SHARDS_KEPT, (number) => ({
      shard: new WholeShard(store, number),
      connections: new Connections(ports, POLLING_SHARE),
      pollers: new Map(),
    }));
    this.#config = new CurrentConfig(store);
    const starred = composeWithStars(compose, store, (id) => this.#keepsStars.has(id));
    this.#ports = { store, compose: starred, clock: systemClock, log: lines };
  }

  async config(): Promise<CloudConfig | undefined> {
    return await this.#config.read();
  }

  async round(config: CloudConfig, number: number, calledAt: Instant): Promise<RoundResult> {
    const { connections: all, poll } = config.config;
    const entries = all.filter(({ id, paused }) => config.shardOf.get(id) === number && !paused);
    await this.#secrets.refresh(entries.flatMap(({ apiKey }) => parameterOf(apiKey)?.path ?? []));
    const open = this.#shards.get(number);
    const everyMs = Math.max(TICK_MS, (poll?.everySeconds ?? 0) * 1_000);
    const connections = entries.flatMap((entry) => this.#open(entry, everyMs, open) ?? []);
    const until = this.#container.deadline.at;
    const result = await pollShard({
      shard: open.shard,
      connections,
      calledAt,
      until,
      clock: systemClock,
      log: this.#container.lines,
    });
    // `poll.broken` lines are counted already.
    this.#container.lines.count('Broken', entries.length - connections.length);
    this.#tell(number, result);
    return result;
  }

  #open(entry: ConnectionConfig, everyMs: number, { shard, connections, pollers }: OpenShard) {
    const connection = connections.open(entry);
    if (!connection) return undefined;
    const { id, campaigns = ['*'] } = entry;
    const made = JSON.stringify([campaigns, everyMs, entry.backfill]);
    const known = pollers.get(id);
    const isSame = known?.connection === connection && known.made === made;
    const polled: PolledConnection = { id, campaigns, connection, everyMs, ...backfillOf(entry) };
    const poller = isSame ? known.poller : createPoller(polled, this.#ports, POLL_LIMITS, shard);
    pollers.set(id, { connection, made, poller });
    if (!connection.stars) this.#keepsStars.add(id);
    return { id, paused: false, poller, budget: connection.budget } satisfies ShardConnection;
  }

  #tell(shard: number, result: RoundResult): void {
    const { lines } = this.#container;
    const { feeds, polled, recorded, conflicts, unauthorized, failed, broken, skipped, lagMs, budgetLeft } = result;
    const counts = { feeds, polled, recorded, conflicts, unauthorized, failed, broken, skipped, lagMs };
    lines.info('poll.round', { shard, ...counts, ...(budgetLeft === undefined ? {} : { budgetLeft }) });
    lines.measure('PollLag', lagMs);
    lines.count('Told', recorded);
    lines.measure('Unauthorized', unauthorized);
    if (budgetLeft !== undefined) lines.measure('BudgetLeft', budgetLeft);
  }
}
