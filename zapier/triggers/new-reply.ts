import { hasLabel } from '../../shared/labels.ts';
import type { Instant, Thread } from '../../shared/model.ts';
import { type ReplyItem, receivedId, replyItem } from '../items.ts';
import { type Elsewhere, elsewhereOf, placedReplies } from './belonging.ts';
import { fitted } from './fit.ts';
import { checkLabel, rememberLabels } from './labels.ts';
import { type IsEnough, primeLists, type Reading, type Rows, readLists } from './lists.ts';
import { openAll } from './openings.ts';
import {
  type Mode,
  OPENINGS_MS,
  PAGES_MAX,
  type Poll,
  PRIMING_MS,
  PRIMING_OPENINGS_MS,
  pagesMaxOf,
  scopesOf,
  tooLittle,
  WINDOW_MS,
} from './poll.ts';
import { allOpened, canOpenAll } from './priming.ts';
import { newestMatching } from './samples.ts';
import type { Opened } from './thread-memory.ts';

/** Pages of one list read when a Zap is switched on. */
const PRIMING_PAGES_MAX = 2 * PAGES_MAX;

export interface ReplyFilter {
  readonly campaign?: string;
  readonly interested?: boolean;
  readonly intent?: string;
  readonly firstOnly?: boolean;
}

/**
 * New Reply. A pure reading: every message of the window is given out at every poll, and Zapier's own memory of ids decides
 * what is new. Nothing is lost with an answer that never arrived, and several Zaps share one key.
 */
export async function newReplies(poll: Poll, filter: ReplyFilter, mode: Mode): Promise<readonly ReplyItem[]> {
  if (filter.intent !== undefined) checkLabel(poll.connection, filter.intent);
  const isWanted = (row: Thread) => isOf(poll, filter, row);
  const nowhere = elsewhereOf([]);
  if (mode === 'sample') {
    const items = (opened: Opened) => itemsOf(poll, filter, [opened], { since: 0, elsewhere: nowhere });
    return await newestMatching(poll, filter.campaign, isWanted, items);
  }
  const since = poll.clock.now() - (mode === 'priming' ? PRIMING_MS : WINDOW_MS);
  const reading = await readingOf(poll, filter, since, mode);
  const given = { since, elsewhere: elsewhereOf(reading.scopes) };
  poll.deadline.keep(mode === 'priming' ? PRIMING_OPENINGS_MS : OPENINGS_MS);
  if (mode === 'priming') {
    const name = JSON.stringify(filter);
    const mayEnd = (found: Rows) => canOpenAll(poll, name, { ...found, rows: found.rows.filter(isWanted) });
    const { rows, isSettled } = await primeLists(poll, reading, mayEnd);
    const opened = await allOpened(poll, name, { rows: rows.filter(isWanted), isSettled });
    return fitted(itemsOf(poll, filter, opened, given));
  }
  const lists = await readLists(poll, reading);
  poll.deadline.keep(0);
  const rows = fromBothEnds(lists.rows.filter(isWanted));
  const { opened, read, left, failure } = await openAll(poll, rows, { mode });
  // Green and empty would say that nothing came; what was found in this poll goes out all the same.
  if (read === 0 && left.length > 0) throw failure ?? tooLittle(poll, 'read threads');
  if (read === 0) await lists.checkStuck();
  else await rememberLabels(poll, lists.rows);
  return fitted(itemsOf(poll, filter, [...opened.values()], given));
}

/**
 * The oldest would leave the window first; the newest are what is most likely not told yet, where what was remembered is lost.
 */
function fromBothEnds(rows: readonly Thread[]): readonly Thread[] {
  const oldest = rows.toSorted((one, other) => one.lastActivityAt - other.lastActivityAt);
  const half = Math.ceil(oldest.length / 2);
  const newest = oldest.slice(half).reverse();
  return oldest.slice(0, half).flatMap((row, at) => [row, ...newest.slice(at, at + 1)]);
}

/** Labels are compared here: how a vendor spells its filter is not known, and a list of everything teaches its spellings. */
function isOf(poll: Poll, { interested, intent }: ReplyFilter, row: Thread): boolean {
  if (interested !== undefined && row.interested !== interested) return false;
  return intent === undefined || hasLabel(row, poll.connection.provider, intent);
}

const isNewestFirst = (page: readonly Thread[]) =>
  page.every((row, at) => row.lastActivityAt <= (page[at - 1] ?? row).lastActivityAt);

/** Threads that were active since then. An old row ends a list that is newest first; a whole page of them ends any other. */
async function readingOf(
  poll: Poll,
  { campaign, interested, intent }: ReplyFilter,
  since: Instant,
  mode: Mode,
): Promise<Reading> {
  // The first instant of 1970 stands for times of a whole page that could not be read: its threads have to be opened.
  const isOld = ({ lastActivityAt }: Thread) => lastActivityAt !== 0 && lastActivityAt < since;
  const isEnough: IsEnough = (page) => page.every(isOld) || (isNewestFirst(page) && page.slice(-1).every(isOld));
  return {
    name: `replies:${campaign ?? '*'}`,
    scopes: await scopesOf(poll, campaign),
    isEnough,
    isWanted: (row) => !isOld(row),
    isByLabel: interested !== undefined || intent !== undefined,
    pagesMax: mode === 'priming' ? PRIMING_PAGES_MAX : pagesMaxOf(poll),
  };
}

interface Given {
  readonly since: Instant;
  readonly elsewhere: Elsewhere;
}

function itemsOf(
  poll: Poll,
  { firstOnly }: ReplyFilter,
  opened: readonly Opened[],
  { since, elsewhere }: Given,
): readonly ReplyItem[] {
  const provider = poll.connection.provider.id;
  return placedReplies(opened, elsewhere)
    .filter(({ reply: { sentAt, message } }) => sentAt >= since && (!firstOnly || message.isFirst))
    .map(({ thread, reply }) => {
      const id = receivedId(provider, thread, reply.messageId);
      return replyItem(id, { provider, thread, reply, later: poll.later });
    });
}
