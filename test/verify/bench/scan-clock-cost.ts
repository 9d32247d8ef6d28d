import { SHARD_FEEDS_MAX } from '../../../lambdas/runtime/shards.ts';
import { InterestedScanClocks } from '../../../shared/polling/state/interested-scan-clocks.ts';
import { memoryStore } from '../../../shared/store/memory.ts';
import { MeteredStore, spentSince } from './metered-store.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5, 8);

/** Of one round over a full shard, on average. */
export interface ScanClockCounts {
  readonly readUnits: number;
  readonly writeUnits: number;
}

/** The real clocks of a full shard over one interval of rounds every minute, after one in which each feed was read first. */
export async function countScanClocks(interestedScanMs: number): Promise<ScanClockCounts> {
  const store = new MeteredStore(memoryStore());
  const clocks = new InterestedScanClocks(store, 'TAILS#0');
  const feeds = Array.from({ length: SHARD_FEEDS_MAX }, (_, index) => `connection-${index}/feed`);
  const rounds = interestedScanMs / MINUTE;
  const interval = async (from: number) => {
    for (let minute = from; minute < from + rounds; minute += 1) {
      const now = START + minute * MINUTE;
      await clocks.refresh();
      for (const feed of feeds) if (clocks.isDue(feed, interestedScanMs, now)) clocks.note(feed, now);
      await clocks.save();
    }
  };
  await interval(0);
  const before = store.spent;
  await interval(rounds);
  const { readUnits, writeUnits } = spentSince(before, store.spent);
  return { readUnits: readUnits / rounds, writeUnits: writeUnits / rounds };
}
