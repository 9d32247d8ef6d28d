import { UserError } from '../../shared/failure.ts';
import type { Instant, Thread } from '../../shared/model.ts';
import type { ThreadQuery } from '../../shared/provider.ts';
import { type ReplyItem, receivedId, replyItem } from '../items.ts';
import { isRecord } from '../memory.ts';
import { fitted } from './fit.ts';
import { LATE_MS, type Opened, openAll } from './openings.ts';
import {
  type Mode,
  PAGES_MAX,
  type Poll,
  PRIMING_WINDOWS,
  readScopes,
  rememberQuiet,
  rowsOf,
  SAMPLES,
  type Scope,
  scopesOf,
  TOO_LARGE,
  WINDOW_MS,
} from './poll.ts';

/**
 * What was not opened when a Zap was switched on, and is older than this, was there before: mail that is late has shown up
 * by then, and Zaps have polled since.
 */
const BEFORE_MS = LATE_MS + 30 * 60_000;
const PASSED_OVER = 'passed-over';

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
  if (mode === 'sample') return await samples(poll, filter);
  const now = poll.clock.now();
  const since = now - WINDOW_MS * (mode === 'priming' ? PRIMING_WINDOWS : 1);
  const [{ rows, isWhole }, passedOver] = await Promise.all([
    windowRows(poll, filter, mode, since),
    // A Zap that is switched on reads what it can; that others passed it over may be forgotten.
    mode === 'priming' ? Promise.resolve<PassedOver>({}) : passedOverOf(poll, now),
  ]);
  // What was not seen now would fire as new later.
  if (mode === 'priming' && !isWhole) throw new UserError(TOO_LARGE, 1);
  const wanted = rows.filter((row) => row.lastActivityAt > (passedOver[row.key] ?? 0));
  // The oldest would leave the window first. A Zap that is switched on needs what is newest first.
  const order = mode === 'priming' ? -1 : 1;
  const inOrder = [...wanted].sort((one, other) => order * (one.lastActivityAt - other.lastActivityAt));
  const { opened, left, failed } = await openAll(poll, inOrder, mode);
  if (mode === 'priming') await passOver(poll, now, [...left, ...failed]);
  const items = [...opened.values()].flatMap((thread) => {
    const from = Math.max(since, passedOver[thread.row.key] ?? 0);
    return itemsOf(poll, filter, thread, from);
  });
  return fitted(items);
}

function queryOf({ interested, intent }: ReplyFilter): ThreadQuery {
  return {
    ...(interested === undefined ? {} : { interested }),
    ...(intent === undefined ? {} : { intent }),
  };
}

const isNewestFirst = (page: readonly Thread[]) =>
  page.every((row, at) => row.lastActivityAt <= (page[at - 1] ?? row).lastActivityAt);

/** Threads that were active since then. An old row ends a list that is newest first; a whole page of them ends any other. */
async function windowRows(poll: Poll, filter: ReplyFilter, mode: Mode, since: Instant) {
  const query = queryOf(filter);
  const scopes = await scopesOf(poll, filter.campaign, query);
  const isOld = ({ lastActivityAt }: Thread) => lastActivityAt < since;
  const isEnough = (page: readonly Thread[]) =>
    page.every(isOld) || (isNewestFirst(page) && page.slice(-1).every(isOld));
  const pagesMax = mode === 'priming' ? PRIMING_WINDOWS * PAGES_MAX : PAGES_MAX;
  const read = async (scope: Scope) => {
    const found = await rowsOf(poll, scope, isEnough, pagesMax);
    return { ...found, rows: found.rows.filter((row) => !isOld(row)) };
  };
  const found = await readScopes(poll, scopes, mode, rememberQuiet(poll, JSON.stringify(query), mode, read));
  return { ...found, rows: found.rows.filter((row) => !isOld(row)) };
}

function itemsOf(poll: Poll, { firstOnly }: ReplyFilter, opened: Opened, from: Instant): readonly ReplyItem[] {
  const provider = poll.connection.provider.id;
  const { row: thread, replies } = opened;
  return replies
    .filter(({ sentAt, message }) => sentAt >= from && (!firstOnly || message.isFirst))
    .map((reply) => {
      const id = receivedId(provider, thread, reply.messageId);
      return replyItem(id, { provider, thread, reply, later: poll.later });
    });
}

type PassedOver = Readonly<Record<string, Instant>>;

async function passedOverOf({ memory }: Poll, now: Instant): Promise<PassedOver> {
  const known = await memory.get(PASSED_OVER);
  if (!isRecord(known)) return {};
  const oldest = now - PRIMING_WINDOWS * WINDOW_MS;
  return Object.fromEntries(
    Object.entries(known).flatMap(([key, at]) => (typeof at === 'number' && at >= oldest ? [[key, at]] : [])),
  );
}

/**
 * A busy inbox has more threads than may be opened when a Zap is switched on. Those left over are old news, not only to
 * this Zap: every other one has polled since they changed.
 */
async function passOver(poll: Poll, now: Instant, left: readonly Thread[]): Promise<void> {
  const until = now - BEFORE_MS;
  const added = left.map((row) => [row.key, until] as const);
  if (added.length === 0) return;
  await poll.memory.set(PASSED_OVER, { ...(await passedOverOf(poll, now)), ...Object.fromEntries(added) });
}

/** For the editor: the newest replies, however old. */
async function samples(poll: Poll, filter: ReplyFilter): Promise<readonly ReplyItem[]> {
  const scopes = await scopesOf(poll, filter.campaign, queryOf(filter));
  const found: Thread[] = [];
  for (const scope of scopes) {
    found.push(...(await rowsOf(poll, scope, () => true, 1)).rows);
    if (found.length >= SAMPLES) break;
  }
  const newest = found.sort((one, other) => other.lastActivityAt - one.lastActivityAt).slice(0, SAMPLES);
  const { opened } = await openAll(poll, newest, 'sample');
  const items = [...opened.values()].flatMap((thread) => itemsOf(poll, filter, thread, 0));
  return fitted(items).slice(0, SAMPLES);
}
