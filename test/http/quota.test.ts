import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { ProviderError } from '../../shared/failure.ts';
import type { Exchange } from '../../shared/http/json-client.ts';
import { type QuotaKeeper, quotaKeeper, withQuota } from '../../shared/http/quota.ts';

const QUOTAS = [
  { requests: 100, perMs: 60_000 },
  { requests: 1_000, perMs: 3_600_000 },
];
const NOW = Date.UTC(2025, 0, 20, 12);

function clockAt(time: number) {
  const clock = { time, now: () => clock.time };
  return clock;
}

describe('a quota', () => {
  it('gives a share of the tightest window, then names the wait', () => {
    const clock = clockAt(NOW);
    const keeper = quotaKeeper(QUOTAS, 0.6, clock);
    expect(keeper.available()).toBe(60);
    for (let call = 0; call < 60; call++) {
      expect(keeper.waitMs()).toBe(0);
      keeper.take();
      clock.time += 10;
    }
    expect(keeper.available()).toBe(0);
    expect(keeper.waitMs()).toBe(60_000 - 600);
    clock.time = NOW + 60_000;
    expect(keeper.available()).toBe(1);
  });

  it('never exceeds any documented window, however calls fall', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 500, maxLength: 3_000 }), (gaps) => {
        const clock = clockAt(NOW);
        const keeper = quotaKeeper(QUOTAS, 1, clock);
        const made: number[] = [];
        for (const gap of gaps) {
          clock.time += gap;
          if (keeper.waitMs() > 0) continue;
          keeper.take();
          made.push(clock.time);
        }
        for (const { requests, perMs } of QUOTAS) {
          made.forEach((at, index) => {
            const earlier = made[index - requests];
            if (earlier !== undefined) expect(at - earlier).toBeGreaterThanOrEqual(perMs);
          });
        }
      }),
      { numRuns: 20 },
    );
  });

  it('takes its share of what the vendor says is left, until the reset', () => {
    const clock = clockAt(NOW);
    const keeper = quotaKeeper(QUOTAS, 0.6, clock);
    keeper.correct({ 'x-ratelimit-remaining': '10', 'x-ratelimit-reset': String(NOW / 1000 + 30) });
    expect(keeper.available()).toBe(6);
    keeper.correct({ 'x-ratelimit-remaining': '1' });
    expect(keeper.available()).toBe(1);
    keeper.correct({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 30) });
    expect(keeper.waitMs()).toBe(30_000);
    clock.time += 30_000;
    expect(keeper.available()).toBe(60);
  });

  it('believes no reset farther off than its longest window, and no garbage', () => {
    const clock = clockAt(NOW);
    const keeper = quotaKeeper(QUOTAS, 1, clock);
    keeper.correct({ 'x-ratelimit-remaining': 'many' });
    expect(keeper.available()).toBe(100);
    keeper.correct({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 999_999) });
    expect(keeper.waitMs()).toBe(3_600_000);
  });

  it('recovers when our clock steps back', () => {
    const clock = clockAt(NOW + 3_600_000);
    const keeper = quotaKeeper([{ requests: 1, perMs: 60_000 }], 1, clock);
    keeper.take();
    clock.time = NOW;
    keeper.take();
    expect(keeper.waitMs()).toBe(60_000);
  });

  it('is stuck in nothing when our clock, months ahead, is put back', () => {
    const ahead = NOW + 90 * 24 * 3_600_000;
    const blocks = [
      (keeper: QuotaKeeper) => keeper.block(600_000),
      (keeper: QuotaKeeper) => keeper.block(600_000, 'thread'),
      (keeper: QuotaKeeper) => keeper.correct({ 'x-ratelimit-remaining': '0' }),
    ];
    for (const block of blocks) {
      const clock = clockAt(ahead);
      const keeper = quotaKeeper(QUOTAS, 1, clock);
      block(keeper);
      expect(keeper.waitMs({ operation: 'read', scope: 'thread' })).toBeGreaterThan(0);
      clock.time = NOW;
      expect(keeper.waitMs({ operation: 'read', scope: 'thread' })).toBe(0);
      keeper.block(1_000);
      expect(keeper.waitMs()).toBe(1_000);
    }
    const clock = clockAt(ahead);
    const full = quotaKeeper([{ requests: 1, perMs: 60_000 }], 1, clock);
    full.take();
    clock.time = NOW;
    expect(full.waitMs()).toBe(60_000);
    clock.time += 60_000;
    expect(full.waitMs()).toBe(0);
  });

  it('says whether the vendor asked for the wait, or our own count does', async () => {
    const keeper = quotaKeeper([{ requests: 1, perMs: 60_000 }], 1, clockAt(NOW));
    const answers: Exchange = async ({ schema }) => ({
      headers: {},
      fingerprint: () => '',
      parse: () => z.parse(schema, 1),
    });
    const client = withQuota(answers, 'Vendor', keeper, clockAt(NOW));
    const call = { operation: 'try', path: ['x'], schema: z.unknown() };
    await client(call);
    await expect(client(call)).rejects.toThrow(
      'Our share of the calls that Vendor allows is used up; the next can be made in 60 s.',
    );
    keeper.block(90_000);
    await expect(client(call)).rejects.toThrow('Vendor asks us to wait 90 s before the next call.');
  });

  it('is endless where the vendor states none, until a 429', async () => {
    const clock = clockAt(NOW);
    const keeper = quotaKeeper([], 0.6, clock);
    expect(keeper.available()).toBe(Number.POSITIVE_INFINITY);
    let calls = 0;
    const throttled: Exchange = async () => {
      calls += 1;
      throw new ProviderError({ kind: 'throttled', retryAfterMs: 9_000 }, { provider: 'Vendor', operation: 'try' });
    };
    const client = withQuota(throttled, 'Vendor', keeper, clock);
    const call = { operation: 'try', path: ['x'], schema: z.unknown() };
    await expect(client(call)).rejects.toMatchObject({ failure: { kind: 'throttled', retryAfterMs: 9_000 } });
    clock.time += 1_000;
    await expect(client(call)).rejects.toMatchObject({ failure: { kind: 'throttled', retryAfterMs: 8_000 } });
    expect(calls).toBe(1);
    expect(keeper.available()).toBe(0);
  });

  describe('where one question is always throttled and others are answered', () => {
    const MINUTE = 60_000;
    /** Asks one thing and another, a minute apart, and gives how each try of the first one ended. */
    async function asking(method: 'GET' | 'POST', tries: number) {
      const clock = clockAt(NOW);
      const keeper = quotaKeeper([], 1, clock);
      const answers: Exchange = async ({ schema, path }) => {
        if (path[0] === 'thread')
          throw new ProviderError(
            { kind: 'throttled', retryAfterMs: MINUTE },
            { provider: 'Vendor', operation: 'read' },
          );
        return { headers: {}, fingerprint: () => '', parse: () => z.parse(schema, 1) };
      };
      const client = withQuota(answers, 'Vendor', keeper, clock);
      const waits: number[] = [];
      for (let index = 0; index < tries; index += 1) {
        await client({ operation: 'list', path: ['list'], schema: z.unknown() });
        await client({ operation: 'read', method, path: ['thread'], schema: z.unknown() }).catch(() => {});
        waits.push(keeper.waitMs());
        clock.time += MINUTE;
      }
      return waits;
    }

    it('everything waits the first time, and that question alone from then on', async () => {
      expect(await asking('GET', 4)).toEqual([MINUTE, 0, 0, 0]);
    });

    it('everything waits each time after a write', async () => {
      expect(await asking('POST', 3)).toEqual([MINUTE, MINUTE, MINUTE]);
    });
  });
});
