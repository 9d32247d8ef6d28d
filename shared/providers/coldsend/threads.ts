import type { Thread, Unreadable } from '../../model.ts';
import type { CampaignReader, ThreadQuery, ThreadReader } from '../../provider.ts';
import { invalid, refuse } from '../refuse.ts';
import {
  type ColdSend,
  type ListFilter,
  type ListPage,
  labelFilter,
  listCampaigns,
  listThreads,
  PAGE_ROWS_MAX,
  threadDetails,
} from './api.ts';
import { threadMessages } from './conversation.ts';
import { campaignNamed, mailboxOf, threadKey, threadOfDetails } from './map.ts';

const OPERATION = 'list threads';
/** Threads of one page of a list. */
const LIST_ROWS = 50;
/** Pages one request may scan when we filter ourselves. */
const SCAN_PAGES_MAX = 10;

function filterOf(coldsend: ColdSend, query: ThreadQuery): ListFilter {
  const label = query.intent ?? (query.interested ? 'interested' : undefined);
  return {
    ...(query.campaign === undefined ? {} : { campaign_id: query.campaign }),
    ...(query.unread === undefined ? {} : { is_read: !query.unread }),
    ...(query.starred === undefined ? {} : { is_starred: query.starred }),
    ...(label === undefined ? {} : { category: labelFilter(coldsend, label) }),
  };
}

/** What the vendor cannot filter by: text, and "not interested" as the absence of a label. */
function localFilter(query: ThreadQuery): ((thread: Thread) => boolean) | undefined {
  const needle = query.search?.trim().toLowerCase();
  const byInterest = query.interested === false || (query.interested === true && query.intent !== undefined);
  if (!needle && !byInterest) return undefined;
  return ({ lead, subject, preview, campaign, interested }) => {
    if (byInterest && interested !== query.interested) return false;
    const texts = [lead.email, lead.name, subject, preview, campaign?.name];
    return !needle || texts.some((text) => text?.toLowerCase().includes(needle));
  };
}

/** Rows carry no campaign id; a list of one campaign tells it all the same. */
function ofCampaign(thread: Thread, id: string | undefined): Thread {
  return id === undefined ? thread : { ...thread, campaign: { ...thread.campaign, id } };
}

/** `page.limit`: page numbers mean nothing without the limit they were counted with. */
function positionOf({ label }: ColdSend, cursor: string | undefined, limit: number) {
  if (cursor === undefined) return { page: 1, limit };
  const match = /^([1-9]\d{0,6})\.([1-9]\d?|100)$/.exec(cursor);
  if (!match) return invalid(label, OPERATION, 'the cursor is not one of this list; start again without it');
  return { page: Number(match[1]), limit: Number(match[2]) };
}

function ended({ received, page, limit, total }: ListPage): boolean {
  return received < limit || (total !== undefined && page * limit >= total);
}

export function threads(coldsend: ColdSend): ThreadReader {
  return {
    async list(query, cursor) {
      if (query.sort !== undefined)
        refuse(coldsend.label, OPERATION, { kind: 'unsupported', capability: 'sorting of threads' });
      const keep = localFilter(query);
      const filter = filterOf(coldsend, query);
      const start = positionOf(coldsend, cursor, keep ? PAGE_ROWS_MAX : LIST_ROWS);
      const { page: first } = start;
      let { limit } = start;
      const found = new Map<string, Thread>();
      const unreadable: Unreadable[] = [];
      for (let page = first; ; page++) {
        const list = (await listThreads(coldsend, { page, limit, filter })).page();
        for (const thread of list.threads) {
          if (!keep || keep(thread)) found.set(thread.id, ofCampaign(thread, query.campaign));
        }
        unreadable.push(...list.unreadable);
        const answer = { threads: [...found.values()], unreadable };
        // An answer for another page than asked would be walked for ever.
        if (ended(list) || list.page !== page) return answer;
        limit = list.limit;
        const scanned = page - first + 1;
        if (!keep || found.size >= LIST_ROWS || scanned >= SCAN_PAGES_MAX)
          return { ...answer, cursor: `${page + 1}.${limit}` };
      }
    },
    async read(threadId) {
      const details = await threadDetails(coldsend, threadId);
      const { messages, unreadable } = await threadMessages(coldsend, threadId);
      const mailbox = details.inbox_email || mailboxOf(messages);
      const campaign = campaignNamed(details);
      return {
        thread: threadOfDetails(details, messages),
        content: { messages, unreadable, campaign, ...(mailbox ? { mailbox } : {}) },
      };
    },
    async content(threadId) {
      const { messages, ...rest } = await threadMessages(coldsend, threadId);
      const mailbox = mailboxOf(messages);
      return { messages, ...rest, campaign: null, ...(mailbox === undefined ? {} : { mailbox }) };
    },
    keyOf: threadKey,
  };
}

export function campaigns(coldsend: ColdSend): CampaignReader {
  return { list: () => listCampaigns(coldsend) };
}
