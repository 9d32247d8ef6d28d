import { defineProvider } from '../define-provider.ts';
import { keyIn } from '../key-in.ts';
import { readMarks, replies, stars } from './actions.ts';
import { type ColdSend, listThreads, NO_CAMPAIGN_IDS } from './api.ts';
import { explain } from './explain.ts';
import { feeds } from './feeds.ts';
import { campaigns, threads } from './threads.ts';

export const coldsend = defineProvider({
  id: 'coldsend',
  label: 'ColdSend',
  baseUrl: 'https://api.coldsend.pro/api/public/v1',
  keyHeaders: keyIn('x-api-key'),
  // Both hold at once, over all endpoints. Source: rate limits page.
  quotas: [
    { requests: 100, perMs: 60_000 },
    { requests: 1_000, perMs: 3_600_000 },
  ],
  oneFeed: true,
  labels: true,
  explain,
  open: (vendor): ColdSend => ({
    ...vendor,
    labels: new Map(),
    barren: new Map(),
    sizesOfPages: new Map(),
    details: new Map(),
    campaigns: NO_CAMPAIGN_IDS,
  }),
  capabilities: { campaigns, feeds, threads, replies, stars, readMarks },
  async verify(vendor: ColdSend) {
    // There is no call that only tells about the key; this one needs `replies:read`, which everything here needs.
    (await listThreads(vendor, { page: 1, limit: 1 })).page();
    return {};
  },
});
