import { describe, expect, it } from 'vitest';
import { areCampaignsMet, campaignsSection } from './campaigns-section.ts';
import { AT_ONCE, type CampaignsCase, FAILURES, runCampaigns } from './failing-campaigns.ts';

const SMALL: CampaignsCase = {
  campaigns: 8,
  failing: 2,
  failure: '404',
  keyRefused: false,
  feedsAtOnce: 1,
  hours: 1,
};

for (const feedsAtOnce of AT_ONCE) {
  describe(`eight campaigns, two of which fail for ever, ${feedsAtOnce} at once`, () => {
    for (const failure of FAILURES) {
      it(`by ${failure}: the healthy ones are polled and told as if nothing were, and no event blames the key`, async () => {
        const result = await runCampaigns({ ...SMALL, failure, feedsAtOnce });
        expect(result.replies.due).toBeGreaterThan(30);
        expect(result).toMatchObject({ twice: 0, spurious: 0, unauthorized: 0, recovered: 0 });
        expect(result.replies.told).toBe(result.replies.due);
        expect(result.pollsLeast).toBeGreaterThanOrEqual(45);
        expect(result.replies.p95Ms).toBeLessThanOrEqual(2 * result.intervalMs);
      });
    }

    it('have one event for each time the key is refused and one for each time it is taken again', async () => {
      const result = await runCampaigns({ ...SMALL, keyRefused: true, feedsAtOnce });
      expect(result).toMatchObject({ unauthorized: 2, recovered: 2, twice: 0, spurious: 0 });
      expect(result.replies.told).toBe(result.replies.due);
    });
  });
}

describe('a row of the table', () => {
  it('misses its target when a reply is lost or late, or an event blames the key', async () => {
    const result = await runCampaigns(SMALL);
    expect(areCampaignsMet(result)).toBe(true);
    const { replies } = result;
    const missed = [
      { ...result, replies: { ...replies, told: replies.told - 1 } },
      { ...result, replies: { ...replies, p95Ms: 2 * result.intervalMs + 1 } },
      { ...result, twice: 1 },
      { ...result, unauthorized: 1 },
      { ...result, recovered: 1 },
    ];
    expect(missed.map(areCampaignsMet)).toEqual([false, false, false, false, false]);
  });

  it('says what fails and how', async () => {
    const result = await runCampaigns(SMALL);
    expect(campaignsSection([result])).toContain('| 2 by 404, 1 at once');
  });
});
