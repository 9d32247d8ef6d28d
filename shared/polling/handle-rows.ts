import { inParallel } from '../concurrency/in-parallel.ts';
import { ProviderError } from '../failure.ts';
import type { Thread } from '../model.ts';
import type { RowPage } from '../provider.ts';
import { endsPoll, type FeedContext, type Reading, settleSpan } from './context.ts';
import { coverOf, noteRow, openThread } from './open.ts';
import { rowReader } from './rows.ts';
import { nothingRead, type Scan, scanDown } from './scan.ts';
import { isSettled, settlesAt } from './settling.ts';
import { countOf, type Head, type Tail } from './state.ts';
import { isOutOfOrder } from './walk.ts';

/** The first page of each of a feed's two lists. */
export interface Pages {
  readonly first: RowPage;
  readonly interested: RowPage;
}

/** A list out of order has old rows anywhere: what is older than the connection is none of the window's. */
function isInWindow({ on, limits }: FeedContext, row: Thread, { floor, unorderedAt }: Head): boolean {
  return row.lastActivityAt >= (unorderedAt === undefined ? floor : Math.max(floor, on - limits.lateMs));
}

/** Why a row must be opened now; the empty answer is the common one. */
function mustOpen(context: FeedContext, row: Thread, head: Head, tailDue: boolean): boolean {
  const known = context.ledger.get(row.key);
  if (row.interested && !context.covers.get(row.key)) return true;
  if (!known) return isInWindow(context, row, head);
  if (known.pending) return true;
  if (known.at !== row.lastActivityAt || known.count !== countOf(row)) return true;
  if (!isSettled(known, context) && settlesAt(known, context) <= context.now) return true;
  return tailDue && row.lastActivityAt > context.now;
}

const openingsMax = ({ limits }: FeedContext) => Math.max(1, Math.ceil(limits.callsPerPoll / 2));

export interface Handled {
  /** The first row, newest first, that the budget no longer reached. */
  readonly stoppedAt?: Thread;
  readonly failure?: ProviderError;
}

/** Openings after which covers and ledger are saved, so that a crash repeats few of them. */
const OPENINGS_PER_SAVE = 10;

/** Covers before the ledger: a ledger that knows a message must not outlive a crash that its cover did not. */
export async function saveState(context: FeedContext): Promise<void> {
  await context.covers.save();
  await context.ledger.save();
}

/** Threads opened side by side: what they tell shares a flush of the database, and waiting for the vendor. */
const OPEN_AT_ONCE = OPENINGS_PER_SAVE;

/** Opens some threads. Gives the first, in order, that was not handled for a failure that ends the poll. */
async function openSome(context: FeedContext, rows: readonly Thread[]): Promise<Handled> {
  const errors = new Map<Thread, unknown>();
  const open = async (row: Thread) => {
    // Kept, not thrown: nothing is left running behind the back of whoever hears of it.
    if (errors.size > 0) errors.set(row, undefined);
    else await openThread(context, row).catch((error: unknown) => errors.set(row, error));
  };
  await inParallel(rows, OPEN_AT_ONCE, open);
  const thrown = [...errors.values()].filter((error) => error !== undefined);
  const broken = thrown.find((error) => !endsPoll(error));
  if (broken !== undefined) throw broken;
  const failure = thrown.find(endsPoll);
  const stoppedAt = rows.find((row) => errors.has(row));
  return { ...(stoppedAt && { stoppedAt }), ...(failure && { failure }) };
}

export async function handleRows(
  context: FeedContext,
  rows: readonly Thread[],
  head: Head,
  { first, tailDue }: { readonly first: RowPage; readonly tailDue: boolean },
): Promise<Handled> {
  const shown = new Set(first.rows.map(({ key }) => key));
  // Of a list that is read whole, what lies below the window is not remembered: it would grow with the inbox.
  const isWorthNoting = (row: Thread) =>
    head.unorderedAt === undefined ||
    shown.has(row.key) ||
    context.ledger.get(row.key) !== undefined ||
    isInWindow(context, row, head);
  let batch: Thread[] = [];
  for (const row of rows) {
    takeLabel(context, row);
    if (!mustOpen(context, row, head, tailDue)) {
      if (isWorthNoting(row)) noteRow(context, row);
      continue;
    }
    if (context.spent.opened + batch.length >= openingsMax(context)) {
      const handled = await openSome(context, batch);
      return handled.stoppedAt ? handled : { stoppedAt: row };
    }
    batch.push(row);
    if (batch.length < OPENINGS_PER_SAVE) continue;
    const handled = await openSome(context, batch);
    if (handled.stoppedAt) return handled;
    await saveState(context);
    batch = [];
  }
  return await openSome(context, batch);
}

export interface TailReading {
  readonly complete: boolean;
  readonly total?: number;
  readonly pages: number;
  /** Of the whole list, where it was read in one go. */
  readonly rows: readonly Thread[];
  /** Where the next poll goes on. */
  readonly tail?: Tail;
  readonly failure?: ProviderError;
}

