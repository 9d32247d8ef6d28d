import { ProviderError } from '../../failure.ts';
import type { Thread } from '../../model.ts';
import { endsPoll, type FeedContext, isRefusal } from '../feed/context.ts';

/** Other threads that are opened to learn whose a refusal is. */
const OTHERS_MAX = 3;

/** Threads that have not failed by themselves, those first that could be opened before. */
function othersThan({ listed, seenThreads }: FeedContext, refused: Thread): readonly Thread[] {
  const wasOpened = ({ key }: Thread) => (seenThreads.get(key)?.openedAt ?? 0) > 0;
  const others = listed.filter(({ key }) => key !== refused.key && !seenThreads.get(key)?.retry);
  return [...others.filter(wasOpened), ...others.filter((row) => !wasOpened(row))].slice(0, OTHERS_MAX);
}

async function isRefused({ polled, spent }: FeedContext, row: Thread): Promise<boolean> {
  spent.calls += 1;
  spent.opened += 1;
  try {
    await polled.connection.feeds.open(row, { campaignId: '' });
    return false;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (endsPoll(error) && !isRefusal(error)) throw error;
    return isRefusal(error);
  }
}

async function areOthersRefused(context: FeedContext, refused: Thread): Promise<boolean> {
  const others = othersThan(context, refused);
  for (const row of others) if (!(await isRefused(context, row))) return false;
  return others.length > 0;
}

/**
 * Whether the key may open no thread at all. The lists were answered in this poll, so what one thread is refused with is its own, unless
 * others are refused too. Asked once in a poll, if no thread was opened in it.
 */
export async function isEveryThreadRefused(context: FeedContext, refused: Thread): Promise<boolean> {
  context.spent.opensNone ??= areOthersRefused(context, refused);
  return await context.spent.opensNone;
}

/** It concerns more than this thread: nothing further is to be opened in this poll. */
export async function endsOpenings(context: FeedContext, row: Thread, error: unknown): Promise<boolean> {
  if (!endsPoll(error)) return false;
  return !isRefusal(error) || (await isEveryThreadRefused(context, row));
}
