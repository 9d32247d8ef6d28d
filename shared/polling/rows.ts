import type { FeedContext } from './context.ts';
import type { ReadPage } from './walk.ts';

/** Reads pages of a feed's list (or of its interested list), counting calls. */
export function rowReader(
  context: Pick<FeedContext, 'polled' | 'feed' | 'limits' | 'spent'>,
  interested: boolean,
): ReadPage {
  const { feeds } = context.polled.connection;
  return async (offset) => {
    context.spent.calls += 1;
    const page = { offset, rows: context.limits.pageRows, ...(interested ? { interested: true as const } : {}) };
    return await feeds.rows(context.feed, page);
  };
}
