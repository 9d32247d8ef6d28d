import { endsPoll, type FeedContext, nothingSpent, settleSpan, vendorNow } from './context.ts';
import { type FeedJob, type FeedPoll, work } from './poll-feed.ts';
import { askRows, oneRowAKey, rowReader } from './rows.ts';
import { feedPartition, type Head, loadState } from './state.ts';
import { isOutOfOrder } from './walk.ts';

/**
 * Switches a feed on: nothing old is told, and what is new is told from this poll on. The first polls are like all others, but
 * that they keep back what was sent up to `on` until the window is through, and take in old labels in silence until the
 * interested list is; both go on from poll to poll. A feed without a head is not on, and begins again with the same `on`.
 */
export async function readBaseline(job: FeedJob): Promise<FeedPoll> {
  const spent = nothingSpent();
  const reading = { ...job, spent };
  const listed = await askRows(reading, true, 0);
  const interested = oneRowAKey(listed.page());
  const first = await rowReader(reading, false)(0);
  const now = vendorNow([first, interested], job.ports.clock);
  const state = await loadState(job.ports.store, feedPartition(job.polled.id, job.feed.id));
  const context: FeedContext = { ...reading, ...state, now, keepsBack: true, silentUpTo: job.on };
  const head: Head = {
    floor: job.on - settleSpan(job.limits),
    digest: '',
    interestedDigest: '',
    deepAt: now,
    base: true,
    silentUpTo: job.on,
    ...(listed.label === undefined ? {} : { label: listed.label }),
    ...(isOutOfOrder(first) ? { unorderedAt: 0 } : {}),
  };
  const failure = await work(context, job, { head, version: 0 }, { pages: { first, interested }, listed: undefined });
  return { ...spent, idle: false, ...(failure && endsPoll(failure) ? { failure } : {}) };
}
