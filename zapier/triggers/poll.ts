import { ProviderError, UserError } from '../../shared/failure.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import type { Campaign, Thread } from '../../shared/model.ts';
import type { Clock, Log } from '../../shared/ports.ts';
import type { Connection, ThreadQuery } from '../../shared/provider.ts';
import type { Deadline } from '../deadline.ts';
import type { Later } from '../items.ts';
import type { Memory } from '../memory.ts';

/** How far back a poll looks: long enough for a vendor to be away, or late with a mail, for hours. */
export const WINDOW_MS = 6 * 3_600_000;
/** Switching a Zap on looks back this many windows, so that no later poll can reach what it has not seen. */
export const PRIMING_WINDOWS = 3;
/** Threads opened in one call. */
export const OPENINGS_MAX = 60;
/** Pages of one list read in one call. */
export const PAGES_MAX = 20;
/** Threads that fill a sample. */
export const SAMPLES = 3;
/** Calls at once. */
export const PARALLEL_MAX = 5;
/** Lists of campaigns that are over are remembered this long. */
const QUIET_MS = 15 * 60_000;
/** How often a list is read, at the most, when a Zap is switched on; with less time left it is not read as a whole again. */
const READINGS_MAX = 3;
const SETTLING_MS = 15_000;
/** An opening begins only with this much time left; one that is cut off costs the whole poll. */
export const OPENING_MS = 6_000;

/** `priming`: the call that tells Zapier what not to fire for. `sample`: the call behind the editor's test. */
export type Mode = 'poll' | 'priming' | 'sample';

/** What a trigger works with; nothing here is Zapier's. */
export interface Poll {
  readonly connection: Connection;
  readonly memory: Memory;
  readonly clock: Clock;
  readonly deadline: Deadline;
  readonly log: Log;
  readonly later: Later;
}

/** One list to read: of one campaign, or of everything. */
export interface Scope {
  readonly campaign?: Campaign;
  readonly query: ThreadQuery;
}

/** Why a Zap is not switched on that would fire for what it could not see now. */
export const TOO_LARGE =
  'This inbox could not be read in the time there is; choose a campaign, or switch the Zap on again later.';
const NO_CAMPAIGN = 'There is no campaign yet whose replies could be read; start one, then try again.';

const LIVE = new Set(['active', 'paused', 'unknown']);

/** The lists that together hold every thread of the wanted campaign, or of all. */
export async function scopesOf(
  { connection }: Poll,
  campaign: string | undefined,
  filter: ThreadQuery,
): Promise<readonly Scope[]> {
  if (campaign !== undefined) return [{ query: { ...filter, campaign } }];
  const feeds = await connection.feeds.feeds(['*']);
  // Nothing to read may be the only sign of a key that was revoked: saying nothing would lose every reply from now on.
  if (feeds.length === 0) throw new UserError((await connection.verify()).warning ?? NO_CAMPAIGN, 1);
  return feeds.map((feed) =>
    feed.campaign ? { campaign: feed.campaign, query: { ...filter, campaign: feed.campaign.id } } : { query: filter },
  );
}

export interface Rows {
  readonly rows: readonly Thread[];
  /** Every row that was wanted has been read. */
  readonly isWhole: boolean;
  readonly pages: number;
}

/** Says that a page needs no page after it. */
export type IsEnough = (page: readonly Thread[]) => boolean | Promise<boolean>;

/** Rows of a list from its start on, until {@link IsEnough}. */
export async function rowsOf(poll: Poll, scope: Scope, isEnough: IsEnough, pagesMax = PAGES_MAX): Promise<Rows> {
  const rows = new Map<string, Thread>();
  let cursor: string | undefined;
  for (let pages = 1; ; pages += 1) {
    const page = await poll.connection.threads.list(scope.query, cursor);
    for (const thread of page.threads) if (!rows.has(thread.key)) rows.set(thread.key, named(thread, scope));
    if (page.unreadable.length > 0) poll.log.warn('rows.unreadable', { rows: page.unreadable.length });
    cursor = page.cursor;
    const isEnd = cursor === undefined || (page.threads.length > 0 && (await isEnough(page.threads)));
    if (isEnd) return { rows: [...rows.values()], isWhole: true, pages };
    if (pages >= pagesMax || poll.deadline.leftMs() < OPENING_MS) {
      poll.log.warn('list.cut', { pages });
      return { rows: [...rows.values()], isWhole: false, pages };
    }
  }
}

