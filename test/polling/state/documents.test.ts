import { expect, it } from 'vitest';
import { backfillStates, type Checkpoint, checkpoints } from '../../../shared/polling/state/documents.ts';
import { memoryStore } from '../../../shared/store/memory.ts';

const address = { partition: 'SHARD#0', key: 'acme/c1' };
/** As deployed tables hold it. */
const STORED = {
  floor: 1,
  digest: 'd',
  interestedDigest: 'i',
  interestedTotal: 2,
  closed: true,
  wakeAt: 3,
  tailDigest: 't',
  tailPages: 4,
  deepAt: 5,
  tail: { position: '6', read: 6, pages: 1, total: 7 },
  base: true,
  silentUpTo: 8,
  label: 'Interested',
  resume: { position: '10', read: 10, nextFloor: 11, newest: 12, disorder: true },
  unorderedAt: 13,
  stands: 1,
  timeless: true,
  survey: { position: '14', read: 14, floor: 15, until: 16 },
  ok: 17,
} as const;
const CHECKPOINT: Checkpoint = {
  lowWatermark: 1,
  digest: 'd',
  interestedDigest: 'i',
  interestedTotal: 2,
  closed: true,
  recheckAt: 3,
  interestedScanDigest: 't',
  interestedScanPages: 4,
  reconciledAt: 5,
  interestedScan: { position: '6', read: 6, pages: 1, total: 7 },
  baseline: true,
  silentUpTo: 8,
  label: 'Interested',
  resume: { position: '10', read: 10, nextLowWatermark: 11, newest: 12, disorder: true },
  unorderedAt: 13,
  stands: 1,
  timeless: true,
  survey: { position: '14', read: 14, lowWatermark: 15, until: 16 },
  provedTo: 17,
};

it('reads a checkpoint as deployed tables hold it', async () => {
  const store = memoryStore();
  await store.put({ ...address, value: STORED }, 0);
  expect(await checkpoints.get(store, address)).toMatchObject({ value: CHECKPOINT, version: 1 });
});

it('begins a reading at the top that the first version left where a row was counted', async () => {
  const store = memoryStore();
  const before = { ...STORED, tail: { offset: 6, total: 7 }, resume: { at: 9, offset: 10, nextFloor: 11 } };
  await store.put({ ...address, value: before }, 0);
  const found = await checkpoints.get(store, address);
  expect(found).toMatchObject({ value: { interestedScan: { total: 7 }, resume: { nextLowWatermark: 11 } } });
  expect(found).not.toHaveProperty('value.resume.position');
});

it('reads the list of a backfill again that the first version left half-way', async () => {
  const store = memoryStore();
  const value = { since: 1, at: 2, atKeys: ['k'], offset: 3, threads: 4, recorded: 5, began: 6, risen: ['r'] };
  await store.put({ ...address, value }, 0);
  expect(await backfillStates.get(store, address)).toMatchObject({
    value: { since: 1, list: { done: [] }, threads: 4, recorded: 5, began: 6 },
  });
});

it('writes a checkpoint as deployed tables hold it', async () => {
  const store = memoryStore();
  await checkpoints.put(store, { ...address, value: CHECKPOINT }, 0);
  expect((await store.get(address))?.value).toEqual(STORED);
});
