import type { RowAnswer } from '../provider.ts';
import type { FeedContext } from './context.ts';
import type { ReadPage } from './walk.ts';

type Asking = Pick<FeedContext, 'polled' | 'feed' | 'limits' | 'spent'>;

/** One page of a feed's list (or of its interested list) as it comes, counted as a call. */
export async function askRows(context: Asking, interested: boolean, offset: number): Promise<RowAnswer> {
  context.spent.calls += 1;
  const page = { offset, rows: context.limits.pageRows, ...(interested ? { interested: true as const } : {}) };
  return await context.polled.connection.feeds.rows(context.feed, page);
}

/** Reads pages of a feed's list (or of its interested list), counting calls. */
export function rowReader(context: Asking, interested: boolean): ReadPage {
  return async (offset) => (await askRows(context, interested, offset)).page();
}
