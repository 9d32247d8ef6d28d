import { ProviderError } from '../failure.ts';
import type { Instant, Thread } from '../model.ts';
import type { RowPage } from '../provider.ts';
import type { FeedContext } from './context.ts';
import { tellUnreadable } from './open.ts';
import { isOutOfOrder, type ReadPage, walk } from './walk.ts';

/** Rows by key, the latest reading of each, newest activity first. */
export class Union {
  readonly rows = new Map<string, Thread>();
  add(page: RowPage): void {
    for (const row of page.rows) this.rows.set(row.key, row);
  }
  newestFirst(): Thread[] {
    return [...this.rows.values()].sort((a, b) => b.lastActivityAt - a.lastActivityAt);
  }
}

/** Offsets between which a group of equal times came in another order at each request. */
interface Shuffled {
  readonly from: number;
  readonly to: number;
}

export interface Scan {
  readonly union: Union;
  /** The list was read without a gap down to the floor (or its end). */
  readonly complete: boolean;
  /** The oldest activity reached, and where in the list; absent when no page came. */
  readonly reachedAt?: Instant;
  readonly startOffset: number;
  readonly reachedOffset: number;
  readonly outOfOrder: boolean;
  readonly pages: number;
  readonly shuffled?: Shuffled;
  readonly failure?: ProviderError;
}

export interface ScanOptions {
  readonly floor: Instant;
  readonly pagesMax: number;
  readonly unordered: boolean;
}

export const nothingRead = (startOffset: number): Scan => ({
  union: new Union(),
  complete: true,
  startOffset,
  reachedOffset: startOffset,
  outOfOrder: false,
  pages: 0,
});

function withPage(scan: Scan, page: RowPage, loose: boolean): Scan {
  const oldest = page.rows.at(-1)?.lastActivityAt;
  const to = page.offset + page.received;
  const shuffled = loose ? { from: scan.shuffled?.from ?? scan.reachedOffset, to } : scan.shuffled;
  return {
    ...scan,
    pages: scan.pages + 1,
    outOfOrder: scan.outOfOrder || isOutOfOrder(page),
    reachedOffset: page.offset,
    ...(shuffled ? { shuffled } : {}),
    ...(oldest === undefined ? {} : { reachedAt: oldest }),
  };
}

/** One pass downward from `first`. A failing page ends it as incomplete; what was read stays. */
async function pass(context: FeedContext, read: ReadPage, first: RowPage, options: ScanOptions): Promise<Scan> {
  const { limits, ports } = context;
  let scan = nothingRead(first.offset);
  try {
    for await (const { page, loose } of walk(read, first, { limits, log: ports.log, unordered: options.unordered })) {
      scan.union.add(page);
      for (const unreadable of page.unreadable) await tellUnreadable(context, unreadable, null);
      scan = withPage(scan, page, loose);
      const reached = scan.reachedAt !== undefined && scan.reachedAt < options.floor;
      if (reached && !options.unordered) return scan;
      if (scan.pages >= options.pagesMax && page.received > 0) return { ...scan, complete: false };
    }
    return scan;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { ...scan, complete: false, failure: error };
  }
}

async function readRange(context: FeedContext, read: ReadPage, { from, to }: Shuffled, union: Union): Promise<void> {
  const options = { limits: context.limits, log: context.ports.log, unordered: false };
  for await (const { page } of walk(read, await read(from), options)) {
    union.add(page);
    if (page.offset + page.received >= to) return;
  }
}

/** Reads a shuffled group again until its union is stable. False: the limit of passes came first. */
async function settleShuffled(context: FeedContext, read: ReadPage, range: Shuffled, union: Union): Promise<boolean> {
  const { limits, ports, feed } = context;
  let stable = 0;
  for (let passes = 1; stable < limits.tieStablePasses; passes += 1) {
    if (passes > limits.tiePasses) {
      ports.log.warn('list.tie_passes_limit', { feed: feed.id, passes: limits.tiePasses });
      return false;
    }
    const before = union.rows.size;
    await readRange(context, read, range, union);
    stable = union.rows.size === before ? stable + 1 : 0;
  }
  return true;
}

/**
 * Rows from `first` down to the floor. A shuffled group of equal times longer than a page is read again until its union
 * is stable, and page 1 is read once more at the end, so that rows which moved up while we read are seen.
 */
export async function scanDown(
  context: FeedContext,
  read: ReadPage,
  first: RowPage,
  options: ScanOptions,
): Promise<Scan> {
  const scan = await pass(context, read, first, options);
  if (scan.failure) return scan;
  try {
    const settled = scan.shuffled ? await settleShuffled(context, read, scan.shuffled, scan.union) : true;
    if (scan.pages > 1) scan.union.add(await read(0));
    return { ...scan, complete: scan.complete && settled };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { ...scan, complete: false, failure: error };
  }
}
