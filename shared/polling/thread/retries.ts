import type { Instant, Thread } from '../../model.ts';
import { isStillResting } from '../../resting.ts';
import type { FeedContext } from '../feed/context.ts';
import type { Retry, SeenThread } from '../state/documents.ts';
import type { SeenThreads } from '../state/feed-state.ts';
import { rememberedRow } from './remembered-row.ts';

const MINUTE_MS = 60_000;
/** A passing failure is over soon: so many attempts are made at the next poll. */
const ATTEMPTS_AT_ONCE = 3;
const WAIT_MAX_MS = 6 * 60 * MINUTE_MS;
/** About five days; then the thread is opened when it changes. */
const ATTEMPTS_MAX = 30;

/** About an hour: replies wait no longer for what cannot be known of their thread besides. */
const ATTEMPTS_FOR_ALL = 7;

const waitAfter = (attempts: number): number =>
  attempts < ATTEMPTS_AT_ONCE ? 0 : Math.min(WAIT_MAX_MS, MINUTE_MS * 2 ** (attempts - ATTEMPTS_AT_ONCE + 1));

interface Failing {
  readonly before: Retry | undefined;
  /** How long the vendor asked to leave this thread alone. */
  readonly askedMs: number;
}

/** Undefined when it was tried often enough. */
export function nextRetry({ now }: FeedContext, row: Thread, { before, askedMs }: Failing): Retry | undefined {
  const attempts = (before?.attempts ?? 0) + 1;
  return attempts > ATTEMPTS_MAX
    ? undefined
    : { at: now + Math.max(askedMs, waitAfter(attempts)), attempts, id: row.id, lead: row.lead.email };
}

/** It failed for so long that its replies are told without what else there is to know of it. */
export const isTriedLong = (known: SeenThread | undefined): boolean =>
  (known?.retry?.attempts ?? 0) >= ATTEMPTS_FOR_ALL;

const isOver = ({ at }: Retry, now: Instant): boolean => !isStillResting(at, now, WAIT_MAX_MS);

export const isRetryDue = ({ retry }: SeenThread, now: Instant): boolean => retry === undefined || isOver(retry, now);

interface Waiting {
  readonly key: string;
  readonly known: SeenThread;
  readonly retry: Retry;
}

/** Those whose opening is to be made again. */
const waiting = (seenThreads: SeenThreads): readonly Waiting[] =>
  [...seenThreads.entries()].flatMap(([key, known]) =>
    known.pending && !known.gone && known.retry ? [{ key, known, retry: known.retry }] : [],
  );

function rowOf({ key, known: { at, count, interested }, retry: { id, lead } }: Waiting, context: FeedContext): Thread {
  const row = rememberedRow({ id, key, lead, interested: interested === 1, at }, context);
  return count >= 0 ? { ...row, changeHint: count } : row;
}

/** Threads whose opening is to be made again now, the one that waited longest first. */
export function retriesDue(context: FeedContext): readonly Thread[] {
  return waiting(context.seenThreads)
    .filter(({ retry }) => isOver(retry, context.now))
    .sort((a, b) => a.retry.at - b.retry.at)
    .map((each) => rowOf(each, context));
}

/** When the next one is to be made again, and how many wait. */
export function retriesWaiting(
  seenThreads: SeenThreads,
): { readonly nextAt: Instant; readonly threads: number } | undefined {
  const times = waiting(seenThreads).map(({ retry }) => retry.at);
  const [first] = times;
  return first === undefined
    ? undefined
    : { nextAt: times.reduce((least, at) => Math.min(least, at)), threads: times.length };
}

export const nextRetryAt = (seenThreads: SeenThreads): Instant | undefined => retriesWaiting(seenThreads)?.nextAt;
