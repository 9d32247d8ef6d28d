import { describe, expect, it } from 'vitest';
import { newInterested } from '../../../zapier/triggers/new-interested-reply.ts';
import { newReplies } from '../../../zapier/triggers/new-reply.ts';
import { simulateWide, type Wide } from './wide.ts';

const triggers = { newReplies, newInterested };
const wide = (changes: Partial<Wide>): Wide => ({
  vendor: 'cohesive',
  campaigns: 1,
  active: 0,
  latencyMs: 200,
  cacheMs: 60,
  hours: 6,
  ...changes,
});

/** Within the limits of docs/zapier.md. Figures of all of them: `npm run zapier:simulate -- --wide`. */
const WITHIN: readonly Wide[] = [
  wide({ campaigns: 150, latencyMs: 900, hours: 4 }),
  wide({ campaigns: 49, latencyMs: 2_000, cacheMs: 350, hours: 4 }),
  wide({ active: 500, hours: 4 }),
  wide({ vendor: 'coldsend', active: 500, cacheMs: 350, hours: 4 }),
  wide({ vendor: 'coldsend', campaigns: 150, latencyMs: 900, cacheMs: 350, hours: 4 }),
  wide({ vendor: 'coldsend', campaigns: 49, latencyMs: 2_000, hours: 4 }),
];

describe('Zaps on a large inbox, or with a slow vendor', () => {
  it.each(WITHIN)(
    'lose nothing, fire nothing twice and nothing old: %o',
    async (one) => {
      const { findings, figures, isOn } = await simulateWide(one, triggers);
      expect(findings.slice(0, 5)).toEqual([]);
      expect(isOn).toBe(true);
      expect(figures.repliesDue).toBeGreaterThan(40);
    },
    120_000,
  );

  it.each([
    ['cohesive', 20, 11],
    ['cohesive', 150, 29],
    ['coldsend', 20, 5],
  ] as const)(
    'are switched on though on %s with %i campaigns one call in %i is never answered, and fire nothing old',
    async (vendor, campaigns, hangsEvery) => {
      const { findings, isOn } = await simulateWide(
        wide({ vendor, campaigns, active: 100, latencyMs: 300, hangsEvery, hours: 3 }),
        triggers,
      );
      expect(findings.slice(0, 5)).toEqual([]);
      expect(isOn).toBe(true);
    },
    120_000,
  );

  it('are switched on within hours on ColdSend though 900 threads are more than an hour of its budget bears', async () => {
    const crowded = wide({ vendor: 'coldsend', campaigns: 3, active: 900, latencyMs: 300, cacheMs: 350, hours: 3 });
    const { findings, figures, isOn } = await simulateWide(crowded, triggers);
    expect([isOn, figures.old, findings.slice(0, 5)]).toEqual([true, 0, []]);
  }, 120_000);

  it.each(['cohesive', 'coldsend'] as const)(
    'fire nothing old on %s though 2,000 threads were active',
    async (vendor) => {
      const { findings, figures } = await simulateWide(
        wide({ vendor, active: 2_000, latencyMs: 300, hours: 2 }),
        triggers,
      );
      expect(findings.filter((finding) => !finding.startsWith('lost')).slice(0, 5)).toEqual([]);
      expect(figures.old).toBe(0);
    },
    120_000,
  );
});
