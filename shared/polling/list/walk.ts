import type { Instant, Thread } from '../../model.ts';
import type { Log } from '../../ports.ts';
import type { Position, RowPage } from '../../provider.ts';
import type { PollLimits } from '../feed/limits.ts';
import { areTimeless, isUntimed, type ReadPage } from './rows.ts';

/** How often a single page shows a newer row below an older one. Two pages may disagree; one page may not. */
export const inversionsOf = ({ rows }: RowPage): number =>
  rows.filter((row, index) => row.lastActivityAt > (rows[index - 1]?.lastActivityAt ?? Number.POSITIVE_INFINITY))
    .length;

export const isOutOfOrder = (page: RowPage): boolean => inversionsOf(page) > 0;

/** What of a row tells its place in a list. */
export type Placed = Pick<Thread, 'key' | 'lastActivityAt' | 'changeHint'>;

/** A row that is newer than rows above it: how many, and how old the oldest of them is. */
export interface Risen {
  readonly row: Placed;
  readonly over: number;
  readonly oldest: Instant;
}

/** Within a page, since rows move from page to page. What has no time of its own stands where it stands. */
export function risenOn(rows: readonly Placed[]): readonly Risen[] {
  const above: Instant[] = [];
  return rows.flatMap((row) => {
    if (isUntimed(row)) return [];
    const older = above.filter((at) => at < row.lastActivityAt);
    above.push(row.lastActivityAt);
    return older.length > 0 ? [{ row, over: older.length, oldest: Math.min(...older) }] : [];
  });
}

/** Two rows in each other's place are a slip, and hide nothing. */
export const isMoreThanASlip = (risen: readonly Risen[]): boolean => risen.reduce((sum, { over }) => sum + over, 0) > 1;

/** So many rows in turn are old where a page reaches below the window: one may be an older row of a thread whose newest stands below it. */
const OLD_ROWS = 2;

/** Nothing of the window stands below the page. One without any time does not tell. */
export const reachesBelow = ({ rows }: RowPage, lowWatermark: Instant): boolean =>
  rows.length > 0 &&
  !areTimeless(rows) &&
  rows.slice(-OLD_ROWS).every(({ lastActivityAt }) => lastActivityAt < lowWatermark);

/** Pages without a row not seen before, after which a vendor is taken to repeat itself. */
export const REPEATED_PAGES_MAX = 3;

/** A page, and where it was asked for: undefined for the top. */
export interface Step {
  readonly page: RowPage;
  readonly position: Position | undefined;
}

interface WalkOptions {
  readonly limits: PollLimits;
  readonly log: Log;
}

/** The rows of a walk, by which a page that shows nothing new is known. */
export class Met {
  readonly #names = new Set<string>();
  /** Whether anything on the page was not met before. */
  add({ rows, unreadable }: RowPage): boolean {
    const before = this.#names.size;
    // A list of messages names a thread once for each.
    for (const { key, lastActivityAt } of rows) this.#names.add(`${lastActivityAt} ${key}`);
    for (const { id } of unreadable) this.#names.add(`? ${id}`);
    return this.#names.size > before;
  }
}

/** The pages of a list from one of them downward, and whether its end was met. */
export class Walk {
  readonly #read: ReadPage;
  readonly #first: Step;
  readonly #options: WalkOptions;
  /** Pages came again and again without a row that was new, so nothing is known of what lies below. */
  repeats = false;
  /** The last page with a row that was new. */
  last: Step;

  constructor(read: ReadPage, first: Step, options: WalkOptions) {
    this.#read = read;
    this.#first = first;
    this.last = first;
    this.#options = options;
  }

  async *pages(): AsyncGenerator<Step> {
    const { limits, log } = this.#options;
    const met = new Met();
    let step = this.#first;
    met.add(step.page);
    yield step;
    for (let pages = 1, repeated = 0; step.page.next !== undefined; pages += 1) {
      if (pages >= limits.pagesPerWalk) {
        log.warn('list.pages_limit', { pages });
        this.repeats = true;
        return;
      }
      const position = step.page.next;
      step = { page: await this.#read(position), position };
      const isNew = met.add(step.page);
      if (isNew) this.last = step;
      repeated = isNew || step.page.next === undefined ? 0 : repeated + 1;
      if (repeated >= REPEATED_PAGES_MAX) {
        log.warn('list.repeats', { pages });
        this.repeats = true;
        return;
      }
      yield step;
    }
  }
}
