import type { ProviderError } from '../failure.ts';
import type { Thread } from '../model.ts';
import type { FeedContext } from './feed/context.ts';
import type { Scan } from './list/scan.ts';
import { type Pages, scanInterested } from './list/slices.ts';
import type { Checkpoint, InterestedScanUnderWay } from './state/documents.ts';
import { openListed } from './thread/open-rows.ts';

export interface InterestedScanResult {
  readonly complete: boolean;
  readonly total?: number;
  readonly pages: number;
  /** Of the whole list, where it was read in one go. */
  readonly rows: readonly Thread[];
  /** Where the next poll goes on. */
  readonly underWay?: InterestedScanUnderWay;
  readonly failure?: ProviderError;
}

/**
 * Reads the interested list, as far as a changed total, its clock or a scan under way ask for it, and opens what is not
 * handled. `listed`: that scan, where this poll has made it already.
 */
export async function handleInterested(
  context: FeedContext,
  pages: Pages,
  checkpoint: Checkpoint,
  { interestedScanDue, listed }: { readonly interestedScanDue: boolean; readonly listed?: Scan | undefined },
): Promise<InterestedScanResult | undefined> {
  const total = pages.interested.total;
  const whole = interestedScanDue || checkpoint.interestedScan !== undefined || total !== checkpoint.interestedTotal;
  const first = await openListed(context, pages.interested.rows);
  if (first.failure)
    return {
      complete: false,
      pages: 1,
      rows: [],
      failure: first.failure,
      ...(checkpoint.interestedScan && { underWay: checkpoint.interestedScan }),
    };
  if (!whole) return undefined;
  const scan = listed ?? (await scanInterested(context, pages, checkpoint));
  const rows = [...scan.union.rows.values()];
  const { allHandled, failure } = await openListed(context, rows);
  const failed = failure ?? scan.failure;
  const begun = checkpoint.interestedScan ?? { offset: 0, ...(total === undefined ? {} : { total }) };
  const isThrough = scan.complete && allHandled && failed === undefined;
  const offset = allHandled && failure === undefined ? Math.max(begun.offset, scan.reachedOffset) : begun.offset;
  return {
    complete: isThrough,
    pages: scan.pages + Math.ceil(begun.offset / Math.max(1, context.limits.pageRows)),
    rows: checkpoint.interestedScan === undefined ? rows : [],
    ...(begun.total === undefined ? {} : { total: begun.total }),
    ...(isThrough ? {} : { underWay: { ...begun, offset } }),
    ...(failed ? { failure: failed } : {}),
  };
}
