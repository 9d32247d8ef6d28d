import { ProviderError, UserError } from '../failure.ts';
import type { Instant, Thread } from '../model.ts';
import type { Feed, RowPage } from '../provider.ts';
import { Unreadable } from '../store/collection.ts';
import { backfillAddress } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { loadConnection } from './connection.ts';
import { type FeedContext, nothingSpent, type PolledConnection, type PollingPorts } from './context.ts';
import { type BackfillMark, backfillMarks } from './documents.ts';
import { POLL_LIMITS, type PollLimits } from './limits.ts';
import { fetchContent, isWanted, tellOld } from './open.ts';
import { rowReader } from './rows.ts';
import { feedPartition, loadState, newestInbound } from './state.ts';
import { isOutOfOrder, readFrom, walk } from './walk.ts';

export interface BackfillProgress {
  readonly threads: number;
  /** Threads in the feeds' lists, where the vendor counts them. */
  readonly total?: number;
  readonly recorded: number;
}

export interface BackfillResult extends BackfillProgress {
  readonly done: boolean;
}

export interface BackfillOptions {
  readonly since: Instant | 'all';
  onProgress(progress: BackfillProgress): void;
  readonly signal?: AbortSignal;
}

interface Pace {
  /** Threads opened before the work is put down. */
  readonly threadsMax: number;
  readonly signal?: AbortSignal;
  onThread(total: number | undefined): void;
}

/** "7d" asked for again a little later means the same backfill, which goes on from where it began. */
const SAME_JOB_MS = 24 * 60 * 60_000;

async function loadMark(
  store: Store,
  connection: string,
  feed: string,
  since: Instant,
): Promise<{ mark: BackfillMark; version: number }> {
  const found = await backfillMarks.get(store, backfillAddress(connection, feed));
  // One that cannot be read is written anew: what was told is not told again.
  const mark = found instanceof Unreadable ? undefined : found?.value;
  const fresh: BackfillMark = { since, atKeys: [], offset: 0, threads: 0, recorded: 0 };
  const resumes = mark && (mark.since === since || (!mark.done && Math.abs(mark.since - since) <= SAME_JOB_MS));
  return { mark: resumes ? mark : fresh, version: found?.version ?? 0 };
}

/** Tells what the baseline kept back, and what is older. What is newer is polling's to tell. */
async function tellThread(context: FeedContext, row: Thread, since: Instant): Promise<void> {
  const { thread, content } = await fetchContent(context, row);
  if (!isWanted(context, content)) return;
  const old = content.messages.filter(({ sentAt }) => sentAt >= since && sentAt <= context.on);
  for (const message of old) {
    if (message.direction === 'inbound') await tellOld(context, { type: 'reply.received', thread, content, message });
  }
  const newest = newestInbound(content.messages);
  if (row.interested && newest && newest.sentAt >= since && newest.sentAt <= context.on) {
    await tellOld(context, { type: 'reply.interested', thread, content, message: newest });
  }
}

/** Waits as long as the vendor asks; a thread that cannot be opened is left out and said, the rest goes on. */
async function tellPatiently(context: FeedContext, row: Thread, since: Instant): Promise<void> {
  for (;;) {
    try {
      return await tellThread(context, row, since);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      const { failure } = error;
      if (failure.kind === 'auth' || failure.kind === 'scope') throw error;
      if (failure.kind !== 'throttled') {
        context.ports.log.warn('backfill.thread_left_out', { connection: context.polled.id, failure: failure.kind });
        return;
      }
      await context.ports.clock.sleep(failure.retryAfterMs);
    }
  }
}

interface FeedBackfill {
  readonly context: FeedContext;
  readonly pace: Pace;
  mark: BackfillMark;
}

const isRead = ({ at, atKeys }: BackfillMark, row: Thread) =>
  at !== undefined && (row.lastActivityAt > at || (row.lastActivityAt === at && atKeys.includes(row.key)));

function marked(mark: BackfillMark, row: Thread, offset: number, recorded: number): BackfillMark {
  const atKeys = row.lastActivityAt === mark.at ? [...mark.atKeys, row.key] : [row.key];
  return { ...mark, at: row.lastActivityAt, atKeys, offset, threads: mark.threads + 1, recorded };
}

/** False when the page holds nothing newer than `since` any more. */
async function tellPage(work: FeedBackfill, page: RowPage): Promise<boolean> {
  const { context, pace } = work;
  for (const row of page.rows) {
    if (row.lastActivityAt < work.mark.since) return false;
    if (isRead(work.mark, row)) continue;
    if (context.spent.opened >= pace.threadsMax || pace.signal?.aborted) return true;
    await tellPatiently(context, row, work.mark.since);
    pace.onThread(page.total);
    work.mark = marked(work.mark, row, page.offset, context.spent.recorded);
  }
  return true;
}

