import { expect, it } from 'vitest';
import type { Thread } from '../../../shared/model.ts';
import { loadMet } from '../../../shared/polling/state/met-threads.ts';
import { memoryStore } from '../../../shared/store/memory.ts';
import { row } from './row.ts';

const PARTITION = 'MET#acme/c1';
const ON = 1_000_000;

/** Met in these passes, each time by a process of its own. */
async function met(...passes: (readonly Thread[])[]) {
  const store = memoryStore();
  for (const [index, rows] of passes.entries()) {
    const threads = await loadMet(store, PARTITION);
    for (const each of rows) threads.meet(index + 1, each, ON);
    await threads.save();
  }
  return { store, threads: await loadMet(store, PARTITION) };
}

it('keeps 100,000 threads in documents of at most 50 KB', async () => {
  const { store } = await met(Array.from({ length: 100_000 }, (_, index) => row(index)));
  const sizes = (await store.list(PARTITION)).map(({ value }) => JSON.stringify(value).length);
  expect(Math.max(...sizes)).toBeLessThan(50_000);
});

it('counts the threads that are known, and those that a pass met again', async () => {
  const { threads } = await met([row(1), row(2), row(3)], [row(1), row(1)]);
  expect(threads.tally(2)).toEqual({ known: 3, again: 1, isNews: false });
});

it('has news of a pass that met a thread for the first time', async () => {
  const { threads } = await met([row(1)], [row(1), row(2)]);
  expect(threads.tally(2).isNews).toBe(true);
});

it('has no news of a thread that came after the connection was switched on', async () => {
  const { threads } = await met([row(1)], [row(1), row(2, { lastActivityAt: ON + 1 })]);
  expect(threads.tally(2)).toEqual({ known: 2, again: 2, isNews: false });
});

it('knows a thread again whose row has another time', async () => {
  const { threads } = await met([row(1)]);
  expect(threads.has(row(1, { lastActivityAt: 7 }))).toBe(true);
});

it('does not know messages that a row carries by others of their thread', async () => {
  const { threads } = await met([row(1, { messages: [] })]);
  expect(threads.has(row(1, { messages: [], lastActivityAt: 7 }))).toBe(false);
});

it('counts a thread as new whose part cannot be read, and writes that part anew', async () => {
  const { store } = await met([row(1)]);
  for (const { key, version } of await store.list(PARTITION))
    await store.put({ partition: PARTITION, key, value: { spoiled: 'yes' } }, version);
  const threads = await loadMet(store, PARTITION);
  expect(threads.has(row(1))).toBe(false);
  threads.meet(2, row(1), ON);
  await threads.save();
  expect((await loadMet(store, PARTITION)).has(row(1))).toBe(true);
});
