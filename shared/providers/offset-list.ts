import type { Instant, Thread } from '../model.ts';
import type { Position, RowAnswer, RowPage, RowQuery } from '../provider.ts';
import {
  beginningAt,
  type CountedPage,
  endOf,
  isInPlace,
  nameOf,
  type Place,
  placed,
  placeIn,
  written,
} from './counted-page.ts';

/** Such a page as it came. */
export interface CountedAnswer extends Pick<RowAnswer, 'date' | 'fingerprint'> {
  page(): CountedPage;
}

/** How a vendor that counts rows is asked. */
export interface CountedList {
  /** The first page. */
  top(): Promise<CountedAnswer>;
  /** The page with the row at `offset`. `looks`: how many were in vain before this one, which may ask for it in another way. */
  around(offset: number, looks: number): Promise<CountedAnswer>;
}

type ReadAt = (offset: number) => Promise<CountedPage>;

/** How far to step back first when pages do not join; doubled each time. */
const STEP_BACK_ROWS = 10;

/** In a list without order the rows looked for may stand anywhere by now: so many steps are made, about a page. */
const UNORDERED_STEPS_MAX = 3;

const firstActivity = ({ rows: [first] }: CountedPage) => first?.lastActivityAt ?? Number.NEGATIVE_INFINITY;

/** Rows by which a place is known again. */
const TAIL_ROWS = 3;

/** Pages asked for until one tells where it stands; without one the next question begins anew. */
export const LOOKS_MAX = 6;

/** No page told where it stands, so nothing is known of what lies there. */
class NotFound extends Error {
  override readonly name = 'NotFound';
}

interface Joined {
  readonly page: CountedPage;
  /** The page is the one asked for first. */
  readonly atOnce: boolean;
}

/** Reads from `offset`, stepping back until `joins` says that no row can lie between. */
async function readJoined(
  read: ReadAt,
  offset: number,
  joins: (page: CountedPage) => boolean,
  stepsMax = Number.POSITIVE_INFINITY,
): Promise<Joined> {
  let page = await read(Math.max(0, offset));
  let steps = 0;
  for (; page.offset > 0 && steps < stepsMax && !joins(page); steps += 1) {
    page = await read(Math.max(0, page.offset - STEP_BACK_ROWS * 2 ** steps));
  }
  return { page, atOnce: steps === 0 };
}

interface Below extends Joined {
  /** The rows as old as the last one read stand in another order than before. */
  readonly shuffled: boolean;
}

const holdsTail = ({ rows }: CountedPage, { tail }: Place): boolean => rows.some((row) => tail.includes(nameOf(row)));

/** The page below in a list without order: it shows a row of those read last, where one of them still stands about there. */
async function readBelowUnordered(read: ReadAt, place: Place): Promise<Below> {
  const joins = (page: CountedPage) => place.tail.length === 0 || holdsTail(page, place);
  return { ...(await readJoined(read, place.end - 1, joins, UNORDERED_STEPS_MAX)), shuffled: false };
}

/** The page below in a list that is in order: it holds the whole group of equal times that the last page may have cut, where a page can. */
async function readBelow(read: ReadAt, place: Place, at: Instant): Promise<Below> {
  if (place.fits) {
    const whole = await readJoined(read, place.from - 1, (page) => firstActivity(page) > at);
    if (endOf(whole.page) > place.end) return { ...whole, shuffled: false };
  }
  // Where times cannot be read, those of neighbours differ from page to page, and only names tell.
  const rest = await readJoined(read, place.end - 1, (page) => firstActivity(page) >= at || holdsTail(page, place));
  return { ...rest, shuffled: endOf(rest.page) > place.end && !isInPlace(rest.page, place) };
}

async function askBelow(read: ReadAt, place: Place, unordered: boolean): Promise<Below> {
  if (place.at === undefined) return { page: await read(place.end), atOnce: true, shuffled: false };
  return unordered ? await readBelowUnordered(read, place) : await readBelow(read, place, place.at);
}

/** Where the rows as old as this page's last one begin: on it, or on one above. */
function groupStart(page: CountedPage, last: Thread, above: Place | undefined): number {
  const index = page.rows.findIndex((row) => row.lastActivityAt === last.lastActivityAt);
  return index === 0 && above?.at === last.lastActivityAt ? Math.min(above.from, page.offset) : page.offset + index;
}

/** The group of equal times that went on from the page above, if it ends on this one and was seen in another order. */
function endedGroup(page: CountedPage, above: Place, isEnd: boolean): Pick<RowPage, 'shuffled'> {
  const { at, from } = above;
  if (at === undefined) return {};
  const index = page.rows.findIndex(({ lastActivityAt }) => lastActivityAt < at);
  if (index < 0 && !isEnd) return {};
  const end = index < 0 ? endOf(page) : page.offset + index;
  return { shuffled: { at, rows: end - from, from: written(beginningAt(from)) } };
}

function placeOf(page: CountedPage, above: Place | undefined, shuffled: boolean): Place {
  const last = page.rows.at(-1);
  const end = endOf(page);
  if (page.received === 0 && above) return above;
  if (!last) return beginningAt(end);
  const from = groupStart(page, last, above);
  const at = last.lastActivityAt;
  return {
    end,
    from,
    fits: from > page.offset,
    shuffled: above?.at === at && (shuffled || above.shuffled),
    at,
    tail: page.rows.slice(-TAIL_ROWS).map(nameOf),
  };
}

/** The page as the model has it. */
function rowPage(counted: CountedPage, next: Place | undefined): RowPage {
  const { offset: _, isFull: __, isGuess: ___, isNoDeeper: ____, ...page } = counted;
  return { ...page, ...(next && { next: written(next) }) };
}

