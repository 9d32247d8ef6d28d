import type { ProviderError } from '../failure.ts';
import type { Thread } from '../model.ts';
import type { RowPage } from '../provider.ts';
import { concernsListAlone, type FeedContext } from './feed/context.ts';
import { ATTEMPTS } from './list/past-failing.ts';
import type { Scan } from './list/scan.ts';
import { type InterestedReach, progressOf, scanInterested } from './list/slices.ts';
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
  /** Ended the poll. */
  readonly failure?: ProviderError;
  /** Of the list alone: it waits, and the feed's own list does not. */
  readonly listFailure?: ProviderError;
}

const NOT_READ = { complete: false, pages: 1, rows: [] } as const;

/** What the total must be if nothing but what page 1 newly shows has come to the list. */
function expectedTotal({ interestWatermarks }: FeedContext, top: RowPage, checkpoint: Checkpoint): number | undefined {
  if (checkpoint.interestedTotal === undefined) return undefined;
  const added = top.rows.filter(({ key }) => !interestWatermarks.get(key)).length;
  return checkpoint.interestedTotal + added;
}

function failuresOf(
  opening: ProviderError | undefined,
  list: ProviderError | undefined,
): Pick<InterestedScanResult, 'failure' | 'listFailure'> {
  const isListsOwn = list !== undefined && concernsListAlone(list);
  const failure = opening ?? (isListsOwn ? undefined : list);
  return { ...(failure && { failure }), ...(isListsOwn && { listFailure: list }) };
}

/** At a page that fails again and again the scan begins anew, so that nothing above it waits for what cannot be read. */
function goOnOrBeginAgain(
  { failed = 0, ...begun }: InterestedScanUnderWay,
  { failedAt }: Scan,
  progress: Pick<InterestedScanUnderWay, 'position' | 'read' | 'pages'>,
): InterestedScanUnderWay {
  if (failedAt === undefined || progress.position !== failedAt) return { ...begun, ...progress };
  const times = begun.position === failedAt ? failed + 1 : 1;
  if (times < ATTEMPTS) return { ...begun, ...progress, failed: times };
  return begun.total === undefined ? {} : { total: begun.total };
}

export interface InterestedOptions {
  readonly interestedScanDue: boolean;
  readonly reach: InterestedReach;
  readonly listed?: Scan | undefined;
}

/**
 * Reads the interested list, as far as a changed total, its clock or a scan under way ask for it, and opens what is not
 * handled. `listed`: that scan, where this poll has made it already.
 */
export async function handleInterested(
  context: FeedContext,
  top: RowPage,
  checkpoint: Checkpoint,
  { interestedScanDue, reach, listed }: InterestedOptions,
): Promise<InterestedScanResult | undefined> {
  const { total } = top;
  const isExplained = total !== undefined && total === expectedTotal(context, top, checkpoint);
  const { interestedScan } = checkpoint;
  const isOwed =
    interestedScanDue || interestedScan !== undefined || !(isExplained || total === checkpoint.interestedTotal);
  const first = await openListed(context, top.rows, checkpoint);
  if (first.failure)
    return {
      ...NOT_READ,
      failure: first.failure,
      ...(interestedScan && { underWay: interestedScan }),
    };
  if (reach !== 'whole' && isOwed) return undefined;
  if (!isOwed) return isExplained && first.unhandled.length === 0 ? { ...NOT_READ, total } : undefined;
  const scan = listed ?? (await scanInterested(context, top, checkpoint));
  const rows = [...scan.union.rows.values()];
  const { unhandled, failure } = await openListed(context, rows, checkpoint);
  const begun = interestedScan ?? (total === undefined ? {} : { total });
  const goesOn = scan.repeats && scan.position !== begun.position;
  const isRead = scan.complete && !goesOn && scan.failure === undefined;
  const progress = progressOf(scan, unhandled, begun);
  const isThrough = isRead && unhandled.length === 0 && failure === undefined;
  return {
    complete: isThrough,
    pages: (begun.pages ?? 0) + scan.steps.length,
    rows: interestedScan === undefined ? rows : [],
    ...(isThrough
      ? begun.total !== undefined && { total: begun.total }
      : { underWay: goOnOrBeginAgain(begun, scan, progress) }),
    ...failuresOf(failure, scan.failure),
  };
}
