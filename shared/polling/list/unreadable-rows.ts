import type { Instant, Unreadable } from '../../model.ts';
import type { RowPage } from '../../provider.ts';
import { type FeedContext, lateWindowMs } from '../feed/context.ts';
import { recordUnreadable } from '../feed/unreadable.ts';
import type { Checkpoint } from '../state/documents.ts';
import { isUntimed } from './rows.ts';
import type { Scan } from './scan.ts';

/** The time of the row above it, where rows stand as they were sent. */
function timeAbove({ rows, unreadable, received }: RowPage, { place }: Unreadable): Instant | undefined {
  if (place === undefined || rows.length + unreadable.length !== received) return undefined;
  const above = place - unreadable.filter((other) => (other.place ?? place) < place).length;
  return rows.slice(0, above).findLast((row) => !isUntimed(row))?.lastActivityAt;
}

/**
 * It is of before the connection, too early for late mail, or of what is handled: by its own time, or by its place in a list that is in order.
 */
function isOldRow(
  { on, limits }: FeedContext,
  { lowWatermark, unorderedAt }: Checkpoint,
  page: RowPage,
  row: Unreadable,
): boolean {
  const newest = row.at ?? (unorderedAt === undefined ? timeAbove(page, row) : undefined);
  return newest !== undefined && (newest <= on - lateWindowMs(limits) || newest < lowWatermark);
}

/** Says of rows that could not be parsed if they may be new: nothing is lost with an old one. */
export async function recordUnreadableRows(context: FeedContext, checkpoint: Checkpoint, scan: Scan): Promise<void> {
  const byId = new Map(
    scan.steps
      .flatMap(({ page }) => page.unreadable.filter((row) => !isOldRow(context, checkpoint, page, row)))
      .map((row) => [row.id, { ...row, thread: null, isOld: context.inBaseline }]),
  );
  await recordUnreadable(context, [...byId.values()]);
}
