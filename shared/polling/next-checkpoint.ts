import type { Instant, Thread } from '../model.ts';
import { type FeedContext, lateWindowMs, newestActivity } from './feed/context.ts';
import type { InterestedScanResult } from './interested-scan.ts';
import type { Scan } from './list/scan.ts';
import { type Pages, progressOf } from './list/slices.ts';
import { handledDigest, handledInterestedDigest, handledInterestedScanDigest } from './state/digests.ts';
import type { Checkpoint, Repeats, Resume } from './state/documents.ts';
import type { Handled } from './thread/open-rows.ts';
import { hasPending, nextRecheck } from './thread/rechecks.ts';

export interface Outcome {
  readonly scan: Scan;
  /** The rows of the scan in the order in which they were handled. */
  readonly rows: readonly Thread[];
  readonly handled: Handled;
  readonly interestedScan: InterestedScanResult | undefined;
  readonly reconciled: boolean;
}

/** Where the reading of the list goes on; undefined when it is through. */
function nextResume(
  context: FeedContext,
  checkpoint: Checkpoint,
  pages: Pages,
  { scan, rows, handled }: Outcome,
): Resume | undefined {
  const { resume, repeats, unorderedAt } = checkpoint;
  // The first page alone was read.
  if (repeats && context.now < repeats.until) return resume;
  const isBroken = scan.repeats && unorderedAt === undefined;
  if (scan.complete && !isBroken && !handled.stoppedAt) return undefined;
  const unhandled = handled.stoppedAt ? rows.slice(rows.indexOf(handled.stoppedAt)) : [];
  const { pages: _, ...found } = progressOf(scan, unhandled, resume);
  if (unorderedAt !== undefined) {
    const nextLowWatermark = resume?.nextLowWatermark ?? context.now - lateWindowMs(context.limits);
    const newest = Math.max(resume?.newest ?? 0, newestActivity([...scan.union.rows.values()]) ?? 0);
    const disorder = resume?.disorder === true || scan.outOfOrder;
    return { ...found, nextLowWatermark, newest, ...(disorder && { disorder: true as const }) };
  }
  const newest = newestActivity(pages.first.rows) ?? context.now;
  const nextLowWatermark = resume?.nextLowWatermark ?? Math.min(context.now, newest) - lateWindowMs(context.limits);
  return { ...found, nextLowWatermark };
}

const REPEATS_WAIT_MS = 10 * 60_000;
const REPEATS_WAIT_MAX_MS = 6 * 60 * 60_000;

/** Of a list whose end was not met: when it is read down again, at growing intervals. */
function nextRepeats(context: FeedContext, { repeats, resume }: Checkpoint, { scan }: Outcome): Repeats | undefined {
  if (repeats && context.now < repeats.until) return repeats;
  if (!scan.repeats) return scan.complete ? undefined : repeats;
  const cameFurther = scan.position !== resume?.position;
  const times = cameFurther ? 1 : (repeats?.times ?? 0) + 1;
  return { times, until: context.now + Math.min(REPEATS_WAIT_MAX_MS, REPEATS_WAIT_MS * 2 ** (times - 1)) };
}

/** Of a list whose rows stand still: readings of the whole until all its rows are known. One row that rose with its answer shows otherwise. */
function nextStands(
  { spent }: FeedContext,
  { stands }: Checkpoint,
  { scan, handled }: Outcome,
  resume: Resume | undefined,
): number | undefined {
  if (spent.rose) return undefined;
  // A reading that is under way has not looked at what is above it.
  if (stands === undefined) return spent.stoodStill && (resume ? 2 : 1);
  return scan.complete && !scan.repeats && !handled.stoppedAt ? Math.max(0, stands - 1) : stands;
}

interface Order {
  readonly unorderedAt?: Instant;
  readonly stands?: number;
}

/** 0 asks for a whole scan at the next poll. One that met everything in order trusts the list again, unless its rows stand still. */
function nextOrder(context: FeedContext, checkpoint: Checkpoint, outcome: Outcome, resume: Resume | undefined): Order {
  const { scan, handled } = outcome;
  const stands = nextStands(context, checkpoint, outcome, resume);
  const isOut = scan.outOfOrder || stands !== undefined;
  const marks = stands === undefined ? {} : { stands };
  if (checkpoint.unorderedAt === undefined) return isOut ? { unorderedAt: 0, ...marks } : {};
  if (!scan.complete || handled.stoppedAt) return { unorderedAt: 0, ...marks };
  return isOut || checkpoint.resume?.disorder ? { unorderedAt: context.now, ...marks } : {};
}

