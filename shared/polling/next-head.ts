import type { Instant } from '../model.ts';
import { type FeedContext, newestActivity, settleSpan } from './context.ts';
import type { Handled, Pages, TailReading } from './handle-rows.ts';
import type { Scan } from './scan.ts';
import { hasPending, nextWake } from './settling.ts';
import { coveredDigest, type Head, handledDigest, handledTailDigest, type Resume } from './state.ts';

export interface Outcome {
  readonly scan: Scan;
  readonly handled: Handled;
  readonly tail: TailReading | undefined;
  readonly deepDone: boolean;
}

/** Of a list out of order: where its whole reading goes on; undefined when it is through. */
function nextSlice(
  context: FeedContext,
  { resume }: Head,
  { scan, handled }: Pick<Outcome, 'scan' | 'handled'>,
): Resume | undefined {
  if (scan.complete && !handled.stoppedAt) return undefined;
  const began = resume ?? { at: context.now, offset: 0, nextFloor: context.now - settleSpan(context.limits) };
  const newest = Math.max(resume?.newest ?? 0, newestActivity([...scan.union.rows.values()]) ?? 0);
  // A slice whose threads were not all opened is read again; those that were are known.
  const offset = handled.stoppedAt || scan.pages === 0 ? began.offset : Math.max(began.offset, scan.reachedOffset);
  const disorder = resume?.disorder === true || scan.outOfOrder;
  return { ...began, offset, newest, ...(disorder && { disorder: true as const }) };
}

function nextResume(context: FeedContext, head: Head, pages: Pages, { scan, handled }: Outcome): Resume | undefined {
  if (head.unorderedAt !== undefined) return nextSlice(context, head, { scan, handled });
  const at = handled.stoppedAt?.lastActivityAt ?? (scan.complete ? undefined : scan.reachedAt);
  if (at === undefined && scan.complete) return undefined;
  const newest = newestActivity(pages.first.rows) ?? context.now;
  const nextFloor = head.resume?.nextFloor ?? Math.min(context.now, newest) - settleSpan(context.limits);
  const rank = handled.stoppedAt && scan.union.newestFirst().indexOf(handled.stoppedAt);
  const offset = rank === undefined ? scan.reachedOffset : scan.startOffset + rank;
  return { at: at ?? newest, offset, nextFloor };
}

/** 0 asks for a whole reading at the next poll. One that met everything in order takes the mark away again. */
function nextUnordered(context: FeedContext, head: Head, { scan, handled }: Outcome): Instant | undefined {
  if (head.unorderedAt === undefined) return scan.outOfOrder ? 0 : undefined;
  if (!scan.complete || handled.stoppedAt) return 0;
  return scan.outOfOrder || head.resume?.disorder ? context.now : undefined;
}

/** What the window's rows let the low watermark rise to. Of a list out of order page 1 tells nothing: all that was met counts. */
function reachedFloor(context: FeedContext, head: Head, pages: Pages, { scan }: Outcome): Instant {
  const span = settleSpan(context.limits);
  if (head.unorderedAt === undefined) {
    const newest = newestActivity(pages.first.rows);
    return head.resume?.nextFloor ?? (newest === undefined ? head.floor : Math.min(context.now, newest) - span);
  }
  const newest = Math.max(head.resume?.newest ?? 0, newestActivity([...scan.union.rows.values()]) ?? 0);
  return Math.min(head.resume?.nextFloor ?? context.now - span, newest - span);
}

/** Empty, so that the next tail reading loads the state, while anything in window or list waits or the order is not trusted. */
function nextTailDigest({ ledger, covers }: FeedContext, tail: TailReading | undefined, settled: boolean): string {
  return settled && tail?.complete && tail.rows.length > 0 ? handledTailDigest(tail.rows, ledger, covers) : '';
}

export function nextHead(context: FeedContext, head: Head, pages: Pages, outcome: Outcome): Head {
  const { scan, tail } = outcome;
  const resume = nextResume(context, head, pages, outcome);
  const newest = newestActivity(pages.first.rows);
  const reached = reachedFloor(context, head, pages, outcome);
  const floor = resume ? head.floor : Math.max(head.floor, reached);
  const wakeAt = nextWake(context);
  const unorderedAt = nextUnordered(context, head, outcome);
  const closed =
    scan.complete &&
    !head.resume &&
    !resume &&
    newest !== undefined &&
    context.now >= newest + settleSpan(context.limits);
  const total = tail?.complete ? tail.total : head.interestedTotal;
  const under = tail ? tail.tail : head.tail;
  const digest = resume || hasPending(context) ? '' : handledDigest(pages.first, context.ledger);
  const tailDigest = nextTailDigest(context, tail, digest !== '' && unorderedAt === undefined);
  return {
    floor,
    digest,
    interestedDigest: coveredDigest(pages.interested, context.covers),
    ...(total === undefined ? {} : { interestedTotal: total }),
    ...(closed ? { closed: true as const } : {}),
    ...(wakeAt === undefined ? {} : { wakeAt }),
    ...(tailDigest === '' ? {} : { tailDigest }),
    ...(tail?.complete && tail.pages > 1 ? { tailPages: tail.pages } : {}),
    deepAt: outcome.deepDone ? context.now : head.deepAt,
    ...(under ? { tail: under } : {}),
    ...(head.base && (resume || !scan.complete || outcome.handled.stoppedAt) ? { base: true as const } : {}),
    ...(context.silentUpTo > 0 && !tail?.complete ? { silentUpTo: context.silentUpTo } : {}),
    ...(head.label === undefined ? {} : { label: head.label }),
    ...(resume ? { resume } : {}),
    ...(unorderedAt === undefined ? {} : { unorderedAt }),
  };
}
