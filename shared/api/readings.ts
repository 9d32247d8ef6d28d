import { askedBackfill } from '../polling/backfill/asked.ts';
import { backfillStates, type Checkpoint, listCheckpoints } from '../polling/state/documents.ts';
import { backfillAddress, shardPartition } from '../store/keys.ts';
import type { ApiDeps } from './deps.ts';
import type { ConnectionView } from './shapes.ts';

type Reading = ConnectionView['readings'][number];

/** What a feed's checkpoint says is not through yet. */
function readingsOf(feed: string, { baseline, resume, interestedScan, survey }: Checkpoint): readonly Reading[] {
  const kind = baseline ? 'baseline' : 'catch-up';
  const list: readonly Reading[] = baseline || resume ? [{ feed, kind, read: resume?.read ?? 0, of: null }] : [];
  const more =
    survey?.position === undefined ? [] : [{ feed, kind: 'survey' as const, read: survey.read ?? 0, of: null }];
  if (!interestedScan) return [...list, ...more];
  const { read = 0, total = null } = interestedScan;
  return [...list, { feed, kind: 'interested', read, of: total }, ...more];
}

/** What is read over many polls of each of a connection's feeds, which of them come out of order or without times, and whose pages repeat. */
export async function readFeeds({ store, shardOf }: Pick<ApiDeps, 'store' | 'shardOf'>, connection: string) {
  const shard = shardPartition(shardOf(connection));
  const [stored, backfills, asked] = await Promise.all([
    listCheckpoints(store, shard, connection),
    backfillStates.list(store, backfillAddress(connection, '').partition),
    askedBackfill(store, { shard, connection }),
  ]);
  const feeds = [...stored].map(([feed, checkpoint]) => ({ feed, checkpoint }));
  const behind = backfills
    .filter(({ value }) => value.done !== true)
    .map(({ key, value }): Reading => ({ feed: key, kind: 'backfill', read: value.threads, of: null }));
  const feedsWhere = (holds: (checkpoint: Checkpoint) => boolean) =>
    new Set(feeds.flatMap(({ feed, checkpoint }) => (holds(checkpoint) ? [feed] : [])));
  return {
    readings: [...feeds.flatMap(({ feed, checkpoint }) => readingsOf(feed, checkpoint)), ...(asked ? behind : [])],
    /** Feeds whose backfill was stopped before its end. */
    stopped: new Set(asked ? [] : behind.map(({ feed }) => feed)),
    unordered: feedsWhere(({ unorderedAt }) => unorderedAt !== undefined),
    /** Those of them whose rows have no times, so that nobody knows their order. */
    timeless: feedsWhere(({ timeless }) => timeless === true),
    /** When each is read down again. */
    repeating: new Map(
      feeds.flatMap(({ feed, checkpoint: { repeats } }) => (repeats ? [[feed, repeats.until] as const] : [])),
    ),
  };
}
