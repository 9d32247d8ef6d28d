import type { Campaign } from '../../model.ts';
import type { Feed, FeedReader, RowAnswer, RowQuery } from '../../provider.ts';
import type { Vendor } from '../define-provider.ts';
import { type CountedPage, pageBelow, topPage } from '../offset-list.ts';
import { refuse } from '../refuse.ts';
import { type InboxAnswer, listCampaigns, listInbox, readConversation } from './api.ts';
import { type Conversation, conversationOf } from './thread-id.ts';

const INTERESTED_SCAN_MS = 30 * 60_000;

/** The campaign and lead an id stands for; an id of another making names no thread. */
export function conversationNamed({ label }: Vendor, threadId: string, operation: string): Conversation {
  return conversationOf(threadId) ?? refuse(label, operation, { kind: 'not-found' });
}

function feedOf(campaign: Campaign): Feed {
  return { id: campaign.id, campaign };
}

const listFrom = (vendor: Vendor, { id, campaign }: Feed, offset: number, { interested }: RowQuery) =>
  listInbox(vendor, {
    campaign: campaign ?? { id },
    box: 'reply',
    query: { offset, ...(interested ? { isInterested: 'true' as const } : {}) },
  });

/** The vendor counts rows and says neither how many a page holds nor how many there are. */
function countedPage({ date, page }: InboxAnswer, offset: number): CountedPage {
  const { threads, unreadable, received } = page();
  return { rows: threads, unreadable, offset, received, ...(date === undefined ? {} : { date }) };
}

async function rowsAtTop(vendor: Vendor, feed: Feed, query: RowQuery): Promise<RowAnswer> {
  const answer = await listFrom(vendor, feed, 0, query);
  return { ...answer, calls: 1, page: () => topPage(countedPage(answer, 0)) };
}

/** A page below the top, asked for by a position; undefined for what is none of ours. */
async function rowsBelow(vendor: Vendor, feed: Feed, query: RowQuery): Promise<RowAnswer | undefined> {
  let answer: InboxAnswer | undefined;
  const read = async (offset: number): Promise<CountedPage> => {
    answer = await listFrom(vendor, feed, offset, query);
    return countedPage(answer, offset);
  };
  const below = await pageBelow(read, query.position ?? '', query.unordered === true);
  return below && answer && { ...answer, calls: below.calls, page: () => below.page };
}

export function feeds(vendor: Vendor): FeedReader {
  return {
    // Neither page size nor a limit is documented.
    pageRowsMax: 0,
    callsPerPoll: { 'list threads': 2, 'read thread': 0.7 },
    interestedScanMs: INTERESTED_SCAN_MS,
    async feeds(wanted) {
      const listed = await listCampaigns(vendor);
      const all = wanted.includes('*') ? listed.filter(({ status }) => status !== 'draft') : [];
      const named = wanted
        .filter((id) => id !== '*')
        .map((id) => listed.find((one) => one.id === id) ?? { id, name: id, status: 'unknown' as const, vendor: {} });
      return [...new Map([...all, ...named].map((campaign) => [campaign.id, feedOf(campaign)])).values()];
    },
    rows: async (feed, query) =>
      (query.position === undefined ? undefined : await rowsBelow(vendor, feed, query)) ??
      (await rowsAtTop(vendor, feed, query)),
    async open(thread) {
      const conversation = conversationNamed(vendor, thread.id, 'read thread');
      const { messages, unreadable, mailbox } = await readConversation(vendor, conversation);
      const campaign = { ...thread.campaign, id: conversation.campaignId };
      return { messages, unreadable, campaign, ...(mailbox === undefined ? {} : { mailbox }) };
    },
  };
}
