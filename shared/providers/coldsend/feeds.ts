import type { Thread } from '../../model.ts';
import type { FeedReader, RowAnswer, RowQuery, ThreadContent } from '../../provider.ts';
import { belowCounted, type CountedAnswer, type CountedList, LOOKS_MAX, rowsOfCounted } from '../offset-list.ts';
import {
  type ColdSend,
  campaignIdOf,
  type DetailsIfAny,
  detailsIfAny,
  type ListAnswer,
  type ListFilter,
  type ListPage,
  listThreads,
  PAGE_ROWS_MAX,
  type PageSizes,
} from './api.ts';
import { type Messages, threadMessages } from './conversation.ts';
import { campaignNamed, isSilentOnCampaign, mailboxOf } from './map.ts';
import type { DetailsWire } from './wire.ts';

const INTERESTED_SCAN_MS = 60 * 60_000;
/** The label as it is documented. Source: "Query Parameters", Replies API page. */
const INTERESTED = 'interested';

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

/** The campaign as far as row and details tell; without its id where only its name is told, and empty where nothing is. */
function campaignTold(thread: Thread, known: string | undefined, details: DetailsWire | undefined) {
  // '' is what an earlier opening said of a thread outside campaigns.
  if (known !== undefined) return known === '' ? thread.campaign : { ...thread.campaign, id: known };
  if (!details) return thread.campaign ?? {};
  const campaign = campaignNamed(details);
  if (campaign) return { ...thread.campaign, ...campaign };
  return isSilentOnCampaign(details) ? (thread.campaign ?? {}) : null;
}

/** The same with its id, which the list of campaigns tells where the thread does not. */
async function campaignOf(coldsend: ColdSend, told: Thread['campaign']): Promise<Thread['campaign']> {
  if (told?.name === undefined || told.id !== undefined) return told;
  const id = await campaignIdOf(coldsend, told.name);
  return id === undefined ? told : { ...told, id };
}

interface Asked {
  readonly page: number;
  readonly limit: number;
  /** The row that it is asked for. */
  readonly offset: number;
  /** What was known of pages before. */
  readonly sizes: Pick<PageSizes, 'most' | 'isFixed'>;
}

/** Where the page begins if pages are counted in `limit` rows. */
const startOf = ({ limit }: ListPage, { page }: Asked): number => (page - 1) * limit;

/** Whether its rows are as many as pages are counted in, or end the list as far as the vendor counts it. */
function isAsCounted(list: ListPage, asked: Asked): boolean {
  const { received, limit, total } = list;
  const start = startOf(list, asked);
  if (asked.page === 1 || received === limit) return true;
  return received === 0 ? start >= (total ?? start) : start + received === total;
}

/**
 * Whether it is empty, and may be for being counted in fewer rows than pages have, so that it begins far below its row. A total below the rows
 * that were met is none.
 */
function isEmptyByChance(list: ListPage, asked: Asked): boolean {
  const { most, isFixed } = asked.sizes;
  const { total = 0 } = list;
  const isReached = total > 0 && total >= asked.offset && startOf(list, asked) >= total;
  return list.received === 0 && isFixed && list.limit < most && !isReached;
}

/** Whether it lacks the row that it was asked for, though the list has it. */
function isShort(list: ListPage, asked: Asked): boolean {
  const { received, limit, total } = list;
  if (startOf(list, asked) + received > asked.offset) return false;
  return total === undefined ? limit < asked.limit : asked.offset < total;
}

/** A page under the number it was asked for by. */
function counted({ date, fingerprint }: ListAnswer, asked: Asked, read: () => ListPage): CountedAnswer {
  const dated = date === undefined ? {} : { date };
  return {
    ...dated,
    fingerprint,
    page() {
      const list = read();
      const { limit, threads, unreadable, received, total } = list;
      return {
        rows: threads,
        unreadable,
        offset: startOf(list, asked),
        received,
        isFull: received >= limit || isEmptyByChance(list, asked),
        isGuess: !isAsCounted(list, asked) || isShort(list, asked),
        isNoDeeper: limit >= asked.sizes.most,
        ...(total === undefined ? {} : { total }),
        ...dated,
      };
    },
  };
}

