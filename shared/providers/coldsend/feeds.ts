import { ProviderError } from '../../failure.ts';
import type { Thread } from '../../model.ts';
import type { FeedReader, RowAnswer, RowQuery, ThreadContent } from '../../provider.ts';
import { type CountedPage, pageBelow, topPage } from '../offset-list.ts';
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

function countedPage(
  { label }: ColdSend,
  { page, limit, threads, unreadable, received, total }: ListPage,
  offset: number,
): CountedPage {
  const start = (page - 1) * limit;
  if (start > offset) {
    const issues = [`asked for row ${offset}, got rows from ${start}`];
    throw new ProviderError(
      { kind: 'wire', issues, mayHaveHappened: false },
      { provider: label, operation: 'list threads' },
    );
  }
  const isFull = received >= limit;
  return { rows: threads, unreadable, offset: start, received, isFull, ...(total === undefined ? {} : { total }) };
}

/** Answers to one question: a page of another size than was asked for may not hold the row, and says how to ask for it. */
const ASKED_MAX = 3;

const isShortOf = ({ page, limit, received, total }: ListPage, asked: number, offset: number): boolean =>
  limit < asked && (page - 1) * limit + received <= offset && (total === undefined || offset < total);

/** The first page of a list. How many rows the vendor puts on one every first page tells anew. */
async function listTop(coldsend: ColdSend, rows: number, filter: ListFilter): Promise<ListAnswer> {
  const answer = await listThreads(coldsend, { ...pageAround(0, rows), filter });
  return {
    ...answer,
    page() {
      const read = answer.page();
      coldsend.rowsOfPages.set(filter.category ?? '', read.limit);
      return read;
    },
  };
}

/**
 * The page with the row at `offset`. A vendor that puts fewer rows on a page than it was asked for counts its pages in those, so
 * another page holds the row.
 */
async function listAround(coldsend: ColdSend, offset: number, rows: number, filter: ListFilter): Promise<ListAnswer> {
  const list = filter.category ?? '';
  const { rowsOfPages } = coldsend;
  for (let asked = 1; ; asked += 1) {
    const { page, limit } = pageAround(offset, Math.min(rows, rowsOfPages.get(list) ?? rows));
    const answer = await listThreads(coldsend, { page, limit, filter });
    const read = answer.page();
    if (read.limit < limit) rowsOfPages.set(list, read.limit);
    if (asked === ASKED_MAX || !isShortOf(read, limit, offset)) return { ...answer, page: () => read };
  }
}

/** A page below the top, asked for by a position; undefined for what is none of ours. */
async function rowsBelow(
  coldsend: ColdSend,
  { position = '', rows, unordered }: RowQuery,
  filter: ListFilter,
): Promise<RowAnswer | undefined> {
  let answer: ListAnswer | undefined;
  const read = async (offset: number): Promise<CountedPage> => {
    answer = await listAround(coldsend, offset, rows, filter);
    const { date, page } = answer;
    return { ...countedPage(coldsend, page(), offset), ...(date === undefined ? {} : { date }) };
  };
  const below = await pageBelow(read, position, unordered === true);
  return below && answer && { ...answer, calls: below.calls, page: () => below.page };
}

async function rowsAtTop(coldsend: ColdSend, { rows }: RowQuery, filter: ListFilter): Promise<RowAnswer> {
  const { date, fingerprint, page } = await listTop(coldsend, rows, filter);
  const dated = date === undefined ? {} : { date };
  return {
    ...dated,
    fingerprint,
    calls: 1,
    page: () => ({ ...topPage(countedPage(coldsend, page(), 0)), ...dated }),
  };
}

export function feeds(coldsend: ColdSend): FeedReader {
  return {
    pageRowsMax: PAGE_ROWS_MAX,
    callsPerPoll: { 'list threads': 2, 'read thread': 0.7 },
    interestedScanMs: INTERESTED_SCAN_MS,
    async feeds() {
      return [{ id: 'workspace', campaign: null }];
    },
    async rows(_feed, query) {
      const label = query.interested && labelFilter(coldsend, 'interested', query.label);
      const filter = label === undefined ? {} : { category: label };
      const answer =
        (query.position === undefined ? undefined : await rowsBelow(coldsend, query, filter)) ??
        (await rowsAtTop(coldsend, query, filter));
      return { ...answer, ...(label === undefined ? {} : { label }) };
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
