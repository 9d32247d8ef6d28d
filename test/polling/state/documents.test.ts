import { expect, it } from 'vitest';
import { type Checkpoint, checkpoints } from '../../../shared/polling/state/documents.ts';
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
  tail: { offset: 6, total: 7 },
  base: true,
  silentUpTo: 8,
  label: 'Interested',
  resume: { at: 9, offset: 10, nextFloor: 11, newest: 12, disorder: true },
  unorderedAt: 13,
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
  interestedScan: { offset: 6, total: 7 },
  baseline: true,
  silentUpTo: 8,
  label: 'Interested',
  resume: { at: 9, offset: 10, nextLowWatermark: 11, newest: 12, disorder: true },
  unorderedAt: 13,
};

it('reads a checkpoint as deployed tables hold it', async () => {
  const store = memoryStore();
  await store.put({ ...address, value: STORED }, 0);
  expect(await checkpoints.get(store, address)).toMatchObject({ value: CHECKPOINT, version: 1 });
});

it('writes a checkpoint as deployed tables hold it', async () => {
  const store = memoryStore();
  await checkpoints.put(store, { ...address, value: CHECKPOINT }, 0);
  expect((await store.get(address))?.value).toEqual(STORED);
});
