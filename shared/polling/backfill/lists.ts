import type { Instant, Thread } from '../../model.ts';
import type { RowPage } from '../../provider.ts';
import { lateWindowMs, newestActivity, vendorNow } from '../feed/context.ts';
import { isOutOfOrder, Met } from '../list/walk.ts';
import { beginPasses } from './passes.ts';
import { type FeedBackfill, isOlderThan } from './threads.ts';
import { BEGINNING, pageAt, pagesPerPiece, workThrough } from './work-through.ts';

/** A list that was in order for so many rows is in order, but for a slip. */
const ORDERED_ROWS = 100;

/** Of a list that is not known to be in order the newest row may stand anywhere. */
async function beganAt({ context, isInOrder }: FeedBackfill, page: RowPage): Promise<Instant> {
  const newest = newestActivity(page.rows) ?? context.on;
  if (await isInOrder()) return newest;
  return Math.max(newest, vendorNow([page], context.ports.clock) - lateWindowMs(context.limits));
}

export async function readList(work: FeedBackfill): Promise<void> {
  const { state, context } = work;
  if (state.began === undefined) {
    const page = await pageAt(context, BEGINNING, false);
    work.state = { ...state, began: await beganAt(work, page) };
    if (isOutOfOrder(page)) return await beginPasses(work, []);
  }
  const isOlder = (row: Thread) => isOlderThan(row, state.since);
  const met = new Met();
  const isRead = await workThrough(work, work.state.list, {
    unordered: work.state.disorder === true,
    pagesMax: pagesPerPiece(work.pace),
    isNew: (page) => met.add(page),
    isWanted: (row) => !isOlder(row),
    async isEnd(page) {
      if (isOutOfOrder(page)) {
        const isSlip = work.state.disorder === true || (work.state.list.read ?? 0) >= ORDERED_ROWS;
        if (!isSlip) {
          await beginPasses(work, page.rows);
          return true;
        }
        work.state = { ...work.state, disorder: true };
      }
      if (work.state.disorder || page.rows.length === 0 || !page.rows.every(isOlder)) return false;
      return await work.isInOrder();
    },
    note: (before, list) => ({ ...before, list }),
    comeBy: (before) => ({ ...before, threads: before.threads + 1 }),
  });
  if (isRead && !work.state.pass) work.state = { ...work.state, read: true };
}

/**
 * Threads with new activity since it began: they rose past the row that was being read. Read from the top until nothing has
 * risen during a reading; a list that is not known to be in order is read whole once. True: none is left.
 */
export async function recordRisen(work: FeedBackfill): Promise<boolean> {
  // Passes meet them wherever they stand, and their times are in no order by which a reading could end.
  if (work.state.pass || work.state.settled) return true;
  for (;;) {
    const began = work.state.began ?? 0;
    const isInOrder = await work.isInOrder();
    if (!work.state.risen) {
      const page = await pageAt(work.context, BEGINNING, false);
      const newest = newestActivity(page.rows) ?? began;
      if (isInOrder && newest <= began) return true;
      work.state = { ...work.state, risen: { list: BEGINNING, newest: Math.max(newest, began) } };
    }
    const met = new Met();
    const { list, newest } = work.state.risen ?? { list: BEGINNING, newest: began };
    const isRead = await workThrough(work, list, {
      unordered: work.state.disorder === true,
      pagesMax: pagesPerPiece(work.pace),
      isNew: (page) => met.add(page),
      isWanted: ({ lastActivityAt }) => lastActivityAt > began,
      isEnd: ({ rows }) => isInOrder && rows.length > 0 && rows.every(({ lastActivityAt }) => lastActivityAt <= began),
      note: (state, at) => ({ ...state, risen: { list: at, newest } }),
      comeBy: (state) => state,
    });
    if (!isRead) return false;
    const { risen: _, ...rest } = work.state;
    work.state = { ...rest, began: newest, ...(!isInOrder && { settled: true as const }) };
    if (!isInOrder) return true;
  }
}
