import type { Instant, Thread } from '../../model.ts';
import type { Log } from '../../ports.ts';
import type { RowPage } from '../../provider.ts';
import type { PollLimits } from '../feed/limits.ts';

export type ReadPage = (offset: number) => Promise<RowPage>;

interface WalkOptions {
  readonly limits: PollLimits;
  readonly log: Log;
  /** The list is not in order of activity: pages overlap by a row instead of by a group of equal times. */
  readonly unordered: boolean;
}

/** Pages without a row not seen before, after which a vendor is taken to repeat itself. */
const REPEATED_PAGES_MAX = 3;

/** How far to step back first when pages do not join; doubled each time. */
const STEP_BACK_ROWS = 10;

/** True when a single page shows a newer row below an older one. Two pages may disagree; one page may not. */
export const isOutOfOrder = (page: RowPage) =>
  page.rows.some(
    (row, index) => row.lastActivityAt > (page.rows[index - 1]?.lastActivityAt ?? Number.POSITIVE_INFINITY),
  );

const isWhole = (page: RowPage) => page.total !== undefined && page.offset + page.received >= page.total;

export interface Step {
  readonly page: RowPage;
  /** A group of equal times is longer than a page, and the vendor lists it in another order at each request. */
  readonly loose: boolean;
}

const firstActivity = (page: RowPage) => page.rows[0]?.lastActivityAt ?? Number.NEGATIVE_INFINITY;

/** Whether the rows that both pages show stand in the same places. */
function agree(page: RowPage, next: RowPage): boolean {
  const shift = next.offset - page.offset;
  return next.rows.every((row, index) => (page.rows[index + shift]?.key ?? row.key) === row.key);
}

/** Reads from `offset`, stepping back until `joins` says that no row can lie between. */
async function readJoined(read: ReadPage, offset: number, joins: (page: RowPage) => boolean): Promise<RowPage> {
  let step = STEP_BACK_ROWS;
  let page = await read(offset);
  while (page.offset > 0 && !joins(page)) {
    page = await read(Math.max(0, page.offset - step));
    step *= 2;
  }
  return page;
}

/** The page below: it holds the whole group of equal times that this page may have cut, where a page can. */
async function readBelow(read: ReadPage, page: RowPage, last: Thread, unordered: boolean): Promise<Step> {
  const end = page.offset + page.received;
  if (unordered) {
    const next = await readJoined(read, end - 1, (below) => below.rows.some(({ key }) => key === last.key));
    return { page: next, loose: false };
  }
  const groupStart = page.rows.findIndex((row) => row.lastActivityAt === last.lastActivityAt);
  if (groupStart > 0) {
    const next = await readJoined(
      read,
      page.offset + groupStart - 1,
      (below) => firstActivity(below) > last.lastActivityAt,
    );
    if (next.offset + next.received > end) return { page: next, loose: false };
  }
  const next = await readJoined(read, end - 1, (below) => firstActivity(below) >= last.lastActivityAt);
  return { page: next, loose: next.offset + next.received > end && !agree(page, next) };
}

/** The page to go on with from where an earlier poll stopped: it starts above everything at or below `at`. */
export const readFrom = (read: ReadPage, offset: number, at: Instant): Promise<RowPage> =>
  readJoined(read, Math.max(0, offset), (page) => firstActivity(page) > at);

/**
 * The pages from `first` downward. Consecutive pages overlap by a whole group of equal times, so that rows which leave
 * the list while it is read cannot hide their neighbours. Ends at the end of the list, or when the vendor repeats itself.
 */
export async function* walk(read: ReadPage, first: RowPage, options: WalkOptions): AsyncGenerator<Step> {
  const seen = new Set<string>();
  const remember = (page: RowPage) => {
    const before = seen.size;
    for (const { key } of page.rows) seen.add(key);
    for (const { id } of page.unreadable) seen.add(`?${id}`);
    return seen.size > before;
  };
  let page = first;
  let loose = false;
  let end = first.offset + first.received;
  let repeated = 0;
  remember(first);
  yield { page: first, loose };
  for (let pages = 1; pages < options.limits.pagesPerWalk; pages += 1) {
    const last = page.rows.at(-1);
    if (page.received === 0 || isWhole(page)) return;
    ({ page, loose } = last
      ? await readBelow(read, page, last, options.unordered)
      : { page: await read(page.offset + page.received), loose: false });
    const fresh = remember(page);
    const nextEnd = page.offset + page.received;
    if (!fresh && nextEnd <= end) return;
    repeated = fresh ? 0 : repeated + 1;
    if (repeated >= REPEATED_PAGES_MAX) {
      options.log.warn('list.repeats', { offset: page.offset });
      return;
    }
    end = Math.max(end, nextEnd);
    yield { page, loose };
  }
  options.log.warn('list.pages_limit', { pages: options.limits.pagesPerWalk });
}
