import { type Failure, ProviderError } from '../../failure.ts';
import type { Thread } from '../../model.ts';
import type { FeedReader, ThreadContent } from '../../provider.ts';
import { type ColdSend, detailsIfAny, labelFilter, listThreads, PAGE_ROWS_MAX, threadMessages } from './api.ts';
import { campaignOfDetails, mailboxOf } from './map.ts';
import type { DetailsWire } from './wire.ts';

const TAIL_MS = 60 * 60_000;

/** The page and limit whose rows include `offset` and reach farthest beyond it: the vendor only pages by number. */
export function pageAround(offset: number, rows: number): { readonly page: number; readonly limit: number } {
  const most = Math.min(PAGE_ROWS_MAX, Math.max(1, rows));
  let best = { page: 1, limit: most, end: -1 };
  for (let limit = most; limit >= 1; limit--) {
    const page = Math.floor(offset / limit) + 1;
    if (page * limit > best.end) best = { page, limit, end: page * limit };
  }
  return { page: best.page, limit: best.limit };
}

function contentCampaign(thread: Thread, known: string | undefined, details: DetailsWire | undefined) {
  if (details) return campaignOfDetails(details);
  // Without details the row's name is all there is; '' is what an earlier opening said of a thread outside campaigns.
  if (known === undefined || known === '') return thread.campaign;
  return { ...thread.campaign, id: known };
}

export function feeds(coldsend: ColdSend): FeedReader {
  return {
    pageRowsMax: PAGE_ROWS_MAX,
    tailMs: TAIL_MS,
    async feeds() {
      return [{ id: 'workspace', campaign: null }];
    },
    async rows(_feed, { offset, rows, interested }) {
      const filter = interested ? { category: labelFilter(coldsend, 'interested') } : {};
      const list = await listThreads(coldsend, { ...pageAround(offset, rows), filter });
      const start = (list.page - 1) * list.limit;
      if (start > offset) {
        const failure: Failure = {
          kind: 'wire',
          issues: [`asked for row ${offset}, got rows from ${start}`],
          mayHaveHappened: false,
        };
        throw new ProviderError(failure, { provider: coldsend.label, operation: 'list threads' });
      }
      const { threads, unreadable, received, total, date } = list;
      return {
        rows: threads,
        unreadable,
        offset: start,
        received,
        ...(total === undefined ? {} : { total }),
        ...(date === undefined ? {} : { date }),
      };
    },
    async open(thread, known): Promise<ThreadContent> {
      const { messages, unreadable } = await threadMessages(coldsend, thread.id);
      const details = known === undefined ? await detailsIfAny(coldsend, thread.id) : undefined;
      const mailbox = details?.inbox_email || mailboxOf(messages);
      const campaign = contentCampaign(thread, known?.campaignId, details);
      return { messages, unreadable, campaign, ...(mailbox ? { mailbox } : {}) };
    },
  };
}
