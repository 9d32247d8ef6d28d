import { ProviderError } from '../../failure.ts';
import type { Instant, Thread } from '../../model.ts';
import type { RowPage } from '../../provider.ts';
import type { ListContext } from '../feed/context.ts';
import { recordUnreadable } from '../feed/unreadable.ts';
import { isOutOfOrder, type ReadPage, walk } from './walk.ts';

/** Rows by key, the newest of each, newest activity first. */
export class Union {
  readonly rows = new Map<string, Thread>();
  add(page: RowPage): void {
    for (const row of page.rows) {
      const known = this.rows.get(row.key);
      if (!known || row.lastActivityAt >= known.lastActivityAt) this.rows.set(row.key, row);
    }
  }
  newestFirst(): Thread[] {
    return [...this.rows.values()].sort((a, b) => b.lastActivityAt - a.lastActivityAt);
  }
}

/** Where in the list the rows of one moment stand: offsets, the last one exclusive. */
interface Extent {
  readonly from: number;
  readonly to: number;
}

export interface Scan {
  readonly union: Union;
  /** The list was read without a gap down to the low watermark (or its end). */
  readonly complete: boolean;
  /** The oldest activity reached, and where in the list; absent when no page came. */
  readonly reachedAt?: Instant;
  readonly startOffset: number;
  readonly reachedOffset: number;
  readonly outOfOrder: boolean;
  readonly pages: number;
  readonly extents: Map<Instant, Extent>;
  /** Moments whose rows fill more than a page, in another order at each request. */
  readonly shuffled: Set<Instant>;
  readonly failure?: ProviderError;
}

export interface ScanOptions {
  readonly lowWatermark: Instant;
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
  extents: new Map(),
  shuffled: new Set(),
});

function widen(extents: Map<Instant, Extent>, page: RowPage): void {
  for (const [index, row] of page.rows.entries()) {
    const at = page.offset + index;
    const known = extents.get(row.lastActivityAt) ?? { from: at, to: at + 1 };
    extents.set(row.lastActivityAt, { from: Math.min(known.from, at), to: Math.max(known.to, at + 1) });
  }
}

function withPage(scan: Scan, page: RowPage, loose: boolean): Scan {
  const oldest = page.rows.at(-1)?.lastActivityAt;
  if (loose && scan.reachedAt !== undefined) scan.shuffled.add(scan.reachedAt);
  widen(scan.extents, page);
  return {
    ...scan,
    pages: scan.pages + 1,
    outOfOrder: scan.outOfOrder || isOutOfOrder(page),
    reachedOffset: page.offset,
    ...(oldest === undefined ? {} : { reachedAt: oldest }),
  };
}

/** One pass downward from `first`. A failing page ends it as incomplete; what was read stays. */
async function pass(context: ListContext, read: ReadPage, first: RowPage, options: ScanOptions): Promise<Scan> {
  const { limits, ports } = context;
  let scan = nothingRead(first.offset);
  try {
    for await (const { page, loose } of walk(read, first, { limits, log: ports.log, unordered: options.unordered })) {
      scan.union.add(page);
      for (const unreadable of page.unreadable) await recordUnreadable(context, unreadable, null);
      scan = withPage(scan, page, loose);
      const reached = scan.reachedAt !== undefined && scan.reachedAt < options.lowWatermark;
      if (reached && !options.unordered) return scan;
      if (scan.pages >= options.pagesMax && page.received > 0) return { ...scan, complete: false };
    }
    return scan;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { ...scan, complete: false, failure: error };
  }
}

/** One more pass over the rows of one moment; where they stand now. */
async function readMoment(
  context: ListContext,
  read: ReadPage,
  moment: { readonly at: Instant; readonly extent: Extent },
  union: Union,
): Promise<Extent> {
  const options = { limits: context.limits, log: context.ports.log, unordered: false };
  const extents = new Map<Instant, Extent>();
  for await (const { page } of walk(read, await read(moment.extent.from), options)) {
    union.add(page);
    widen(extents, page);
    if (page.offset + page.received >= moment.extent.to) break;
  }
  return extents.get(moment.at) ?? { from: 0, to: 0 };
}

/** A shuffled moment has as many rows as it has places: it is read until that many are known, within a limit. */
async function completeMoment(context: ListContext, read: ReadPage, scan: Scan, at: Instant): Promise<void> {
  const { limits, ports, feed } = context;
  const known = () => [...scan.union.rows.values()].filter((row) => row.lastActivityAt === at).length;
  let extent = scan.extents.get(at) ?? { from: 0, to: 0 };
  for (let passes = 1; known() < extent.to - extent.from; passes += 1) {
    if (passes > limits.tiePasses) {
      ports.log.warn('list.tie_passes_limit', { feed: feed.id, passes: limits.tiePasses });
      return;
    }
    extent = await readMoment(context, read, { at, extent }, scan.union);
  }
}

/**
 * Rows from `first` down to the low watermark. A shuffled group of equal times longer than a page is read again until all of its
 * rows are known, and page 1 is read once more at the end, so that rows which moved up while we read are seen.
 */
export async function scanDown(
  context: ListContext,
  read: ReadPage,
  first: RowPage,
  options: ScanOptions,
): Promise<Scan> {
  const scan = await pass(context, read, first, options);
  if (scan.failure) return scan;
  try {
    for (const at of scan.shuffled) await completeMoment(context, read, scan, at);
    if (scan.pages > 1) scan.union.add(await read(0));
    return scan;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { ...scan, complete: false, failure: error };
  }
}