/** What the window's rows let the low watermark rise to. Of a list out of order page 1 says nothing: all that was met counts. */
function reachedLowWatermark(context: FeedContext, checkpoint: Checkpoint, pages: Pages, { scan }: Outcome): Instant {
  const span = lateWindowMs(context.limits);
  if (checkpoint.unorderedAt === undefined) {
    const newest = newestActivity(pages.first.rows);
    return (
      checkpoint.resume?.nextLowWatermark ??
      (newest === undefined ? checkpoint.lowWatermark : Math.min(context.now, newest) - span)
    );
  }
  const newest = Math.max(checkpoint.resume?.newest ?? 0, newestActivity([...scan.union.rows.values()]) ?? 0);
  return Math.min(checkpoint.resume?.nextLowWatermark ?? context.now - span, newest - span);
}

/** Empty, so that the next interested scan loads the state, while anything in window or list waits or the order is not trusted. */
function nextInterestedScanDigest(
  { seenThreads, interestWatermarks }: FeedContext,
  interestedScan: InterestedScanResult | undefined,
  isHandled: boolean,
): string {
  return isHandled && interestedScan?.complete && interestedScan.rows.length > 0
    ? handledInterestedScanDigest(interestedScan.rows, seenThreads, interestWatermarks)
    : '';
}

export function nextCheckpoint(
  context: FeedContext,
  checkpoint: Checkpoint,
  pages: Pages,
  outcome: Outcome,
): Checkpoint {
  const { scan, interestedScan } = outcome;
  const resume = nextResume(context, checkpoint, pages, outcome);
  const newest = newestActivity(pages.first.rows);
  const reached = reachedLowWatermark(context, checkpoint, pages, outcome);
  const repeats = nextRepeats(context, checkpoint, outcome);
  const isThrough = resume === undefined && repeats === undefined;
  const lowWatermark = isThrough ? Math.max(checkpoint.lowWatermark, reached) : checkpoint.lowWatermark;
  const recheckAt = nextRecheck(context);
  const order = nextOrder(context, checkpoint, outcome, resume);
  const closed =
    scan.complete &&
    !checkpoint.resume &&
    isThrough &&
    newest !== undefined &&
    context.now >= newest + lateWindowMs(context.limits);
  const total = interestedScan?.complete ? interestedScan.total : (interestedScan?.total ?? checkpoint.interestedTotal);
  const scanPages = interestedScan?.complete ? interestedScan.pages : checkpoint.interestedScanPages;
  const isBaselineUnderWay = checkpoint.baseline && (resume || !scan.complete || outcome.handled.stoppedAt);
  const isSilent = context.silentUpTo > 0 && !interestedScan?.complete;
  const under = interestedScan ? interestedScan.underWay : checkpoint.interestedScan;
  const digest = resume || hasPending(context) ? '' : handledDigest(pages.first, context.seenThreads);
  const interestedScanDigest = nextInterestedScanDigest(
    context,
    interestedScan,
    digest !== '' && order.unorderedAt === undefined,
  );
  return {
    lowWatermark,
    digest,
    interestedDigest: pages.interested
      ? handledInterestedDigest(pages.interested, context.seenThreads, context.interestWatermarks)
      : '',
    ...(total === undefined ? {} : { interestedTotal: total }),
    ...(closed ? { closed: true as const } : {}),
    ...(recheckAt === undefined ? {} : { recheckAt }),
    ...(interestedScanDigest === '' ? {} : { interestedScanDigest }),
    ...(scanPages !== undefined && scanPages > 1 ? { interestedScanPages: scanPages } : {}),
    reconciledAt: outcome.reconciled ? context.now : checkpoint.reconciledAt,
    ...(under ? { interestedScan: under } : {}),
    ...(isBaselineUnderWay && { baseline: true as const }),
    ...(isSilent && { silentUpTo: context.silentUpTo }),
    ...((isBaselineUnderWay || isSilent) && checkpoint.ahead && { ahead: checkpoint.ahead }),
    ...(checkpoint.label === undefined ? {} : { label: checkpoint.label }),
    ...(checkpoint.spellings ? { spellings: checkpoint.spellings } : {}),
    ...(resume ? { resume } : {}),
    ...(repeats ? { repeats } : {}),
    ...order,
  };
}
