import { ProviderError } from '../../failure.ts';
import { cameAt, type Instant, type Thread } from '../../model.ts';
import type { RowPage } from '../../provider.ts';
import { isStillResting } from '../../resting.ts';
import { type FeedContext, isRefusal } from '../feed/context.ts';
import type { BackfillState, LeftOver } from '../state/documents.ts';
import { newestInbound } from '../state/interest-watermarks.ts';
import type { MetThreads } from '../state/met-threads.ts';
import { ownMessages } from '../thread/belonging.ts';
import { isNothing, isNothingFound, nothingOf } from '../thread/nothing.ts';
import { carriedBy, fetchContent } from '../thread/open.ts';
import { isWanted, recordOldReply } from '../thread/record.ts';
import { isEveryThreadRefused } from '../thread/refusal.ts';
import { rememberedRow } from '../thread/remembered-row.ts';

export interface Pace {
  /** Threads opened before the work is put down. */
  readonly threadsMax: number;
  readonly signal?: AbortSignal;
  /** From one piece to the next, for who does them one after another. */
  readonly inHand?: PageInHand;
  onThread(total: number | undefined): void;
}

/** Older, a page is asked for anew. */
const IN_HAND_MS = 5 * 60_000;

/** The page within which a piece was put down, so that the next one does not ask for it again. */
export class PageInHand {
  #put: { readonly place: string; readonly page: RowPage; readonly at: Instant } | undefined;

  put(place: string, page: RowPage, at: Instant): void {
    this.#put = { place, page, at };
  }

  /** Once: a reading that begins anew is to see what is there then. */
  take(place: string, now: Instant): RowPage | undefined {
    const put = this.#put;
    this.#put = undefined;
    return put?.place === place && Math.abs(now - put.at) <= IN_HAND_MS ? put.page : undefined;
  }
}

/** Threads set aside at once; with more, the vendor is in trouble, and reading on would only set aside the rest. */
const LEFT_MAX = 100;

/** Failures in a row after which a piece ends. */
const FAILURES_MAX = 3;

/** The vendor has no more time for us now: the piece ends, and goes on from here. */
export class Pause extends Error {
  override readonly name = 'Pause';
  readonly waitMs: number;
  constructor(waitMs: number) {
    super('pause');
    this.waitMs = waitMs;
  }
}

/** So far may rows be behind their messages: they may have the time of another zone, or that of the day alone. */
const ROWS_BEHIND_MS = 24 * 60 * 60_000;

/** Nothing of it is wanted. A time that is a neighbour's proves nothing. */
export const isOlderThan = ({ lastActivityAt, changeHint }: Thread, since: Instant): boolean =>
  changeHint === undefined && lastActivityAt < since - ROWS_BEHIND_MS;

/** So long a thread that was set aside waits for what else there is to know of it, and one that is empty or gone for what it may still show. */
const WAITS_MS = 60 * 60_000;

interface Recording {
  readonly since: Instant;
  /** How long ago it was set aside. */
  readonly asideMs: number;
}

/** Records what the baseline passed over, and what is older. What is newer is polling's to record. */
async function recordThread(context: FeedContext, row: Thread, { since, asideMs }: Recording): Promise<void> {
  // Which message of an interested thread is its newest, other rows may tell.
  const isCarried = row.messages !== undefined && !row.interested;
  const { thread, content } = isCarried ? { thread: row, content: carriedBy(row) } : await fetchContent(context, row);
  if (content.lacks && asideMs < WAITS_MS) throw content.lacks;
  if (!isWanted(context, content)) return;
  if (isNothing(content)) throw nothingOf(context);
  const old = content.messages.filter((message) => cameAt(message) >= since && cameAt(message) <= context.on);
  for (const message of old) {
    if (message.direction === 'inbound')
      await recordOldReply(context, { type: 'reply.received', thread, content, message });
  }
  const newest = newestInbound(ownMessages(context, content));
  if (row.interested && newest && cameAt(newest) >= since && cameAt(newest) <= context.on) {
    await recordOldReply(context, { type: 'reply.interested', thread, content, message: newest });
  }
}

