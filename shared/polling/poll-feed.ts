import { ProviderError } from '../failure.ts';
import type { Instant } from '../model.ts';
import type { RowAnswer, RowPage } from '../provider.ts';
import { endsPoll, type FeedContext, nothingSpent, type Reading, vendorNow } from './context.ts';
import { heads } from './documents.ts';
import {
  handleRows,
  type Pages,
  pagesAtOnce,
  readDeep,
  readInterested,
  saveState,
  scanInterested,
} from './handle-rows.ts';
import { nextHead } from './next-head.ts';
import { askRows, oneRowAKey, rowReader } from './rows.ts';
import { nothingRead, type Scan, scanDown } from './scan.ts';
import type { Seen, SeenQuiet } from './seen-quiet.ts';
import { oldestOpen, prune, setAside } from './settling.ts';
import { feedKey, type Shard } from './shard.ts';
import {
  feedPartition,
  type Head,
  isSame,
  loadState,
  readDigest,
  readInterestedDigest,
  readTailDigest,
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
  /** What is stored of the feed cannot be read, which was said; it is left alone and grows late. */
  readonly unreadable?: true;
  readonly failure?: ProviderError;
}

type FeedPorts = Omit<Reading, 'spent'>;
export interface FeedJob extends FeedPorts {
  readonly shard: Pick<Shard, 'partition' | 'tails'>;
  readonly seenQuiet: SeenQuiet;
}

const keyOf = ({ polled, feed }: Pick<FeedJob, 'polled' | 'feed'>) => feedKey(polled.id, feed.id);

/** A long interested list is read less often, so that its pages cost half a call per poll at the most. */
export const tailInterval = (tailMs: number, everyMs: number, { tailPages = 1 }: Pick<Head, 'tailPages'>) =>
  Math.max(tailMs, 2 * everyMs * tailPages);

/** The page shows the whole window. */
function holdsWindow(page: RowPage, head: Head): boolean {
  if (page.total !== undefined && page.received >= page.total) return true;
  const oldest = page.rows.at(-1);
  return oldest !== undefined && oldest.lastActivityAt < head.floor;
}

const reachesBelow = (page: RowPage, head: Head) => head.closed === true || holdsWindow(page, head);

const isTailDue = (head: Head, job: FeedJob, now: Instant) => {
  const { feeds } = job.polled.connection;
  return job.shard.tails.isDue(keyOf(job), tailInterval(feeds.tailMs, job.polled.everyMs, head), now);
};

/** The interested list was read whole, and what was found in it is stored. */
export const noteTail = (job: FeedJob, at: Instant): void => job.shard.tails.note(keyOf(job), at);

/** The two lists say nothing that was not handled. */
const isHandled = (head: Head, pages: Pages): boolean =>
  head.digest === readDigest(pages.first) &&
  head.interestedDigest === readInterestedDigest(pages.interested) &&
  head.interestedTotal === pages.interested.total &&
  reachesBelow(pages.first, head) &&
  head.resume === undefined &&
  head.tail === undefined &&
  !isOutOfOrder(pages.first);

/** No clock but the tail's asks for more. */
const isAtRest = (head: Head, now: Instant, limits: FeedContext['limits']): boolean =>
  now < (head.wakeAt ?? Number.POSITIVE_INFINITY) && now < head.deepAt + limits.deepMs;

/** Page 1 is the whole window, and nothing in it will be looked at again: the interested list alone is left to read. */
const isTailAlone = (head: Head, { first }: Pages, now: Instant) =>
  head.tail === undefined &&
  head.tailDigest !== undefined &&
  head.unorderedAt === undefined &&
  head.wakeAt === undefined &&
  holdsWindow(first, head) &&
  first.rows.every((row) => row.lastActivityAt <= now);

export async function saveHead(job: FeedJob, head: Head, stored: StoredHead | undefined): Promise<void> {
  if (stored && isSame(stored.head, head)) return;
  const writing = { partition: job.shard.partition, key: keyOf(job), value: head };
  if (!(await heads.put(job.ports.store, writing, stored?.version ?? 0))) throw new StateConflict('head');
}

async function scanWindow(context: FeedContext, head: Head, pages: Pages): Promise<Scan> {
  const read = rowReader(context, false);
  const unordered = head.unorderedAt !== undefined;
  const pagesMax = pagesAtOnce(context.limits);
  const floor = oldestOpen(context, head.floor);
  if (!head.resume) return await scanDown(context, read, pages.first, { floor, pagesMax, unordered });
  let scan: Scan;
  try {
    const from = unordered
      ? await read(Math.max(0, head.resume.offset - 1))
      : await readFrom(read, head.resume.offset, head.resume.at);
    scan = await scanDown(context, read, from, { floor, pagesMax, unordered });
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const { at, offset } = head.resume;
    scan = { ...nothingRead(offset), complete: false, reachedAt: at, failure: error };
  }
  for (const row of pages.first.rows) scan.union.rows.set(row.key, scan.union.rows.get(row.key) ?? row);
  return scan;
}

