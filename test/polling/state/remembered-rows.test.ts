import { expect, it } from 'vitest';
import type { Thread } from '../../../shared/model.ts';
import { loadRows } from '../../../shared/polling/state/remembered-rows.ts';
import { memoryStore } from '../../../shared/store/memory.ts';
import type { Store } from '../../../shared/store/store.ts';
import { row } from './row.ts';

const PARTITION = 'ROWS#acme/c1';

async function remembering(rows: readonly Thread[], store: Store = memoryStore()): Promise<Store> {
  const remembered = await loadRows(store, PARTITION);
  for (const each of rows) remembered.remember(each);
  await remembered.save();
  return store;
}

it('keeps what 100,000 rows look like in documents of at most 50 KB', async () => {
  const store = await remembering(Array.from({ length: 100_000 }, (_, index) => row(index)));
  const sizes = (await store.list(PARTITION)).map(({ value }) => JSON.stringify(value).length);
  expect(Math.max(...sizes)).toBeLessThan(50_000);
});

it('writes the one document that a changed row is in', async () => {
  const rows = Array.from({ length: 1_000 }, (_, index) => row(index));
  const store = await remembering(rows);
  const before = new Map((await store.list(PARTITION)).map(({ key, version }) => [key, version]));
  await remembering([...rows.slice(1), row(0, { preview: 'Another word.' })], store);
  const written = (await store.list(PARTITION)).filter(({ key, version }) => before.get(key) !== version);
  expect(written).toHaveLength(1);
});

it.each<[what: string, fields: Partial<Thread>, isAsKnown: boolean]>([
  ['its words', { preview: 'Another word.' }, false],
  ['its count', { messageCount: 2 }, false],
  ['nothing but that a person has read it', { read: true }, true],
  ['nothing but its label', { interested: true, intent: 'interested' }, true],
])('knows a row again by whether it changed %s', async (_, fields, isAsKnown) => {
  const unread = { read: false, messageCount: 1 };
  const remembered = await loadRows(await remembering([row(1, unread)]), PARTITION);
  expect(remembered.isAsKnown(row(1, { ...unread, ...fields }))).toBe(isAsKnown);
});

it('knows nothing of a row that was never listed, nor of any once all are forgotten', async () => {
  const remembered = await loadRows(await remembering([row(1)]), PARTITION);
  expect(remembered.isAsKnown(row(2))).toBeUndefined();
  remembered.forgetAll();
  expect(remembered.isAsKnown(row(1))).toBeUndefined();
});
