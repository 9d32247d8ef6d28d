import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../shared/model.ts';
import { AddressUnfit, DocumentTooLarge, VALUE_BYTES_MAX } from '../../shared/store/order.ts';
import type { Address, Put, Store } from '../../shared/store/store.ts';
import { plainOf } from './plain.ts';

export const NOW = Date.UTC(2026, 5, 15, 12);
const DAY = 86_400_000;

const at = (key: string, rest: Partial<Put> = {}): Put => ({ partition: 'p', key, value: {}, ...rest });
const keys = (addresses: readonly Address[]) => addresses.map(({ key }) => key);

function versions(fresh: () => Promise<Store>): void {
  it('gives nothing for an address never put', async () => {
    const store = await fresh();
    expect(await store.get({ partition: 'p', key: 'k' })).toBeUndefined();
    expect(await store.list('p')).toEqual([]);
  });

  it('puts first at version 1, refuses the second first put and keeps the first value', async () => {
    const store = await fresh();
    expect(await store.put(at('k', { value: { n: 1 } }), 0)).toBe(true);
    expect(await store.put(at('k', { value: { n: 2 } }), 0)).toBe(false);
    expect(await store.get(at('k'))).toEqual({ partition: 'p', key: 'k', version: 1, value: { n: 1 } });
  });

  it('steps the version by one with each put and refuses every other version', async () => {
    const store = await fresh();
    for (let version = 0; version < 4; version += 1) expect(await store.put(at('k'), version)).toBe(true);
    for (const wrong of [0, 1, 3, 5]) expect(await store.put(at('k', { value: { wrong } }), wrong)).toBe(false);
    expect(await store.get(at('k'))).toMatchObject({ version: 4, value: {} });
    expect(await store.put(at('absent'), 1)).toBe(false);
  });

  it('lets exactly one of 32 racing puts win, first or later', async () => {
    const store = await fresh();
    for (const expected of [0, 1]) {
      const puts = Array.from({ length: 32 }, (_, racer) => store.put(at('k', { value: { racer } }), expected));
      const won = await Promise.all(puts);
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await store.get(at('k'))).toMatchObject({ version: expected + 1, value: { racer: won.indexOf(true) } });
    }
  });

  it('answers each of many writes begun at once for itself', async () => {
    const store = await fresh();
    await store.put(at('there'), 0);
    const answers = await Promise.all([
      store.put(at('a'), 0),
      store.put(at('there'), 0),
      store.put(at('a'), 0),
      store.put(at('b', { value: { body: 'x'.repeat(VALUE_BYTES_MAX) } }), 0).catch((error: Error) => error.name),
      store.remove(at('there'), 1),
      store.remove(at('there'), 1),
      store.put(at('c', { dueAt: -1 }), 0).catch((error: Error) => error.name),
      store.put(at('there', { value: { again: true } }), 0),
    ]);
    expect(answers).toEqual([true, false, false, 'DocumentTooLarge', true, false, 'RangeError', true]);
    expect(keys(await store.list('p'))).toEqual(['a', 'there']);
    expect(await store.get(at('there'))).toMatchObject({ version: 1, value: { again: true } });
  });

  it('removes only at the expected version, and starts again at 1 afterwards', async () => {
    const store = await fresh();
    expect(await store.remove(at('k'), 0)).toBe(false);
    expect(await store.remove(at('k'), 1)).toBe(false);
    await store.put(at('k', { dueAt: 1, recordedAt: NOW }), 0);
    expect(await store.remove(at('k'), 2)).toBe(false);
    expect(await store.remove(at('k'), 1)).toBe(true);
    expect(await store.get(at('k'))).toBeUndefined();
    expect(await store.due(NOW, 10)).toEqual([]);
    expect(await store.timeline(NOW - DAY, { limit: 10 })).toEqual({ addresses: [] });
    expect(await store.put(at('k'), 0)).toBe(true);
    expect(await store.get(at('k'))).toMatchObject({ version: 1 });
  });
}

