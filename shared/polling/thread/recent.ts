import type { Instant, Thread } from '../../model.ts';
import { type FeedContext, lateWindowMs } from '../feed/context.ts';
import { isUntimed } from '../list/rows.ts';
import { countOf } from '../state/digests.ts';
import type { Checkpoint } from '../state/documents.ts';

type Judging = Pick<FeedContext, 'on' | 'silentUpTo' | 'limits' | 'seenThreads'>;

/** What was there at the moment of switching on, and is older than this, cannot be late any more. */
export const recentFrom = ({ on, silentUpTo, limits }: Judging) => Math.max(on, silentUpTo) - lateWindowMs(limits);

/** Of a row without a time that has changed, what its thread held when it was opened says nothing. */
function isKnownOld({ seenThreads }: Judging, row: Thread, from: Instant): boolean {
  if (!isUntimed(row)) return row.lastActivityAt < from;
  const known = seenThreads.get(row.key);
  return known?.seen !== undefined && known.seen < from && !known.pending && known.count === countOf(row);
}

/**
 * Tells which rows of a list may be recent though their times cannot be read: those above the first that is known to be old, by its time
 * or by what was found in its thread; in a list out of order all of them, unless it is one without any time, which is taken for ordered.
 * `from`: what is older than this is old. Asked row by row, while threads are opened.
 */
export function recentAmong(
  context: Judging,
  rows: readonly Thread[],
  { unorderedAt, timeless }: Pick<Checkpoint, 'unorderedAt' | 'timeless'>,
  from = recentFrom(context),
): (row: Thread) => boolean {
  let old = -1;
  return (row) => {
    if (unorderedAt !== undefined && !timeless) return true;
    if (old < 0) old = rows.findIndex((each) => isKnownOld(context, each, from));
    return old < 0 || rows.indexOf(row) < old;
  };
}
