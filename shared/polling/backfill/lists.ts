import type { Thread } from '../../model.ts';
import type { RowPage } from '../../provider.ts';
import { type FeedContext, newestActivity } from '../feed/context.ts';
import { rowReader } from '../list/rows.ts';
import { isOutOfOrder, Met, REPEATED_PAGES_MAX } from '../list/walk.ts';
import { hash } from '../state/chunked-map.ts';
import type { BackfillState, PageUnderWay } from '../state/documents.ts';
import { type FeedBackfill, isFull, recordOrSetAside } from './threads.ts';

/** Where a list is worked through from. */
export const BEGINNING: PageUnderWay = { done: [] };

/** Short, since the rows of two pages are remembered; a list of messages names a thread once for each. */
const nameOf = ({ key, lastActivityAt }: Thread): string =>
  hash(`${lastActivityAt} ${key}`).toString('base64url').slice(0, 8);

/** So often a page is asked for whose rows could not all be read: what is spoiled for a moment would be passed over for good. */
const READINGS_MAX = 3;

async function pageAt(context: FeedContext, { position }: PageUnderWay, unordered: boolean): Promise<RowPage> {
  const read = rowReader(context, { interested: false, unordered, certain: true });
  let page = await read(position);
  for (let readings = 1; page.unreadable.length > 0 && readings < READINGS_MAX; readings += 1)
    page = await read(position);
  return page;
}

/** The page shows what the one above did, and no more. */
const isDone = ({ rows }: RowPage, { done }: PageUnderWay): boolean =>
  rows.length > 0 && rows.every((row) => done.includes(nameOf(row)));

/** The page is done: what is remembered of it is what the next one may repeat. */
function pageBelow({ next, received, rows }: RowPage, { read = 0 }: PageUnderWay): PageUnderWay | undefined {
  return next === undefined ? undefined : { position: next, read: read + received, done: rows.map(nameOf) };
}

/** How a list is worked through: which rows, until where, and what is noted of it. */
interface Reading {
  readonly unordered: boolean;
  isWanted(row: Thread): boolean;
  /** Nothing that is wanted lies below. */
  isEnd(page: RowPage): boolean;
  /** Remembers where it stands. */
  note(state: BackfillState, list: PageUnderWay): BackfillState;
  /** Counts a thread. */
  comeBy(state: BackfillState): BackfillState;
}

/** Pages show nothing new and no end, so that what lies below cannot be read now: the list rests, longer each time. */
export class NothingNew extends Error {
  override readonly name = 'NothingNew';
}

/** Works through a list from where it was put down, row by row. True: to its end. */
async function workThrough(work: FeedBackfill, from: PageUnderWay, reading: Reading): Promise<boolean> {
  const met = new Met();
  let list = from;
  for (let repeated = 0; ; ) {
    const page = await pageAt(work.context, list, reading.unordered);
    const isNew = met.add(page);
    const isNews = isNew && !isDone(page, list);
    for (const row of page.rows) {
      const name = nameOf(row);
      if (!reading.isWanted(row) || list.done.includes(name)) continue;
      if (isFull(work)) return false;
      const done: PageUnderWay = { ...list, done: [...list.done, name] };
      await recordOrSetAside(work, row, (state) => reading.comeBy(reading.note(state, done)));
      work.pace.onThread(page.total);
      list = done;
    }
    const below = reading.isEnd(page) ? undefined : pageBelow(page, list);
    if (!below) return true;
    repeated = isNew ? 0 : repeated + 1;
    if (repeated >= REPEATED_PAGES_MAX) throw new NothingNew();
    if (isNews) work.state = reading.note(work.state, below);
    if (work.pace.signal?.aborted) return false;
    list = isNews ? below : { ...below, done: list.done };
  }
}

export async function readList(work: FeedBackfill): Promise<void> {
  const { state, context } = work;
  if (state.began === undefined) {
    const page = await pageAt(context, BEGINNING, false);
    const disorder = isOutOfOrder(page) && { disorder: true as const };
    work.state = { ...state, began: newestActivity(page.rows) ?? context.on, ...disorder };
  }
  // A time that is a neighbour's proves nothing.
  const isOlder = ({ lastActivityAt, changeHint }: Thread) => changeHint === undefined && lastActivityAt < state.since;
  const isRead = await workThrough(work, work.state.list, {
    unordered: work.state.disorder === true,
    isWanted: (row) => !isOlder(row),
    isEnd(page) {
      if (isOutOfOrder(page)) work.state = { ...work.state, disorder: true };
      return work.state.disorder !== true && page.rows.length > 0 && page.rows.every(isOlder);
    },
    note: (before, list) => ({ ...before, list }),
    comeBy: (before) => ({ ...before, threads: before.threads + 1 }),
  });
  if (isRead) work.state = { ...work.state, read: true };
}

/**
 * Threads with new activity since it began: they rose past the row that was being read. Read from the top until nothing has
 * risen during a reading. True: none is left.
 */
export async function recordRisen(work: FeedBackfill): Promise<boolean> {
  for (;;) {
    const began = work.state.began ?? 0;
    if (!work.state.risen) {
      const page = await pageAt(work.context, BEGINNING, false);
      const newest = newestActivity(page.rows) ?? began;
      if (newest <= began) return true;
      work.state = { ...work.state, risen: { list: BEGINNING, newest } };
    }
    const { list, newest } = work.state.risen ?? { list: BEGINNING, newest: began };
    const isRead = await workThrough(work, list, {
      unordered: work.state.disorder === true,
      isWanted: ({ lastActivityAt }) => lastActivityAt > began,
      isEnd: ({ rows }) => rows.length > 0 && rows.every(({ lastActivityAt }) => lastActivityAt <= began),
      note: (state, at) => ({ ...state, risen: { list: at, newest } }),
      comeBy: (state) => state,
    });
    if (!isRead) return false;
    const { risen: _, ...rest } = work.state;
    work.state = { ...rest, began: newest };
  }
}
