import type { Thread } from '../../model.ts';
import { type FeedContext, lateWindowMs } from '../feed/context.ts';
import type { Checkpoint } from '../state/documents.ts';

type Judging = Pick<FeedContext, 'on' | 'silentUpTo' | 'limits' | 'seenThreads'>;

/** What was there at the moment of switching on, and is older than this, cannot be late any more. */
export const recentFrom = ({ on, silentUpTo, limits }: Judging) => Math.max(on, silentUpTo) - lateWindowMs(limits);

/** The row has the time of a neighbour, since its own cannot be read. */
export const isUntimed = ({ changeHint }: Thread): boolean => changeHint !== undefined;

function isKnownOld(context: Judging, row: Thread): boolean {
  if (!isUntimed(row)) return row.lastActivityAt < recentFrom(context);
  const { seen } = context.seenThreads.get(row.key) ?? {};
  return seen !== undefined && seen < recentFrom(context);
}

/**
 * Tells which rows of a list may be recent though their times cannot be read: those above the first that is known to be old, by its time
 * or by what was found in its thread; in a list out of order all of them. Asked row by row, while threads are opened.
 */
export function recentAmong(
  context: Judging,
  rows: readonly Thread[],
  { unorderedAt }: Pick<Checkpoint, 'unorderedAt'>,
): (row: Thread) => boolean {
  let old = -1;
  return (row) => {
    if (unorderedAt !== undefined) return true;
    if (old < 0) old = rows.findIndex((each) => isKnownOld(context, each));
    return old < 0 || rows.indexOf(row) < old;
  };
}
