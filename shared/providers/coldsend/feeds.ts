import type { Thread } from '../../model.ts';
import type { FeedReader, RowAnswer, RowQuery, ThreadContent } from '../../provider.ts';
import { type CountedAnswer, type CountedList, type CountedPage, rowsOfCounted } from '../offset-list.ts';
import {
  type ColdSend,
  campaignIdOf,
  detailsIfAny,
  type ListAnswer,
  type ListFilter,
  type ListPage,
  listThreads,
  PAGE_ROWS_MAX,
  threadMessages,
} from './api.ts';
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

/** A page under the number it was asked for by. */
function counted({ date, fingerprint }: ListAnswer, number: number, read: () => ListPage): CountedAnswer {
  const dated = date === undefined ? {} : { date };
  return {
    ...dated,
    fingerprint,
    page() {
      const { limit, threads, unreadable, received, total } = read();
      const known = total === undefined ? {} : { total };
      const offset = (number - 1) * limit;
      return { rows: threads, unreadable, offset, received, isFull: received >= limit, ...known, ...dated };
    },
  };
}

/** Answers to one question: a page of another size than was asked for may not hold the row, and says how to ask for it. */
const ASKED_MAX = 3;

const isShortOf = ({ offset: start, received, total }: CountedPage, offset: number): boolean =>
  start + received <= offset && (total === undefined || offset < total);

/** A list of a vendor that counts its pages in the rows that it puts on one, be they fewer than it was asked for. */
function countedList(coldsend: ColdSend, rows: number, filter: ListFilter): CountedList {
  const list = filter.category ?? '';
  const { rowsOfPages } = coldsend;
  return {
    async top() {
      const answer = await listThreads(coldsend, { ...pageAround(0, rows), filter });
      return counted(answer, 1, () => {
        const read = answer.page();
        // How many rows the vendor puts on a page every first page tells anew.
        rowsOfPages.set(list, read.limit);
        return read;
      });
    },
    async around(offset) {
      for (let asked = 1; ; asked += 1) {
        const { page, limit } = pageAround(offset, Math.min(rows, rowsOfPages.get(list) ?? rows));
        const answer = await listThreads(coldsend, { page, limit, filter });
        const read = answer.page();
        if (read.limit < limit) rowsOfPages.set(list, read.limit);
        const found = counted(answer, page, () => read);
        if (asked === ASKED_MAX || read.limit >= limit || !isShortOf(found.page(), offset)) return found;
      }
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
  const fertile = known.filter((spelling) => now - (barren.get(spelling) ?? Number.NEGATIVE_INFINITY) >= BARREN_MS);
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
    async open(thread, known): Promise<ThreadContent> {
      const { messages, unreadable } = await threadMessages(coldsend, thread.id);
      const details = known === undefined ? await detailsIfAny(coldsend, thread.id) : undefined;
      const mailbox = details?.inbox_email || mailboxOf(messages);
      const told = campaignTold(thread, known?.campaignId, details);
      const campaign = known === undefined ? await campaignOf(coldsend, told) : told;
      return { messages, unreadable, campaign, ...(mailbox ? { mailbox } : {}) };
    },
  };
}
