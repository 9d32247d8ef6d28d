import { ProviderError } from '../failure.ts';
import type { Instant } from '../model.ts';
import type { RowAnswer, RowPage } from '../provider.ts';
import { concernsListAlone, type ListContext, vendorNow } from './feed/context.ts';
import type { InterestedTurns } from './interested-turns.ts';
import { askRows, oneRowAKey } from './list/rows.ts';
import type { InterestedReach, Pages } from './list/slices.ts';

/** The first page of the interested list as it came. */
export interface InterestedAnswer {
  /** How far the list was to be read. */
  readonly reach: InterestedReach;
  readonly answer?: RowAnswer;
  /** Why there is none, where that is the list's own: it stops nothing. */
  readonly failure?: ProviderError;
}

/** Noted at once, since what follows in this poll may fail too. What is not of this list alone is thrown on. */
function failed({ feed }: ListContext, turns: InterestedTurns, reach: InterestedReach, error: unknown) {
  if (!(error instanceof ProviderError) || !concernsListAlone(error)) throw error;
  turns.failed(feed, error, false);
  return { reach, failure: error };
}

export async function askInterested(
  context: ListContext,
  turns: InterestedTurns,
  label: string | undefined,
): Promise<InterestedAnswer> {
  const reach = turns.reach(context.feed);
  if (reach === 'nothing') return { reach };
  try {
    return { reach, answer: await askRows(context, { interested: true, ...(label !== undefined && { label }) }) };
  } catch (error) {
    return failed(context, turns, reach, error);
  }
}

/** The same with its page parsed, since what cannot be read is a failure too. */
export function parsed(context: ListContext, turns: InterestedTurns, interested: InterestedAnswer): InterestedAnswer {
  const { reach, answer } = interested;
  if (!answer) return interested;
  try {
    const page = answer.page();
    return { reach, answer: { ...answer, page: () => page } };
  } catch (error) {
    return failed(context, turns, reach, error);
  }
}

/** Both first pages, read from the answers when they are first asked for. */
export function pagesOf(first: RowAnswer, { answer }: InterestedAnswer): () => Pages {
  let pages: Pages | undefined;
  return () => {
    pages ??= { first: oneRowAKey(first.page()), ...(answer && { interested: oneRowAKey(answer.page()) }) };
    return pages;
  };
}

/** The vendor's time by two answers: without one of the interested list, the first page is asked for again. */
export async function timeOf(
  context: ListContext,
  first: Pick<RowPage, 'date'>,
  { answer }: InterestedAnswer,
): Promise<Instant> {
  return vendorNow([first, answer ?? (await askRows(context, { interested: false }))], context.ports.clock);
}

/** Remembers what came of a list whose first page was read; `below`: how it failed below that. */
export function noteInterested(
  turns: InterestedTurns,
  { feed }: Pick<ListContext, 'feed'>,
  { reach, answer }: InterestedAnswer,
  below?: ProviderError,
): void {
  if (!answer) return;
  turns.read(feed);
  if (below) turns.failed(feed, below, true);
  else if (reach === 'whole') turns.well(feed);
}
