import { systemClock } from '../../../adapters/node/clock.ts';
import { backfillStream } from '../../../shared/api/backfill-stream.ts';
import type { ApiConnection } from '../../../shared/api/deps.ts';
import type { PollView } from '../../../shared/api/shapes.ts';
import { compose } from '../../../shared/events/compose.ts';
import type { Instant } from '../../../shared/model.ts';
import { POLL_LIMITS } from '../../../shared/polling/limits.ts';
import { tailInterval } from '../../../shared/polling/poll-feed.ts';
import {
  createPoller,
  type FeedLag,
  type PolledConnection,
  type PollingPorts,
  QUIET_EVERY_MS,
} from '../../../shared/polling/poller.ts';
import { feedKey, type Heads, WholeShard } from '../../../shared/polling/shard.ts';
import type { Head } from '../../../shared/polling/state.ts';
import type { Log } from '../../../shared/ports.ts';
import type { Store } from '../../../shared/store/store.ts';
import type { OpenConnection } from '../../runtime/sending.ts';
import { TICK_MS } from '../../runtime/slots.ts';
import type { CloudConfig } from '../../runtime/stored-config.ts';

/** A feed this much behind the latest of its connection has left the vendor's list; its head stays. */
const GONE_MS = 24 * 3_600_000;

/**
 * How late each feed is, from what its polls leave in the table. An idle poll writes nothing, so a feed shows that it is
 * polled only when its tail is read; one whose tail should have been read long since is late.
 */
export function lagsOf(
  heads: Heads,
  tailDueAt: (feed: string, head: Head) => Instant | undefined,
  now: Instant,
): readonly FeedLag[] {
  const lags = [...heads].map(([feed, { head }]) => ({
    feed,
    // Without a clock, what was written last: the daily reading.
    lagMs: Math.max(0, now - (tailDueAt(feed, head) ?? head.deepAt)),
    everyMs: QUIET_EVERY_MS,
  }));
  const least = Math.min(...lags.map(({ lagMs }) => lagMs));
  return lags.filter(({ lagMs }) => lagMs - least < GONE_MS);
}

export interface ApiWorld {
  readonly store: Store;
  readonly log: Log;
  /** Whether the answer tells of lags; it costs a Query for each shard. */
  readonly withLags: boolean;
  readonly until: () => Instant;
}

async function shardsOf(config: CloudConfig, { store, withLags }: ApiWorld) {
  const shards = new Map(config.shards.map((number) => [number, new WholeShard(store, number)] as const));
  if (withLags) await Promise.all([...shards.values()].map(async (shard) => await shard.refresh()));
  return shards;
}

export async function openApiConnections(
  config: CloudConfig,
  opened: readonly OpenConnection[],
  world: ApiWorld,
): Promise<readonly ApiConnection[]> {
  const { store, log } = world;
  const shards = await shardsOf(config, world);
  const read = new Map<WholeShard, Promise<void>>();
  const readOnce = async (shard: WholeShard) => {
    const reading = read.get(shard) ?? shard.refresh();
    read.set(shard, reading);
    await reading;
  };
  const ports: PollingPorts = { store, compose, clock: systemClock, log };
  return await Promise.all(
    opened.map(async ({ config: { id, campaigns = ['*'], paused = false }, connection }): Promise<ApiConnection> => {
      const shard = shards.get(config.shardOf.get(id) ?? 0) ?? new WholeShard(store, 0);
      const tailDueAt = (feed: string, head: Head) =>
        shard.tails.dueAt(feedKey(id, feed), tailInterval(connection.feeds.tailMs, TICK_MS, head));
      const lags = world.withLags ? lagsOf(await shard.headsOf(id), tailDueAt, systemClock.now()) : [];
      const polled: PolledConnection = { id, campaigns, connection, everyMs: TICK_MS };
      return {
        id,
        connection,
        campaigns,
        paused,
        lags: () => lags,
        async poll(): Promise<PollView> {
          await readOnce(shard);
          const poll = await createPoller(polled, ports, POLL_LIMITS, shard).poll({ all: true, until: world.until() });
          await shard.tails.save();
          const { feeds, polled: done, recorded, failure } = poll;
          return { connection: id, feeds, polled: done, recorded, failure: failure?.message ?? null };
        },
        backfill: (since) => backfillStream(polled, ports, since),
      };
    }),
  );
}
