import { ProviderError } from '../../failure.ts';
import type { Instant, Thread } from '../../model.ts';
import type { Position, RowPage } from '../../provider.ts';
import { isStillResting } from '../../resting.ts';
import type { FeedContext, ListContext } from '../feed/context.ts';
import { readDigest } from '../state/digests.ts';
import type { Checkpoint } from '../state/documents.ts';
import { FAILED_REST_MS } from './past-failing.ts';
import { areTimeless, type ReadPage, rowReader } from './rows.ts';
import { failedBelow, nothingRead, type Scan, type ScanOptions, scanDown } from './scan.ts';
import { inversionsOf, isOutOfOrder } from './walk.ts';

/** How far a feed's interested list may be read now: one that fails is left alone for a while, or what is below its first page. */
export type InterestedReach = 'whole' | 'top' | 'nothing';

/** The first page of each of a feed's two lists. */
export interface Pages {
  readonly first: RowPage;
  /** Absent where it was not read, or failed: nothing is known of that list then, and nothing of it counts as handled. */
  readonly interested?: RowPage;
}

/** The first page of each list is read by every poll. */
const FIRST_PAGES = 2;

/** Pages that a reading may take now; what is below is read by the next poll. Each has one at least, whatever others took. */
function pagesLeft({ limits, spent }: ListContext): number {
  const most = Math.min(limits.readingPages, Math.max(1, Math.floor(limits.callsPerPoll / 2) - 1));
  return Math.max(1, most - Math.max(0, spent.calls - spent.opened - FIRST_PAGES));
}

/** The first page, where a slice begins with it, is there already. */
export const pagesMax = (context: ListContext, position: Position | undefined): number =>
  pagesLeft(context) + (position === undefined ? 1 : 0);

/** A slice from a stored position on, or from the top, which this poll has read already. */
async function scanFrom(
  context: ListContext,
  read: ReadPage,
  from: { readonly position: Position | undefined; readonly top: RowPage },
  options: ScanOptions,
): Promise<Scan> {
  const { position, top } = from;
  try {
    const page = position === undefined ? top : await read(position);
    return await scanDown(context, read, { page, position }, options);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return failedBelow(nothingRead(position), error);
  }
}

/** A slice of the interested list, from where the poll before stopped. */
export async function scanInterested(context: ListContext, top: RowPage, checkpoint: Checkpoint): Promise<Scan> {
  const position = checkpoint.interestedScan?.position;
  // Rows leave this list with their label, so below the top its times join nothing.
  const unordered = position !== undefined || isOutOfOrder(top);
  const read = rowReader(context, { interested: true, unordered });
  const options = { lowWatermark: 0, pagesMax: pagesMax(context, position), unordered };
  const scan = await scanFrom(context, read, { position, top }, options);
  if (scan.latest) scan.union.addLatest(scan.latest);
  return scan;
}

/** The first page as all there is to read now. */
async function topAlone(context: ListContext, { first }: Pages): Promise<Scan> {
  const options = { lowWatermark: Number.POSITIVE_INFINITY, pagesMax: 1, unordered: false };
  const scan = await scanDown(context, async () => first, { page: first, position: undefined }, options);
  return { ...scan, complete: true };
}

/** A list that repeats itself is read down again at least this often. */
export const REPEATS_WAIT_MAX_MS = 6 * 60 * 60_000;

/** A list that repeats itself, or fails below its first page, is left alone there until it is read down again. */
export const isLeftAlone = ({ repeats, resume }: Checkpoint, now: Instant): boolean =>
  (repeats !== undefined && isStillResting(repeats.until, now, REPEATS_WAIT_MAX_MS)) ||
  (resume?.failed !== undefined && isStillResting(resume.failed.until, now, FAILED_REST_MS));

/** Below a first page without any time nothing was met when it was as it is, and nothing waits there. */
const isNothingBelow = ({ closed, recheckAt, digest }: Checkpoint, { first }: Pages): boolean =>
  closed === true && recheckAt === undefined && areTimeless(first.rows) && digest === readDigest(first);

/**
 * A list whose rows stand still is read whole, but it is in order, so that its pages join by times, as those of a group of equal times must;
 * unless its first page shows more than a pair in each other's place. Where no row has a time there are no times to join by.
 */
const joinsByNames = ({ unorderedAt, stands, timeless }: Checkpoint, { first }: Pages): boolean =>
  unorderedAt !== undefined && (stands === undefined || timeless === true || inversionsOf(first) > 1);

/** The list down to `lowWatermark`, or a slice of it from where the poll before stopped. */
export async function scanWindow(
  context: ListContext & Pick<FeedContext, 'now'>,
  checkpoint: Checkpoint,
  pages: Pages,
  lowWatermark: Instant,
): Promise<Scan> {
  const unordered = checkpoint.unorderedAt !== undefined;
  const byNames = joinsByNames(checkpoint, pages);
  const read = rowReader(context, { interested: false, unordered: byNames, certain: !unordered });
  const position = checkpoint.resume?.position;
  const options = { lowWatermark, pagesMax: pagesMax(context, position), unordered };
  if (isLeftAlone(checkpoint, context.now) || isNothingBelow(checkpoint, pages)) return await topAlone(context, pages);
  const scan = await scanFrom(context, read, { position, top: pages.first }, options);
  scan.union.addAbove(pages.first);
  if (scan.latest) scan.union.addLatest(scan.latest);
  return scan;
}

/**
 * Where the next slice goes on, so that every row of `unhandled` is met again: at the first page with one of them, or below what
 * was read. The first page of the list is read at each poll anyway.
 */
function goOnFrom({ steps, position }: Scan, unhandled: Iterable<Thread>): Position | undefined {
  const keys = new Set([...unhandled].map(({ key }) => key));
  const first = keys.size === 0 ? undefined : steps.find(({ page }) => page.rows.some(({ key }) => keys.has(key)));
  return first ? first.position : position;
}

/** How far a reading has come: rows and pages until its position. */
interface Progress {
  readonly position?: Position;
  readonly read: number;
  readonly pages: number;
}

/** What a reading has come to with this slice, in which `unhandled` are to be met again. */
export function progressOf(scan: Scan, unhandled: Iterable<Thread>, begun: Partial<Progress> = {}): Progress {
  const { read = 0, pages = 0 } = begun;
  const position = goOnFrom(scan, unhandled);
  if (position === undefined) return { read, pages };
  if (position === begun.position) return { position, read, pages };
  const received = scan.steps.reduce((sum, { page }) => sum + page.received, 0);
  return { position, read: read + received, pages: pages + scan.steps.length };
}
