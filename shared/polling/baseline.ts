import { feedPartition } from '../store/keys.ts';
import { endsPoll, type FeedContext, lateWindowMs, nothingSpent, vendorNow } from './feed/context.ts';
import { askRows, oneRowAKey, rowReader } from './list/rows.ts';
import { isOutOfOrder } from './list/walk.ts';
import { type FeedJob, type FeedPoll, work } from './poll-feed.ts';
import type { Checkpoint } from './state/documents.ts';
import { loadState } from './state/feed-state.ts';

/**
 * Switches a feed on: nothing old is recorded, and what is new is recorded from this poll on. The first polls are like all others, but
 * that they record as baseline what was sent up to `on` until the window is through, and give old labels a watermark in silence until the
 * interested list is; both go on from poll to poll. A feed without a checkpoint is not on, and begins again with the same `on`.
 */
export async function readBaseline(job: FeedJob): Promise<FeedPoll> {
  const spent = nothingSpent();
  const listContext = { ...job, spent };
  const listed = await askRows(listContext, { interested: true });
  const interested = oneRowAKey(listed.page());
  const first = await rowReader(listContext, { interested: false })();
  const now = vendorNow([first, interested], job.ports.clock);
  const state = await loadState(job.ports.store, feedPartition(job.polled.id, job.feed.id));
  const context: FeedContext = { ...listContext, ...state, now, inBaseline: true, silentUpTo: job.on };
  const checkpoint: Checkpoint = {
    lowWatermark: job.on - lateWindowMs(job.limits),
    digest: '',
    interestedDigest: '',
    reconciledAt: now,
    baseline: true,
    silentUpTo: job.on,
    ...(listed.label === undefined ? {} : { label: listed.label }),
    ...(isOutOfOrder(first) ? { unorderedAt: 0 } : {}),
  };
  const failure = await work(
    context,
    job,
    { checkpoint, version: 0 },
    { pages: { first, interested }, listed: undefined },
  );
  return { ...spent, idle: false, ...(failure && endsPoll(failure) ? { failure } : {}) };
}
