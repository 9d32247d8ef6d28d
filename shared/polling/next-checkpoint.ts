import type { Instant } from '../model.ts';
import { type FeedContext, lateWindowMs, newestActivity } from './feed/context.ts';
import type { InterestedScanResult } from './interested-scan.ts';
import type { Scan } from './list/scan.ts';
import type { Pages } from './list/slices.ts';
import { handledDigest, handledInterestedDigest, handledInterestedScanDigest } from './state/digests.ts';
import type { Checkpoint, Resume } from './state/documents.ts';
import type { Handled } from './thread/open-rows.ts';
import { hasPending, nextRecheck } from './thread/rechecks.ts';

export interface Outcome {
  readonly scan: Scan;
  readonly handled: Handled;
  readonly interestedScan: InterestedScanResult | undefined;
  readonly reconciled: boolean;
}

/** Of a list out of order: where its whole scan goes on; undefined when it is through. */
function nextSlice(
  context: FeedContext,
  { resume }: Checkpoint,
  { scan, handled }: Pick<Outcome, 'scan' | 'handled'>,
): Resume | undefined {
  if (scan.complete && !handled.stoppedAt) return undefined;
  const began = resume ?? { at: context.now, offset: 0, nextLowWatermark: context.now - lateWindowMs(context.limits) };
  const newest = Math.max(resume?.newest ?? 0, newestActivity([...scan.union.rows.values()]) ?? 0);
  // A slice whose threads were not all opened is read again; those that were are known.
  const offset = handled.stoppedAt || scan.pages === 0 ? began.offset : Math.max(began.offset, scan.reachedOffset);
  const disorder = resume?.disorder === true || scan.outOfOrder;
  return { ...began, offset, newest, ...(disorder && { disorder: true as const }) };
}

function nextResume(
  context: FeedContext,
  checkpoint: Checkpoint,
  pages: Pages,
  { scan, handled }: Outcome,
): Resume | undefined {
  if (checkpoint.unorderedAt !== undefined) return nextSlice(context, checkpoint, { scan, handled });
  const at = handled.stoppedAt?.lastActivityAt ?? (scan.complete ? undefined : scan.reachedAt);
  if (at === undefined && scan.complete) return undefined;
  const newest = newestActivity(pages.first.rows) ?? context.now;
  const nextLowWatermark =
    checkpoint.resume?.nextLowWatermark ?? Math.min(context.now, newest) - lateWindowMs(context.limits);
  const rank = handled.stoppedAt && scan.union.newestFirst().indexOf(handled.stoppedAt);
  const offset = rank === undefined ? scan.reachedOffset : scan.startOffset + rank;
  return { at: at ?? newest, offset, nextLowWatermark };
}

/** 0 asks for a whole scan at the next poll. One that met everything in order trusts the list again. */
function nextUnordered(context: FeedContext, checkpoint: Checkpoint, { scan, handled }: Outcome): Instant | undefined {
  if (checkpoint.unorderedAt === undefined) return scan.outOfOrder ? 0 : undefined;
  if (!scan.complete || handled.stoppedAt) return 0;
  return scan.outOfOrder || checkpoint.resume?.disorder ? context.now : undefined;
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
  const lowWatermark = resume ? checkpoint.lowWatermark : Math.max(checkpoint.lowWatermark, reached);
  const recheckAt = nextRecheck(context);
  const unorderedAt = nextUnordered(context, checkpoint, outcome);
  const closed =
    scan.complete &&
    !checkpoint.resume &&
    !resume &&
    newest !== undefined &&
    context.now >= newest + lateWindowMs(context.limits);
  const total = interestedScan?.complete ? interestedScan.total : checkpoint.interestedTotal;
  const under = interestedScan ? interestedScan.underWay : checkpoint.interestedScan;
  const digest = resume || hasPending(context) ? '' : handledDigest(pages.first, context.seenThreads);
  const interestedScanDigest = nextInterestedScanDigest(
    context,
    interestedScan,
    digest !== '' && unorderedAt === undefined,
  );
  return {
    lowWatermark,
    digest,
    interestedDigest: handledInterestedDigest(pages.interested, context.seenThreads, context.interestWatermarks),
    ...(total === undefined ? {} : { interestedTotal: total }),
    ...(closed ? { closed: true as const } : {}),
    ...(recheckAt === undefined ? {} : { recheckAt }),
    ...(interestedScanDigest === '' ? {} : { interestedScanDigest }),
    ...(interestedScan?.complete && interestedScan.pages > 1 ? { interestedScanPages: interestedScan.pages } : {}),
    reconciledAt: outcome.reconciled ? context.now : checkpoint.reconciledAt,
    ...(under ? { interestedScan: under } : {}),
    ...(checkpoint.baseline && (resume || !scan.complete || outcome.handled.stoppedAt)
      ? { baseline: true as const }
      : {}),
    ...(context.silentUpTo > 0 && !interestedScan?.complete ? { silentUpTo: context.silentUpTo } : {}),
    ...(checkpoint.label === undefined ? {} : { label: checkpoint.label }),
    ...(resume ? { resume } : {}),
    ...(unorderedAt === undefined ? {} : { unorderedAt }),
  };
}