/** A total is believed where the page itself shows that it could hold more: a vendor may count the rows of a page. */
const isWhole = (page: CountedPage): boolean =>
  page.isFull !== true &&
  (page.received === 0 ? (page.total ?? 0) <= page.offset : page.total !== undefined && endOf(page) >= page.total);

/** As many rows were met as the vendor counts, which counts more than those of a page. */
const isCounted = (page: CountedPage): boolean => endOf(page) === page.total && page.total > page.received;

type How = Pick<RowQuery, 'unordered' | 'certain'>;

/** The list ends with the page, by what the page says itself. */
const isLast = (page: CountedPage, { certain }: How): boolean =>
  isWhole(page) && (!certain || page.received === 0 || isCounted(page));

function topPage(page: CountedPage, how: How): RowPage {
  const isEnd = how.certain ? isWhole(page) && isCounted(page) : isWhole(page);
  return rowPage(page, isEnd ? undefined : placeOf(page, undefined, false));
}

/** Below a page that may be full, or have been cut, and shows nothing below the row at the place. */
async function readFurther(read: ReadAt, place: Place, how: How): Promise<RowPage> {
  const page = await read(place.end);
  const isEnd = isLast(page, how) || (how.certain && !page.isFull && page.offset > 0 && endOf(page) === place.end);
  return rowPage(page, isEnd ? undefined : placeOf(page, place, false));
}

/** The page at a position, which joins the one above it: where rows moved up meanwhile it is asked for again further up. */
async function pageBelow(read: ReadAt, place: Place, how: How): Promise<RowPage> {
  const { page, atOnce, shuffled } = await askBelow(read, place, how.unordered === true);
  // Asked for the last row that was read, the vendor shows that one and no more.
  const endsThere = atOnce && place.at !== undefined && endOf(page) === place.end;
  const mayGoOn = page.isFull ? isInPlace(page, place) : how.certain;
  if (endsThere && mayGoOn && !isLast(page, how)) return await readFurther(read, place, how);
  const isEnd = isLast(page, how) || (endsThere && !page.isFull);
  const next = isEnd ? undefined : placeOf(page, place, shuffled);
  const ended = shuffled || place.shuffled ? endedGroup(page, place, isEnd) : {};
  return { ...rowPage(page, next), ...ended };
}

async function rowsAtTop(list: CountedList, how: How): Promise<RowAnswer> {
  const answer = await list.top();
  return { ...answer, calls: 1, page: () => topPage(answer.page(), how) };
}

/** After so many empty pages the row below the last one that was read is not there, whatever the total says. */
const EMPTY_LOOKS_MAX = 3;

/** So many empty pages must agree where the end is to be certain. */
const EMPTY_LOOKS_MIN = 2;

/** The page ends above the row, and may do so for being cut: the first page tells nothing of others. */
const isShortOf = (page: CountedPage, row: number): boolean =>
  endOf(page) <= row && (page.isGuess === true || (page.offset === 0 && page.received > 0));

type Ask = (offset: number, looks: number) => Promise<CountedPage>;

/** The page with a row, or what the looks for it come to. */
async function lookFor(ask: Ask, offset: number, place: Place, how: How): Promise<CountedPage> {
  let short: CountedPage | undefined;
  let empty = 0;
  for (let looks = 0; looks < LOOKS_MAX && empty < EMPTY_LOOKS_MAX; looks += 1) {
    const page = await ask(offset, looks);
    if (page.received === 0 && !page.isFull) empty += 1;
    const found = placed(page, place, how.unordered === true);
    if (!found || found.offset > offset) continue;
    const isDoubted = found.received === 0 && how.certain && empty < EMPTY_LOOKS_MIN;
    if (!isDoubted && !isShortOf(found, offset)) return found;
    short ??= found;
  }
  // A vendor that has no rows to show for a moment does not show the one above either.
  const isThere = (page: CountedPage | undefined) => page && endOf(page) === place.end && isInPlace(page, place);
  const isNone = empty >= EMPTY_LOOKS_MAX && offset === place.end;
  if (isNone && (offset === 0 || isThere(placed(await ask(offset - 1, 0), place, how.unordered === true))))
    return { rows: [], unreadable: [], received: 0, offset };
  if (!short) throw new NotFound();
  return short;
}

/** Nothing was found, so nothing is told, and the list goes on where it did. */
const nothingAt = (place: Place): RowPage => ({ rows: [], unreadable: [], received: 0, next: written(place) });

async function rowsBelow(list: CountedList, place: Place, how: How): Promise<RowAnswer> {
  const answers: CountedAnswer[] = [];
  const ask = async (offset: number, looks: number) => {
    const answer = await list.around(offset, looks);
    answers.push(answer);
    return answer.page();
  };
  const read = (offset: number) => lookFor(ask, offset, place, how);
  const page = await pageBelow(read, place, how).catch((error: unknown) => {
    if (error instanceof NotFound) return nothingAt(place);
    throw error;
  });
  const { date, fingerprint = () => '' } = answers.at(-1) ?? {};
  return { ...(date === undefined ? {} : { date }), fingerprint, calls: answers.length, page: () => page };
}

/** {@link FeedReader.below} of a vendor that counts rows. */
export const belowCounted = (position: Position, rows: number): Position =>
  written(beginningAt((placeIn(position)?.end ?? 0) + rows));

/** {@link FeedReader.rows} of a vendor that counts rows. A position that cannot be read begins at the top. */
export async function rowsOfCounted(list: CountedList, query: RowQuery): Promise<RowAnswer> {
  const place = query.position === undefined ? undefined : placeIn(query.position);
  return place ? await rowsBelow(list, place, query) : await rowsAtTop(list, query);
}
