import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { readApplied } from '../../../lambdas/runtime/applied.ts';
import { assignShards, SHARD_FEEDS_MAX } from '../../../lambdas/runtime/shards.ts';
import { ApplyConflict, readConfig, storeConfig } from '../../../lambdas/runtime/stored-config.ts';
import type { Config } from '../../../shared/config/schema.ts';
import { askForBackfill } from '../../../shared/polling/backfill/asked.ts';
import { type MemoryStore, memoryStore } from '../../../shared/store/memory.ts';
import type { Store } from '../../../shared/store/store.ts';

const now = () => Date.UTC(2026, 0, 1);
const connection = (id: string, more: Partial<Config['connections'][number]> = {}) => ({
  id,
  provider: 'coldsend',
  apiKey: `ssm:/replybus/${id}`,
  ...more,
});
const config = (...ids: readonly string[]): Config => ({
  connections: ids.map((id) => connection(id)),
  sinks: [{ id: 'bus', type: 'eventbridge', bus: 'default' }],
  poll: { everySeconds: 120 },
});

let store: MemoryStore;
beforeEach(() => {
  store = memoryStore();
});

async function inForce(from: Store): Promise<Config | undefined> {
  const applied = await readApplied(from);
  return applied && (await readConfig(from, applied)).config;
}

describe('a config in the table', () => {
  it('is not there before one is applied', async () => {
    expect(await readApplied(store)).toBeUndefined();
  });

  it('reads as it was applied', async () => {
    await storeConfig(store, config('one', 'two'), now);
    expect(await inForce(store)).toEqual(config('one', 'two'));
  });

  it('may hold more than fits into one document', async () => {
    const many = config(...Array.from({ length: 1_500 }, (_, index) => `connection-${index}`));
    await storeConfig(store, many, now);
    expect((await inForce(store))?.connections).toHaveLength(1_500);
  });

  it('counts a generation each time, also when nothing has changed', async () => {
    await storeConfig(store, config('one'), now);
    await storeConfig(store, config('one'), now);
    expect(await readApplied(store)).toMatchObject({ generation: 2 });
  });

  it('comes into force at once or not at all, whichever write its author dies at', async () => {
    await storeConfig(store, config('old'), now);
    for (let left = 0; ; left += 1) {
      let puts = left;
      const dying: Store = {
        ...store,
        put: async (document, expected) => {
          puts -= 1;
          if (puts < 0) throw new Error('died');
          return await store.put(document, expected);
        },
      };
      const ended = await storeConfig(dying, config('new', 'newer'), now).then(
        () => true,
        () => false,
      );
      expect(await inForce(store)).toEqual(ended ? config('new', 'newer') : config('old'));
      if (ended) break;
    }
  });

  it('of two who apply at the same moment, one is told that it was not first', async () => {
    const results = await Promise.allSettled([
      storeConfig(store, config('mine'), now),
      storeConfig(store, config('yours'), now),
    ]);
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toEqual([{ status: 'rejected', reason: expect.any(ApplyConflict) }]);
    expect(['mine', 'yours']).toContain((await inForce(store))?.connections[0]?.id);
  });

  it('is in force when only the answer to the last write was lost', async () => {
    const lossy: Store = {
      ...store,
      put: async (document, expected) => {
        const written = await store.put(document, expected);
        return document.key === 'current' ? false : written;
      },
    };
    expect(await storeConfig(lossy, config('one'), now)).toMatchObject({ generation: 1 });
  });

  it('keeps the last few, and no more', async () => {
    for (let each = 0; each < 10; each += 1) await storeConfig(store, config(`connection-${each}`), now);
    const partitions = new Set([...store.items()].map(({ partition }) => partition));
    expect([...partitions].filter((partition) => partition.startsWith('CONFIG#'))).toHaveLength(4);
  });
});

describe('the shard of a connection', () => {
  interface Entry {
    readonly id: string;
    readonly provider?: string;
    readonly campaigns?: readonly string[];
  }
  const place = async (...connections: readonly Entry[]) => Object.fromEntries(await assignShards(store, connections));

  it('is the first while there is room', async () => {
    expect(await place({ id: 'one' }, { id: 'two' })).toEqual({ one: 0, two: 0 });
  });

  it('is another when the first is full', async () => {
    const campaigns = Array.from({ length: 600 }, (_, index) => `campaign-${index}`);
    expect(await place({ id: 'one', campaigns }, { id: 'two', campaigns }, { id: 'three' })).toEqual({
      one: 0,
      two: 1,
      three: 0,
    });
  });

  it('holds as many connections as feeds where each connection is one feed', async () => {
    const named = { provider: 'coldsend', campaigns: ['a', 'b'] };
    const workspaces = Array.from({ length: SHARD_FEEDS_MAX + 1 }, (_, index) => ({ id: `c${index}`, ...named }));
    const counts = Object.groupBy(Object.values(await place(...workspaces)), (shard) => String(shard));
    expect(Object.values(counts).map((shards = []) => shards.length)).toEqual([SHARD_FEEDS_MAX, 1]);
  });

  it('counts the feeds that were found', async () => {
    await place({ id: 'one' });
    for (let feed = 0; feed < SHARD_FEEDS_MAX; feed += 1)
      await store.put({ partition: 'SHARD#0', key: `one/${feed}`, value: {} }, 0);
    expect(await place({ id: 'one' }, { id: 'two' })).toEqual({ one: 0, two: 1 });
  });

  it('counts no backfill that was asked for as a feed', async () => {
    await place({ id: 'one' });
    for (let feed = 1; feed < SHARD_FEEDS_MAX; feed += 1)
      await store.put({ partition: 'SHARD#0', key: `one/${feed}`, value: {} }, 0);
    await askForBackfill(store, { shard: 'SHARD#0', connection: 'one' }, 0);
    const two = { id: 'two', provider: 'coldsend' };
    expect(await place({ id: 'one' }, two)).toEqual({ one: 0, two: 0 });
  });

  it('stays the same for ever, also while the connection is out of the config', async () => {
    const connections = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.array(connections, { minLength: 2, maxLength: 6 }), async (configs) => {
        store = memoryStore();
        const known = new Map<string, number>();
        for (const ids of configs) {
          const campaigns = Array.from({ length: 300 }, (_, index) => `campaign-${index}`);
          const places = await assignShards(
            store,
            ids.map((id) => ({ id: `c${id}`, campaigns })),
          );
          for (const [id, shard] of places) {
            expect(known.get(id) ?? shard).toBe(shard);
            known.set(id, shard);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});
