import type { PollingSide } from '../../shared/app/api.ts';
import { everyMsOf, Pollers } from '../../shared/app/pollers.ts';
import type { PollerPorts } from '../../shared/app/ports.ts';
import type { Instant } from '../../shared/model.ts';
import { type FeedLag, INACTIVE_EVERY_MS } from '../../shared/polling/poller.ts';
import type { Checkpoint } from '../../shared/polling/state/documents.ts';
import { interestedScanInterval } from '../../shared/polling/state/interested-scan-clocks.ts';
import { type Checkpoints, WholeShard } from '../../shared/polling/state/shard.ts';
import { feedTroubles } from '../../shared/polling/state/troubles.ts';
import { Unreadable } from '../../shared/store/collection.ts';
import { feedKey, troublesAddress } from '../../shared/store/keys.ts';
import { RecentlyUsed } from './recently-used.ts';
import { TICK_MS } from './slots.ts';
import type { CloudConfig } from './stored-config.ts';

/** A feed this much behind the latest of its connection has left the vendor's list; its checkpoint stays. */
const GONE_MS = 24 * 3_600_000;
const SHARDS_KEPT = 20;

/**
 * How late each feed is, from what its polls leave in the table. An idle poll writes nothing, so a feed shows that it is
 * polled only when its interested list is scanned; one whose scan has been due for long is late.
 */
export function lagsOf(
  checkpoints: Checkpoints,
  interestedScanDueAt: (feed: string, checkpoint: Checkpoint) => Instant | undefined,
  interestedTriedAt: ReadonlyMap<string, Instant>,
  now: Instant,
): readonly FeedLag[] {
  // An interested list that fails alone is tried again by polls that go well.
  const lagOf = (feed: string, checkpoint: Checkpoint) =>
    Math.max(
      0,
      now - (interestedTriedAt.get(feed) ?? interestedScanDueAt(feed, checkpoint) ?? checkpoint.reconciledAt),
    );
  const lags = [...checkpoints].map(([feed, stored]) => ({
    feed,
    // Without a clock, what was written last: the daily reconcile. What cannot be read is not polled.
    lagMs: stored instanceof Unreadable ? GONE_MS - 1 : lagOf(feed, stored.checkpoint),
    everyMs: INACTIVE_EVERY_MS,
  }));
  const least = Math.min(...lags.map(({ lagMs }) => lagMs));
  return lags.filter(({ lagMs }) => lagMs - least < GONE_MS);
}

interface OpenShard {
  readonly shard: WholeShard;
  readonly pollers: Pollers;
}

/** Polling by hand and what the table records of the rounds, where other processes run those. */
export class TablePolling {
  readonly #ports: PollerPorts;
  readonly #shards: RecentlyUsed<number, OpenShard>;

  constructor(ports: PollerPorts) {
    this.#ports = ports;
    this.#shards = new RecentlyUsed(SHARDS_KEPT, (number) => {
      const shard = new WholeShard(ports.store, number);
      return { shard, pollers: new Pollers(ports, shard) };
    });
  }

  /** When each interested list that fails is tried again. */
  async #interestedTriedAt(connection: string): Promise<ReadonlyMap<string, Instant>> {
    const troubles = await feedTroubles.list(this.#ports.store, troublesAddress(connection, '').partition);
    return new Map(
      troubles.flatMap(({ key, value: { replies, interested } }) =>
        interested && !replies ? [[key, interested.nextAt] as const] : [],
      ),
    );
  }

  /** For one request. A shard is read once, when the answer needs it. */
  during({ config, shardOf }: CloudConfig, until: () => Instant): PollingSide {
    const everyMs = everyMsOf(config, TICK_MS);
    const entries = new Map(config.connections.map((entry) => [entry.id, entry]));
    const shardFor = (id: string) => this.#shards.get(shardOf.get(id) ?? 0);
    const read = new Map<WholeShard, Promise<void>>();
    const readOnce = async (shard: WholeShard) => {
      const reading = read.get(shard) ?? shard.refresh();
      read.set(shard, reading);
      await reading;
    };
    const open: PollingSide['open'] = (id) => {
      const entry = entries.get(id);
      return entry && shardFor(id).pollers.open(entry, everyMs);
    };
    return {
      open,
      lags: async (id) => {
        const { shard } = shardFor(id);
        const interestedScanMs = open(id)?.polled.connection.feeds.interestedScanMs;
        if (interestedScanMs === undefined) return [];
        await readOnce(shard);
        const dueAt = (feed: string, checkpoint: Checkpoint) =>
          shard.scanClocks.dueAt(feedKey(id, feed), interestedScanInterval(interestedScanMs, TICK_MS, checkpoint));
        const triedAt = await this.#interestedTriedAt(id);
        const { checkpoints } = await shard.read(id);
        return lagsOf(checkpoints, dueAt, triedAt, this.#ports.clock.now());
      },
      pollNow: async ({ polled, poller }) => {
        const { shard } = shardFor(polled.id);
        await readOnce(shard);
        const poll = await poller.poll({ all: true, until: until() });
        await shard.scanClocks.save();
        return poll;
      },
    };
  }
}
