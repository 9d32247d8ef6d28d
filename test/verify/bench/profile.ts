import type { Vendor } from '../../../sandbox/switches.ts';
import { type Asked, CountedFeed, type Idle } from './counted-feed.ts';
import { countTailClocks, type TailCounts } from './tail-cost.ts';

export const DAY_MINUTES = 1_440;

/** What one feed asks for, counted on the real poller. */
export interface Counts {
  readonly vendor: Vendor;
  /** A day of polls every minute, nothing new. */
  readonly idle: Idle;
  readonly headBytes: number;
  /** Of one Query over 1,000 such heads. */
  readonly shardUnits: number;
  readonly tails: TailCounts;
  /** One poll that finds a message in a thread not seen before, its two lists included. */
  readonly newThread: Asked;
  /** The same in a thread known from before. */
  readonly knownThread: Asked;
  /** Taking one event to one sink. */
  readonly delivery: Asked;
}

export async function countFeed(vendor: Vendor, idleMinutes = DAY_MINUTES): Promise<Counts> {
  const feed = new CountedFeed(vendor);
  await feed.settle();
  await feed.deliver();
  const idle = await feed.idle(idleMinutes);
  const { bytes, shardUnits } = await feed.head();
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
  const tails = await countTailClocks(feed.tailMs);
  return { vendor, idle, headBytes: bytes, shardUnits, tails, newThread, knownThread, delivery };
}
