import { wordsIn } from '../../../../shared/http/vendor-text.ts';
import { defineProvider, type Vendor } from '../../../../shared/providers/define-provider.ts';
import { LIST, listCampaigns, WRITE } from './api.ts';
import { campaigns, feeds, replies, threads } from './capabilities.ts';

/**
 * A vendor that does not exist, and is unlike the two that do: it lists single messages, by a cursor and without a total, says
 * when it got them beside when they were sent, labels by numbers, and counts calls of two operations alone.
 */
export const outfinch = defineProvider({
  id: 'outfinch',
  label: 'Outfinch',
  baseUrl: 'https://api.outfinch.example/v2',
  keyHeaders: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
  quotas: [
    { requests: 20, perMs: 60_000, operations: [LIST] },
    { requests: 10, perMs: 60_000, operations: [WRITE] },
  ],
  oneFeed: true,
  labels: true,
  explain({ status, body, words }) {
    if (status === 401) return { kind: 'auth' };
    if (status === 403) return { kind: 'scope', needed: [] };
    if (status === 404) return { kind: 'not-found' };
    return { kind: 'invalid', issues: [words(wordsIn(body) ?? `HTTP ${status}`)] };
  },
  open: (vendor): Vendor => vendor,
  capabilities: { campaigns, feeds, threads, replies },
  async verify(vendor) {
    await listCampaigns(vendor);
    return {};
  },
});