/** The page with the row where all pages have so many rows. */
const pageWith = (offset: number, rows: number) => ({ page: Math.floor(offset / rows) + 1, limit: rows });

/** The page to ask for, look after look: reaching far first, then as the last one came, and in the end the row alone. */
function pageToTry(offset: number, rows: number, { usual, last, isFixed }: PageSizes, looks: number) {
  const size = Math.min(rows, usual);
  if (looks === LOOKS_MAX - 1) return pageWith(offset, 1);
  if (looks % 2 === 1) return pageWith(offset, Math.min(rows, last));
  if (looks === 2) return pageAround(offset, rows);
  return isFixed || looks > 0 ? pageWith(offset, size) : pageAround(offset, size);
}

/** What the page says of how many rows the next ones have. */
function nextSizes(
  sizes: PageSizes,
  { limit, received }: ListPage,
  asked: { readonly limit: number },
  looks: number,
): PageSizes {
  const isFound = looks > 0 && received === limit && limit > 1;
  return {
    usual: limit < asked.limit || isFound ? limit : Math.max(sizes.usual, received),
    last: received > 0 ? received : sizes.last,
    most: Math.max(sizes.most, received),
    isFixed: sizes.isFixed || received > asked.limit,
  };
}

/** A list of a vendor that counts its pages in the rows that it puts on one, be they fewer than it was asked for. */
function countedList(coldsend: ColdSend, rows: number, filter: ListFilter): CountedList {
  const list = filter.category ?? '';
  const { sizesOfPages } = coldsend;
  return {
    async top() {
      const asked = { ...pageAround(0, rows), offset: 0, sizes: { most: 0, isFixed: false } };
      const answer = await listThreads(coldsend, { ...asked, filter });
      return counted(answer, asked, () => {
        const read = answer.page();
        // How many rows the vendor puts on a page every first page tells anew.
        const { most = 0, isFixed = false } = sizesOfPages.get(list) ?? {};
        const { limit, received } = read;
        sizesOfPages.set(list, { usual: limit, last: received || limit, most: Math.max(most, received), isFixed });
        return read;
      });
    },
    async around(offset, looks) {
      const sizes = sizesOfPages.get(list) ?? { usual: rows, last: rows, most: 0, isFixed: false };
      const asked = { ...pageToTry(offset, rows, sizes, looks), offset, sizes };
      const answer = await listThreads(coldsend, { ...asked, filter });
      const read = answer.page();
      sizesOfPages.set(list, nextSizes(sizes, read, asked, looks));
      return counted(answer, asked, () => read);
    },
  };
}

const rowsOf = async (coldsend: ColdSend, query: RowQuery, filter: ListFilter): Promise<RowAnswer> =>
  await rowsOfCounted(countedList(coldsend, query.rows, filter), query);

/** Each spelling of the label has its turn, so that a filter that takes it letter by letter shows all threads in time. */
const SPELLING_TURN_MS = 60 * 60_000;
/** How long a spelling is left alone that brought nothing. */
const BARREN_MS = 24 * 60 * 60_000;

/** The spellings to ask with, the one whose turn it is first. */
function spellingsInTurn({ clock, labels, barren }: ColdSend, before: string | undefined): readonly string[] {
  const seen = labels.get(INTERESTED) ?? [];
  const known = [...new Set([...seen, ...(before === undefined ? [] : [before]), INTERESTED])];
  if (known.length === 1) return known;
  const now = clock.now();
  const fertile = known.filter(
    (spelling) => Math.abs(now - (barren.get(spelling) ?? Number.NEGATIVE_INFINITY)) >= BARREN_MS,
  );
  const asked = fertile.length > 0 ? fertile : known;
  const turn = Math.floor(now / SPELLING_TURN_MS) % asked.length;
  return [...asked.slice(turn), ...asked.slice(0, turn)];
}

