import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../sandbox/seeded.ts';
import { ASSUMED } from './assumptions.ts';
import { costLine, total, totalWithoutTransfer } from './cost.ts';
import { idleLines } from './idle-cost.ts';
import { MINUTES_A_MONTH, PRICES } from './prices.ts';
import { type Counts, countFeed } from './profile.ts';

/** The least processor time a call can take; the sums below hold for any. */
const CPU_MS_PER_CALL = 0.5;

describe('what the sums assume of the deployment', () => {
  const deployment = readFileSync(join(import.meta.dirname, '../../../serverless.yml'), 'utf8');

  it('is the memory its functions have', () => {
    expect(deployment).toMatch(new RegExp(`^ {2}memorySize: ${ASSUMED.memoryMb}$`, 'm'));
    expect(deployment.match(/memorySize:/g)).toHaveLength(1);
  });

  it('is the number of its alarms', () => {
    expect(deployment.match(/Type: AWS::CloudWatch::Alarm/g)).toHaveLength(ASSUMED.alarms);
  });

  it('is one schedule for each of the two functions that run every minute', () => {
    expect(deployment.match(/Type: AWS::Scheduler::Schedule/g)).toHaveLength(2);
  });
});

describe('a line of the bill', () => {
  it('is what a minute uses, in all minutes of a month, at the list price', () => {
    const line = costLine('Writes', 'writeUnit', 1_000);
    expect(line).toMatchObject({ unit: 'write units', aMonth: 1_000 * MINUTES_A_MONTH });
    expect(line.dollars).toBeCloseTo(1_000 * 43_800 * 0.625e-6, 9);
  });
});

for (const { vendor, interestedScansADay } of [
  { vendor: 'cohesive', interestedScansADay: 48 },
  { vendor: 'coldsend', interestedScansADay: 24 },
] as const) {
  describe(`an idle ${vendor} feed, counted over a day`, () => {
    let counts: Counts;
    beforeAll(async () => {
      counts = await countFeed(vendor);
    });

    it('costs at most 2.7 calls a poll, the list of campaigns included', () => {
      const { calls, listings, polls } = counts.idle;
      expect(polls).toBe(1_440);
      expect((calls + listings) / polls).toBeLessThanOrEqual(2.7);
    });

    it('writes its checkpoint at the daily reconcile and at the interested scan after it, and never else', () => {
      expect(counts.idle.writing).toBe(2);
      expect(counts.idle.writeUnits).toBe(2);
    });

    it('makes more than two calls at interested scans and the daily reconcile alone', () => {
      expect(counts.idle.longer.length).toBeLessThanOrEqual(interestedScansADay + 1);
    });

    it('has the clock of its interested scan written with those of others: one unit a minute for a full shard', () => {
      expect(counts.scanClocks.writeUnits).toBeLessThanOrEqual(1);
      expect(counts.scanClocks.readUnits).toBeLessThanOrEqual(8);
    });

    it('keeps a checkpoint of at most 250 bytes, its keys included, so that one Query over 1,000 costs at most 61 read units', () => {
      expect(counts.checkpointBytes).toBeLessThanOrEqual(250);
      expect(counts.shardUnits).toBeLessThanOrEqual(61);
    });

    it('loads its state at the daily reconcile and the interested scan after it, and never else', () => {
      expect(counts.idle.queries).toBeLessThanOrEqual(2 * 2);
    });

    it('records a new reply with one call more, or two at first sight where details are needed', () => {
      expect(counts.newThread.calls).toBe(vendor === 'coldsend' ? 4 : 3);
      expect(counts.knownThread.calls).toBe(3);
    });

    it('delivers an event with three writes: the claim, the event let go, and what came of it', () => {
      expect(counts.delivery).toMatchObject({ gets: 1, puts: 3 });
      // Of two rewrites of the body one is left.
      expect(counts.delivery.writeUnits).toBeLessThanOrEqual(12);
    });

    it('has a bill whose lines add up, each of them paid at a price of the list', () => {
      const lines = idleLines(
        { counts, cpuMsPerCall: { same: CPU_MS_PER_CALL, changed: 2 * CPU_MS_PER_CALL } },
        seededRandom(1),
      );
      for (const { paid, aMonth, dollars } of lines) expect(dollars).toBeCloseTo(aMonth * PRICES[paid], 9);
      const transfer = lines.filter(({ paid }) => paid === 'transferGb');
      expect(total(lines)).toBeCloseTo(totalWithoutTransfer(lines) + total(transfer), 9);
      expect(lines.every(({ dollars }) => Number.isFinite(dollars) && dollars > 0)).toBe(true);
    });
  });
}