/** One feed's backfill at work. */
export interface FeedBackfill {
  readonly context: FeedContext;
  readonly pace: Pace;
  state: BackfillState;
  failures: number;
  /** Its list is known to be newest first, so that what is old ends it. */
  readonly isInOrder: () => Promise<boolean>;
  /** Of a list that is read in passes. */
  met?: MetThreads;
}

const leftOver = ({ id, key, lead, interested, lastActivityAt: at }: Thread): LeftOver => ({
  id,
  key,
  lead: lead.email,
  interested,
  at,
});

/** Looked at again: at once, and then each so much later. */
const LOOK_AGAIN_MS = 10 * 60_000;

const isMissing = (error: ProviderError): boolean => error.failure.kind === 'not-found' || isNothingFound(error);

/** What came of opening a thread. What asks us to wait is thrown, and a refusal that others on its page meet too, which is the key's. */
async function tryRecording(work: FeedBackfill, row: Thread, asideMs = 0): Promise<'recorded' | 'missing' | 'failed'> {
  try {
    await recordThread(work.context, row, { since: work.state.since, asideMs });
    work.failures = 0;
    return 'recorded';
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const { failure } = error;
    if (isRefusal(error) && (await isEveryThreadRefused(work.context, row))) throw error;
    if (failure.kind === 'throttled' && !failure.alone) throw new Pause(failure.retryAfterMs);
    work.context.ports.log.warn('backfill.thread_left', {
      connection: work.context.polled.id,
      failure: failure.kind,
    });
    work.failures += 1;
    return isMissing(error) ? 'missing' : 'failed';
  }
}

/** Records a thread or sets it aside to be tried again; only then is it counted as come by. */
export async function recordOrSetAside(
  work: FeedBackfill,
  row: Thread,
  comeBy: (state: BackfillState) => BackfillState,
): Promise<void> {
  const outcome = await tryRecording(work, row);
  const now = work.context.ports.clock.now();
  const aside = {
    ...leftOver(row),
    since: now,
    ...(outcome === 'missing' && { missing: { since: now, nextAt: now } }),
  };
  const others = (work.state.left ?? []).filter(({ key }) => key !== row.key);
  const left = outcome === 'recorded' ? work.state.left : [...others, aside];
  work.state = comeBy({ ...work.state, ...(left && { left }) });
  if (work.failures >= FAILURES_MAX || (left?.length ?? 0) >= LEFT_MAX) throw new Pause(0);
}

export const isFull = ({ context, pace }: FeedBackfill): boolean =>
  context.spent.opened >= pace.threadsMax || pace.signal?.aborted === true;

/** What is left of it after another look; undefined where it was recorded, or is gone. */
async function lookAgain(work: FeedBackfill, left: LeftOver): Promise<LeftOver | undefined> {
  const now = work.context.ports.clock.now();
  if (left.missing && isStillResting(left.missing.nextAt, now, LOOK_AGAIN_MS)) return left;
  const outcome = await tryRecording(work, rememberedRow(left, work.context), now - (left.since ?? 0));
  if (outcome === 'recorded') return undefined;
  if (outcome === 'failed') return left;
  const since = left.missing?.since ?? now;
  return now - since >= WAITS_MS ? undefined : { ...left, missing: { since, nextAt: now + LOOK_AGAIN_MS } };
}

export async function recordLeft(work: FeedBackfill): Promise<boolean> {
  for (const left of work.state.left ?? []) {
    if (isFull(work)) return false;
    const next = await lookAgain(work, left);
    const others = (work.state.left ?? []).filter(({ key }) => key !== left.key);
    work.state = { ...work.state, left: next ? [...others, next] : others };
  }
  return (work.state.left ?? []).length === 0;
}
