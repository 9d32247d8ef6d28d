import type { ProviderError } from '../failure.ts';
import type { Thread } from '../model.ts';
import type { FeedContext } from './feed/context.ts';
import type { Scan } from './list/scan.ts';
import { type Pages, progressOf, scanInterested } from './list/slices.ts';
import type { Checkpoint, InterestedScanUnderWay } from './state/documents.ts';
import { openListed } from './thread/open-rows.ts';

export interface InterestedScanResult {
  readonly complete: boolean;
  /** Rows of the list, once it was read whole or all that came to it was on page 1. */
  readonly total?: number;
  readonly pages: number;
  /** Of the whole list, where it was read in one go. */
  readonly rows: readonly Thread[];
  /** Where the next poll goes on. */
  readonly underWay?: InterestedScanUnderWay;
  readonly failure?: ProviderError;
}

const NOT_READ = { complete: false, pages: 1, rows: [] } as const;

/** What the total must be if nothing but what page 1 newly shows has come to the list. */
function expectedTotal({ interestWatermarks }: FeedContext, pages: Pages, checkpoint: Checkpoint): number | undefined {
  if (checkpoint.interestedTotal === undefined) return undefined;
  const added = pages.interested.rows.filter(({ key }) => !interestWatermarks.get(key)).length;
  return checkpoint.interestedTotal + added;
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
  const isExplained = total !== undefined && total === expectedTotal(context, pages, checkpoint);
  const whole =
    interestedScanDue ||
    checkpoint.interestedScan !== undefined ||
    !(isExplained || total === checkpoint.interestedTotal);
  const first = await openListed(context, pages.interested.rows);
  if (first.failure)
    return {
      ...NOT_READ,
      failure: first.failure,
      ...(checkpoint.interestedScan && { underWay: checkpoint.interestedScan }),
    };
  if (!whole) return isExplained && first.unhandled.length === 0 ? { ...NOT_READ, total } : undefined;
  const scan = listed ?? (await scanInterested(context, pages, checkpoint));
  const rows = [...scan.union.rows.values()];
  const { unhandled, failure } = await openListed(context, rows);
  const failed = failure ?? scan.failure;
  const begun = checkpoint.interestedScan ?? (total === undefined ? {} : { total });
  const isThrough = scan.complete && unhandled.length === 0 && failed === undefined;
  return {
    complete: isThrough,
    pages: (begun.pages ?? 0) + scan.steps.length,
    rows: checkpoint.interestedScan === undefined ? rows : [],
    ...(isThrough
      ? begun.total !== undefined && { total: begun.total }
      : { underWay: { ...begun, ...progressOf(scan, unhandled, begun) } }),
    ...(failed ? { failure: failed } : {}),
  };
}
