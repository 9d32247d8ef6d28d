import type { Instant, Thread } from '../../model.ts';
import type { FeedContext } from '../feed/context.ts';
import type { Retry, SeenThread } from '../state/documents.ts';
import type { SeenThreads } from '../state/feed-state.ts';

const MINUTE_MS = 60_000;
/** A passing failure is over soon: so many attempts are made at the next poll. */
const ATTEMPTS_AT_ONCE = 3;
const WAIT_MAX_MS = 6 * 60 * MINUTE_MS;
/** About five days; then the thread is opened when it changes. */
const ATTEMPTS_MAX = 30;

const waitAfter = (attempts: number): number =>
  attempts < ATTEMPTS_AT_ONCE ? 0 : Math.min(WAIT_MAX_MS, MINUTE_MS * 2 ** (attempts - ATTEMPTS_AT_ONCE + 1));

/** Undefined when it was tried often enough. */
export function nextRetry({ now }: FeedContext, row: Thread, before: Retry | undefined): Retry | undefined {
  const attempts = (before?.attempts ?? 0) + 1;
  return attempts > ATTEMPTS_MAX
    ? undefined
    : { at: now + waitAfter(attempts), attempts, id: row.id, lead: row.lead.email };
}

export const isRetryDue = ({ retry }: SeenThread, now: Instant): boolean => retry === undefined || retry.at <= now;

/** The row as far as it is remembered. */
function rowOf(key: string, { at, count, interested }: SeenThread, { id, lead }: Retry, { feed }: FeedContext): Thread {
  return {
    id,
    key,
    campaign: feed.campaign && { id: feed.campaign.id, name: feed.campaign.name },
    lead: { email: lead },
    box: 'reply',
    interested: interested === 1,
    tags: [],
    lastActivityAt: at,
    ...(count >= 0 && { changeHint: count }),
    vendor: {},
  };
}

/** Threads whose opening is to be made again now, the one that waited longest first. */
export function retriesDue(context: FeedContext): readonly Thread[] {
  const due = [...context.seenThreads.entries()].flatMap(([key, known]) =>
    known.pending && !known.gone && known.retry && known.retry.at <= context.now
      ? [{ key, known, retry: known.retry }]
      : [],
  );
  return due.sort((a, b) => a.retry.at - b.retry.at).map(({ key, known, retry }) => rowOf(key, known, retry, context));
}

/** When the next one is to be made again. */
export function nextRetryAt(seenThreads: SeenThreads): Instant | undefined {
  let next: Instant | undefined;
  for (const [, known] of seenThreads.entries()) {
    if (!known.pending || known.gone || !known.retry) continue;
    next = Math.min(next ?? Number.POSITIVE_INFINITY, known.retry.at);
  }
  return next;
}
