import { compareMessages, type Message, type Thread } from '../../model.ts';
import type { Position, RowAnswer, RowPage } from '../../provider.ts';
import type { FeedContext } from '../feed/context.ts';

type Asking = Pick<FeedContext, 'polled' | 'feed' | 'limits' | 'spent'>;

/** Which of a feed's two lists, and how it is to be read. */
export interface List {
  readonly interested: boolean;
  /** It was seen out of order, so pages cannot be joined by times. */
  readonly unordered?: boolean;
  /** Nothing is read again below its end. */
  readonly certain?: boolean;
  /** The spelling of the filter seen last. */
  readonly label?: string;
}

/** The row has the time of a neighbour, since its own cannot be read. */
export const isUntimed = ({ changeHint }: Pick<Thread, 'changeHint'>): boolean => changeHint !== undefined;

/** None of the rows has a time that can be read, so that none is known to be older than another but by its place. */
export const areTimeless = (rows: readonly Thread[]): boolean => rows.length > 0 && rows.every(isUntimed);

/** One page of a list as it comes, the first one without a position; its calls are counted. */
export async function askRows(
  context: Asking,
  { interested, unordered, certain, label }: List,
  position?: Position,
): Promise<RowAnswer> {
  const answer = await context.polled.connection.feeds.rows(context.feed, {
    rows: context.limits.pageRows,
    ...(position === undefined ? {} : { position }),
    ...(interested && { interested: true as const }),
    ...(unordered && { unordered: true as const }),
    ...(certain && { certain: true as const }),
    ...(label !== undefined && { label }),
  });
  context.spent.calls += answer.calls;
  return answer;
}

/** In order of time, each once. */
function mergedMessages(one: readonly Message[], other: readonly Message[]): readonly Message[] {
  const byId = new Map([...one, ...other].map((message) => [message.id, message]));
  return [...byId.values()].sort(compareMessages);
}

/** Of two rows of one thread the newest, of two as old the later one that was read; with the messages of both where rows carry them. */
export function newerRow(known: Thread | undefined, row: Thread): Thread {
  if (!known) return row;
  const newer = row.lastActivityAt >= known.lastActivityAt ? row : known;
  if (!known.messages && !row.messages) return newer;
  return { ...newer, messages: mergedMessages(known.messages ?? [], row.messages ?? []) };
}

/** A vendor may list one thread twice, as it stood before and as it stands now, or once for each message. */
export function oneRowAKey(page: RowPage): RowPage {
  if (new Set(page.rows.map(({ key }) => key)).size === page.rows.length) return page;
  const byKey = new Map<string, Thread>();
  for (const row of page.rows) {
    const known = byKey.get(row.key);
    // Of two as old nobody knows which was made later: the first one stays.
    const isNewer = known !== undefined && row.lastActivityAt > known.lastActivityAt;
    if (isNewer) byKey.delete(row.key);
    byKey.set(row.key, isNewer || !known ? newerRow(known, row) : newerRow(row, known));
  }
  return { ...page, rows: [...byKey.values()] };
}

/** Reads pages of one list. */
export type ReadPage = (position?: Position) => Promise<RowPage>;

export function rowReader(context: Asking, list: List): ReadPage {
  return async (position) => oneRowAKey((await askRows(context, list, position)).page());
}
