import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryStore } from '../../shared/store/memory.ts';
import type { Put, Store } from '../../shared/store/store.ts';
import { NOW, storeContract } from './contract.ts';
import { dynaliteWorld, type World } from './dynalite-store.ts';
import { sqliteWorld } from './sqlite-store.ts';

let world: World;
const sqlite = sqliteWorld();
beforeAll(async () => {
  world = await dynaliteWorld(() => NOW);
});
afterAll(async () => {
  await world.end();
  await sqlite.end();
});

const STORES = {
  'SQLite store': () => sqlite.fresh(),
  'DynamoDB store': () => world.fresh(),
  'DynamoDB store that deletes nothing': () => world.fresh('mark'),
};

storeContract('memory store', async () => memoryStore());
for (const [name, fresh] of Object.entries(STORES)) storeContract(name, fresh);

type Operation = (store: Store) => Promise<unknown>;

const key = fc.constantFrom('a', 'b', 'a#1', 'é', 'a\uffff', 'a😀', '%', '_', 'a!');
const address = fc.record({ partition: fc.constantFrom('p', 'q#1', 'p!'), key });
const instant = fc.integer({ min: NOW - 3 * 86_400_000, max: NOW });
const optional = fc.record({ dueAt: instant, recordedAt: instant }, { requiredKeys: [] });
const put: fc.Arbitrary<Put> = fc
  .tuple(address, optional, fc.jsonValue())
  .map(([where, times, payload]) => ({ ...where, ...times, value: { payload: JSON.parse(JSON.stringify(payload)) } }));
const expected = fc.integer({ min: 0, max: 3 });
const limit = fc.integer({ min: 1, max: 4 });

/** Puts at a fixed version, and puts at whatever version is there, so that documents also grow old. */
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.tuple(put, expected).map(
    ([document, version]): Operation =>
      (store) =>
        store.put(document, version),
  ),
  put.map(
    (document): Operation =>
      async (store) =>
        store.put(document, (await store.get(document))?.version ?? 0),
  ),
  fc.tuple(address, expected).map(
    ([where, version]): Operation =>
      (store) =>
        store.remove(where, version),
  ),
  address.map(
    (where): Operation =>
      (store) =>
        store.get(where),
  ),
  fc.tuple(fc.constantFrom('p', 'q#1'), fc.constantFrom('', 'a', '%', '_', 'a😀')).map(
    ([partition, prefix]): Operation =>
      (store) =>
        store.list(partition, prefix),
  ),
  fc.tuple(instant, limit).map(
    ([before, most]): Operation =>
      (store) =>
        store.due(before, most),
  ),
  fc.tuple(instant, limit, fc.constantFrom('oldest' as const, 'newest' as const)).map(
    ([from, most, order]): Operation =>
      async (store) => {
        const page = await store.timeline(from, { limit: most, order });
        return page.cursor === undefined
          ? [page]
          : [page, await store.timeline(from, { limit: most, order, after: page.cursor })];
      },
  ),
);

describe.each(Object.entries(STORES))('memory and the %s', (_, fresh) => {
  it('answer any sequence of operations alike', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 25, maxLength: 25 }), async (operations) => {
        const memory = memoryStore();
        const database = await fresh();
        for (const run of operations) expect(await run(database)).toEqual(await run(memory));
      }),
      { numRuns: 30, endOnFailure: true },
    );
  }, 60_000);
});

describe('memory store', () => {
  it('shows every document to the oracles of tests', async () => {
    const store = memoryStore();
    await store.put({ partition: 'p', key: 'k', value: { n: 1 }, dueAt: 5 }, 0);
    await store.put({ partition: 'q', key: 'k', value: {} }, 0);
    expect([...store.items()]).toEqual([
      { partition: 'p', key: 'k', version: 1, value: { n: 1 }, dueAt: 5 },
      { partition: 'q', key: 'k', version: 1, value: {} },
    ]);
  });
});
