import type { Campaign } from '../../model.ts';
import type { Feed, FeedReader } from '../../provider.ts';
import type { Vendor } from '../define-provider.ts';
import { belowCounted, type CountedAnswer, rowsOfCounted } from '../offset-list.ts';
import { refuse } from '../refuse.ts';
import { listCampaigns, listInbox, readConversation } from './api.ts';
import { type Conversation, conversationOf } from './thread-id.ts';

const INTERESTED_SCAN_MS = 30 * 60_000;

/** The campaign and lead an id stands for; an id of another making names no thread. */
export function conversationNamed({ label }: Vendor, threadId: string, operation: string): Conversation {
  return conversationOf(threadId) ?? refuse(label, operation, { kind: 'not-found' });
}

function feedOf(campaign: Campaign): Feed {
  return { id: campaign.id, campaign };
}

/** The vendor counts rows and says neither how many a page holds nor how many there are. */
async function listAt(
  vendor: Vendor,
  { id, campaign }: Feed,
  interested: boolean,
  offset: number,
): Promise<CountedAnswer> {
  const answer = await listInbox(vendor, {
    campaign: campaign ?? { id },
    box: 'reply',
    query: { offset, ...(interested ? { isInterested: 'true' as const } : {}) },
  });
  const dated = answer.date === undefined ? {} : { date: answer.date };
  return {
    ...dated,
    fingerprint: answer.fingerprint,
    page() {
      const { threads, unreadable, received } = answer.page();
      return { rows: threads, unreadable, offset, received, ...dated };
    },
  };
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
    async rows(feed, query) {
      const around = (offset: number) => listAt(vendor, feed, query.interested === true, offset);
      return await rowsOfCounted({ top: () => around(0), around }, query);
    },
    below: belowCounted,
    async open(thread) {
      const conversation = conversationNamed(vendor, thread.id, 'read thread');
      const { messages, unreadable, mailbox } = await readConversation(vendor, conversation);
      const campaign = { ...thread.campaign, id: conversation.campaignId };
      return { messages, unreadable, campaign, ...(mailbox === undefined ? {} : { mailbox }) };
    },
  };
}
