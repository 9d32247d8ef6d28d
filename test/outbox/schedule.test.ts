import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WAITS_MS, waitAfter } from '../../shared/outbox/schedule.ts';
import { LONGEST_WAIT_MS } from '../../shared/resting.ts';

const HOUR_MS = 3_600_000;

describe('waitAfter', () => {
  it('allows at least 10 tries over at least 75 hours, whatever the dice say', () => {
    const dice = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
    fc.assert(
      fc.property(dice, (stream) => {
        let tries = 1;
        let span = 0;
        for (;;) {
          const wait = waitAfter(tries, () => stream.next().value ?? 0);
          if (wait === undefined) break;
          tries += 1;
          span += wait;
        }
        expect(tries).toBeGreaterThanOrEqual(10);
        expect(span).toBeGreaterThanOrEqual(75 * HOUR_MS);
        expect(span).toBeLessThanOrEqual(160 * HOUR_MS);
      }),
    );
  });

  it('spreads each wait over a width as large as itself', () => {
    for (const [at, least] of WAITS_MS.entries()) {
      expect(waitAfter(at + 1, () => 0)).toBe(least);
      expect(waitAfter(at + 1, () => 0.999)).toBeGreaterThan(least * 1.99);
      expect(waitAfter(at + 1, () => 0.999999)).toBeLessThanOrEqual(LONGEST_WAIT_MS);
    }
  });

  it('waits at least as long as asked', () => {
    expect(waitAfter(1, () => 0, HOUR_MS)).toBe(HOUR_MS);
    expect(waitAfter(9, () => 0, HOUR_MS)).toBe(24 * HOUR_MS);
  });

  it('ends after the last try, even when asked to wait', () => {
    expect(waitAfter(WAITS_MS.length + 1, () => 0, HOUR_MS)).toBeUndefined();
  });
});