function values(fresh: () => Promise<Store>): void {
  const samples: Record<string, JsonObject> = {
    'an empty object': {},
    'unicode and control characters': { 'ключ "€" 😀': 'line\nnul\u0000 \u2028 😀 é', empty: '' },
    nested: { list: [], object: {}, deep: [{ a: [null, true, false, 0, -1.5, 1e21] }] },
  };
  it.each(Object.entries(samples))('gives back %s as it was put', async (_, value) => {
    const store = await fresh();
    await store.put(at('k', { value }), 0);
    expect((await store.get(at('k')))?.value).toEqual(value);
  });

  it('is not changed by what callers do to their own copy', async () => {
    const store = await fresh();
    const value = { list: [1] };
    await store.put(at('k', { value }), 0);
    value.list.push(2);
    const first = await store.get(at('k'));
    Object.assign(first?.value ?? {}, { list: [] });
    expect((await store.get(at('k')))?.value).toEqual({ list: [1] });
  });

  it('takes a value of the greatest size and refuses one byte more by name, writing nothing', async () => {
    const store = await fresh();
    const wrapping = JSON.stringify({ body: '' }).length;
    const fits = { body: `${'é'.repeat(1000)}${'x'.repeat(VALUE_BYTES_MAX - wrapping - 2000)}` };
    expect(await store.put(at('k', { value: fits, dueAt: 1, recordedAt: NOW }), 0)).toBe(true);
    await expect(store.put(at('k', { value: { body: `${fits.body}x` } }), 1)).rejects.toBeInstanceOf(DocumentTooLarge);
    expect(await store.get(at('k'))).toMatchObject({ version: 1, value: fits });
  });

  it.each([-1, 0.5, Number.NaN])('refuses %s as an instant and writes nothing', async (instant) => {
    const store = await fresh();
    await expect(store.put(at('k', { dueAt: instant }), 0)).rejects.toBeInstanceOf(RangeError);
    await expect(store.put(at('k', { recordedAt: instant }), 0)).rejects.toBeInstanceOf(RangeError);
    expect(await store.list('p')).toEqual([]);
  });
}

function lists(fresh: () => Promise<Store>): void {
  it('lists one partition in order of key, whole or by prefix', async () => {
    const store = await fresh();
    for (const key of ['b#2', 'a#1', 'b#10', 'c', 'B', 'b']) await store.put(at(key), 0);
    await store.put({ ...at('b#3'), partition: 'other' }, 0);
    expect(keys(await store.list('p'))).toEqual(['B', 'a#1', 'b', 'b#10', 'b#2', 'c']);
    expect(keys(await store.list('p', 'b#'))).toEqual(['b#10', 'b#2']);
    expect(keys(await store.list('p', 'x'))).toEqual([]);
  });

  it('takes every character of a prefix as it is, and orders by the bytes of UTF-8', async () => {
    const store = await fresh();
    const names = [
      '%',
      '%a',
      '_',
      '_a',
      '*',
      '?',
      'a%',
      'a_',
      'ab',
      'a\\',
      "a'",
      'a"',
      'a\u0000b',
      'a\u007f',
      'aé',
      'aé1',
    ];
    const last = ['a\ud7ff', 'a\ue000', 'a\uffff', 'a😀', 'a😀1', 'a\u{10ffff}', 'a\u{10ffff}z', 'b'];
    const all = [...names, ...last];
    for (const key of all) await store.put(at(key), 0);
    const bytes = (text: string) => Buffer.from(text);
    const inOrder = [...all].sort((left, right) => Buffer.compare(bytes(left), bytes(right)));
    expect(keys(await store.list('p'))).toEqual(inOrder);
    for (const prefix of [
      '%',
      '_',
      '*',
      '?',
      'a',
      'a%',
      'a_',
      'aé',
      'a\ud7ff',
      'a\uffff',
      'a😀',
      'a\u{10ffff}',
      'a\u0000',
    ]) {
      expect(keys(await store.list('p', prefix))).toEqual(inOrder.filter((key) => key.startsWith(prefix)));
    }
  });

  it('takes half of a surrogate pair for what UTF-8 makes of it', async () => {
    const store = await fresh();
    expect(await store.put(at('a\ud83d'), 0)).toBe(true);
    expect(await store.get(at('a\ud83d'))).toMatchObject({ key: 'a\ufffd', version: 1 });
    expect(keys(await store.list('p', 'a\udc00'))).toEqual(['a\ufffd']);
    expect(await store.put(at('a\udc00'), 0)).toBe(false);
    expect(await store.remove(at('a\udc00'), 1)).toBe(true);
  });

  it('holds addresses as long as the database does, and has nothing at longer ones', async () => {
    const store = await fresh();
    const longest = { partition: 'é'.repeat(1_024), key: 'é'.repeat(512) };
    expect(await store.put({ ...longest, value: {} }, 0)).toBe(true);
    expect(keys(await store.list(longest.partition))).toEqual([longest.key]);
    const longer = [
      { ...longest, partition: `${longest.partition}x` },
      { ...longest, key: `${longest.key}x` },
      { partition: 'p', key: '' },
      { partition: '', key: 'k' },
    ];
    for (const address of longer) {
      await expect(store.put({ ...address, value: {} }, 0)).rejects.toBeInstanceOf(AddressUnfit);
      expect(await store.get(address)).toBeUndefined();
      expect(await store.remove(address, 1)).toBe(false);
    }
    expect(await store.list('')).toEqual([]);
    expect(await store.list('p', 'x'.repeat(1_025))).toEqual([]);
    const indexed = { partition: 'p', key: 'k'.repeat(1_006) };
    expect(await store.put({ ...indexed, value: {}, dueAt: 1, recordedAt: NOW }, 0)).toBe(true);
    for (const times of [{ dueAt: 1 }, { recordedAt: NOW }]) {
      const put = { partition: 'p', key: `${indexed.key}x`, value: {}, ...times };
      await expect(store.put(put, 0)).rejects.toBeInstanceOf(AddressUnfit);
    }
  });

  it('lists a partition of more than 1 MB whole', async () => {
    const store = await fresh();
    const body = 'x'.repeat(300_000);
    const names = ['1', '2', '3', '4', '5', '6', '7', '8'];
    for (const key of names) await store.put(at(key, { value: { body } }), 0);
    const found = await store.list('p');
    expect(keys(found)).toEqual(names);
    expect(found.every((document) => plainOf(document).body === body)).toBe(true);
  });
}

