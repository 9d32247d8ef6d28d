import { describe, expect, it } from 'vitest';
import { week } from './week.ts';

export function runWeeks(seeds: readonly number[]): void {
  describe('a week in which receiver, mail server and vendor are down by turns, for minutes to 80 hours', () => {
    it.each(seeds)(
      'carries every step out once or ends it with an event: seed %i',
      async (seed) => {
        const result = await week(seed);
        expect(result).toMatchObject({ twice: [], silent: [], undelivered: [], pending: [] });
        expect(result.events).toBeGreaterThan(100);
        expect(result.forwarded).toBeGreaterThan(50);
        expect(result.delivered).toBeGreaterThan(50);
      },
      120_000,
    );
  });
}
