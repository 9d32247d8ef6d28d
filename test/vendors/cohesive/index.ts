import { createSandbox, SANDBOX_URLS } from '../../../sandbox/sandbox.ts';
import { DEFAULT_SWITCHES, DEMO_KEYS } from '../../../sandbox/switches.ts';
import { cohesive as provider } from '../../../shared/providers/cohesive/index.ts';
import type { TestVendor } from '../test-vendor.ts';

const unknown = { cohesiveKeys: { another: [] } };

export const cohesive: TestVendor = {
  provider,
  baseUrl: SANDBOX_URLS.cohesive,
  apiKey: DEMO_KEYS.cohesive,
  http: (parts) => createSandbox(parts).http,
  // Its keys have no scopes.
  keys: { right: { cohesiveKeys: DEFAULT_SWITCHES.cohesiveKeys }, weak: unknown, unknown },
  smallPages: (rows) => ({ cohesivePageSize: rows }),
  callsForNews: { known: 1, first: 1 },
  outsideCampaigns: false,
  messageId: ({ messageId }) => messageId,
  withMessageId: (messageId) => ({ messageId }),
  rowId: ({ id }) => id,
  threadNamed: (world, { campaign, lead }) => world.threadOf(campaign, lead),
  feedOf: ({ campaignId }) => campaignId ?? '',
  lists: /\/inbox\/replies/,
  interestedLists: /isInterested/,
  pageInUrl: /offset=\d+/,
  topInUrl: /offset=0(&|$)/,
  openings: ({ leadEmail }) => new RegExp(`conversation.*${encodeURIComponent(leadEmail)}`, 'i'),
  withRows: (body, change) => JSON.stringify(change(JSON.parse(body))),
  withoutTime: (row) => ({ ...row, lastTimestamp: null }),
};
