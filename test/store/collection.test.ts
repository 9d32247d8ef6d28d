import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { JsonObject } from '../../shared/model.ts';
import { collection, readable, type Stored, Unreadable } from '../../shared/store/collection.ts';
import { memoryStore } from '../../shared/store/memory.ts';
import { reportUnreadable } from '../../shared/store/report.ts';
import type { Store, UnreadableDocument } from '../../shared/store/store.ts';

const address = { partition: 'COUNTERS', key: 'k' };
const Counter = z.object({ count: z.number(), note: z.exactOptional(z.string()) });
const counters = collection({ name: 'counter', schema: Counter });
const add = (stored: Stored<{ count: number }> | undefined) => ({ value: { count: (stored?.value.count ?? 0) + 1 } });

function watched(): { readonly store: Store; readonly said: UnreadableDocument[] } {
  const said: UnreadableDocument[] = [];
  return { store: { ...memoryStore(), unreadable: (found) => said.push(found) }, said };
}

/** The same store, where the first `times` puts are carried out by somebody else. */
function contended(store: Store, times: number): Store {
  let left = times;
  return {
    ...store,
    async put(document, expected) {
      if (left === 0) return await store.put(document, expected);
      left -= 1;
      await store.put({ ...document, value: { count: 100 } }, expected);
      return false;
    },
  };
}

describe('a collection', () => {
  it('gives a document with its value, its version and when it is due', async () => {
    const { store } = watched();
    expect(await counters.get(store, address)).toBeUndefined();
    expect(await counters.put(store, { ...address, value: { count: 1 }, dueAt: 5, recordedAt: 3 }, 0)).toBe(true);
    const expected = { ...address, version: 1, value: { count: 1 }, dueAt: 5, recordedAt: 3 };
    expect(await counters.get(store, address)).toEqual(expected);
    expect(await counters.put(store, { ...address, value: { count: 2 } }, 0)).toBe(false);
    expect(await counters.remove(store, { ...address, version: 1 })).toBe(true);
    expect(await counters.get(store, address)).toBeUndefined();
  });

  it('answers with a failure where a document cannot be read, and says it with its address and no value', async () => {
    const { store, said } = watched();
    await store.put({ ...address, value: { count: 'jane@example.com' } }, 0);
    const found = await counters.get(store, address);
    expect(found).toBeInstanceOf(Unreadable);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatchObject({ address, version: 1, why: 'count: invalid_type' });
    expect(JSON.stringify(said)).not.toContain('jane');
    expect(() => readable(found)).toThrow('The stored counter at COUNTERS k cannot be read (count: invalid_type).');
  });

  it('lists what can be read, in order of key, and says the rest', async () => {
    const { store, said } = watched();
    for (const [key, count] of Object.entries({ c: 3, a: 1, bad: 'x', b: 2 })) {
      await store.put({ partition: 'COUNTERS', key, value: { count } }, 0);
    }
    expect((await counters.list(store, 'COUNTERS')).map(({ key }) => key)).toEqual(['a', 'b', 'c']);
    expect((await counters.list(store, 'COUNTERS', 'b')).map(({ key }) => key)).toEqual(['b']);
    expect(said.map((found) => found.address.key)).toEqual(['bad', 'bad']);
  });

  it('keeps what a key of a value holds out of what it says', async () => {
    const { store, said } = watched();
    const maps = collection({ name: 'map', schema: z.record(z.string(), z.number()) });
    await store.put({ ...address, value: { 'jane@example.com': 'x' } }, 0);
    await maps.get(store, address);
    expect(said.map(({ why }) => why)).toEqual(['?: invalid_type']);
  });
});

describe('an update', () => {
  it('counts every change of many at once', async () => {
    const { store } = watched();
    const all = Array.from({ length: 20 }, () => counters.update(store, address, add, { tries: 100 }));
    expect((await Promise.all(all)).every(({ kind }) => kind === 'written')).toBe(true);
    expect(await counters.get(store, address)).toMatchObject({ value: { count: 20 }, version: 20 });
  });

  it('decides again by what somebody else wrote in between', async () => {
    const { store } = watched();
    const pauses: number[] = [];
    const pause = async (attempt: number) => void pauses.push(attempt);
    const updated = await counters.update(contended(store, 2), address, add, { tries: 3, pause });
    expect(updated).toEqual({ kind: 'written', stored: { ...address, version: 3, value: { count: 101 } } });
    expect(pauses).toEqual([1, 2]);
  });

  it('gives up after its tries, having written nothing', async () => {
    const { store } = watched();
    expect(await counters.update(contended(store, 9), address, add, { tries: 2 })).toEqual({ kind: 'contended' });
    expect(await counters.get(store, address)).toMatchObject({ value: { count: 100 }, version: 2 });
  });

  it('writes nothing where there is nothing to do, and gives what is there', async () => {
    const { store } = watched();
    expect(await counters.update(store, address, () => 'keep', { tries: 1 })).toEqual({ kind: 'kept' });
    await counters.put(store, { ...address, value: { count: 7 } }, 0);
    const stored = { ...address, version: 1, value: { count: 7 } };
    expect(await counters.update(store, address, () => 'keep', { tries: 1 })).toEqual({ kind: 'kept', stored });
  });

  it('removes what it read, and what was not there', async () => {
    const { store } = watched();
    await counters.put(store, { ...address, value: { count: 7 } }, 0);
    for (let times = 0; times < 2; times += 1) {
      expect(await counters.update(store, address, () => 'remove', { tries: 1 })).toEqual({ kind: 'removed' });
    }
    expect(await counters.get(store, address)).toBeUndefined();
  });

  it('leaves alone what it cannot read', async () => {
    const { store } = watched();
    await store.put({ ...address, value: { count: 'x' } }, 0);
    const updated = await counters.update(store, address, add, { tries: 3 });
    expect(updated).toMatchObject({ kind: 'unreadable', error: { address } });
    expect(await store.get(address)).toMatchObject({ version: 1, value: { count: 'x' } });
  });

  it('keeps the first place in the timeline', async () => {
    const { store } = watched();
    await counters.put(store, { ...address, value: { count: 1 }, recordedAt: 5 }, 0);
    const updated = await counters.update(store, address, add, { tries: 1 });
    expect(updated).toMatchObject({ kind: 'written', stored: { recordedAt: 5, version: 2 } });
    expect(await counters.get(store, address)).toMatchObject({ recordedAt: 5 });
  });
});

