import type { Vendor } from '../../../sandbox/switches.ts';
import { type Asked, CountedFeed, type Idle } from './counted-feed.ts';
import { countScanClocks, type ScanClockCounts } from './scan-clock-cost.ts';

export const DAY_MINUTES = 1_440;

/** What one feed asks for, counted on the real poller. */
export interface Counts {
  readonly vendor: Vendor;
  /** A day of polls every minute, nothing new. */
  readonly idle: Idle;
  readonly checkpointBytes: number;
  /** Of one Query over 1,000 such checkpoints. */
  readonly shardUnits: number;
  readonly scanClocks: ScanClockCounts;
  /** One poll that finds a message in a thread not seen before, its two lists included. */
  readonly newThread: Asked;
  /** The same in a thread known from before. */
  readonly knownThread: Asked;
  /** Taking one event to one sink. */
  readonly delivery: Asked;
}

export async function countFeed(vendor: Vendor, idleMinutes = DAY_MINUTES): Promise<Counts> {
  const feed = new CountedFeed(vendor);
  await feed.rest();
  await feed.deliver();
  const idle = await feed.idle(idleMinutes);
  const { bytes, shardUnits } = await feed.checkpoint();
  // Where the campaigns were just listed, the next polls do not list them.
  await feed.poll(5 * 60_000);
  const thread = feed.leadOf();
  const newThread = await feed.during(async () => {
    feed.reply(thread);
    await feed.poll();
  });
  const delivery = await feed.during(() => feed.deliver());
  const knownThread = await feed.during(async () => {
    feed.reply(thread);
    await feed.poll();
  });
  const scanClocks = await countScanClocks(feed.interestedScanMs);
  return { vendor, idle, checkpointBytes: bytes, shardUnits, scanClocks, newThread, knownThread, delivery };
}
