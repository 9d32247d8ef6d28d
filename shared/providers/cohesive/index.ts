import { defineProvider, type Vendor } from '../define-provider.ts';
import { keyIn } from '../key-in.ts';
import { forwards, replies } from './actions.ts';
import { listCampaigns } from './api.ts';
import { explain } from './explain.ts';
import { feeds } from './feeds.ts';
import { campaigns, sent, threads } from './threads.ts';

export const cohesive = defineProvider({
  id: 'cohesive',
  label: 'Cohesive',
  baseUrl: 'https://getcohesiveai.com/api',
  keyHeaders: keyIn('x-api-key'),
  // No rate limit is documented; a 429 is obeyed when it comes.
  quotas: [],
  explain,
  open: (vendor) => vendor,
  capabilities: { campaigns, feeds, threads, sent, replies, forwards },
  async verify(vendor: Vendor) {
    // A wrong key may read as an organisation without campaigns. Source: vendor's site repository.
    const listed = await listCampaigns(vendor);
    return listed.length > 0
      ? {}
      : { warning: 'Connected, but no campaigns are visible; check that the API key is right.' };
  },
});
