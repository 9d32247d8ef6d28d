import { isDeepStrictEqual } from 'node:util';
import type { ProviderError } from '../failure.ts';
import type { Instant } from '../model.ts';
import { feedKey, feedPartition, rowsPartition } from '../store/keys.ts';
import { decide, isReconcileDue } from './decide.ts';
import { askedToWaitMs, endsPoll, type FeedContext, type ListContext, nothingSpent } from './feed/context.ts';
import { askInterested, noteInterested, pagesOf, parsed, timeOf } from './first-pages.ts';
import { handleInterested } from './interested-scan.ts';
import type { InterestedTurns } from './interested-turns.ts';
import { placeFailure } from './list/past-failing.ts';
import { askRows } from './list/rows.ts';
import type { Scan } from './list/scan.ts';
import { type InterestedReach, type Pages, scanInterested, scanWindow } from './list/slices.ts';
import { isSurveyUnderWay, surveyOf, surveyOn } from './list/survey.ts';
import { recordUnreadableRows } from './list/unreadable-rows.ts';
import { nextCheckpoint } from './next-checkpoint.ts';
import { StateConflict } from './state/chunked-map.ts';
import { readInterestedScanDigest } from './state/digests.ts';
import { type Checkpoint, checkpoints, isUnproved, spellingsOf } from './state/documents.ts';
import { loadState, type StoredCheckpoint, saveState } from './state/feed-state.ts';
import type { IdleAnswers } from './state/idle-answers.ts';
import { interestedScanInterval } from './state/interested-scan-clocks.ts';
import { loadRows } from './state/remembered-rows.ts';
import type { Shard } from './state/shard.ts';
import type { Failed } from './state/troubles.ts';
import { handleRows, retryOpenings } from './thread/open-rows.ts';
import { oldestOpen, prune, setAside } from './thread/rechecks.ts';
import { reconcile } from './thread/reconcile.ts';
import { retriesWaiting } from './thread/retries.ts';

/** What one poll of a feed came to. `failure`: what ended it early; everything handled until then is kept. */
export interface FeedPoll {
  readonly recorded: number;
  readonly calls: number;
  /** Another poller wrote this feed's state meanwhile; the next poll reads again. */
  readonly conflict?: true;
  /** What is stored of the feed cannot be read, which was said; it is left alone and grows late. */
  readonly unreadable?: true;
  readonly failure?: ProviderError;
  /** Of the interested list alone: it rests by itself, and everything else was done. */
  readonly interestedFailure?: ProviderError;
  /** The interested list was read as far as was wanted. */
  readonly interestedRead?: true;
  /** A page below the first failed, and that alone: its list rests there. `as before`: it was not asked for. */
  readonly below?: Pick<Failed, 'failure' | 'nextAt'> | 'as before';
  /** Threads whose opening failed and is to be made again, where the state was read. */
  readonly unopened?: Unopened | 'none';
}

export interface Unopened {
  readonly threads: number;
  readonly nextAt: Instant;
  /** How the last one failed, where one failed now. */
  readonly failure?: ProviderError;
}

type FeedPorts = Omit<ListContext, 'spent'>;

export interface FeedJob extends FeedPorts {
  readonly shard: Pick<Shard, 'partition' | 'scanClocks'>;
  readonly idleAnswers: IdleAnswers;
  readonly interestedTurns: InterestedTurns;
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
  if (stored && isDeepStrictEqual(stored.checkpoint, checkpoint)) return;
  const writing = { partition: job.shard.partition, key: keyOf(job), value: checkpoint };
  if (!(await checkpoints.put(job.ports.store, writing, stored?.version ?? 0))) throw new StateConflict('checkpoint');
}

/** What the lists showed when a poll began. */
export interface Read {
  readonly pages: Pages;
  /** How far the interested list was to be read. */
  readonly reach: InterestedReach;
  /** A scan of it that this poll has made already. */
  readonly listed?: Scan;
}

