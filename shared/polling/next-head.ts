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

function nextResume(context: FeedContext, head: Head, pages: Pages, { scan, handled }: Outcome): Resume | undefined {
  const at = handled.stoppedAt?.lastActivityAt ?? (scan.complete ? undefined : scan.reachedAt);
  if (at === undefined && scan.complete) return undefined;
  const newest = newestActivity(pages.first.rows) ?? context.now;
  const nextFloor = head.resume?.nextFloor ?? Math.min(context.now, newest) - settleSpan(context.limits);
  const rank = handled.stoppedAt && scan.union.newestFirst().indexOf(handled.stoppedAt);
  const offset = rank === undefined ? scan.reachedOffset : scan.startOffset + rank;
  return { at: at ?? newest, offset, nextFloor };
}

/** 0 asks for a whole reading at the next poll. */
function nextUnordered(context: FeedContext, head: Head, { scan, handled }: Outcome): Instant | undefined {
  if (head.unorderedAt === undefined) return scan.outOfOrder ? 0 : undefined;
  return scan.complete && !handled.stoppedAt ? context.now : 0;
}

/** Empty, so that the next tail reading loads the state, while anything in window or list waits or the order is not trusted. */
function nextTailDigest({ ledger, covers }: FeedContext, tail: TailReading | undefined, settled: boolean): string {
  return settled && tail?.complete ? handledTailDigest(tail.rows, ledger, covers) : '';
}

export function nextHead(context: FeedContext, head: Head, pages: Pages, outcome: Outcome): Head {
  const { scan, tail } = outcome;
  const resume = head.unorderedAt === undefined ? nextResume(context, head, pages, outcome) : undefined;
  const newest = newestActivity(pages.first.rows);
  const reached =
    head.resume?.nextFloor ??
    (newest === undefined ? head.floor : Math.min(context.now, newest) - settleSpan(context.limits));
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
    ...(resume ? { resume } : {}),
    ...(unorderedAt === undefined ? {} : { unorderedAt }),
  };
}
