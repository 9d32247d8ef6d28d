import { inParallel } from '../concurrency/in-parallel.ts';
import type { ProviderError } from '../failure.ts';
import type { Thread } from '../model.ts';
import type { RowPage } from '../provider.ts';
import { endsPoll, type FeedContext, type Reading } from './context.ts';
import { noteRow, openThread } from './open.ts';
import { rowReader } from './rows.ts';
import { type Scan, scanDown } from './scan.ts';
import { isSettled, settlesAt } from './settling.ts';
import { countOf, type Head } from './state.ts';

/** The first page of each of a feed's two lists. */
export interface Pages {
  readonly first: RowPage;
  readonly interested: RowPage;
}

/** Why a row must be opened now; the empty answer is the common one. */
function mustOpen(context: FeedContext, row: Thread, head: Head, tailDue: boolean): boolean {
  const known = context.ledger.get(row.key);
  if (row.interested && !context.covers.get(row.key)) return true;
  if (!known)
    return row.lastActivityAt >= (head.unorderedAt === undefined ? head.floor : context.on - context.limits.lateMs);
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
  tailDue: boolean,
): Promise<Handled> {
  let batch: Thread[] = [];
  for (const row of rows) {
    if (!mustOpen(context, row, head, tailDue)) {
      noteRow(context, row);
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
  readonly rows: readonly Thread[];
  readonly failure?: ProviderError;
}

/** Late labels on many threads at once may use this many times a poll's calls; the rest waits for the next poll. */
const LISTED_CALLS_FACTOR = 3;

async function coverListed(
  context: FeedContext,
  rows: Iterable<Thread>,
): Promise<{ covered: boolean; failure?: ProviderError }> {
  let covered = true;
  for (const row of rows) {
    const known = context.ledger.get(row.key);
    const moved = known !== undefined && known.at < row.lastActivityAt;
    if (context.covers.get(row.key) && !moved) continue;
    if (context.spent.opened >= LISTED_CALLS_FACTOR * context.limits.callsPerPoll) return { covered: false };
    try {
      if ((await openThread(context, { ...row, interested: true })) !== 'opened') covered = false;
    } catch (error) {
      if (!endsPoll(error)) throw error;
      return { covered: false, failure: error };
    }
  }
  return { covered };
}

/** The interested list to its end. */
export async function scanInterested(context: Reading, pages: Pages, head: Head): Promise<Scan> {
  const options = { floor: 0, pagesMax: context.limits.pagesPerReading, unordered: head.unorderedAt !== undefined };
  return await scanDown(context, rowReader(context, true), pages.interested, options);
}

/**
 * Reads the interested list to its end, as far as a changed total or the tail clock ask for it, and opens what is not covered.
 * `listed`: that reading, where this poll has made it already.
 */
export async function readInterested(
  context: FeedContext,
  pages: Pages,
  head: Head,
  { tailDue, listed }: { readonly tailDue: boolean; readonly listed?: Scan | undefined },
): Promise<TailReading | undefined> {
  const total = pages.interested.total;
  const whole = tailDue || total !== head.interestedTotal || head.unorderedAt !== undefined;
  if (!whole) {
    const { failure } = await coverListed(context, pages.interested.rows);
    return failure ? { complete: false, pages: 1, rows: [], failure } : undefined;
  }
  const scan = listed ?? (await scanInterested(context, pages, head));
  const rows = [...scan.union.rows.values()];
  const { covered, failure } = await coverListed(context, rows);
  const failed = failure ?? scan.failure;
  return {
    complete: scan.complete && covered && failed === undefined,
    pages: scan.pages,
    rows,
    ...(total === undefined ? {} : { total }),
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
