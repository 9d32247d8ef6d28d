import type { ProviderError } from '../failure.ts';
import type { Instant } from '../model.ts';
import type { RowAnswer, RowPage } from '../provider.ts';
import { feedKey, feedPartition } from '../store/keys.ts';
import { decide, isReconcileDue } from './decide.ts';
import {
  endsPoll,
  type FeedContext,
  type ListContext,
  newestActivity,
  nothingSpent,
  vendorNow,
} from './feed/context.ts';
import { handleInterested } from './interested-scan.ts';
import { askRows, oneRowAKey } from './list/rows.ts';
import type { Scan } from './list/scan.ts';
import { type Pages, scanInterested, scanWindow } from './list/slices.ts';
import { nextCheckpoint } from './next-checkpoint.ts';
import { type Look, nextBehind, recordedAbove } from './state/behind.ts';
import { isSame, StateConflict } from './state/chunked-map.ts';
import { readInterestedScanDigest } from './state/digests.ts';
import { type Checkpoint, checkpoints, spellingsOf } from './state/documents.ts';
import { loadState, type StoredCheckpoint, saveState } from './state/feed-state.ts';
import type { IdleAnswers } from './state/idle-answers.ts';
import { interestedScanInterval } from './state/interested-scan-clocks.ts';
import type { Shard } from './state/shard.ts';
import { handleRows, retryOpenings } from './thread/open-rows.ts';
import { oldestOpen, prune, setAside } from './thread/rechecks.ts';
import { reconcile } from './thread/reconcile.ts';

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
  /** What the last poll of each feed saw, in this process. */
  readonly looks: Map<string, Look>;
}

const keyOf = ({ polled, feed }: Pick<FeedJob, 'polled' | 'feed'>) => feedKey(polled.id, feed.id);

const isInterestedScanDue = (checkpoint: Checkpoint, job: FeedJob, now: Instant) => {
  const { feeds } = job.polled.connection;
  return job.shard.scanClocks.isDue(
    keyOf(job),
    interestedScanInterval(feeds.interestedScanMs, job.polled.everyMs, checkpoint),
    now,
  );
};

/** The interested list was read whole, and what was found in it is stored. */
const noteInterestedScan = (job: FeedJob, at: Instant): void => job.shard.scanClocks.note(keyOf(job), at);

async function saveCheckpoint(
  job: FeedJob,
  checkpoint: Checkpoint,
  stored: StoredCheckpoint | undefined,
): Promise<void> {
  if (stored && isSame(stored.checkpoint, checkpoint)) return;
  const writing = { partition: job.shard.partition, key: keyOf(job), value: checkpoint };
  if (!(await checkpoints.put(job.ports.store, writing, stored?.version ?? 0))) throw new StateConflict('checkpoint');
}

export async function work(
  context: FeedContext,
  job: FeedJob,
  { checkpoint, version }: StoredCheckpoint,
  { pages, listed }: { readonly pages: Pages; readonly listed: Scan | undefined },
): Promise<ProviderError | undefined> {
  const interestedScanDue = isInterestedScanDue(checkpoint, job, context.now);
  const scan = await scanWindow(context, checkpoint, pages, oldestOpen(context, checkpoint.lowWatermark));
  // A list out of order is handled as it is listed, so that a reading of it goes on below the last page that was.
  const rows = checkpoint.unorderedAt === undefined ? scan.union.newestFirst() : [...scan.union.rows.values()];
  const handled = await handleRows(context, rows, checkpoint, {
    first: pages.first,
    interestedScanDue,
  });
  const failure = handled.failure ?? scan.failure;
  const interestedScan =
    failure && endsPoll(failure)
      ? undefined
      : await handleInterested(context, pages, checkpoint, { interestedScanDue, listed });
  const retried = failure || interestedScan?.failure ? undefined : await retryOpenings(context, scan.union.rows);
  const failed = failure ?? interestedScan?.failure ?? retried?.failure;
  const reconcileDue = isReconcileDue({ ...context, checkpoint }) && !failed && !handled.stoppedAt;
  const reconcileFailure = reconcileDue ? await reconcile(context, pages.first) : undefined;
  if (scan.complete && !checkpoint.resume && !handled.stoppedAt) setAside(context, scan.union);
  const outcome = { scan, rows, handled, interestedScan, reconciled: reconcileDue && !reconcileFailure };
  const next = nextCheckpoint(context, checkpoint, pages, outcome);
  prune(context, pages.first, next.lowWatermark);
  await saveState(context);
  await saveCheckpoint(job, next, version === 0 ? undefined : { checkpoint, version });
  if (interestedScan?.complete) noteInterestedScan(job, context.now);
  return failed ?? reconcileFailure;
}

