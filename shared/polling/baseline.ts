import { ProviderError } from '../failure.ts';
import type { Thread } from '../model.ts';
import type { RowPage } from '../provider.ts';
import { endsPoll, type FeedContext, newestActivity, nothingSpent, settleSpan, vendorNow } from './context.ts';
import { saveState } from './handle-rows.ts';
import { fetchContent, keepBack, noteRow } from './open.ts';
import { type FeedJob, type FeedPoll, noteTail, saveHead } from './poll-feed.ts';
import { rowReader } from './rows.ts';
import { scanDown } from './scan.ts';
import { AFTER_EVERY_ID, type Cover, feedPartition, loadState, newestInbound } from './state.ts';
import { isOutOfOrder } from './walk.ts';

/** A list may give times in whole seconds, a thread in milliseconds: a row's newest message can be this much newer than its row. */
const ROUNDED_MS = 999;

/** Of a thread that is not opened: everything it holds up to `on`. */
const coverOf = ({ on }: FeedContext, row: Thread): Cover => [
  Math.min(row.lastActivityAt + ROUNDED_MS, on),
  AFTER_EVERY_ID,
];

const isRecent = ({ on, limits }: FeedContext, row: Thread) => row.lastActivityAt >= on - settleSpan(limits);

/** Reads a thread of the last hour before `on`: what it holds is kept back, and covers it if it is interested. */
async function keepBackThread(context: FeedContext, row: Thread): Promise<void> {
  const known = context.ledger.get(row.key);
  if (
    known &&
    known.at === row.lastActivityAt &&
    known.openedAt > 0 &&
    (!row.interested || context.covers.get(row.key))
  )
    return;
  const { thread, content } = await fetchContent(context, row);
  const old = content.messages.filter(({ sentAt }) => sentAt <= context.on);
  for (const message of old) {
    if (message.direction === 'inbound' && message.sentAt >= context.on - context.limits.lateMs) {
      await keepBack(context, thread, message);
    }
  }
  const newest = newestInbound(old);
  if (row.interested && newest) context.covers.set(row.key, [newest.sentAt, newest.id]);
  if (row.lastActivityAt > context.on) return;
  noteRow(context, row);
  const noted = context.ledger.get(row.key);
  if (noted) context.ledger.set(row.key, { ...noted, openedAt: context.now, campaign: content.campaign?.id ?? '' });
}

/** A thread that cannot be opened now must not hold up the rest; its old messages are kept back when it can. */
async function keepBackRow(context: FeedContext, row: Thread): Promise<void> {
  try {
    await keepBackThread(context, row);
  } catch (error) {
    if (!(error instanceof ProviderError) || endsPoll(error)) throw error;
    if (row.interested) context.covers.set(row.key, coverOf(context, row));
    noteRow(context, row);
    const noted = context.ledger.get(row.key);
    if (noted) context.ledger.set(row.key, { ...noted, pending: 1, baseline: 1 });
  }
}

async function readWhole(context: FeedContext, first: RowPage, interested: boolean) {
  const unordered = isOutOfOrder(first);
  const options = {
    floor: interested || unordered ? 0 : context.on - settleSpan(context.limits),
    pagesMax: context.limits.pagesPerReading,
    unordered,
  };
  const scan = await scanDown(context, rowReader(context, interested), first, options);
  if (scan.failure) throw scan.failure;
  return scan;
}

async function work(context: FeedContext, first: RowPage, interested: RowPage) {
  const listed = await readWhole(context, interested, true);
  for (const row of listed.union.rows.values()) {
    if (isRecent(context, row)) await keepBackRow(context, { ...row, interested: true });
    else context.covers.set(row.key, coverOf(context, row));
  }
  const scan = await readWhole(context, first, false);
  for (const row of scan.union.newestFirst()) {
    if (!isRecent(context, row)) noteRow(context, row);
    else if (!listed.union.rows.has(row.key)) await keepBackRow(context, row);
  }
  return { listed, scan };
}

/**
 * Switches a feed on: nothing old is told. Covers are written before the ledger, the ledger before the head; a feed
 * without a head is not on, and its baseline starts again with the same `on`.
 */
export async function readBaseline(job: FeedJob): Promise<FeedPoll> {
  const spent = nothingSpent();
  const reading = { ...job, spent };
  const interested = await rowReader(reading, true)(0);
  const first = await rowReader(reading, false)(0);
  const now = vendorNow([first, interested], job.ports.clock);
  const state = await loadState(job.ports.store, feedPartition(job.polled.id, job.feed.id));
  const context: FeedContext = { ...reading, ...state, now };
  try {
    const { scan, listed } = await work(context, first, interested);
    await saveState(context);
    const newest = newestActivity(first.rows);
    const floor = Math.min(job.on, newest ?? job.on) - settleSpan(job.limits);
    const total = interested.total;
    await saveHead(
      job,
      {
        floor,
        digest: '',
        interestedDigest: '',
        ...(total === undefined ? {} : { interestedTotal: total }),
        ...(listed.pages > 1 ? { tailPages: listed.pages } : {}),
        deepAt: now,
        ...(scan.outOfOrder || listed.outOfOrder ? { unorderedAt: 0 } : {}),
      },
      undefined,
    );
    noteTail(job, now);
    return { ...spent, idle: false };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    await saveState(context);
    return { ...spent, idle: false, failure: error };
  }
}
