import { ProviderError } from '../failure.ts';
import type { Instant, Thread } from '../model.ts';
import type { RowPage } from '../provider.ts';
import { endsPoll, type FeedContext, newestActivity, nothingSpent, settleSpan, vendorNow } from './context.ts';
import { noteRow, openThread } from './open.ts';
import { rowReader } from './rows.ts';
import { nothingRead, type Scan, scanDown, type Union } from './scan.ts';
import {
  countOf,
  coveredDigest,
  feedPartition,
  type Head,
  handledDigest,
  type LedgerRow,
  loadState,
  type Resume,
  readDigest,
  readInterestedDigest,
  StateConflict,
  type StoredHead,
} from './state.ts';
import { isOutOfOrder, readFrom } from './walk.ts';

/** What one poll of a feed came to. `failure`: what ended it early; everything handled until then is kept. */
export interface FeedPoll {
  readonly recorded: number;
  readonly calls: number;
  readonly idle: boolean;
  /** Another poller wrote this feed's state meanwhile; the next poll reads again. */
  readonly conflict?: true;
  readonly failure?: ProviderError;
}

type FeedPorts = Omit<FeedContext, 'ledger' | 'covers' | 'now' | 'spent'>;
export interface FeedJob extends FeedPorts {
  readonly shard: string;
}

/** A long interested list is read less often, so that its pages cost half a call per poll at the most. */
export const tailInterval = (tailMs: number, everyMs: number, tailPages: number) =>
  Math.max(tailMs, 2 * everyMs * tailPages);

const isSettled = (row: LedgerRow, { limits }: Pick<FeedContext, 'limits'>) =>
  row.openedAt === 0 || row.openedAt >= row.at + settleSpan(limits);
const settlesAt = (row: LedgerRow, { limits }: Pick<FeedContext, 'limits'>) => row.at + settleSpan(limits);

interface Pages {
  readonly first: RowPage;
  readonly interested: RowPage;
}

function reachesBelow(page: RowPage, head: Head): boolean {
  if (head.closed || (page.total !== undefined && page.received >= page.total)) return true;
  const oldest = page.rows.at(-1);
  return oldest !== undefined && oldest.lastActivityAt < head.floor;
}

const isTailDue = (head: Head, job: FeedJob, now: Instant) =>
  now >= head.tailAt + tailInterval(job.polled.connection.feeds.tailMs, job.polled.everyMs, head.tailPages ?? 1);

