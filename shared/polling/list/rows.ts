import type { Thread } from '../../model.ts';
import type { RowAnswer, RowPage } from '../../provider.ts';
import type { FeedContext } from '../feed/context.ts';
import type { ReadPage } from './walk.ts';

type Asking = Pick<FeedContext, 'polled' | 'feed' | 'limits' | 'spent'>;

/** One page of a feed's list (or of its interested list) as it comes, counted as a call. */
export async function askRows(
  context: Asking,
  interested: boolean,
  offset: number,
  label?: string,
): Promise<RowAnswer> {
  context.spent.calls += 1;
  const page = {
    offset,
    rows: context.limits.pageRows,
    ...(interested && { interested: true as const }),
    ...(label !== undefined && { label }),
  };
  return await context.polled.connection.feeds.rows(context.feed, page);
}

/** A vendor may list one thread twice, as it stood before and as it stands now: the newest row counts. */
export function oneRowAKey(page: RowPage): RowPage {
  const newest = new Map<string, Thread>();
  for (const row of page.rows) {
    const known = newest.get(row.key);
    if (!known || row.lastActivityAt > known.lastActivityAt) newest.set(row.key, row);
  }
  return newest.size === page.rows.length
    ? page
    : { ...page, rows: page.rows.filter((row) => newest.get(row.key) === row) };
}

/** Reads pages of a feed's list (or of its interested list), counting calls. */
export function rowReader(context: Asking, interested: boolean): ReadPage {
  return async (offset) => oneRowAKey((await askRows(context, interested, offset)).page());
}