const isSameInterestedScan = (checkpoint: Checkpoint, { complete, failure, union }: Scan) =>
  complete &&
  failure === undefined &&
  checkpoint.interestedScanDigest === readInterestedScanDigest(union.rows.values());

/**
 * A label that is spelled as never before lists other threads: what they hold from before the window counts as old, as at a
 * baseline. What is new in the window is recorded as ever.
 */
function respelled(checkpoint: Checkpoint, label: string | undefined, on: Instant): Checkpoint {
  if (label === undefined || label === checkpoint.label) return checkpoint;
  // Without a spelling before, the feed was switched on by a version that kept none.
  if (checkpoint.label === undefined) return { ...checkpoint, label };
  const known = spellingsOf(checkpoint);
  const spellings = known.filter((spelling) => spelling !== label);
  if (known.includes(label)) return { ...checkpoint, label, spellings };
  const { interestedScan: _, ...rest } = checkpoint;
  return { ...rest, label, spellings, silentUpTo: Math.max(on, checkpoint.lowWatermark) };
}

/** Nothing is older than an empty list. */
const newestOf = ({ rows }: RowPage): Instant => newestActivity(rows) ?? 0;

/**
 * What the top of the list tells of the vendor's times. Once they are proved to be behind, the low watermark goes back: new mail lies
 * below it that was taken for older than the connection.
 */
function withLook(checkpoint: Checkpoint, { on, limits }: FeedJob, before: Look | undefined, look: Look): Checkpoint {
  const { behind: known, ...rest } = checkpoint;
  if (checkpoint.unorderedAt !== undefined) return rest;
  const behind = nextBehind(known, { before, look, lateMs: limits.lateMs });
  const above = behind?.since === look.at ? recordedAbove(behind, on) : undefined;
  const lowWatermark = Math.min(rest.lowWatermark, above ?? rest.lowWatermark);
  return { ...rest, lowWatermark, ...(behind && { behind }) };
}

/** Both first pages, read from the answers when they are first asked for. */
function pagesOf(first: RowAnswer, interested: RowAnswer): () => Pages {
  let pages: Pages | undefined;
  return () => {
    pages ??= { first: oneRowAKey(first.page()), interested: oneRowAKey(interested.page()) };
    return pages;
  };
}

/**
 * One poll of a feed that is switched on. Two list calls and no write when nothing changed. An interested scan loads the state only
 * when it finds the interested list changed: where it is the same, all that the state would say is that everything is handled.
 */
export async function pollFeed(job: FeedJob, stored: StoredCheckpoint): Promise<FeedPoll> {
  const { checkpoint, version } = stored;
  const spent = nothingSpent();
  const listContext = { ...job, spent };
  const first = await askRows(listContext, { interested: false });
  const interested = await askRows(listContext, {
    interested: true,
    ...(checkpoint.label === undefined ? {} : { label: checkpoint.label }),
  });
  const now = vendorNow([first, interested], job.ports.clock);
  const answers = { version, first: first.fingerprint(), interested: interested.fingerprint() };
  const pages = pagesOf(first, interested);
  const sameAnswers = job.idleAnswers.has(job.feed.id, answers);
  const { does, isHandled } = decide({
    checkpoint,
    sameAnswers,
    label: interested.label,
    pages,
    now,
    interestedScanDue: isInterestedScanDue(checkpoint, job, now),
    limits: job.limits,
  });
  const before = job.looks.get(job.feed.id);
  const look = { at: now, newest: sameAnswers && before ? before.newest : newestOf(pages().first) };
  job.looks.set(job.feed.id, look);
  if (isHandled) job.idleAnswers.add(job.feed.id, answers);
  if (does === 'idle') return { ...spent, idle: true };
  const read = pages();
  const listed = does === 'scan interested' ? await scanInterested(listContext, read, checkpoint) : undefined;
  if (listed && isSameInterestedScan(checkpoint, listed)) {
    noteInterestedScan(job, now);
    return { ...spent, idle: true };
  }
  const state = await loadState(job.ports.store, feedPartition(job.polled.id, job.feed.id));
  const spelled = respelled(checkpoint, interested.label, job.on);
  const looked = withLook(spelled, job, before, look);
  const { ahead, behind, silentUpTo = 0 } = looked;
  const silence = { inBaseline: checkpoint.baseline === true, silentUpTo, ...(ahead && { ahead }) };
  const context = { ...listContext, ...state, now, ...silence, ...(behind && { behind }) };
  const failure = await work(context, job, { checkpoint: looked, version }, { pages: read, listed });
  return { ...spent, idle: false, ...(failure ? { failure } : {}) };
}