const isRecent = ({ silentUpTo, limits }: FeedContext, row: Thread) =>
  row.lastActivityAt >= silentUpTo - settleSpan(limits);

/** While the baseline is read, an old label on an old thread is taken in without opening it. */
function takeLabel(context: FeedContext, row: Thread): void {
  if (context.silentUpTo === 0 || !row.interested || context.covers.get(row.key) || isRecent(context, row)) return;
  context.covers.set(row.key, coverOf(context, row));
}

async function coverListed(
  context: FeedContext,
  rows: Iterable<Thread>,
): Promise<{ covered: boolean; failure?: ProviderError }> {
  let covered = true;
  const openedMax = context.spent.opened + openingsMax(context);
  for (const row of rows) {
    const known = context.ledger.get(row.key);
    const moved = known !== undefined && known.at < row.lastActivityAt;
    if (context.covers.get(row.key) && !moved) continue;
    takeLabel(context, { ...row, interested: true });
    if (context.covers.get(row.key) && !moved) continue;
    if (context.spent.opened >= openedMax) return { covered: false };
    try {
      if ((await openThread(context, { ...row, interested: true })) !== 'opened') covered = false;
    } catch (error) {
      if (!endsPoll(error)) throw error;
      return { covered: false, failure: error };
    }
  }
  return { covered };
}

/** Pages of one list that a poll reads at the most; what is below is read by the next. */
export const pagesAtOnce = ({ callsPerPoll }: FeedContext['limits']) => Math.max(2, Math.floor(callsPerPoll / 2));

/** A slice of the interested list, from where the poll before stopped. */
export async function scanInterested(context: Reading, pages: Pages, head: Head): Promise<Scan> {
  const read = rowReader(context, true);
  const pagesMax = pagesAtOnce(context.limits);
  if (head.tail === undefined) {
    return await scanDown(context, read, pages.interested, {
      floor: 0,
      pagesMax,
      unordered: isOutOfOrder(pages.interested),
    });
  }
  try {
    // A page back: rows that lost their label meanwhile pulled those below them up.
    const from = await read(Math.max(0, head.tail.offset - context.limits.pageRows));
    return await scanDown(context, read, from, { floor: 0, pagesMax: pagesMax + 1, unordered: true });
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { ...nothingRead(head.tail.offset), complete: false, failure: error };
  }
}

/**
 * Reads the interested list, as far as a changed total, the tail clock or a reading under way ask for it, and opens what is not
 * covered. `listed`: that reading, where this poll has made it already.
 */
export async function readInterested(
  context: FeedContext,
  pages: Pages,
  head: Head,
  { tailDue, listed }: { readonly tailDue: boolean; readonly listed?: Scan | undefined },
): Promise<TailReading | undefined> {
  const total = pages.interested.total;
  const whole = tailDue || head.tail !== undefined || total !== head.interestedTotal;
  const first = await coverListed(context, pages.interested.rows);
  if (first.failure)
    return { complete: false, pages: 1, rows: [], failure: first.failure, ...(head.tail && { tail: head.tail }) };
  if (!whole) return undefined;
  const scan = listed ?? (await scanInterested(context, pages, head));
  const rows = [...scan.union.rows.values()];
  const { covered, failure } = await coverListed(context, rows);
  const failed = failure ?? scan.failure;
  const begun = head.tail ?? { offset: 0, ...(total === undefined ? {} : { total }) };
  const isThrough = scan.complete && covered && failed === undefined;
  const offset = covered && failure === undefined ? Math.max(begun.offset, scan.reachedOffset) : begun.offset;
  return {
    complete: isThrough,
    pages: scan.pages + Math.ceil(begun.offset / Math.max(1, context.limits.pageRows)),
    rows: head.tail === undefined ? rows : [],
    ...(begun.total === undefined ? {} : { total: begun.total }),
    ...(isThrough ? {} : { tail: { ...begun, offset } }),
    ...(failed ? { failure: failed } : {}),
  };
}

/** Threads of a daily reading opened side by side: one after another they would be the longest wait of a round over many feeds. */
export const DEEP_AT_ONCE = 5;

/** Opens the newest threads again, whatever their rows say. The first failure that ends the poll leaves out the rest. */
export async function readDeep(context: FeedContext, first: RowPage): Promise<ProviderError | undefined> {
  const errors: unknown[] = [];
  const open = async (row: Thread) => {
    if (errors.length > 0 || context.ledger.get(row.key)?.openedAt === context.now) return;
    // Kept, not thrown: nothing is left running behind the back of whoever hears of it.
    await openThread(context, row, true).catch((error: unknown) => errors.push(error));
  };
  await inParallel(first.rows.slice(0, context.limits.deepThreads), DEEP_AT_ONCE, open);
  const broken = errors.filter((error) => !endsPoll(error));
  if (broken.length > 0) throw broken[0];
  return errors.find(endsPoll);
}