describe('the version of a schema', () => {
  const renamed = collection({
    name: 'counter',
    schema: z.object({ total: z.number(), unit: z.string() }),
    version: 3,
    upgrade: ({ count, ...rest }: JsonObject, from): JsonObject =>
      from === 1 ? { total: count ?? 0, ...rest } : { unit: 'mail', ...rest },
  });

  it('is 1 for a document that carries none, which is taken up step by step', async () => {
    const { store } = watched();
    await counters.put(store, { ...address, value: { count: 4 } }, 0);
    expect(await store.get(address)).toMatchObject({ value: { count: 4 } });
    expect(await renamed.get(store, address)).toMatchObject({ value: { total: 4, unit: 'mail' } });
    await store.put({ ...address, value: { $v: 2, total: 9 } }, 1);
    expect(await renamed.get(store, address)).toMatchObject({ value: { total: 9, unit: 'mail' } });
  });

  it('is written from 2 on, and is no part of what is read', async () => {
    const { store } = watched();
    await renamed.put(store, { ...address, value: { total: 1, unit: 'mail' } }, 0);
    expect(await store.get(address)).toMatchObject({ value: { $v: 3, total: 1, unit: 'mail' } });
    expect(await renamed.get(store, address)).toMatchObject({ value: { total: 1, unit: 'mail' } });
  });

  it('refuses what a newer one wrote', async () => {
    const { store, said } = watched();
    await renamed.put(store, { ...address, value: { total: 1, unit: 'mail' } }, 0);
    expect(await counters.get(store, address)).toBeInstanceOf(Unreadable);
    expect(said.map(({ why }) => why)).toEqual(['it was written by a newer Replybus, as version 3']);
  });

  it('leaves an entry of a map alone that has its name', async () => {
    const { store } = watched();
    const maps = collection({ name: 'map', schema: z.record(z.string(), z.array(z.number())) });
    await maps.put(store, { ...address, value: { $v: [1], other: [2] } }, 0);
    expect(await maps.get(store, address)).toMatchObject({ value: { $v: [1], other: [2] } });
  });

  it('says of an upgrade that fails that the document cannot be read', async () => {
    const { store, said } = watched();
    const broken = collection({
      name: 'counter',
      schema: Counter,
      version: 2,
      upgrade: () => {
        throw new RangeError('jane');
      },
    });
    await store.put({ ...address, value: {} }, 0);
    expect(await broken.get(store, address)).toBeInstanceOf(Unreadable);
    expect(said.map(({ why }) => why)).toEqual(['reading it failed with RangeError']);
  });
});

describe('fields stored under other names', () => {
  const totals = collection({
    name: 'total',
    schema: z.object({ total: z.number(), inner: z.object({ total: z.number() }), unit: z.string() }),
    storedAs: { total: 'count' },
  });
  const value = { total: 1, inner: { total: 2 }, unit: 'mail' };

  it('are written so at any depth, and the others under their own', async () => {
    const { store } = watched();
    await totals.put(store, { ...address, value }, 0);
    expect(await store.get(address)).toMatchObject({ value: { count: 1, inner: { count: 2 }, unit: 'mail' } });
  });

  it('are read under the names of the code', async () => {
    const { store } = watched();
    await store.put({ ...address, value: { count: 1, inner: { count: 2 }, unit: 'mail' } }, 0);
    expect(await totals.get(store, address)).toMatchObject({ value });
  });
});

describe('what is said of unreadable documents', () => {
  it('is one warning for each of them', async () => {
    const lines: unknown[] = [];
    const log = { info: () => {}, warn: (event: string, fields?: object) => lines.push([event, fields]) };
    const store = reportUnreadable(memoryStore(), log);
    await store.put({ ...address, value: {} }, 0);
    for (let times = 0; times < 3; times += 1) await counters.list(store, 'COUNTERS');
    expect(lines).toEqual([
      ['store.unreadable', { partition: 'COUNTERS', key: 'k', version: 1, why: 'count: invalid_type' }],
    ]);
    await store.put({ ...address, value: { count: 'x' } }, 1);
    await counters.get(store, address);
    expect(lines).toHaveLength(2);
  });
});