/** Rows of one campaign's list do not repeat its name. */
function named(thread: Thread, { campaign }: Scope): Thread {
  if (!campaign) return thread;
  return { ...thread, campaign: { name: campaign.name, ...thread.campaign, id: campaign.id } };
}

/**
 * Rows move between pages while these are read, and rows of one moment may come in any order. What a Zap misses when it is
 * switched on it fires for later, so a list of several pages is read until a reading brings nothing new. With a slow vendor
 * there may be no time for that: then the first page is read again, where a thread is that rose while later pages were read.
 */
async function settled(poll: Poll, scope: Scope, read: (scope: Scope) => Promise<Rows>): Promise<Rows> {
  const { deadline, connection } = poll;
  let found = await read(scope);
  for (let readings = 1; readings < READINGS_MAX && found.pages > 1; readings += 1) {
    const isShort = deadline.leftMs() < SETTLING_MS || connection.budget.available() < 2 * found.pages;
    if (isShort && readings > 1) break;
    if (deadline.leftMs() < OPENING_MS) throw new UserError(TOO_LARGE, 1);
    const { rows } = isShort ? await rowsOf(poll, scope, () => true, 1) : await read(scope);
    const union = new Map([...found.rows, ...rows].map((row) => [row.key, row]));
    const isSettled = union.size === found.rows.length;
    found = { ...found, rows: [...union.values()] };
    if (isSettled) break;
  }
  return found;
}

/**
 * Reads several lists at once. Where one of many cannot be read, the others count and it is read at the next poll; but
 * switching a Zap on must see everything, so there it fails the call, and so it does when no list could be read.
 */
export async function readScopes(
  poll: Poll,
  scopes: readonly Scope[],
  mode: Mode,
  read: (scope: Scope) => Promise<Rows>,
): Promise<Rows> {
  const failures: unknown[] = [];
  const results = await inParallel(scopes, PARALLEL_MAX, async (scope): Promise<Rows> => {
    try {
      return mode === 'priming' ? await settled(poll, scope, read) : await read(scope);
    } catch (error) {
      // A campaign deleted a moment ago has no threads any more.
      const isGone = error instanceof ProviderError && error.failure.kind === 'not-found';
      if (!isGone || scopes.length === 1) failures.push(error);
      return { rows: [], isWhole: isGone, pages: 0 };
    }
  });
  const mustFail = mode === 'priming' ? failures.length > 0 : failures.length === scopes.length && scopes.length > 0;
  if (mustFail) throw failures[0];
  if (failures.length > 0) poll.log.warn('lists.failed', { failed: failures.length, of: scopes.length });
  return {
    rows: results.flatMap(({ rows }) => rows),
    isWhole: results.every(({ isWhole }) => isWhole),
    pages: results.reduce((sum, { pages }) => sum + pages, 0),
  };
}

/**
 * Campaigns that are over get replies seldom: their lists are read every quarter of an hour. Switching a Zap on reads them
 * all the same, since what was remembered may lack what was said since.
 */
export function rememberQuiet(
  poll: Poll,
  name: string,
  mode: Mode,
  read: (scope: Scope) => Promise<Rows>,
): (scope: Scope) => Promise<Rows> {
  return async (scope) => {
    const { campaign } = scope;
    if (!campaign || LIVE.has(campaign.status)) return await read(scope);
    const key = `list:${name}:${campaign.id}`;
    const known = (await poll.memory.get(key)) as { readonly at: number; readonly rows: Rows } | undefined;
    const age = known ? poll.clock.now() - known.at : QUIET_MS;
    if (mode !== 'priming' && known && age >= 0 && age < QUIET_MS) return known.rows;
    const rows = await read(scope);
    await poll.memory.set(key, { at: poll.clock.now(), rows });
    return rows;
  };
}
