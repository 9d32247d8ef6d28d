import type { Instant } from '../../model.ts';
import type { RowPage } from '../../provider.ts';
import { type FeedContext, lateWindowMs } from '../feed/context.ts';
import type { Union } from '../list/scan.ts';
import { awaitsRetry, type SeenThread } from '../state/documents.ts';
import { nextRetryAt } from './retries.ts';

/** The row's time may be its neighbour's, or stand still. */
const newestOf = ({ at, seen = at }: SeenThread): Instant => Math.max(at, seen);

/** Late mail can come as long after the newest mail that was seen as after the row's time. */
export const recheckDueAt = (row: SeenThread, { limits }: Pick<FeedContext, 'limits'>): Instant =>
  newestOf(row) + lateWindowMs(limits);

export const isRechecked = (row: SeenThread, context: Pick<FeedContext, 'limits'>) =>
  row.openedAt === 0 || row.openedAt >= recheckDueAt(row, context);

export const hasPending = ({ seenThreads }: FeedContext) =>
  [...seenThreads.entries()].some(([, row]) => row.pending && !row.gone && !awaitsRetry(row));

/** Threads that should have had their recheck but left the list are set aside; they are opened when they come back. */
export function setAside(context: FeedContext, union: Union): void {
  for (const [key, row] of context.seenThreads.entries()) {
    if (row.gone || awaitsRetry(row) || union.rows.has(key)) continue;
    if (row.pending || (!isRechecked(row, context) && recheckDueAt(row, context) <= context.now)) {
      context.seenThreads.set(key, { ...row, gone: 1 });
    }
  }
}

export function oldestOpen(context: FeedContext, lowWatermark: Instant): Instant {
  let oldest = lowWatermark;
  for (const [, row] of context.seenThreads.entries()) {
    if (!row.gone && !awaitsRetry(row) && (row.pending || !isRechecked(row, context)))
      oldest = Math.min(oldest, row.at);
  }
  return oldest;
}

export function nextRecheck(context: FeedContext): Instant | undefined {
  let recheck = nextRetryAt(context.seenThreads);
  for (const [, row] of context.seenThreads.entries()) {
    if (row.gone || row.pending || isRechecked(row, context)) continue;
    recheck = Math.min(recheck ?? Number.POSITIVE_INFINITY, recheckDueAt(row, context));
  }
  return recheck;
}

const GONE_KEPT_SPANS = 24;

export function prune(context: FeedContext, first: RowPage, lowWatermark: Instant): void {
  const onPage = new Set(first.rows.map(({ key }) => key));
  context.seenThreads.prune((key, row) => {
    if (row.gone) return newestOf(row) + GONE_KEPT_SPANS * lateWindowMs(context.limits) > context.now;
    return (
      onPage.has(key) ||
      // The row's time may be that of an old neighbour: what is forgotten would be opened with each reading.
      Math.max(row.at, row.openedAt) >= lowWatermark ||
      row.pending !== undefined ||
      !isRechecked(row, context)
    );
  });
}
