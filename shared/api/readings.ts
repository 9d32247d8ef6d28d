import { backfillMarks, type Head, heads } from '../polling/documents.ts';
import { backfillAddress, feedKey, feedOfKey, shardPartition } from '../store/keys.ts';
import type { ApiDeps } from './deps.ts';
import type { ConnectionView } from './shapes.ts';

type Reading = ConnectionView['readings'][number];

/** What a feed's checkpoint says is not through yet. */
function readingsOf(feed: string, { base, resume, tail }: Head): readonly Reading[] {
  const list: readonly Reading[] =
    base || resume ? [{ feed, kind: base ? 'baseline' : 'catch-up', read: resume?.offset ?? 0, of: null }] : [];
  return tail ? [...list, { feed, kind: 'interested', read: tail.offset, of: tail.total ?? null }] : list;
}

/** What is read over many polls of each of a connection's feeds, and which of them come out of order. */
export async function readFeeds({ store, shardOf }: Pick<ApiDeps, 'store' | 'shardOf'>, connection: string) {
  const [checkpoints, backfills] = await Promise.all([
    heads.list(store, shardPartition(shardOf(connection)), feedKey(connection, '')),
    backfillMarks.list(store, backfillAddress(connection, '').partition),
  ]);
  const feeds = checkpoints.map(({ key, value }) => ({ feed: feedOfKey(key).feed, head: value }));
  const behind = backfills
    .filter(({ value }) => value.done !== true)
    .map(({ key, value }): Reading => ({ feed: key, kind: 'backfill', read: value.threads, of: null }));
  return {
    readings: [...feeds.flatMap(({ feed, head }) => readingsOf(feed, head)), ...behind],
    unordered: new Set(feeds.flatMap(({ feed, head }) => (head.unorderedAt === undefined ? [] : [feed]))),
  };
}
