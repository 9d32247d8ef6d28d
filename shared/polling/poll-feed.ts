import { ProviderError } from '../failure.ts';
import type { Instant } from '../model.ts';
import type { RowAnswer, RowPage } from '../provider.ts';
import { endsPoll, type FeedContext, type ListContext, nothingSpent, vendorNow } from './context.ts';
import { checkpoints } from './documents.ts';
import {
  handleInterested,
  handleRows,
  type Pages,
  pagesAtOnce,
  reconcile,
  retryOpenings,
  saveState,
  scanInterested,
} from './handle-rows.ts';
import type { HeldAnswers, IdleAnswers } from './idle-answers.ts';
import { nextCheckpoint } from './next-checkpoint.ts';
import { oldestOpen, prune, setAside } from './rechecks.ts';
import { askRows, oneRowAKey, rowReader } from './rows.ts';
import { nothingRead, type Scan, scanDown } from './scan.ts';
import { feedKey, type Shard } from './shard.ts';
import {
  type Checkpoint,
  feedPartition,
  isSame,
  loadState,
  readDigest,
  readInterestedDigest,
  readInterestedScanDigest,
  StateConflict,
  type StoredCheckpoint,
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

type FeedPorts = Omit<ListContext, 'spent'>;
export interface FeedJob extends FeedPorts {
  readonly shard: Pick<Shard, 'partition' | 'scanClocks'>;
  readonly idleAnswers: IdleAnswers;
}

const keyOf = ({ polled, feed }: Pick<FeedJob, 'polled' | 'feed'>) => feedKey(polled.id, feed.id);

/** A long interested list is read less often, so that its pages cost half a call per poll at the most. */
export const interestedScanInterval = (
  interestedScanMs: number,
  everyMs: number,
  { interestedScanPages = 1 }: Pick<Checkpoint, 'interestedScanPages'>,
) => Math.max(interestedScanMs, 2 * everyMs * interestedScanPages);

/** The page shows the whole window. */
function holdsWindow(page: RowPage, checkpoint: Checkpoint): boolean {
  if (page.total !== undefined && page.received >= page.total) return true;
  const oldest = page.rows.at(-1);
  return oldest !== undefined && oldest.lastActivityAt < checkpoint.lowWatermark;
}

const reachesBelow = (page: RowPage, checkpoint: Checkpoint) =>
  checkpoint.closed === true || holdsWindow(page, checkpoint);

const isInterestedScanDue = (checkpoint: Checkpoint, job: FeedJob, now: Instant) => {
  const { feeds } = job.polled.connection;
  return job.shard.scanClocks.isDue(
    keyOf(job),
    interestedScanInterval(feeds.interestedScanMs, job.polled.everyMs, checkpoint),
    now,
  );
};

/** The interested list was read whole, and what was found in it is stored. */
export const noteInterestedScan = (job: FeedJob, at: Instant): void => job.shard.scanClocks.note(keyOf(job), at);

/** The two lists say nothing that was not handled. */
const isHandled = (checkpoint: Checkpoint, pages: Pages): boolean =>
  checkpoint.digest === readDigest(pages.first) &&
  checkpoint.interestedDigest === readInterestedDigest(pages.interested) &&
  checkpoint.interestedTotal === pages.interested.total &&
  reachesBelow(pages.first, checkpoint) &&
  checkpoint.resume === undefined &&
  checkpoint.interestedScan === undefined &&
  !isOutOfOrder(pages.first);

/** No clock but the interested scan's asks for more. */
const isAtRest = (checkpoint: Checkpoint, now: Instant, limits: FeedContext['limits']): boolean =>
  now < (checkpoint.recheckAt ?? Number.POSITIVE_INFINITY) && now < checkpoint.reconciledAt + limits.reconcileMs;

/** Page 1 is the whole window, and nothing in it will be opened again: the interested list alone is left to read. */
const isInterestedScanAlone = (checkpoint: Checkpoint, { first }: Pages, now: Instant) =>
  checkpoint.interestedScan === undefined &&
  checkpoint.interestedScanDigest !== undefined &&
  checkpoint.unorderedAt === undefined &&
  checkpoint.recheckAt === undefined &&
  holdsWindow(first, checkpoint) &&
  first.rows.every((row) => row.lastActivityAt <= now);

export async function saveCheckpoint(
  job: FeedJob,
  checkpoint: Checkpoint,
  stored: StoredCheckpoint | undefined,
): Promise<void> {
  if (stored && isSame(stored.checkpoint, checkpoint)) return;
  const writing = { partition: job.shard.partition, key: keyOf(job), value: checkpoint };
  if (!(await checkpoints.put(job.ports.store, writing, stored?.version ?? 0))) throw new StateConflict('checkpoint');
}

async function scanWindow(context: FeedContext, checkpoint: Checkpoint, pages: Pages): Promise<Scan> {
  const read = rowReader(context, false);
  const unordered = checkpoint.unorderedAt !== undefined;
  const pagesMax = pagesAtOnce(context.limits);
  const lowWatermark = oldestOpen(context, checkpoint.lowWatermark);
  if (!checkpoint.resume) return await scanDown(context, read, pages.first, { lowWatermark, pagesMax, unordered });
  let scan: Scan;
  try {
    const from = unordered
      ? await read(Math.max(0, checkpoint.resume.offset - 1))
      : await readFrom(read, checkpoint.resume.offset, checkpoint.resume.at);
    scan = await scanDown(context, read, from, { lowWatermark, pagesMax, unordered });
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const { at, offset } = checkpoint.resume;
    scan = { ...nothingRead(offset), complete: false, reachedAt: at, failure: error };
  }
  for (const row of pages.first.rows) scan.union.rows.set(row.key, scan.union.rows.get(row.key) ?? row);
  return scan;
}

export async function work(
  context: FeedContext,
  job: FeedJob,
  { checkpoint, version }: StoredCheckpoint,
  { pages, listed }: { readonly pages: Pages; readonly listed: Scan | undefined },
): Promise<ProviderError | undefined> {
  const interestedScanDue = isInterestedScanDue(checkpoint, job, context.now);
  const scan = await scanWindow(context, checkpoint, pages);
  const handled = await handleRows(context, scan.union.newestFirst(), checkpoint, {
    first: pages.first,
    interestedScanDue,
  });
  const failure = handled.failure ?? scan.failure;
  const interestedScan =
    failure && endsPoll(failure)
      ? undefined
      : await handleInterested(context, pages, checkpoint, { interestedScanDue, listed });
  const retried = failure || interestedScan?.failure ? undefined : await retryOpenings(context, scan.union.rows);
  const reconcileDue =
    context.now >= checkpoint.reconciledAt + context.limits.reconcileMs &&
    !failure &&
    !interestedScan?.failure &&
    !retried?.failure &&
    !handled.stoppedAt;
  const reconcileFailure = reconcileDue ? await reconcile(context, pages.first) : undefined;
  if (scan.complete && !checkpoint.resume && !handled.stoppedAt) setAside(context, scan.union);
  const outcome = { scan, handled, interestedScan, reconciled: reconcileDue && !reconcileFailure };
  const next = nextCheckpoint(context, checkpoint, pages, outcome);
  prune(context, pages.first, next.lowWatermark);
  await saveState(context);
  await saveCheckpoint(job, next, version === 0 ? undefined : { checkpoint, version });
  if (interestedScanDue && interestedScan?.complete) noteInterestedScan(job, context.now);
  return failure ?? interestedScan?.failure ?? retried?.failure ?? reconcileFailure;
}

const isUnorderedRest = (checkpoint: Checkpoint, pages: Pages, now: Instant, limits: FeedContext['limits']) =>
  checkpoint.unorderedAt !== undefined &&
  checkpoint.resume === undefined &&
  checkpoint.interestedScan === undefined &&
  now < checkpoint.unorderedAt + limits.unorderedMs &&
  checkpoint.digest === readDigest(pages.first) &&
  checkpoint.interestedDigest === readInterestedDigest(pages.interested);

const isSameInterestedScan = (checkpoint: Checkpoint, { complete, failure, union }: Scan) =>
  complete &&
  failure === undefined &&
  checkpoint.interestedScanDigest === readInterestedScanDigest(union.rows.values());

/** The first answers to both questions, as they came. */
interface Answers {
  readonly first: RowAnswer;
  readonly interested: RowAnswer;
  /** The vendor's time. */
  readonly now: Instant;
  readonly seen: HeldAnswers;
}

/**
 * A label that is spelled otherwise than before lists other threads: what they hold from before the window counts as old, as
 * at a baseline. What is new in the window is recorded as ever.
 */
function respelled(checkpoint: Checkpoint, { label }: RowAnswer, on: Instant): Checkpoint {
  if (label === undefined || label === checkpoint.label) return checkpoint;
  const { interestedScan: _, ...rest } = checkpoint;
  // Without a spelling before, the feed was switched on by a version that kept none.
  return checkpoint.label === undefined
    ? { ...checkpoint, label }
    : { ...rest, label, silentUpTo: Math.max(on, checkpoint.lowWatermark) };
}

/** A poll whose answers are not those of an idle one, or whose interested scan is due. */
async function pollChanged(
  job: FeedJob,
  listContext: ListContext,
  stored: StoredCheckpoint,
  answers: Answers,
): Promise<FeedPoll> {
  const { checkpoint, version } = stored;
  const { spent } = listContext;
  const { now } = answers;
  const pages = { first: oneRowAKey(answers.first.page()), interested: oneRowAKey(answers.interested.page()) };
  const isSpelled = answers.interested.label === checkpoint.label;
  const quiet = isSpelled && isHandled(checkpoint, pages) && isAtRest(checkpoint, now, job.limits);
  const idle =
    (quiet && !isInterestedScanDue(checkpoint, job, now)) || isUnorderedRest(checkpoint, pages, now, job.limits);
  if (quiet) job.idleAnswers.add(job.feed.id, answers.seen);
  if (idle) return { ...spent, idle };
  const listed =
    quiet && isInterestedScanAlone(checkpoint, pages, now)
      ? await scanInterested(listContext, pages, checkpoint)
      : undefined;
  if (listed && isSameInterestedScan(checkpoint, listed)) {
    noteInterestedScan(job, now);
    return { ...spent, idle: true };
  }
  const state = await loadState(job.ports.store, feedPartition(job.polled.id, job.feed.id));
  const spelled = respelled(checkpoint, answers.interested, job.on);
  const silence = { inBaseline: checkpoint.baseline === true, silentUpTo: spelled.silentUpTo ?? 0 };
  const context = { ...listContext, ...state, now, ...silence };
  const failure = await work(context, job, { checkpoint: spelled, version }, { pages, listed });
  return { ...spent, idle, ...(failure ? { failure } : {}) };
}

/**
 * One poll of a feed that is switched on. Two list calls and no write when nothing changed. An interested scan loads the state only
 * when it finds the interested list changed: where it is the same, all that the state would say is that everything is handled.
 */
export async function pollFeed(job: FeedJob, stored: StoredCheckpoint): Promise<FeedPoll> {
  const { checkpoint, version } = stored;
  const spent = nothingSpent();
  const listContext = { ...job, spent };
  const first = await askRows(listContext, false, 0);
  const interested = await askRows(listContext, true, 0, checkpoint.label);
  const now = vendorNow([first, interested], job.ports.clock);
  const seen = { version, first: first.fingerprint(), interested: interested.fingerprint() };
  const isIdle =
    isAtRest(checkpoint, now, job.limits) &&
    !isInterestedScanDue(checkpoint, job, now) &&
    job.idleAnswers.has(job.feed.id, seen);
  if (isIdle) return { ...spent, idle: true };
  return await pollChanged(job, listContext, stored, { first, interested, now, seen });
}
