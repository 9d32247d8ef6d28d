import type { Instant, Thread } from '../model.ts';
import type { Position, RowAnswer, RowPage, RowQuery } from '../provider.ts';
import { digest } from './tolerant.ts';

/** A page of a list that its vendor pages by counting rows. */
export interface CountedPage extends Omit<RowPage, 'next' | 'shuffled'> {
  /** Index of the first row in the whole list; at most the one asked for. */
  readonly offset: number;
  /** It holds as many rows as a page of this vendor can: that it ends says nothing of the list. */
  readonly isFull?: boolean;
}

/** Such a page as it came. */
export interface CountedAnswer extends Pick<RowAnswer, 'date' | 'fingerprint'> {
  page(): CountedPage;
}

/** How a vendor that counts rows is asked. */
export interface CountedList {
  /** The first page. */
  top(): Promise<CountedAnswer>;
  /** The page with the row at `offset`. */
  around(offset: number): Promise<CountedAnswer>;
}

type ReadAt = (offset: number) => Promise<CountedPage>;

/** What must be known of a page to ask for the one below it, however the rows have moved until then. */
interface Place {
  /** Index after its last row. */
  readonly end: number;
  /** Where the rows as old as its last one begin. */
  readonly from: number;
  /** These rows begin on this page, below its first row. */
  readonly fits: boolean;
  /** They were seen in another order than before. */
  readonly shuffled: boolean;
  /** Activity of its last row; absent when it had no readable one. */
  readonly at?: Instant;
  /** Names of its last rows, the lowest last. */
  readonly tail: readonly string[];
}

const TAIL_ROWS = 3;
const NAME_LENGTH = 8;

/** How far to step back first when pages do not join; doubled each time. */
const STEP_BACK_ROWS = 10;

/** In a list without order the rows looked for may stand anywhere by now: so many steps are made, about a page. */
const UNORDERED_STEPS_MAX = 3;

const nameOf = ({ key }: Thread) => digest(key).slice(0, NAME_LENGTH);

const written = ({ end, from, fits, shuffled, at, tail }: Place): Position =>
  [end, from, Number(fits), Number(shuffled), at ?? '', ...tail].join('.');

const PLACE = /^(\d{1,9})\.(\d{1,9})\.([01])\.([01])\.(-?\d{1,15})?((?:\.[\w-]{8}){0,3})$/;

function placeIn(position: Position): Place | undefined {
  const [, end, from, fits, shuffled, at, tail = ''] = PLACE.exec(position) ?? [];
  if (end === undefined || from === undefined) return undefined;
  return {
    end: Number(end),
    from: Number(from),
    fits: fits === '1',
    shuffled: shuffled === '1',
    ...(at === undefined ? {} : { at: Number(at) }),
    tail: tail.split('.').filter(Boolean),
  };
}

const endOf = ({ offset, received }: CountedPage) => offset + received;
const firstActivity = ({ rows: [first] }: CountedPage) => first?.lastActivityAt ?? Number.NEGATIVE_INFINITY;

interface Joined {
  readonly page: CountedPage;
  readonly calls: number;
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
  return { page, calls: steps + 1, atOnce: steps === 0 };
}

interface Below extends Joined {
  /** The rows as old as the last one read stand in another order than before. */
  readonly shuffled: boolean;
}

/** Whether the last row that was read stands where it stood. */
function isInPlace({ rows, offset }: CountedPage, { end, tail }: Place): boolean {
  const row = rows[end - 1 - offset];
  return row === undefined || nameOf(row) === tail.at(-1);
}

/** The page below in a list without order: it shows a row of those read last, where one of them still stands about there. */
async function readBelowUnordered(read: ReadAt, { end, tail }: Place): Promise<Below> {
  const joins = (page: CountedPage) => tail.length === 0 || page.rows.some((row) => tail.includes(nameOf(row)));
  return { ...(await readJoined(read, end - 1, joins, UNORDERED_STEPS_MAX)), shuffled: false };
}