function dues(fresh: () => Promise<Store>): void {
  it('gives what is due, earliest first, then by address, up to and including the instant', async () => {
    const store = await fresh();
    const times = { d: 40, a: 10, b: 10, c: 30, e: 50, f: 1_000 };
    for (const [key, dueAt] of Object.entries(times)) await store.put(at(key, { dueAt }), 0);
    await store.put(at('never'), 0);
    expect(keys(await store.due(50, 10))).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(keys(await store.due(49, 10))).toEqual(['a', 'b', 'c', 'd']);
    expect(keys(await store.due(50, 3))).toEqual(['a', 'b', 'c']);
    expect(await store.due(9, 10)).toEqual([]);
    expect(await store.due(50, 0)).toEqual([]);
    expect(await store.due(Number.POSITIVE_INFINITY, 100)).toHaveLength(6);
  });

  it('orders equal times by partition and key as one text of bytes', async () => {
    const store = await fresh();
    const places = [
      { partition: 'p', key: 'k' },
      { partition: 'p!', key: 'k' },
      { partition: 'p', key: '😀' },
      { partition: 'p', key: '\uffff' },
      { partition: 'p#', key: 'a' },
    ];
    for (const place of places) await store.put({ ...place, value: {}, dueAt: 7, recordedAt: NOW }, 0);
    const bytes = ({ partition, key }: Address) => Buffer.from(`${partition}#${key}`);
    const inOrder = [...places].sort((left, right) => Buffer.compare(bytes(left), bytes(right)));
    expect(await store.due(7, 10)).toEqual(inOrder);
    expect(await store.due(7.9, 2)).toEqual(inOrder.slice(0, 2));
    expect((await store.timeline(NOW, { limit: 10 })).addresses).toEqual(inOrder);
    const seen: Address[] = [];
    let after: string | undefined;
    do {
      const page = await store.timeline(NOW - DAY, { limit: 1, ...(after !== undefined && { after }) });
      seen.push(...page.addresses);
      after = page.cursor;
    } while (after !== undefined);
    expect(seen).toEqual(inOrder);
    const down = await store.timeline(NOW, { limit: 10, order: 'newest' });
    expect(down.addresses).toEqual([...inOrder].reverse());
  });

  it('gives all that is due later than an instant, and nothing that is due at it, before it, or never', async () => {
    const store = await fresh();
    const times = { d: 40, a: 10, b: 10, c: 30, e: 50, f: 1_000 };
    for (const [key, dueAt] of Object.entries(times)) await store.put(at(key, { dueAt }), 0);
    await store.put(at('never'), 0);
    const after = async (instant: number) => {
      const found: Address[] = [];
      for await (const address of store.dueAfter(instant)) found.push(address);
      return keys(found).sort();
    };
    expect(await after(30)).toEqual(['d', 'e', 'f']);
    expect(await after(29.5)).toEqual(['c', 'd', 'e', 'f']);
    expect(await after(-1)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(await after(1_000)).toEqual([]);
    expect(await after(Number.POSITIVE_INFINITY)).toEqual([]);
  });

  it('follows every change of dueAt, and forgets what is put without one', async () => {
    const store = await fresh();
    await store.put(at('k', { dueAt: 10 }), 0);
    await store.put(at('k', { dueAt: 20 }), 1);
    expect(await store.due(19, 10)).toEqual([]);
    expect(await store.due(20, 10)).toEqual([{ partition: 'p', key: 'k' }]);
    await store.put(at('k'), 2);
    expect(await store.due(NOW, 10)).toEqual([]);
    expect(await store.get(at('k'))).toEqual({ partition: 'p', key: 'k', version: 3, value: {} });
  });
}

function timelines(fresh: () => Promise<Store>): void {
  it('pages through the timeline over days, oldest first, each once', async () => {
    const store = await fresh();
    const first = NOW - 40 * DAY;
    for (const [place, days] of [0, 0, 1, 5, 5, 39, 40].entries()) {
      await store.put(at(`e${place}`, { recordedAt: first + days * DAY }), 0);
    }
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await store.timeline(first, { limit: 2, ...(after !== undefined && { after }) });
      expect(page.addresses.length).toBeLessThanOrEqual(2);
      seen.push(...keys(page.addresses));
      after = page.cursor;
    } while (after !== undefined);
    expect(seen).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e5', 'e6']);
    expect(keys((await store.timeline(first + 1, { limit: 10 })).addresses)).toEqual(['e2', 'e3', 'e4', 'e5', 'e6']);
    expect(await store.timeline(NOW + 1, { limit: 10 })).toEqual({ addresses: [] });
  });

  it('pages through it newest first, down to where it begins', async () => {
    const store = await fresh();
    const first = NOW - 40 * DAY;
    for (const [place, days] of [0, 0, 1, 5, 5, 39, 40].entries()) {
      await store.put(at(`e${place}`, { recordedAt: first + days * DAY }), 0);
    }
    const newest = async (from: number, limit: number) => {
      const pages: string[][] = [];
      let after: string | undefined;
      do {
        const page = await store.timeline(from, { limit, order: 'newest', ...(after !== undefined && { after }) });
        pages.push(keys(page.addresses));
        after = page.cursor;
      } while (after !== undefined);
      return pages;
    };
    expect(await newest(first, 2)).toEqual([['e6', 'e5'], ['e4', 'e3'], ['e2', 'e1'], ['e0']]);
    expect(await newest(first + 1, 5)).toEqual([['e6', 'e5', 'e4', 'e3', 'e2']]);
    expect(await newest(first + 5 * DAY, 1)).toEqual([['e6'], ['e5'], ['e4'], ['e3']]);
    expect(await newest(NOW + 1, 5)).toEqual([[]]);
    const { cursor = '' } = await store.timeline(first, { limit: 2, order: 'newest' });
    expect(await store.timeline(NOW, { limit: 2, order: 'newest', after: cursor })).toEqual({ addresses: [] });
  });

  it('gives no cursor when the last page is exactly full', async () => {
    const store = await fresh();
    for (const key of ['a', 'b']) await store.put(at(key, { recordedAt: NOW }), 0);
    expect(await store.timeline(NOW, { limit: 2 })).toEqual({
      addresses: [
        { partition: 'p', key: 'a' },
        { partition: 'p', key: 'b' },
      ],
    });
  });

  it('keeps the first recordedAt whatever later puts carry', async () => {
    const store = await fresh();
    await store.put(at('k'), 0);
    expect(await store.get(at('k'))).not.toHaveProperty('recordedAt');
    await store.put(at('k', { recordedAt: NOW - DAY }), 1);
    await store.put(at('k', { recordedAt: NOW }), 2);
    await store.put(at('k'), 3);
    expect(await store.get(at('k'))).toMatchObject({ version: 4, recordedAt: NOW - DAY });
    expect(keys((await store.timeline(NOW - DAY, { limit: 10 })).addresses)).toEqual(['k']);
    expect((await store.timeline(NOW, { limit: 10 })).addresses).toEqual([]);
  });

  it('refuses a cursor it never gave with one sentence', async () => {
    const store = await fresh();
    for (const after of ['', 'nonsense', '%%%']) {
      await expect(store.timeline(NOW, { limit: 1, after })).rejects.toThrow(/start again without a cursor/);
    }
  });
}

/** The promise of every store; `fresh` gives an empty one. */
export function storeContract(name: string, fresh: () => Promise<Store>): void {
  describe(name, () => {
    versions(fresh);
    values(fresh);
    lists(fresh);
    dues(fresh);
    timelines(fresh);
  });
}
