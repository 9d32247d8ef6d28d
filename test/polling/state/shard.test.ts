import { describe, expect, it } from 'vitest';
import { askForBackfill, stopBackfill } from '../../../shared/polling/backfill/asked.ts';
import { type Checkpoint, checkpoints } from '../../../shared/polling/state/documents.ts';
import { localShard, type Shard, WholeShard } from '../../../shared/polling/state/shard.ts';
import { Unreadable } from '../../../shared/store/collection.ts';
import { feedKey } from '../../../shared/store/keys.ts';
import { memoryStore } from '../../../shared/store/memory.ts';
import type { Store, UnreadableDocument } from '../../../shared/store/store.ts';

const CHECKPOINT: Checkpoint = { lowWatermark: 1, digest: '', interestedDigest: '', reconciledAt: 1 };
const SHARD = 'SHARD#0';
const addressOf = (connection: string, feed: string) => ({ partition: SHARD, key: feedKey(connection, feed) });

interface Kind {
  readonly name: string;
  readonly open: (store: Store) => { readonly shard: Shard; readonly refresh: () => Promise<void> };
}
const KINDS: readonly Kind[] = [
  { name: 'of one machine', open: (store) => ({ shard: localShard(store), refresh: async () => {} }) },
  {
    name: 'of many connections',
    open: (store) => {
      const shard = new WholeShard(store, 0);
      return { shard, refresh: () => shard.refresh() };
    },
  },
];

describe.each(KINDS)('a shard $name', ({ open }) => {
  function opened() {
    const said: UnreadableDocument[] = [];
    const store: Store = { ...memoryStore(), unreadable: (found) => void said.push(found) };
    const { shard, refresh } = open(store);
    const read = async (connection = 'acme') => {
      await refresh();
      return await shard.read(connection);
    };
    return { store, read, said };
  }

  it('holds the checkpoints of each connection apart', async () => {
    const { store, read } = opened();
    for (const connection of ['acme', 'acme-2'])
      await checkpoints.put(store, { ...addressOf(connection, 'c1'), value: CHECKPOINT }, 0);
    expect([...(await read()).checkpoints]).toEqual([['c1', { checkpoint: CHECKPOINT, version: 1 }]]);
    expect((await read('other')).checkpoints.size).toBe(0);
  });

  it('shows a checkpoint as it was written last, by whomever', async () => {
    const { store, read } = opened();
    const writing = (lowWatermark: number) => ({ ...addressOf('acme', 'c1'), value: { ...CHECKPOINT, lowWatermark } });
    await checkpoints.put(store, writing(1), 0);
    await read();
    await checkpoints.put(store, writing(2), 1);
    expect((await read()).checkpoints.get('c1')).toMatchObject({ checkpoint: { lowWatermark: 2 }, version: 2 });
  });

  it('says at each reading what cannot be read, and keeps it in its place', async () => {
    const { store, read, said } = opened();
    await store.put({ ...addressOf('acme', 'c1'), value: { floor: 'spoiled' } }, 0);
    for (const times of [1, 2]) {
      expect((await read()).checkpoints.get('c1')).toBeInstanceOf(Unreadable);
      expect(said).toHaveLength(times);
    }
  });

  it('shows with them whether a backfill goes on, which is no feed', async () => {
    const { store, read, said } = opened();
    const place = { shard: SHARD, connection: 'acme' };
    expect((await read()).isBackfillAsked).toBe(false);
    await askForBackfill(store, place, 0);
    expect(await read()).toEqual({ checkpoints: new Map(), isBackfillAsked: true });
    expect((await read('acme-2')).isBackfillAsked).toBe(false);
    await stopBackfill(store, place);
    expect((await read()).isBackfillAsked).toBe(false);
    expect(said).toEqual([]);
  });
});
