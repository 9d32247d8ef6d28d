import { feedPartition } from '../store/keys.ts';
import { aheadOf } from './feed/ahead.ts';
import {
  askedToWaitMs,
  endsPoll,
  type FeedContext,
  lateWindowMs,
  newestActivity,
  nothingSpent,
} from './feed/context.ts';
import { askInterested, noteInterested, pagesOf, parsed, timeOf } from './first-pages.ts';
import { askRows, isUntimed } from './list/rows.ts';
import { isOutOfOrder } from './list/walk.ts';
import { type FeedJob, type FeedPoll, work } from './poll-feed.ts';
import type { Checkpoint } from './state/documents.ts';
import { loadState } from './state/feed-state.ts';

/** A feed that is first read later than this after the moment of switching on may be a campaign that was made after it. */
const AT_ONCE_MS = 5 * 60_000;

/**
 * Switches a feed on: nothing old is recorded, and what is new is recorded from this poll on. The first polls are like all others, but
 * that they record as baseline what was sent up to `on` until the window is through, and give old labels a watermark in silence until the
 * interested list is; both go on from poll to poll. A feed without a checkpoint is not on, and begins again with the same `on`.
 */
export async function readBaseline(job: FeedJob): Promise<FeedPoll> {
  const spent = nothingSpent();
  const listContext = { ...job, spent };
  const turns = job.interestedTurns;
  // Its own list first: a campaign that does not answer is waited for once. What its rows hold, such as spellings, is known then.
  const answer = await askRows(listContext, { interested: false });
  const first = answer.page();
  const interested = parsed(listContext, turns, await askInterested(listContext, turns, undefined));
  if (interested.failure && askedToWaitMs(interested.failure) > 0) throw interested.failure;
  const pages = pagesOf({ ...answer, page: () => first }, interested)();
  const now = await timeOf(listContext, answer, interested);
  const state = await loadState(job.ports.store, feedPartition(job.polled.id, job.feed.id));
  const from = job.on - lateWindowMs(job.limits);
  const ahead = Math.abs(now - job.on) > AT_ONCE_MS ? undefined : aheadOf(pages.first.rows, now, from);
  const silentUpTo = ahead?.all ? ahead.to : job.on;
  const old = { silentUpTo, ...(ahead && { ahead }) };
  const context: FeedContext = {
    ...listContext,
    ...state,
    listed: pages.first.rows,
    now,
    inBaseline: true,
    isUnproved: true,
    ...old,
  };
  // Rows may be hours behind their messages, so the window is that before the newest of them.
  const newest = newestActivity(pages.first.rows.filter((row) => !isUntimed(row))) ?? job.on;
  const lowWatermark = Math.min(from, newest - lateWindowMs(job.limits));
  const checkpoint: Checkpoint = {
    lowWatermark,
    digest: '',
    interestedDigest: '',
    reconciledAt: now,
    baseline: true,
    survey: { lowWatermark },
    ...old,
    ...(interested.answer?.label === undefined ? {} : { label: interested.answer.label }),
    ...(isOutOfOrder(pages.first) ? { unorderedAt: 0 } : {}),
  };
  const {
    failure,
    below: belowTop,
    unopened,
    interestedFailure: below,
  } = await work(context, job, { checkpoint, version: 0 }, { pages, reach: interested.reach });
  noteInterested(turns, job, interested, below);
  const interestedFailure = interested.failure ?? below;
  return {
    ...spent,
    ...(failure && endsPoll(failure) ? { failure } : {}),
    ...(interestedFailure ? { interestedFailure } : { interestedRead: true as const }),
    ...(belowTop && { below: belowTop }),
    ...(unopened && { unopened }),
  };
}
