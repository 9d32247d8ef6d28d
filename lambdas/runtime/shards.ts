import * as z from 'zod/mini';
import { hasOneFeed } from '../../shared/config/one-feed.ts';
import { collection, readable } from '../../shared/store/collection.ts';
import { feedOfKey, NO_FEED, PLACES, placeAddress, shardPartition } from '../../shared/store/keys.ts';
import type { Store } from '../../shared/store/store.ts';

/** Feeds of one shard: one Query reads their checkpoints, and one run of a function polls them. */
export const SHARD_FEEDS_MAX = 1_000;
/** What a connection is taken to have before its feeds are known. */
const FEEDS_ASSUMED = 10;

const assignments = collection({ name: 'shard of a connection', schema: z.object({ shard: z.number() }) });

interface Assignable {
  readonly id: string;
  readonly provider?: string;
  readonly campaigns?: readonly string[] | undefined;
}

/** Feeds by connection, counted from the checkpoints of a shard. */
export async function countFeeds(store: Store, shard: number): Promise<ReadonlyMap<string, number>> {
  const feeds = new Map<string, number>();
  for (const { key } of await store.list(shardPartition(shard))) {
    const { connection, feed } = feedOfKey(key);
    if (feed !== NO_FEED) feeds.set(connection, (feeds.get(connection) ?? 0) + 1);
  }
  return feeds;
}

function assumedFeeds({ provider, campaigns }: Assignable): number {
  if (provider !== undefined && hasOneFeed(provider)) return 1;
  return campaigns === undefined || campaigns.includes('*') ? FEEDS_ASSUMED : campaigns.length;
}

/** How full each shard is, by what its connections have or are taken to have. */
async function loads(
  store: Store,
  assigned: ReadonlyMap<string, number>,
  connections: ReadonlyMap<string, Assignable>,
) {
  const sums = new Map<number, number>();
  for (const shard of new Set(assigned.values())) {
    const counted = await countFeeds(store, shard);
    for (const [id, own] of assigned) {
      const connection = connections.get(id);
      if (own !== shard || !connection) continue;
      sums.set(shard, (sums.get(shard) ?? 0) + Math.max(counted.get(id) ?? 0, assumedFeeds(connection)));
    }
  }
  return sums;
}

function roomiest(sums: ReadonlyMap<number, number>, feeds: number): number {
  for (let shard = 0; ; shard += 1) {
    const sum = sums.get(shard) ?? 0;
    if (sum === 0 || sum + feeds <= SHARD_FEEDS_MAX) return shard;
  }
}

/**
 * The shard of each connection. A connection keeps the one it once got, also while it is out of the config: its
 * checkpoints lie there, and a feed without one would start anew.
 */
export async function assignShards(
  store: Store,
  connections: readonly Assignable[],
): Promise<ReadonlyMap<string, number>> {
  const assigned = new Map((await assignments.list(store, PLACES)).map(({ key, value }) => [key, value.shard]));
  const byId = new Map(connections.map((connection) => [connection.id, connection]));
  const sums = await loads(store, assigned, byId);
  for (const connection of connections) {
    if (assigned.has(connection.id)) continue;
    const feeds = assumedFeeds(connection);
    const shard = await claim(store, connection.id, roomiest(sums, feeds));
    assigned.set(connection.id, shard);
    sums.set(shard, (sums.get(shard) ?? 0) + feeds);
  }
  return new Map(connections.map(({ id }) => [id, assigned.get(id) ?? 0]));
}

/** The shard, or the one somebody else gave it at the same moment. */
async function claim(store: Store, id: string, shard: number): Promise<number> {
  const address = placeAddress(id);
  if (await assignments.put(store, { ...address, value: { shard } }, 0)) return shard;
  // One that cannot be read is not given anew: the checkpoints lie there.
  return readable(await assignments.get(store, address))?.value.shard ?? shard;
}

export const shardsOf = (assigned: ReadonlyMap<string, number>): readonly number[] =>
  [...new Set(assigned.values())].sort((left, right) => left - right);
