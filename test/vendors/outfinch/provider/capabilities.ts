import type { Thread, Unreadable } from '../../../../shared/model.ts';
import type {
  CampaignReader,
  FeedReader,
  ReplySender,
  RowPage,
  ThreadContent,
  ThreadQuery,
  ThreadReader,
} from '../../../../shared/provider.ts';
import type { Vendor } from '../../../../shared/providers/define-provider.ts';
import { invalid, refuse } from '../../../../shared/providers/refuse.ts';
import {
  LIST,
  listCampaigns,
  listFrom,
  listMessages,
  type Messages,
  PAGE_ROWS_MAX,
  postMessage,
  READ,
  readConversation,
  readMessages,
  WRITE,
} from './api.ts';
import { campaignOfConversation, INTERESTED, threadOf } from './map.ts';

/** Pages one request for threads may read while it filters. */
const SCAN_PAGES_MAX = 10;
const LIST_ROWS = 25;

/** Ours: who sent what went out, or got what came in. */
function mailboxOf({ messages }: Messages): string | undefined {
  const newest = messages.at(-1);
  const person = newest?.direction === 'outbound' ? newest.from : newest?.to[0];
  return person?.email;
}

function contentOf(read: Messages, campaign: ThreadContent['campaign'], mailbox = mailboxOf(read)): ThreadContent {
  return { ...read, campaign, ...(mailbox ? { mailbox } : {}) };
}

export function feeds(vendor: Vendor): FeedReader {
  return {
    pageRowsMax: PAGE_ROWS_MAX,
    callsPerPoll: { [LIST]: 2, [READ]: 0.7 },
    interestedScanMs: 30 * 60_000,
    async feeds() {
      return [{ id: 'workspace', campaign: null }];
    },
    async rows(_feed, { rows, position, interested }) {
      const { answer, calls } = await listFrom(vendor, {
        limit: Math.min(PAGE_ROWS_MAX, Math.max(1, rows)),
        ...(position === undefined ? {} : { cursor: position }),
        ...(interested && { label: INTERESTED }),
      });
      const dated = answer.date === undefined ? {} : { date: answer.date };
      return { ...answer, calls, page: (): RowPage => ({ ...answer.page(), ...dated }) };
    },
    async open(thread) {
      return contentOf(await readMessages(vendor, thread.id), thread.campaign);
    },
  };
}

function filterOf({ label }: Vendor, query: ThreadQuery): (thread: Thread) => boolean {
  const lacks = (capability: string) => refuse(label, LIST, { kind: 'unsupported', capability });
  if (query.starred !== undefined) lacks('stars');
  if (query.unread !== undefined) lacks('a read state');
  if (query.sort !== undefined) lacks('sorting of threads');
  const needle = query.search?.trim().toLowerCase();
  return ({ lead, subject, campaign, intent, interested }) =>
    (query.campaign === undefined || campaign?.id === query.campaign) &&
    (query.intent === undefined || intent === query.intent) &&
    (query.interested === undefined || interested === query.interested) &&
    (!needle || [lead.email, lead.name, subject].some((text) => text?.toLowerCase().includes(needle)));
}

export function threads(vendor: Vendor): ThreadReader {
  return {
    /** The vendor lists no threads: they are taken from the messages, and one may come again on a later page. */
    async list(query, cursor) {
      const keep = filterOf(vendor, query);
      const found = new Map<string, Thread>();
      const unreadable: Unreadable[] = [];
      let next = cursor;
      for (let pages = 0; pages < SCAN_PAGES_MAX && found.size < LIST_ROWS; pages += 1) {
        const at = next === undefined ? {} : { cursor: next };
        const page = (await listMessages(vendor, { limit: PAGE_ROWS_MAX, ...at })).page();
        for (const { messages: _, ...thread } of page.rows)
          if (keep(thread) && !found.has(thread.id)) found.set(thread.id, thread);
        unreadable.push(...page.unreadable);
        next = page.next;
        if (next === undefined) break;
      }
      return { threads: [...found.values()], unreadable, ...(next === undefined ? {} : { cursor: next }) };
    },
    async read(threadId) {
      const conversation = await readConversation(vendor, threadId);
      const read = await readMessages(vendor, threadId);
      const thread = threadOf(conversation, read.messages.at(-1)?.arrivedAt ?? 0);
      return { thread, content: contentOf(read, campaignOfConversation(conversation)) };
    },
    async content(threadId) {
      return contentOf(await readMessages(vendor, threadId), null);
    },
    keyOf: (threadId) => threadId,
  };
}

export function campaigns(vendor: Vendor): CampaignReader {
  return { list: () => listCampaigns(vendor) };
}

export function replies(vendor: Vendor): ReplySender {
  return {
    takes: { copies: false, attachments: { by: 'url' } },
    words: 'both',
    async prepare({ threadId, html, text, cc, bcc, attachments }) {
      if (cc.length > 0 || bcc.length > 0)
        refuse(vendor.label, WRITE, { kind: 'unsupported', capability: 'cc and bcc on replies' });
      const files = attachments.map(({ filename, contentType, url }) => ({
        name: filename,
        type: contentType,
        url: url ?? invalid(vendor.label, WRITE, 'attachments are taken by URL'),
      }));
      return { post: () => postMessage(vendor, threadId, { text, html, files }) };
    },
  };
}
