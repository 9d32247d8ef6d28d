import { inParallel } from '../../concurrency/in-parallel.ts';
import type { ProviderError } from '../../failure.ts';
import type { Thread } from '../../model.ts';
import type { RowPage } from '../../provider.ts';
import { endsPoll, type FeedContext } from '../feed/context.ts';
import { areTimeless, isUntimed } from '../list/rows.ts';
import { awaitsRetry, type Checkpoint } from '../state/documents.ts';
import { saveState } from '../state/feed-state.ts';
import type { RememberedRows } from '../state/remembered-rows.ts';
import {
  isAsKnown,
  isUnmoved,
  noteRow,
  noteUnopened,
  openThread,
  silentWatermarkOf,
  tellsEnough,
  waitsForLooks,
} from './open.ts';
import { recentAmong, recentFrom } from './recent.ts';
import { isRechecked, recheckDueAt } from './rechecks.ts';
import { isRetryDue, retriesDue } from './retries.ts';

/** A list out of order has old rows anywhere: what is older than the connection is none of the window's. */
function isInWindow({ on, limits }: FeedContext, row: Thread, { lowWatermark, unorderedAt }: Checkpoint): boolean {
  return row.lastActivityAt >= (unorderedAt === undefined ? lowWatermark : Math.max(lowWatermark, on - limits.lateMs));
}

interface Why {
  /** It stands on a first page that was handled before, and was not there; or was not as it is in a list whose rows are remembered. */
  readonly isNewThere: boolean;
  /** Of a row without a time: nothing tells that its thread is old, be it what its row looked like before or its place. */
  readonly mayBeNew: () => boolean;
  readonly interestedScanDue: boolean;
}

/** Why a row must be opened now; the empty answer is the common one. */
function mustOpen(context: FeedContext, row: Thread, checkpoint: Checkpoint, why: Why): boolean {
  const { isNewThere, mayBeNew, interestedScanDue } = why;
  const known = context.seenThreads.get(row.key);
  if (known?.pending && !known.gone && isUnmoved(known, row)) return isRetryDue(known, context.now);
  if (row.interested && !context.interestWatermarks.get(row.key)) return true;
  // No window can be judged by a neighbour's time, so what is not known is opened as far as it may be new.
  if (!known && isUntimed(row)) return (isNewThere && !context.inBaseline) || mayBeNew();
  if (!known) return isNewThere || isInWindow(context, row, checkpoint);
  if (known.pending || !(isAsKnown(known, row) || waitsForLooks(known, row, context.now))) return true;
  if (!isRechecked(known, context) && recheckDueAt(known, context) <= context.now) return true;
  return interestedScanDue && row.lastActivityAt > context.now;
}

const openingsMax = ({ limits }: FeedContext) => Math.max(1, Math.ceil(limits.callsPerPoll / 2));

/** Rows that carry their messages take no call. */
function isBudgetReached(context: FeedContext, batch: readonly Thread[]): boolean {
  const asked = batch.filter((row) => !tellsEnough(context, row));
  return context.spent.opened + asked.length >= openingsMax(context);
}

export interface Handled {
  /** The first row, newest first, that the budget no longer reached. */
  readonly stoppedAt?: Thread;
  readonly failure?: ProviderError;
}

/** Openings after which interest watermarks and seen threads are saved, so that a crash repeats few of them. */
const OPENINGS_PER_SAVE = 10;

/** Threads opened side by side: what they record shares a flush of the database, and waiting for the vendor. */
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

type IsToOpen = (row: Thread) => boolean;

/**
 * What a poll does not reach any more. A thread that is to be opened is remembered, since the next slice may not list it: its row may have
 * moved above, or not be readable at that request. A row that tells enough takes no call, so it does not wait.
 */
async function leaveForLater(context: FeedContext, rows: readonly Thread[], isToOpen: IsToOpen): Promise<void> {
  const left = rows.filter(isToOpen);
  await openSome(
    context,
    left.filter((row) => tellsEnough(context, row)),
  );
  for (const row of left) {
    const known = context.seenThreads.get(row.key);
    const isRemembered = known?.pending === 1 && !known.gone;
    if (!isRemembered && isToOpen(row)) noteUnopened(context, row);
  }
}

