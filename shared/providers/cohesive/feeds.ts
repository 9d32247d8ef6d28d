import type { Campaign } from '../../model.ts';
import type { Feed, FeedReader } from '../../provider.ts';
import type { Vendor } from '../define-provider.ts';
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

export function feeds(vendor: Vendor): FeedReader {
  return {
    // Neither page size nor a limit is documented.
    pageRowsMax: 0,
    interestedScanMs: INTERESTED_SCAN_MS,
    async feeds(wanted) {
      const listed = await listCampaigns(vendor);
      const all = wanted.includes('*') ? listed.filter(({ status }) => status !== 'draft') : [];
      const named = wanted
        .filter((id) => id !== '*')
        .map((id) => listed.find((one) => one.id === id) ?? { id, name: id, status: 'unknown' as const, vendor: {} });
      return [...new Map([...all, ...named].map((campaign) => [campaign.id, feedOf(campaign)])).values()];
    },
    async rows(feed, { offset, interested }) {
      const { date, fingerprint, page } = await listInbox(vendor, {
        campaign: feed.campaign ?? { id: feed.id },
        box: 'reply',
        query: { offset, ...(interested ? { isInterested: 'true' as const } : {}) },
      });
      const dated = date === undefined ? {} : { date };
      return {
        ...dated,
        fingerprint,
        page() {
          const { threads, unreadable, received } = page();
          return { rows: threads, unreadable, offset, received, ...dated };
        },
      };
    },
    async open(thread) {
      const conversation = conversationNamed(vendor, thread.id, 'read thread');
      const { messages, unreadable, mailbox } = await readConversation(vendor, conversation);
      const campaign = { ...thread.campaign, id: conversation.campaignId };
      return { messages, unreadable, campaign, ...(mailbox === undefined ? {} : { mailbox }) };
    },
  };
}
