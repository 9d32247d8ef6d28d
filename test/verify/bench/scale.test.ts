import { beforeAll, describe, expect, it } from 'vitest';
import { FEEDS_AT_ONCE } from '../../../lambdas/runtime/poll-shard.ts';
import { SHARD_FEEDS_MAX } from '../../../lambdas/runtime/shards.ts';
import { seededRandom } from '../../../sandbox/seeded.ts';
import { total } from './cost.ts';
import type { Profile } from './idle-cost.ts';
import { countFeed } from './profile.ts';
import { roundMs } from './round-model.ts';
import { type ScaleResult, simulateScale } from './scale.ts';
import { scaleLines } from './scale-cost.ts';
import { placeFeeds } from './scale-world.ts';

const FEEDS = 2_000;
const MINUTES = 5;

describe('the model of a round', () => {
  const world = {
    cpuShare: 0.5,
    latencyMs: () => 100,
    storeLatencyMs: 5,
    storeCpuMs: 1,
    openingMs: 20,
    openingCpuMs: 0,
  };
  const feed = { calls: 2, cpuMsPerCall: 1, storeCalls: 0 };

  it('takes one feed as long as its calls, their work and the opening', () => {
    expect(roundMs(world, [[feed]])).toBeCloseTo(20 + 2 * (100 + 1 / 0.5), 6);
  });

  it('lets feeds of one connection wait for the vendor side by side', () => {
    const together = Array.from({ length: FEEDS_AT_ONCE }, () => feed);
    expect(roundMs(world, [together])).toBeLessThan(20 + 3 * 102);
  });

  it('lets them wait for one processor one after another', () => {
    const heavy = { ...feed, cpuMsPerCall: 50 };
    expect(roundMs(world, [Array.from({ length: 16 }, () => heavy)])).toBeGreaterThanOrEqual(16 * 2 * (50 / 0.5));
  });
});

describe('the simulation of many feeds', () => {
  let campaigns: Profile;
  let workspaces: Profile;
  let result: ScaleResult;
  const run = () => simulateScale({ feeds: FEEDS, minutes: MINUTES, campaigns, workspaces, random: seededRandom(5) });

  beforeAll(async () => {
    campaigns = { counts: await countFeed('cohesive', 120), cpuMsPerCall: { same: 0.25, changed: 0.5 } };
    workspaces = { counts: await countFeed('coldsend', 120), cpuMsPerCall: { same: 0.25, changed: 0.5 } };
    result = await run();
  });

  it('puts every feed in one shard, and at most as many in a shard as a shard may have', async () => {
    const shards = await placeFeeds(FEEDS, campaigns, workspaces);
    expect(shards.reduce((sum, { feeds }) => sum + feeds, 0)).toBe(FEEDS);
    expect(Math.max(...shards.map(({ feeds }) => feeds))).toBeLessThanOrEqual(SHARD_FEEDS_MAX);
  });

  it('makes two calls for every feed in every minute, and few more', () => {
    expect(result.calls).toBeGreaterThanOrEqual(2 * FEEDS);
    expect(result.calls).toBeLessThanOrEqual(2.7 * FEEDS);
  });

  it('records every reply once, or has it waiting', () => {
    const { lagsMs, recorded, waiting, minutes } = result;
    expect(lagsMs.length).toBe(Math.round(recorded * minutes));
    const arrived = (Math.ceil((FEEDS * 5) / 1_440) + 40) * minutes;
    expect(lagsMs.length + waiting).toBe(arrived);
  });

  it('is the same for the same seed', async () => {
    expect(await run()).toEqual(result);
  });

  it('has a bill without a hole in it', () => {
    const lines = scaleLines(result, campaigns, workspaces);
    expect(lines.every(({ dollars }) => Number.isFinite(dollars) && dollars >= 0)).toBe(true);
    expect(total(lines)).toBeGreaterThan(0);
  });
});
