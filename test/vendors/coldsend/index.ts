import { createSandbox, SANDBOX_URLS } from '../../../sandbox/sandbox.ts';
import { DEFAULT_SWITCHES, DEMO_KEYS } from '../../../sandbox/switches.ts';
import { coldsend as provider } from '../../../shared/providers/coldsend/index.ts';
import type { TestVendor } from '../test-vendor.ts';

export const coldsend: TestVendor = {
  provider,
  baseUrl: SANDBOX_URLS.coldsend,
  apiKey: DEMO_KEYS.coldsend,
  http: (parts) => createSandbox(parts).http,
  keys: {
    right: { coldsendKeys: DEFAULT_SWITCHES.coldsendKeys },
    weak: { coldsendKeys: { [DEMO_KEYS.coldsend]: ['campaigns:read'] } },
    unknown: { coldsendKeys: { another: ['replies:all'] } },
  },
  smallPages: () => ({}),
  // A thread's first opening also asks for its details.
  callsForNews: { known: 1, first: 2 },
  outsideCampaigns: true,
  messageId: ({ replyId }) => replyId,
  withMessageId: (replyId) => ({ replyId }),
  rowId: ({ id }) => id,
  threadNamed: (world, { thread }) => world.thread(thread),
  feedOf: () => 'workspace',
  lists: /\/replies\?/,
  interestedLists: /category=/,
  pageInUrl: /page=\d+&limit=\d+/,
  topInUrl: /page=1&/,
  openings: ({ id }) => new RegExp(`${id}/messages`),
  withRows(body, change) {
    const page = JSON.parse(body);
    return JSON.stringify({ ...page, conversations: change(page.conversations) });
  },
  withoutTime: (row) => ({ ...row, last_message_at: 'soon' }),
};
