import { ProviderError } from '../../failure.ts';
import type { Thread } from '../../model.ts';
import type { FeedReader, ThreadContent } from '../../provider.ts';
import {
  type ColdSend,
  detailsIfAny,
  type ListPage,
  labelFilter,
  listThreads,
  PAGE_ROWS_MAX,
  threadMessages,
} from './api.ts';
import { campaignOfDetails, mailboxOf } from './map.ts';
import type { DetailsWire } from './wire.ts';

const INTERESTED_SCAN_MS = 60 * 60_000;

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

function pageFrom(
  { label }: ColdSend,
  { page, limit, threads, unreadable, received, total }: ListPage,
  offset: number,
) {
  const start = (page - 1) * limit;
  if (start > offset) {
    const issues = [`asked for row ${offset}, got rows from ${start}`];
    throw new ProviderError(
      { kind: 'wire', issues, mayHaveHappened: false },
      { provider: label, operation: 'list threads' },
    );
  }
  return { rows: threads, unreadable, offset: start, received, ...(total === undefined ? {} : { total }) };
}

export function feeds(coldsend: ColdSend): FeedReader {
  return {
    pageRowsMax: PAGE_ROWS_MAX,
    interestedScanMs: INTERESTED_SCAN_MS,
    async feeds() {
      return [{ id: 'workspace', campaign: null }];
    },
    async rows(_feed, { offset, rows, interested, label: before }) {
      const label = interested && labelFilter(coldsend, 'interested', before);
      const filter = label === undefined ? {} : { category: label };
      const { date, fingerprint, page } = await listThreads(coldsend, { ...pageAround(offset, rows), filter });
      const dated = date === undefined ? {} : { date };
      const spelled = label === undefined ? {} : { label };
      return { ...dated, ...spelled, fingerprint, page: () => ({ ...pageFrom(coldsend, page(), offset), ...dated }) };
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