/** The page below in a list that is in order: it holds the whole group of equal times that the last page may have cut, where a page can. */
async function readBelow(read: ReadAt, place: Place, at: Instant): Promise<Below> {
  let calls = 0;
  if (place.fits) {
    const whole = await readJoined(read, place.from - 1, (page) => firstActivity(page) > at);
    if (endOf(whole.page) > place.end) return { ...whole, shuffled: false };
    calls = whole.calls;
  }
  const rest = await readJoined(read, place.end - 1, (page) => firstActivity(page) >= at);
  return {
    ...rest,
    calls: calls + rest.calls,
    shuffled: endOf(rest.page) > place.end && !isInPlace(rest.page, place),
  };
}

async function askBelow(read: ReadAt, place: Place, unordered: boolean): Promise<Below> {
  if (place.at === undefined) return { page: await read(place.end), calls: 1, atOnce: true, shuffled: false };
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

/** To ask for a row by its index alone. */
const beginningAt = (index: number): Place => ({ end: index, from: index, fits: false, shuffled: false, tail: [] });

function placeOf(page: CountedPage, above: Place | undefined, shuffled: boolean): Place {
  const last = page.rows.at(-1);
  const end = endOf(page);
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
function rowPage({ offset: _, isFull: __, ...page }: CountedPage, next: Place | undefined): RowPage {
  return { ...page, ...(next && { next: written(next) }) };
}

/** A total is believed where the page itself shows that it could hold more: a vendor may count the rows of a page. */
const isWhole = (page: CountedPage) =>
  page.received === 0 || (page.total !== undefined && endOf(page) >= page.total && page.isFull !== true);

const topPage = (page: CountedPage): RowPage =>
  rowPage(page, isWhole(page) ? undefined : placeOf(page, undefined, false));

/** The page at a position, which joins the one above it: where rows moved up meanwhile it is asked for again further up. */
async function pageBelow(
  read: ReadAt,
  place: Place,
  unordered: boolean,
): Promise<{ readonly page: RowPage; readonly calls: number }> {
  const { page, calls, atOnce, shuffled } = await askBelow(read, place, unordered);
  // Asked for the last row that was read, the vendor shows that one and no more.
  const endsThere = atOnce && place.at !== undefined && endOf(page) === place.end;
  if (endsThere && page.isFull && !isWhole(page) && isInPlace(page, place)) {
    // Pages too small to overlap.
    const below = await read(place.end);
    const next = isWhole(below) ? undefined : placeOf(below, place, false);
    return { page: rowPage(below, next), calls: calls + 1 };
  }
  const isEnd = isWhole(page) || (endsThere && !page.isFull);
  const next = isEnd ? undefined : placeOf(page, place, shuffled);
  const ended = shuffled || place.shuffled ? endedGroup(page, place, isEnd) : {};
  return { page: { ...rowPage(page, next), ...ended }, calls };
}

async function rowsAtTop(list: CountedList): Promise<RowAnswer> {
  const answer = await list.top();
  return { ...answer, calls: 1, page: () => topPage(answer.page()) };
}

async function rowsBelow(list: CountedList, place: Place, unordered: boolean): Promise<RowAnswer> {
  const answers: CountedAnswer[] = [];
  const read = async (offset: number): Promise<CountedPage> => {
    const answer = await list.around(offset);
    answers.push(answer);
    return answer.page();
  };
  const { page, calls } = await pageBelow(read, place, unordered);
  const { date, fingerprint = () => '' } = answers.at(-1) ?? {};
  return { ...(date === undefined ? {} : { date }), fingerprint, calls, page: () => page };
}

/** {@link FeedReader.rows} of a vendor that counts rows. A position that cannot be read begins at the top. */
export async function rowsOfCounted(
  list: CountedList,
  { position, unordered }: Pick<RowQuery, 'position' | 'unordered'>,
): Promise<RowAnswer> {
  const place = position === undefined ? undefined : placeIn(position);
  return place ? await rowsBelow(list, place, unordered === true) : await rowsAtTop(list);
}
