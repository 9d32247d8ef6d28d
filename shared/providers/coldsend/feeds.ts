import { ProviderError } from '../../failure.ts';
import type { Thread } from '../../model.ts';
import type { FeedReader, ThreadContent } from '../../provider.ts';
import {
  type ColdSend,
  detailsIfAny,
  type ListAnswer,
  type ListFilter,
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

/** Answers to one question: a page of another size than was asked for may not hold the row, and says how to ask for it. */
const ASKED_MAX = 3;

const isShortOf = ({ page, limit, received, total }: ListPage, asked: number, offset: number): boolean =>
  limit < asked && (page - 1) * limit + received <= offset && (total === undefined || offset < total);

/**
 * The page with the row at `offset`. A vendor that puts fewer rows on a page than it was asked for counts its pages in those, so
 * another page holds the row. How many it puts there every first page tells anew.
 */
async function listAround(coldsend: ColdSend, offset: number, rows: number, filter: ListFilter): Promise<ListAnswer> {
  const list = filter.category ?? '';
  const { rowsOfPages } = coldsend;
  for (let asked = 1; ; asked += 1) {
    const { page, limit } = pageAround(offset, offset === 0 ? rows : Math.min(rows, rowsOfPages.get(list) ?? rows));
    const answer = await listThreads(coldsend, { page, limit, filter });
    const parse = () => {
      const read = answer.page();
      if (offset === 0 || read.limit < limit) rowsOfPages.set(list, read.limit);
      return read;
    };
    if (offset === 0) return { ...answer, page: parse };
    const read = parse();
    if (asked === ASKED_MAX || !isShortOf(read, limit, offset)) return { ...answer, page: () => read };
  }
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
      const { date, fingerprint, page } = await listAround(coldsend, offset, rows, filter);
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