/** Opens what is to be opened, in order, as far as the budget goes. */
async function openInTurn(context: FeedContext, rows: readonly Thread[], look: IsToOpen): Promise<Handled> {
  let batch: Thread[] = [];
  for (const row of rows) {
    if (!look(row)) continue;
    if (isBudgetReached(context, batch)) {
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

interface Handling {
  readonly first: RowPage;
  /** Rows that were read now are out of order, so that none tells how old the one below it is. */
  readonly outOfOrder: boolean;
  /** Of a list whose rows stand still. */
  readonly remembered?: RememberedRows | undefined;
  readonly interestedScanDue: boolean;
}

/** Of a thread that is not known: its row is not as it was when the list was read before, or was not there. */
function isChanged(
  { seenThreads }: FeedContext,
  row: Thread,
  { stands }: Checkpoint,
  remembered: RememberedRows | undefined,
): boolean {
  if (!remembered || seenThreads.get(row.key)) return false;
  const isAsKnown = remembered.isAsKnown(row);
  return isAsKnown === undefined ? stands === 0 : !isAsKnown;
}

/** It only looks otherwise, and is looked at later. */
function isWaiting({ seenThreads, now }: FeedContext, row: Thread): boolean {
  const known = seenThreads.get(row.key);
  return known !== undefined && waitsForLooks(known, row, now);
}

export async function handleRows(
  context: FeedContext,
  rows: readonly Thread[],
  checkpoint: Checkpoint,
  { first, outOfOrder, remembered, interestedScanDue }: Handling,
): Promise<Handled> {
  const shown = new Set(first.rows.map(({ key }) => key));
  // A thread may be listed for its first reply under the time at which it was begun. A list out of order has no first page that stays.
  const isWatched = !context.inBaseline && (checkpoint.unorderedAt === undefined || remembered !== undefined);
  // Of a list that is read whole, what lies below the window is not remembered: it would grow with the inbox.
  const isWorthNoting = (row: Thread) =>
    checkpoint.unorderedAt === undefined ||
    shown.has(row.key) ||
    context.seenThreads.get(row.key) !== undefined ||
    isInWindow(context, row, checkpoint);
  const recent = recentAmong(context, rows, checkpoint);
  const inWindow = recentAmong(context, rows, checkpoint, checkpoint.lowWatermark);
  const isTimeless = checkpoint.timeless === true || areTimeless(rows);
  const mayBeNew = (row: Thread) => {
    const isAsKnown = remembered?.isAsKnown(row);
    if (isAsKnown !== undefined) return !isAsKnown;
    if (context.inBaseline) return recent(row);
    if (isTimeless) return inWindow(row);
    return remembered === undefined && (outOfOrder || inWindow(row));
  };
  const isToOpen = (row: Thread) => {
    const isNewThere = (isWatched && shown.has(row.key)) || isChanged(context, row, checkpoint, remembered);
    return mustOpen(context, row, checkpoint, { isNewThere, mayBeNew: () => mayBeNew(row), interestedScanDue });
  };
  const handled = await openInTurn(context, rows, (row) => {
    watermarkOldLabel(context, row, recent);
    if (isToOpen(row)) return true;
    if (isWorthNoting(row)) noteRow(context, row);
    return false;
  });
  if (handled.stoppedAt) await leaveForLater(context, rows.slice(rows.indexOf(handled.stoppedAt)), isToOpen);
  // All that was not opened is remembered as a thread that is still to be.
  for (const row of rows) if (!isWaiting(context, row)) remembered?.remember(row);
  return handled;
}

/** Makes openings again that failed before, apart from the lists: a thread that fails for ever asks for no more than its own calls. */
export async function retryOpenings(context: FeedContext, shown: ReadonlyMap<string, Thread>): Promise<Handled> {
  const left = Math.max(0, openingsMax(context) - context.spent.opened);
  const due = retriesDue(context).slice(0, left);
  return await openSome(
    context,
    due.map((row) => shown.get(row.key) ?? row),
  );
}

/** While the baseline is read, an old label on an old thread gets its watermark without an opening. */
function watermarkOldLabel(context: FeedContext, row: Thread, recent: (row: Thread) => boolean): void {
  if (context.silentUpTo === 0 || !row.interested || context.interestWatermarks.get(row.key)) return;
  if (isUntimed(row) ? recent(row) : row.lastActivityAt >= recentFrom(context)) return;
  context.interestWatermarks.set(row.key, silentWatermarkOf(context, row, recentFrom(context)));
}

/** Opens what the interested list shows and is not handled. `unhandled`: rows whose turn did not come, or not well. */
export async function openListed(
  context: FeedContext,
  rows: readonly Thread[],
  checkpoint: Checkpoint,
): Promise<{ readonly unhandled: readonly Thread[]; readonly failure?: ProviderError }> {
  const unhandled: Thread[] = [];
  const openedMax = context.spent.opened + openingsMax(context);
  const recent = recentAmong(context, rows, checkpoint);
  for (const [index, row] of rows.entries()) {
    const known = context.seenThreads.get(row.key);
    const moved = known !== undefined && known.at < row.lastActivityAt;
    if (context.interestWatermarks.get(row.key) && !moved) continue;
    watermarkOldLabel(context, { ...row, interested: true }, () => recent(row));
    if (context.interestWatermarks.get(row.key) && !moved) continue;
    if (known && awaitsRetry(known) && !moved && !isRetryDue(known, context.now)) continue;
    if (context.spent.opened >= openedMax) return { unhandled: [...unhandled, ...rows.slice(index)] };
    try {
      if (!(await openThread(context, { ...row, interested: true }))) unhandled.push(row);
    } catch (error) {
      if (!endsPoll(error)) throw error;
      return { unhandled: [...unhandled, ...rows.slice(index)], failure: error };
    }
  }
  return { unhandled };
}