/** A position of the interested list names the spelling under which it is one. */
const spelledPosition = (spelling: string, position: string): string =>
  `${Buffer.from(spelling).toString('base64url')}~${position}`;

function spellingIn(position: string): { readonly spelling: string; readonly rest: string } | undefined {
  const [, spelling, rest] = /^([\w-]{1,120})~([^~]+)$/.exec(position) ?? [];
  return spelling === undefined || rest === undefined
    ? undefined
    : { spelling: Buffer.from(spelling, 'base64url').toString(), rest };
}

async function rowsSpelled(coldsend: ColdSend, query: RowQuery, spelling: string): Promise<RowAnswer> {
  const answer = await rowsOf(coldsend, query, { category: spelling });
  return {
    ...answer,
    label: spelling,
    page() {
      const { next, rows, ...page } = answer.page();
      // A filter that the vendor does not know lists everything: each row says itself whether it is one of these.
      const interested = rows.filter((row) => row.interested);
      return { ...page, rows: interested, ...(next !== undefined && { next: spelledPosition(spelling, next) }) };
    },
  };
}

/** The top of the interested list under the first spelling that brings rows; under the first of all where none does. */
async function interestedTop(coldsend: ColdSend, query: RowQuery): Promise<RowAnswer> {
  const [first = INTERESTED, ...others] = spellingsInTurn(coldsend, query.label);
  const top = await rowsSpelled(coldsend, query, first);
  if (others.length === 0 || top.page().received > 0) return top;
  const empty = [first];
  for (const spelling of others) {
    const answer = await rowsSpelled(coldsend, query, spelling);
    const calls = answer.calls + empty.length;
    if (answer.page().received === 0) empty.push(spelling);
    else {
      for (const each of empty) coldsend.barren.set(each, coldsend.clock.now());
      return { ...answer, calls };
    }
  }
  return { ...top, calls: empty.length };
}

async function interestedRows(coldsend: ColdSend, query: RowQuery): Promise<RowAnswer> {
  const found = query.position === undefined ? undefined : spellingIn(query.position);
  const { position: _, ...top } = query;
  return found
    ? await rowsSpelled(coldsend, { ...query, position: found.rest }, found.spelling)
    : await interestedTop(coldsend, top);
}

/** Threads of which it is kept what came of asking for their details. */
const DETAILS_KEPT_MAX = 200;

/**
 * Details and messages. Where calls run short, threads that are opened side by side take each other's second one: what came of the first, which
 * does not grow old, is kept, so that the next attempt asks for messages alone.
 */
async function readWhole(coldsend: ColdSend, id: string): Promise<Messages & DetailsIfAny> {
  const { details } = coldsend;
  const told = details.get(id) ?? (await detailsIfAny(coldsend, id));
  const [oldest] = details.keys();
  if (oldest !== undefined && details.size >= DETAILS_KEPT_MAX) details.delete(oldest);
  details.set(id, told);
  const messages = await threadMessages(coldsend, id);
  details.delete(id);
  return { ...messages, ...told };
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
      if (query.interested) return await interestedRows(coldsend, query);
      return await rowsOf(coldsend, query, {});
    },
    below: belowCounted,
    async open(thread, known): Promise<ThreadContent> {
      const read: Messages & DetailsIfAny =
        known === undefined ? await readWhole(coldsend, thread.id) : await threadMessages(coldsend, thread.id);
      const { messages, unreadable, details, lacks } = read;
      const mailbox = details?.inbox_email || mailboxOf(messages);
      const told = campaignTold(thread, known?.campaignId, details);
      const campaign = known === undefined ? await campaignOf(coldsend, told) : told;
      return { messages, unreadable, campaign, ...(mailbox ? { mailbox } : {}), ...(lacks && { lacks }) };
    },
  };
}