/** How a poll's work failed. */
type Failures = Pick<FeedPoll, 'failure' | 'interestedFailure' | 'interestedRead' | 'below' | 'unopened'>;

function belowOf(now: Instant, { resume, lacks }: Checkpoint, failure?: ProviderError): Pick<FeedPoll, 'below'> {
  if (failure) return { below: { failure, nextAt: Math.max(now, resume?.failed?.until ?? 0) } };
  return lacks || resume?.failed || resume?.passed ? { below: 'as before' } : {};
}

export async function work(
  context: FeedContext,
  job: FeedJob,
  { checkpoint, version }: StoredCheckpoint,
  { pages, reach, listed }: Read,
): Promise<Failures> {
  const interestedScanDue = reach === 'whole' && isInterestedScanDue(checkpoint, job, context.now);
  const scan = await scanWindow(context, checkpoint, pages, oldestOpen(context, checkpoint.lowWatermark));
  await recordUnreadableRows(context, checkpoint, scan);
  // A list out of order is handled as it is listed, so that a reading of it goes on below the last page that was.
  const rows = checkpoint.unorderedAt === undefined ? scan.union.newestFirst() : [...scan.union.rows.values()];
  const remembered =
    checkpoint.stands === undefined
      ? undefined
      : await loadRows(job.ports.store, rowsPartition(job.polled.id, job.feed.id));
  const handling = { first: pages.first, outOfOrder: scan.outOfOrder, remembered, interestedScanDue };
  const handled = await handleRows(context, rows, checkpoint, handling);
  const belowFailure = placeFailure(scan);
  const failure = handled.failure ?? (belowFailure ? undefined : scan.failure);
  const interestedScan =
    !pages.interested || (failure && endsPoll(failure))
      ? undefined
      : await handleInterested(context, pages.interested, checkpoint, { interestedScanDue, reach, listed });
  const retried = failure || interestedScan?.failure ? undefined : await retryOpenings(context, scan.union.rows);
  const failed = failure ?? interestedScan?.failure ?? retried?.failure;
  const reconcileDue = isReconcileDue({ ...context, checkpoint }) && !failed && !handled.stoppedAt;
  const reconcileFailure = reconcileDue ? await reconcile(context, pages.first) : undefined;
  if (scan.complete && !checkpoint.resume && !handled.stoppedAt) setAside(context, scan.union);
  const reconciled = reconcileDue && !reconcileFailure;
  const isBusy = failed !== undefined || handled.stoppedAt !== undefined || !scan.complete || scan.outOfOrder;
  const survey = surveyOf(checkpoint, reconciled);
  const isSurveyed = !isBusy && isSurveyUnderWay({ survey }, context.now);
  const surveyed = survey && isSurveyed ? await surveyOn(context, checkpoint, survey, pages) : undefined;
  const outcome = { scan, rows, handled, interestedScan, reconciled, survey, surveyed };
  const next = nextCheckpoint(context, checkpoint, pages, outcome);
  prune(context, pages.first, next.lowWatermark);
  await saveState(context);
  if (next.stands === undefined) remembered?.forgetAll();
  // After the seen threads: what is still to be opened must not look as if it had been.
  await remembered?.save();
  await saveCheckpoint(job, next, version === 0 ? undefined : { checkpoint, version });
  if (interestedScan?.complete) noteInterestedScan(job, context.now);
  const ended = failed ?? reconcileFailure ?? surveyed?.failure;
  const interestedFailure = interestedScan?.listFailure;
  return {
    ...(ended && { failure: ended }),
    ...(interestedFailure && { interestedFailure }),
    ...belowOf(context.now, next, belowFailure),
    unopened: unopenedOf(context),
  };
}

function unopenedOf({ seenThreads, spent: { openingFailure: failure } }: FeedContext): Unopened | 'none' {
  const waiting = retriesWaiting(seenThreads);
  return waiting ? { ...waiting, ...(failure && { failure }) } : 'none';
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
  const { interestedScan: _, emptyUntil: __, ...rest } = checkpoint;
  return { ...rest, label, spellings, silentUpTo: Math.max(on, checkpoint.lowWatermark) };
}

