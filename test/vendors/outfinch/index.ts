import { createHttp } from '../../../sandbox/sandbox.ts';
import type { TestVendor } from '../test-vendor.ts';
import { OUTFINCH } from './list.ts';
import { outfinch as provider } from './provider/index.ts';
import { createOutfinch, OUTFINCH_KEY, type OutfinchKeys, type OutfinchSwitches } from './server.ts';

const BASE_URL = 'http://outfinch.sandbox/v2';

const keys = (outfinchKeys: OutfinchKeys): Partial<OutfinchSwitches> => ({ outfinchKeys });

export const outfinch: TestVendor = {
  provider,
  baseUrl: BASE_URL,
  apiKey: OUTFINCH_KEY,
  http: (parts) => createHttp(parts, [{ vendor: OUTFINCH, url: BASE_URL, handle: createOutfinch(parts) }]),
  keys: {
    right: keys({ [OUTFINCH_KEY]: 'everything' }),
    weak: keys({ [OUTFINCH_KEY]: 'campaigns' }),
    unknown: keys({ another: 'everything' }),
  },
  smallPages: () => ({}),
  callsForNews: { known: 0, first: 0 },
  outsideCampaigns: true,
  messageId: ({ replyId }) => replyId,
  withMessageId: (replyId) => ({ replyId }),
  rowId: ({ visible }) => visible.at(-1)?.replyId ?? '',
  threadNamed: (world, { thread }) => world.thread(thread),
  feedOf: () => 'workspace',
  lists: /\/v2\/messages\?/,
  interestedLists: /label=/,
  pageInUrl: /&cursor=[^&]*/,
  topInUrl: /^((?!cursor=).)*$/,
  withRows(body, change) {
    const page = JSON.parse(body);
    return JSON.stringify({ ...page, data: change(page.data) });
  },
};
