import { ProviderError } from '../../failure.ts';
import type { Instant, Thread } from '../../model.ts';
import type { Position, RowPage, Shuffled } from '../../provider.ts';
import type { ListContext } from '../feed/context.ts';
import { isUntimed, newerRow, type ReadPage } from './rows.ts';
import { isOutOfOrder, reachesBelow, type Step, Walk } from './walk.ts';

/** Rows by key, the newest of each, in the order in which they were listed. */
export class Union {
  rows = new Map<string, Thread>();
  add(page: RowPage): void {
    for (const row of page.rows) this.rows.set(row.key, newerRow(this.rows.get(row.key), row));
  }
  /** The first page of the list, which was read before the others. */
  addAbove(page: RowPage): void {
    const below = this.rows;
    this.rows = new Map(page.rows.map((row) => [row.key, row]));
    for (const [key, row] of below) this.rows.set(key, newerRow(this.rows.get(key), row));
  }
  /** The first page as it is after the others were read: what showed up meanwhile stands where it stands, not below all that was read. */
  addLatest(page: RowPage): void {
    const before = this.rows;
    this.rows = new Map(page.rows.map((row) => [row.key, newerRow(before.get(row.key), row)]));
    for (const [key, row] of before) if (!this.rows.has(key)) this.rows.set(key, row);
  }
  /** A row without a time has its place below the one that was listed above it. */
  newestFirst(): Thread[] {
    let above = Number.MAX_VALUE;
    const placed = [...this.rows.values()].map((row) => {
      above = isUntimed(row) ? above : row.lastActivityAt;
      return { row, at: above };
    });
    return placed.sort((a, b) => b.at - a.at).map(({ row }) => row);
  }
}

/** A slice of a reading: what was read of one list in one poll. */
export interface Scan {
  readonly union: Union;
  /** The list was read without a gap down to the low watermark (or its end). */
  readonly complete: boolean;
  /** The list came again and again as it was, so that its end was not met. */
  readonly repeats: boolean;
  /** The pages that were read, in their order. */
  readonly steps: readonly Step[];
  /** Where the list goes on below them; where the first would have been, if none came. */
  readonly position: Position | undefined;
  readonly outOfOrder: boolean;
  /** The first page once more, after several were read; not among the union's rows. */
  readonly latest?: RowPage;
  readonly failure?: ProviderError;
  /** Whose page it was that failed. */
  readonly failedAt?: Position;
}

export interface ScanOptions {
  readonly lowWatermark: Instant;
  readonly pagesMax: number;
  readonly unordered: boolean;
}

export const nothingRead = (position: Position | undefined): Scan => ({
  union: new Union(),
  complete: true,
  repeats: false,
  steps: [],
  position,
  outOfOrder: false,
});

/** The page at which it was to go on failed; what was read stays. */
export const failedBelow = (scan: Scan, failure: ProviderError): Scan => ({
  ...scan,
  complete: false,
  failure,
  ...(scan.position !== undefined && { failedAt: scan.position }),
});

function withStep(scan: Scan, step: Step): Scan {
  return {
    ...scan,
    steps: [...scan.steps, step],
    // At the end of the list there is nowhere to go on but its last page.
    position: step.page.next ?? step.position,
    outOfOrder: scan.outOfOrder || isOutOfOrder(step.page),
  };
}

/** One pass downward from `first`. A failing page ends it as incomplete; what was read stays. */
async function pass(context: ListContext, read: ReadPage, first: Step, options: ScanOptions): Promise<Scan> {
  const { limits, ports } = context;
  const walk = new Walk(read, first, { limits, log: ports.log });
  let scan = nothingRead(first.position);
  try {
    for await (const step of walk.pages()) {
      const { page } = step;
      scan.union.add(page);
      scan = withStep(scan, step);
      if (reachesBelow(page, options.lowWatermark) && !options.unordered) return scan;
      if (scan.steps.length >= options.pagesMax && page.next !== undefined) return { ...scan, complete: false };
    }
    return walk.repeats ? { ...scan, repeats: true, position: walk.last.position } : scan;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return failedBelow(scan, error);
  }
}

/** One more pass over the rows of one moment; how many places they have now. */
async function readMoment(
  context: ListContext,
  read: ReadPage,
  { at, from, rows }: Shuffled,
  union: Union,
): Promise<number> {
  const { limits, ports } = context;
  const walk = new Walk(read, { page: await read(from), position: from }, { limits, log: ports.log });
  for await (const { page } of walk.pages()) {
    union.add(page);
    if (page.shuffled?.at === at) return page.shuffled.rows;
    if (reachesBelow(page, at)) return rows;
  }
  return rows;
}

/** After so many passes that brought no row it is the count of places that is wrong: two swapped rows at its edge are enough. */
const NOTHING_NEW_MAX = 6;

/** A shuffled moment has as many rows as it has places: it is read until that many are known, within a limit. */
async function completeMoment(context: ListContext, read: ReadPage, union: Union, moment: Shuffled): Promise<void> {
  const { limits, ports, feed } = context;
  const known = () => [...union.rows.values()].filter((row) => row.lastActivityAt === moment.at).length;
  let places = moment.rows;
  let nothingNew = 0;
  for (let passes = 1; known() < places && nothingNew < NOTHING_NEW_MAX; passes += 1) {
    if (passes > limits.tiePasses) {
      ports.log.warn('list.tie_passes_limit', { feed: feed.id, passes: limits.tiePasses });
      return;
    }
    const before = known();
    places = await readMoment(context, read, { ...moment, rows: places }, union);
    nothingNew = known() > before ? 0 : nothingNew + 1;
  }
}

/**
 * Rows from `first` down to the low watermark. A shuffled group of equal times longer than a page is read again until all of its
 * rows are known, and page 1 is read once more at the end, so that rows which moved up while we read are seen.
 */
export async function scanDown(context: ListContext, read: ReadPage, first: Step, options: ScanOptions): Promise<Scan> {
  const scan = await pass(context, read, first, options);
  if (scan.failure) return scan;
  try {
    for (const { page } of scan.steps)
      if (page.shuffled) await completeMoment(context, read, scan.union, page.shuffled);
    if (scan.steps.length <= 1) return scan;
    return { ...scan, latest: await read() };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { ...scan, complete: false, failure: error };
  }
}