/** So many threads are not labelled between two polls. */
const AT_ONCE = 4;

/**
 * Up to when labels count as old. An interested list that was empty at first, and shows several threads at once, is one that its vendor has
 * made only now: what it holds was there.
 */
function silenceOf(
  { silentUpTo = 0, emptyUntil = Number.POSITIVE_INFINITY }: Checkpoint,
  { interested }: Pages,
  now: Instant,
  on: Instant,
): Instant {
  if (now >= emptyUntil) return 0;
  const isFilled = emptyUntil !== Number.POSITIVE_INFINITY && (interested?.rows.length ?? 0) >= AT_ONCE;
  return silentUpTo === 0 && isFilled ? on : silentUpTo;
}

/**
 * One poll of a feed that is switched on. Two list calls and no write when nothing changed. An interested scan loads the state only
 * when it finds the interested list changed: where it is the same, all that the state would say is that everything is handled.
 */
export async function pollFeed(job: FeedJob, stored: StoredCheckpoint): Promise<FeedPoll> {
  const { checkpoint, version } = stored;
  const { idleAnswers, interestedTurns } = job;
  const spent = nothingSpent();
  const listContext = { ...job, spent };
  const first = await askRows(listContext, { interested: false });
  const asked = await askInterested(listContext, interestedTurns, checkpoint.label);
  const seen = { version, first: first.fingerprint(), interested: asked.answer?.fingerprint() ?? '' };
  const interested = idleAnswers.has(job.feed.id, seen) ? asked : parsed(listContext, interestedTurns, asked);
  const { reach, failure: firstFailure } = interested;
  // The vendor asks to wait, whatever it was asked.
  if (firstFailure && askedToWaitMs(firstFailure) > 0)
    return { ...spent, failure: firstFailure, interestedFailure: firstFailure };
  const answers = interested.answer ? seen : { ...seen, interested: '' };
  const now = await timeOf(listContext, first, interested);
  const pages = pagesOf(first, interested);
  const { does, isHandled } = decide({
    checkpoint,
    sameAnswers: idleAnswers.has(job.feed.id, answers),
    label: interested.answer?.label,
    pages,
    now,
    interestedScanDue: reach === 'whole' && isInterestedScanDue(checkpoint, job, now),
    reach,
    limits: job.limits,
  });
  if (isHandled) idleAnswers.add(job.feed.id, answers);
  const ended = (failures: Failures, below?: ProviderError): Failures => {
    noteInterested(interestedTurns, job, interested, below);
    const interestedFailure = firstFailure ?? below;
    if (interestedFailure) return { ...failures, interestedFailure };
    return interestedTurns.restsUntil(job.feed) === undefined ? { ...failures, interestedRead: true } : failures;
  };
  const before = belowOf(now, checkpoint);
  if (does === 'idle') return { ...spent, ...ended(before) };
  const read = pages();
  const listed =
    does === 'scan interested' && read.interested
      ? await scanInterested(listContext, read.interested, checkpoint)
      : undefined;
  if (listed && isSameInterestedScan(checkpoint, listed)) {
    noteInterestedScan(job, now);
    return { ...spent, ...ended(before) };
  }
  const state = await loadState(job.ports.store, feedPartition(job.polled.id, job.feed.id));
  const spelled = respelled(checkpoint, interested.answer?.label, job.on);
  const { ahead } = spelled;
  const silentUpTo = silenceOf(spelled, read, now, job.on);
  const { baseline: inBaseline = false } = checkpoint;
  const silence = { inBaseline, isUnproved: isUnproved(checkpoint), silentUpTo, ...(ahead && { ahead }) };
  const context = { ...listContext, ...state, listed: read.first.rows, now, ...silence };
  const lists = { pages: read, reach, ...(listed && { listed }) };
  const worked = await work(context, job, { checkpoint: spelled, version }, lists);
  return { ...spent, ...ended(worked, worked.interestedFailure) };
}