function isIdle(head: Head, pages: Pages, now: Instant, job: FeedJob): boolean {
  return (
    head.digest === readDigest(pages.first) &&
    head.interestedDigest === readInterestedDigest(pages.interested) &&
    head.interestedTotal === pages.interested.total &&
    reachesBelow(pages.first, head) &&
    head.resume === undefined &&
    !isOutOfOrder(pages.first) &&
    now < (head.wakeAt ?? Number.POSITIVE_INFINITY) &&
    !isTailDue(head, job, now) &&
    now < head.deepAt + job.limits.deepMs
  );
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

interface Handled {
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

async function handleRows(
  context: FeedContext,
  rows: readonly Thread[],
  head: Head,
  tailDue: boolean,
): Promise<Handled> {
  for (const row of rows) {
    if (!mustOpen(context, row, head, tailDue)) {
      noteRow(context, row);
      continue;
    }
    if (context.spent.opened >= openingsMax(context)) return { stoppedAt: row };
    try {
      await openThread(context, row);
      if (context.spent.opened % OPENINGS_PER_SAVE === 0) await saveState(context);
    } catch (error) {
      if (!endsPoll(error)) throw error;
      return { stoppedAt: row, failure: error };
    }
  }
  return {};
}

interface TailReading {
  readonly complete: boolean;
  readonly total?: number;
  readonly pages: number;
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

/** Reads the interested list to its end, as far as a changed total or the tail clock ask for it, and opens what is not covered. */
async function readInterested(
  context: FeedContext,
  pages: Pages,
  head: Head,
  tailDue: boolean,
): Promise<TailReading | undefined> {
  const total = pages.interested.total;
  const whole = tailDue || total !== head.interestedTotal || head.unorderedAt !== undefined;
  if (!whole) {
    const { failure } = await coverListed(context, pages.interested.rows);
    return failure ? { complete: false, pages: 1, failure } : undefined;
  }
  const read = rowReader(context, true);
  const options = { floor: 0, pagesMax: context.limits.pagesPerReading, unordered: head.unorderedAt !== undefined };
  const scan = await scanDown(context, read, pages.interested, options);
  const { covered, failure } = await coverListed(context, scan.union.rows.values());
  const failed = failure ?? scan.failure;
  return {
    complete: scan.complete && covered && failed === undefined,
    pages: scan.pages,
    ...(total === undefined ? {} : { total }),
    ...(failed ? { failure: failed } : {}),
  };
}

async function readDeep(context: FeedContext, first: RowPage): Promise<ProviderError | undefined> {
  for (const row of first.rows.slice(0, context.limits.deepThreads)) {
    try {
      if (context.ledger.get(row.key)?.openedAt !== context.now) await openThread(context, row, true);
    } catch (error) {
      if (!endsPoll(error)) throw error;
      return error;
    }
  }
  return undefined;
}

/** Threads that should have settled but left the list are set aside; they are opened when they come back. */
function setAside(context: FeedContext, union: Union): void {
  for (const [key, row] of context.ledger.entries()) {
    if (row.gone || union.rows.has(key)) continue;
    if (row.pending || (!isSettled(row, context) && settlesAt(row, context) <= context.now)) {
      context.ledger.set(key, { ...row, gone: 1 });
    }
  }
}

function oldestOpen(context: FeedContext, floor: Instant): Instant {
  let oldest = floor;
  for (const [, row] of context.ledger.entries()) {
    if (!row.gone && (row.pending || !isSettled(row, context))) oldest = Math.min(oldest, row.at);
  }
  return oldest;
}

function nextWake(context: FeedContext): Instant | undefined {
  let wake: Instant | undefined;
  for (const [, row] of context.ledger.entries()) {
    if (row.gone || row.pending || isSettled(row, context)) continue;
    wake = Math.min(wake ?? Number.POSITIVE_INFINITY, settlesAt(row, context));
  }
  return wake;
}

const GONE_KEPT_SPANS = 24;

function prune(context: FeedContext, first: RowPage, floor: Instant): void {
  const onPage = new Set(first.rows.map(({ key }) => key));
  context.ledger.prune((key, row) => {
    if (row.gone) return row.at + GONE_KEPT_SPANS * settleSpan(context.limits) > context.now;
    return onPage.has(key) || row.at >= floor || row.pending !== undefined || !isSettled(row, context);
  });
}

const headAddress = (job: Pick<FeedJob, 'shard' | 'polled' | 'feed'>) => ({
  partition: job.shard,
  key: `${job.polled.id}/${job.feed.id}`,
});

export async function saveHead(job: FeedJob, head: Head, stored: StoredHead | undefined): Promise<void> {
  if (stored && JSON.stringify(stored.head) === JSON.stringify(head)) return;
  const document = { ...headAddress(job), value: head as never };
  if (!(await job.ports.store.put(document, stored?.version ?? 0))) throw new StateConflict('head');
}

interface Outcome {
  readonly scan: Scan;
  readonly handled: Handled;
  readonly tail: TailReading | undefined;
  readonly tailDue: boolean;
  readonly deepDone: boolean;
}

function nextResume(context: FeedContext, head: Head, pages: Pages, { scan, handled }: Outcome): Resume | undefined {
  const at = handled.stoppedAt?.lastActivityAt ?? (scan.complete ? undefined : scan.reachedAt);
  if (at === undefined && scan.complete) return undefined;
  const newest = newestActivity(pages.first.rows) ?? context.now;
  const nextFloor = head.resume?.nextFloor ?? Math.min(context.now, newest) - settleSpan(context.limits);
  const rank = handled.stoppedAt && scan.union.newestFirst().indexOf(handled.stoppedAt);
  const offset = rank === undefined ? scan.reachedOffset : scan.startOffset + rank;
  return { at: at ?? newest, offset, nextFloor };
}

/** 0 asks for a whole reading at the next poll. */
function nextUnordered(context: FeedContext, head: Head, { scan, handled }: Outcome): Instant | undefined {
  if (head.unorderedAt === undefined) return scan.outOfOrder ? 0 : undefined;
  return scan.complete && !handled.stoppedAt ? context.now : 0;
}

const hasPending = ({ ledger }: FeedContext) => [...ledger.entries()].some(([, row]) => row.pending && !row.gone);

function nextHead(context: FeedContext, head: Head, pages: Pages, outcome: Outcome): Head {
  const { scan, tail, tailDue } = outcome;
  const resume = head.unorderedAt === undefined ? nextResume(context, head, pages, outcome) : undefined;
  const newest = newestActivity(pages.first.rows);
  const reached =
    head.resume?.nextFloor ??
    (newest === undefined ? head.floor : Math.min(context.now, newest) - settleSpan(context.limits));
  const floor = resume ? head.floor : Math.max(head.floor, reached);
  const wakeAt = nextWake(context);
  const unorderedAt = nextUnordered(context, head, outcome);
  const closed =
    scan.complete &&
    !head.resume &&
    !resume &&
    newest !== undefined &&
    context.now >= newest + settleSpan(context.limits);
  const total = tail?.complete ? tail.total : head.interestedTotal;
  return {
    floor,
    digest: resume || hasPending(context) ? '' : handledDigest(pages.first, context.ledger),
    interestedDigest: coveredDigest(pages.interested, context.covers),
    ...(total === undefined ? {} : { interestedTotal: total }),
    ...(closed ? { closed: true as const } : {}),
    ...(wakeAt === undefined ? {} : { wakeAt }),
    tailAt: tailDue && tail?.complete ? context.now : head.tailAt,
    ...(tail?.complete && tail.pages > 1 ? { tailPages: tail.pages } : {}),
    deepAt: outcome.deepDone ? context.now : head.deepAt,
    ...(resume ? { resume } : {}),
    ...(unorderedAt === undefined ? {} : { unorderedAt }),
  };
}

async function scanWindow(context: FeedContext, head: Head, pages: Pages): Promise<Scan> {
  const read = rowReader(context, false);
  const unordered = head.unorderedAt !== undefined;
  const pagesMax = unordered
    ? context.limits.pagesPerReading
    : Math.max(2, Math.floor(context.limits.callsPerPoll / 2));
  const floor = oldestOpen(context, head.floor);
  if (!head.resume) return await scanDown(context, read, pages.first, { floor, pagesMax, unordered });
  let scan: Scan;
  try {
    const from = await readFrom(read, head.resume.offset, head.resume.at);
    scan = await scanDown(context, read, from, { floor, pagesMax, unordered });
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const { at, offset } = head.resume;
    scan = { ...nothingRead(offset), complete: false, reachedAt: at, failure: error };
  }
  for (const row of pages.first.rows) scan.union.rows.set(row.key, scan.union.rows.get(row.key) ?? row);
  return scan;
}

async function work(
  context: FeedContext,
  job: FeedJob,
  stored: StoredHead,
  pages: Pages,
): Promise<ProviderError | undefined> {
  const { head } = stored;
  const tailDue = isTailDue(head, job, context.now);
  const scan = await scanWindow(context, head, pages);
  const handled = await handleRows(context, scan.union.newestFirst(), head, tailDue);
  const failure = handled.failure ?? scan.failure;
  const tail = failure && endsPoll(failure) ? undefined : await readInterested(context, pages, head, tailDue);
  const deepDue =
    context.now >= head.deepAt + context.limits.deepMs && !failure && !tail?.failure && !handled.stoppedAt;
  const deepFailure = deepDue ? await readDeep(context, pages.first) : undefined;
  if (scan.complete && !head.resume && !handled.stoppedAt) setAside(context, scan.union);
  const outcome = { scan, handled, tail, tailDue, deepDone: deepDue && !deepFailure };
  const next = nextHead(context, head, pages, outcome);
  if (head.unorderedAt === undefined) prune(context, pages.first, next.floor);
  await saveState(context);
  await saveHead(job, next, stored);
  return failure ?? tail?.failure ?? deepFailure;
}

const isUnorderedRest = (head: Head, pages: Pages, now: Instant, limits: FeedContext['limits']) =>
  head.unorderedAt !== undefined &&
  now < head.unorderedAt + limits.unorderedMs &&
  head.digest === readDigest(pages.first) &&
  head.interestedDigest === readInterestedDigest(pages.interested);

/** One poll of a feed that is switched on. Two list calls and no write when nothing changed. */
export async function pollFeed(job: FeedJob, stored: StoredHead): Promise<FeedPoll> {
  const spent = nothingSpent();
  const reading = { ...job, spent };
  const first = await rowReader(reading, false)(0);
  const interested = await rowReader(reading, true)(0);
  const pages = { first, interested };
  const now = vendorNow([first, interested], job.ports.clock);
  const idle = isIdle(stored.head, pages, now, job) || isUnorderedRest(stored.head, pages, now, job.limits);
  if (idle) return { ...spent, idle };
  const state = await loadState(job.ports.store, feedPartition(job.polled.id, job.feed.id));
  const failure = await work({ ...reading, ...state, now }, job, stored, pages);
  return { ...spent, idle, ...(failure ? { failure } : {}) };
}