/** A list out of order has no place to resume from, so it is told in one go; event ids keep a repetition silent. */
async function tellUnordered(work: FeedBackfill, first: RowPage): Promise<void> {
  const { context, pace } = work;
  const told = new Set<string>();
  const options = { limits: context.limits, log: context.ports.log, unordered: true };
  for await (const { page } of walk(rowReader(context, false), first, options)) {
    for (const row of page.rows) {
      if (row.lastActivityAt < work.mark.since || told.has(row.key)) continue;
      if (pace.signal?.aborted) return;
      told.add(row.key);
      await tellPatiently(context, row, work.mark.since);
      pace.onThread(page.total);
    }
  }
  work.mark = { ...work.mark, threads: told.size, done: true };
}

async function tellOrdered(work: FeedBackfill, first: RowPage): Promise<void> {
  const { context, pace } = work;
  const options = { limits: context.limits, log: context.ports.log, unordered: false };
  for await (const { page } of walk(rowReader(context, false), first, options)) {
    if (!(await tellPage(work, page))) break;
    if (context.spent.opened >= pace.threadsMax || pace.signal?.aborted) return;
  }
  work.mark = { ...work.mark, done: true };
}

async function backfillFeed(context: FeedContext, since: Instant, pace: Pace): Promise<BackfillMark> {
  const { polled, ports, feed } = context;
  const { mark, version } = await loadMark(ports.store, polled.id, feed.id, since);
  if (mark.done) return mark;
  context.spent.recorded = mark.recorded;
  const work: FeedBackfill = { context, pace, mark };
  const read = rowReader(context, false);
  const first = mark.at === undefined ? await read(0) : await readFrom(read, mark.offset, mark.at);
  await (isOutOfOrder(first) ? tellUnordered(work, first) : tellOrdered(work, first));
  const next: BackfillMark = { ...work.mark, recorded: context.spent.recorded };
  await backfillMarks.put(ports.store, { ...backfillAddress(polled.id, feed.id), value: next }, version);
  return next;
}

interface Backfill {
  readonly polled: PolledConnection;
  readonly ports: PollingPorts;
  readonly limits: PollLimits;
  readonly on: Instant;
  readonly since: Instant;
}

async function contextOf({ polled, ports, limits, on }: Backfill, feed: Feed): Promise<FeedContext> {
  const state = await loadState(ports.store, feedPartition(polled.id, feed.id));
  return { polled, feed, ports, limits, on, now: on, ...state, spent: nothingSpent() };
}

/** A bounded piece of a backfill, so that polling goes on between two pieces. */
export async function backfillSome(backfill: Backfill, pace: Pace): Promise<BackfillResult> {
  let sum = { threads: 0, recorded: 0, done: true };
  for (const feed of await backfill.polled.connection.feeds.feeds(backfill.polled.campaigns)) {
    const mark = await backfillFeed(await contextOf(backfill, feed), backfill.since, pace);
    const done = sum.done && mark.done === true;
    sum = { threads: sum.threads + mark.threads, recorded: sum.recorded + mark.recorded, done };
    if (!done) break;
  }
  return sum;
}

const THREADS_PER_PIECE = 50;

/**
 * Tells old messages, newest threads first, as events marked `backfill`. Stops when aborted and, asked again with the
 * same `since`, goes on where it stopped; once done it is not repeated.
 */
export async function backfill(
  polled: PolledConnection,
  ports: PollingPorts,
  options: BackfillOptions,
  limits: PollLimits = POLL_LIMITS,
): Promise<BackfillResult> {
  const stored = await loadConnection(ports.store, polled.id);
  if (!stored) {
    throw new UserError(`Connection ${polled.id} is not switched on yet; run "replybus poll ${polled.id}" first.`, 1);
  }
  const since = options.since === 'all' ? 0 : options.since;
  const work: Backfill = { polled, ports, limits, on: stored.record.on, since };
  const seen: { total?: number } = {};
  const onThread = (total: number | undefined) => {
    if (total !== undefined) seen.total = total;
  };
  const pace = { threadsMax: THREADS_PER_PIECE, onThread, ...(options.signal ? { signal: options.signal } : {}) };
  for (;;) {
    const result = await backfillSome(work, pace);
    options.onProgress({ threads: result.threads, recorded: result.recorded, ...seen });
    if (result.done || options.signal?.aborted) return { ...result, ...seen };
  }
}
