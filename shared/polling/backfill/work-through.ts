import type { Thread } from '../../model.ts';
import type { RowPage } from '../../provider.ts';
import type { FeedContext } from '../feed/context.ts';
import { rowReader } from '../list/rows.ts';
import { REPEATED_PAGES_MAX } from '../list/walk.ts';
import { lettersOf } from '../state/chunked-map.ts';
import type { BackfillState, PageUnderWay } from '../state/documents.ts';
import { type FeedBackfill, isFull, type Pace, recordOrSetAside } from './threads.ts';

/** Where a list is worked through from. */
export const BEGINNING: PageUnderWay = { done: [] };

/** Pages read in a piece, though no thread is opened. */
const PAGES_PER_PIECE = 20;

/** As many at the least as show that a list repeats itself, or ends. */
export const pagesPerPiece = ({ threadsMax }: Pace): number =>
  Math.max(REPEATED_PAGES_MAX + 1, Math.min(PAGES_PER_PIECE, threadsMax));

/** Short, since the rows of two pages are remembered; a list of messages names a thread once for each. */
const nameOf = ({ key, lastActivityAt }: Thread): string => lettersOf(`${lastActivityAt} ${key}`, 8);

/** So often a page is asked for whose rows could not all be read: what is spoiled for a moment would be passed over for good. */
const READINGS_MAX = 3;

export async function pageAt(context: FeedContext, { position }: PageUnderWay, unordered: boolean): Promise<RowPage> {
  const read = rowReader(context, { interested: false, unordered, certain: true });
  let page = await read(position);
  for (let readings = 1; page.unreadable.length > 0 && readings < READINGS_MAX; readings += 1)
    page = await read(position);
  return page;
}

/** Where a reading was put down within a page: what the piece that goes on with it finds there too. */
const placeIn = ({ context }: FeedBackfill, list: PageUnderWay): string => JSON.stringify([context.feed.id, list]);

/** The page shows what the one above did, and no more. */
const isDone = ({ rows }: RowPage, { done }: PageUnderWay): boolean =>
  rows.length > 0 && rows.every((row) => done.includes(nameOf(row)));

/** The page is done: what is remembered of it is what the next one may repeat. */
function pageBelow({ next, received, rows }: RowPage, { read = 0 }: PageUnderWay): PageUnderWay | undefined {
  return next === undefined ? undefined : { position: next, read: read + received, done: rows.map(nameOf) };
}

/** How a list is worked through: which rows, until where, and what is noted of it. */
export interface Reading {
  readonly unordered: boolean;
  /** Pages after which it is put down; as many as there are without one. */
  readonly pagesMax?: number;
  /** Pages without news end it: places show anything at each request, so that its end may never be met. */
  endsWithoutNews?(): boolean;
  /** Whether anything on the page was not met before. Asked before the page is done. */
  isNew(page: RowPage): boolean;
  isWanted(row: Thread): boolean;
  /** Nothing that is wanted lies below. Asked once the page is done. */
  isEnd(page: RowPage): boolean | Promise<boolean>;
  /** Remembers where it stands. */
  note(state: BackfillState, list: PageUnderWay): BackfillState;
  /** Counts a thread. */
  comeBy(state: BackfillState): BackfillState;
  /** The thread was recorded or set aside. */
  onCameBy?(row: Thread): void;
}

/** Pages show nothing new and no end, so that what lies below cannot be read now: the list rests, longer each time. */
export class NothingNew extends Error {
  override readonly name = 'NothingNew';
}

/** Works through a list from where it was put down, row by row. True: to its end. */
export async function workThrough(work: FeedBackfill, from: PageUnderWay, reading: Reading): Promise<boolean> {
  const { pagesMax = Number.POSITIVE_INFINITY } = reading;
  const { inHand } = work.pace;
  const now = () => work.context.ports.clock.now();
  let list = from;
  let inHandPage = inHand?.take(placeIn(work, list), now());
  for (let pages = 1, repeated = 0; ; pages += 1) {
    const page = inHandPage ?? (await pageAt(work.context, list, reading.unordered));
    inHandPage = undefined;
    work.context.listed = page.rows;
    const isNew = reading.isNew(page);
    const isNews = isNew && !isDone(page, list);
    for (const row of page.rows) {
      const name = nameOf(row);
      if (!reading.isWanted(row) || list.done.includes(name)) continue;
      if (isFull(work)) {
        inHand?.put(placeIn(work, list), page, now());
        return false;
      }
      const done: PageUnderWay = { ...list, done: [...list.done, name] };
      await recordOrSetAside(work, row, (state) => reading.comeBy(reading.note(state, done)));
      reading.onCameBy?.(row);
      work.pace.onThread(page.total);
      list = done;
    }
    const below = (await reading.isEnd(page)) ? undefined : pageBelow(page, list);
    if (!below) return true;
    repeated = isNew ? 0 : repeated + 1;
    if (repeated >= REPEATED_PAGES_MAX) {
      if (reading.endsWithoutNews?.() && page.rows.length > 0) return true;
      throw new NothingNew();
    }
    if (isNews) work.state = reading.note(work.state, below);
    if (pages >= pagesMax || work.pace.signal?.aborted) return false;
    list = isNews ? below : { ...below, done: list.done };
  }
}