export async function work(
  context: FeedContext,
  job: FeedJob,
  { head, version }: StoredHead,
  { pages, listed }: { readonly pages: Pages; readonly listed: Scan | undefined },
): Promise<ProviderError | undefined> {
  const tailDue = isTailDue(head, job, context.now);
  const scan = await scanWindow(context, head, pages);
  const handled = await handleRows(context, scan.union.newestFirst(), head, { first: pages.first, tailDue });
  const failure = handled.failure ?? scan.failure;
  const tail =
    failure && endsPoll(failure) ? undefined : await readInterested(context, pages, head, { tailDue, listed });
  const deepDue =
    context.now >= head.deepAt + context.limits.deepMs && !failure && !tail?.failure && !handled.stoppedAt;
  const deepFailure = deepDue ? await readDeep(context, pages.first) : undefined;
  if (scan.complete && !head.resume && !handled.stoppedAt) setAside(context, scan.union);
  const outcome = { scan, handled, tail, deepDone: deepDue && !deepFailure };
  const next = nextHead(context, head, pages, outcome);
  prune(context, pages.first, next.floor);
  await saveState(context);
  await saveHead(job, next, version === 0 ? undefined : { head, version });
  if (tailDue && tail?.complete) noteTail(job, context.now);
  return failure ?? tail?.failure ?? deepFailure;
}

const isUnorderedRest = (head: Head, pages: Pages, now: Instant, limits: FeedContext['limits']) =>
  head.unorderedAt !== undefined &&
  head.resume === undefined &&
  head.tail === undefined &&
  now < head.unorderedAt + limits.unorderedMs &&
  head.digest === readDigest(pages.first) &&
  head.interestedDigest === readInterestedDigest(pages.interested);

const isSameTail = (head: Head, { complete, failure, union }: Scan) =>
  complete && failure === undefined && head.tailDigest === readTailDigest(union.rows.values());

/** The first answers to both questions, as they came. */
interface Answers {
  readonly first: RowAnswer;
  readonly interested: RowAnswer;
  /** The vendor's time. */
  readonly now: Instant;
  readonly seen: Seen;
}

/**
 * A label that is spelled otherwise than before lists other threads: what they hold from before the window is taken in silently, as
 * at a baseline. What is new in the window is told as ever.
 */
function respelled(head: Head, { label }: RowAnswer, on: Instant): Head {
  if (label === undefined || label === head.label) return head;
  const { tail: _, ...rest } = head;
  // Without a spelling before, the feed was switched on by a version that kept none.
  return head.label === undefined ? { ...head, label } : { ...rest, label, silentUpTo: Math.max(on, head.floor) };
}

/** A poll whose answers are not those of a quiet one, or whose tail is due. */
async function pollChanged(job: FeedJob, reading: Reading, stored: StoredHead, answers: Answers): Promise<FeedPoll> {
  const { head, version } = stored;
  const { spent } = reading;
  const { now } = answers;
  const pages = { first: oneRowAKey(answers.first.page()), interested: oneRowAKey(answers.interested.page()) };
  const isSpelled = answers.interested.label === head.label;
  const quiet = isSpelled && isHandled(head, pages) && isAtRest(head, now, job.limits);
  const idle = (quiet && !isTailDue(head, job, now)) || isUnorderedRest(head, pages, now, job.limits);
  if (quiet) job.seenQuiet.add(job.feed.id, answers.seen);
  if (idle) return { ...spent, idle };
  const listed = quiet && isTailAlone(head, pages, now) ? await scanInterested(reading, pages, head) : undefined;
  if (listed && isSameTail(head, listed)) {
    noteTail(job, now);
    return { ...spent, idle: true };
  }
  const state = await loadState(job.ports.store, feedPartition(job.polled.id, job.feed.id));
  const spelled = respelled(head, answers.interested, job.on);
  const silence = { keepsBack: head.base === true, silentUpTo: spelled.silentUpTo ?? 0 };
  const context = { ...reading, ...state, now, ...silence };
  const failure = await work(context, job, { head: spelled, version }, { pages, listed });
  return { ...spent, idle, ...(failure ? { failure } : {}) };
}

/**
 * One poll of a feed that is switched on. Two list calls and no write when nothing changed. A tail reading loads the state only
 * when it finds the interested list changed: where it is the same, all that the state would tell is that everything is handled.
 */
export async function pollFeed(job: FeedJob, stored: StoredHead): Promise<FeedPoll> {
  const { head, version } = stored;
  const spent = nothingSpent();
  const reading = { ...job, spent };
  const first = await askRows(reading, false, 0);
  const interested = await askRows(reading, true, 0, head.label);
  const now = vendorNow([first, interested], job.ports.clock);
  const seen = { version, first: first.fingerprint(), interested: interested.fingerprint() };
  const isIdle = isAtRest(head, now, job.limits) && !isTailDue(head, job, now) && job.seenQuiet.has(job.feed.id, seen);
  if (isIdle) return { ...spent, idle: true };
  return await pollChanged(job, reading, stored, { first, interested, now, seen });
}
