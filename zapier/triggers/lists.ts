import { inParallel } from '../../shared/concurrency/in-parallel.ts';
import { ProviderError, UserError } from '../../shared/failure.ts';
import type { Instant, Thread } from '../../shared/model.ts';
import { ENTRY_CHARACTERS_MAX, isRecord, packed, unpacked } from '../memory.ts';
import { answered, BEGIN_MS, named, PARALLEL_MAX, type Poll, paceOf, type Scope, tooLittle } from './poll.ts';

/** Lists of campaigns that are over get replies seldom: they are read every quarter of an hour. */
const QUIET_MS = 15 * 60_000;
/** A list that could not be read for so long is told about, as often as that. */
const STUCK_MS = 3_600_000;

/** How long the labels of a row are taken to hold. */
const LABELS_MS = QUIET_MS + 60_000;

const LIVE = new Set(['active', 'paused', 'unknown']);
const isQuiet = ({ campaign }: Scope) => campaign !== undefined && !LIVE.has(campaign.status);

/** Rows of a list from its start on. */
export interface Rows {
  readonly rows: readonly Thread[];
  /** Every row that was wanted has been read. */
  readonly isWhole: boolean;
  readonly pages: number;
  /** Where the list goes on; absent at its end. */
  readonly cursor?: string;
}

/** Rows as they were just read. */
interface Walked extends Rows {
  /** How many rows the pages showed, each as often as it stood on one: more than there are threads where rows changed places. */
  readonly places: number;
}

/** Says that a page needs no page after it. */
export type IsEnough = (page: readonly Thread[]) => boolean | Promise<boolean>;

interface Walk {
  readonly isEnough: IsEnough;
  readonly pagesMax: number;
  readonly from?: string;
  /** One page that hangs must not cost all the time there is. */
  readonly asksAgain?: boolean;
}

/** Reads on until {@link IsEnough}, the end, or what one call may take. A first page that cannot be read is thrown. */
export async function walk(
  poll: Poll,
  scope: Scope,
  { isEnough, pagesMax, from, asksAgain = false }: Walk,
): Promise<Walked> {
  const rows = new Map<string, Thread>();
  let cursor = from;
  let places = 0;
  for (let pages = 0; ; pages += 1) {
    const isOut = pages >= pagesMax || (pages > 0 && poll.deadline.leftMs() < BEGIN_MS);
    const cut = () => ({
      rows: [...rows.values()],
      isWhole: false,
      pages,
      places,
      ...(cursor === undefined ? {} : { cursor }),
    });
    if (isOut) {
      poll.log.warn('list.cut', { pages });
      return cut();
    }
    const ask = () => poll.connection.threads.list(scope.query, cursor);
    const page = await (asksAgain ? answered(poll, ask) : ask()).catch((error: unknown) => {
      if (pages === 0 || !(error instanceof ProviderError)) throw error;
      poll.log.warn('list.cut', { pages, failure: error.failure.kind });
      return undefined;
    });
    if (!page) return cut();
    places += page.threads.length;
    for (const thread of page.threads) if (!rows.has(thread.key)) rows.set(thread.key, named(thread, scope));
    if (page.unreadable.length > 0) poll.log.warn('rows.unreadable', { rows: page.unreadable.length });
    cursor = page.cursor;
    const isEnd = cursor === undefined || (page.threads.length > 0 && (await isEnough(page.threads)));
    const on = cursor === undefined ? {} : { cursor };
    if (isEnd) return { rows: [...rows.values()], isWhole: true, pages: pages + 1, places, ...on };
  }
}

/** What is remembered of a list. */
export interface ListState {
  /** When it was last begun to be read. */
  readonly triedAt: Instant;
  /** When it was last read as far as was wanted. */
  readonly readAt: Instant;
  /** Since when that was wanted in vain. */
  readonly owedSince?: Instant;
  /** Where a reading that was cut goes on. */
  readonly cursor?: string;
  /** Rows that are still to be given out, for polls that do not get to this list, and when they were read. */
  readonly rows: readonly Thread[];
  readonly rowsAt: Instant;
}

export type States = Readonly<Record<string, ListState>>;

const isState = (value: unknown): value is ListState =>
  isRecord(value) &&
  typeof value.triedAt === 'number' &&
  typeof value.readAt === 'number' &&
  typeof value.rowsAt === 'number' &&
  Array.isArray(value.rows);

const statesKey = (name: string) => `lists:${name}`;

export async function statesOf({ memory }: Poll, name: string): Promise<States> {
  const value = unpacked(await memory.get(statesKey(name)));
  if (!isRecord(value)) return {};
  return Object.fromEntries(Object.entries(value).flatMap(([id, state]) => (isState(state) ? [[id, state]] : [])));
}

export interface Reading {
  /** Names what is remembered of its lists. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly isEnough: IsEnough;
  /** Rows worth giving out, and worth remembering. */
  isWanted(row: Thread): boolean;
  readonly pagesMax: number;
  /** The labels of its rows decide, so that rows from before hold only for a while. */
  readonly isByLabel: boolean;
}

export interface Lists {
  readonly rows: readonly Thread[];
  /** By list: what this call itself read. */
  readonly read: ReadonlyMap<string, Rows>;
  readonly states: States;
  /** Throws where what could not be read has been silent for too long, and once an hour is enough. */
  checkStuck(): Promise<void>;
}

/** The first row of each thread. */
export const unionOf = (...lists: readonly (readonly Thread[])[]): readonly Thread[] => {
  const rows = new Map<string, Thread>();
  for (const row of lists.flat()) if (!rows.has(row.key)) rows.set(row.key, row);
  return [...rows.values()];
};

/** The list tried longest ago comes first; among equals chance decides, so that none is always the last. */
function inTurn({ random }: Poll, scopes: readonly Scope[], states: States): readonly Scope[] {
  const ranked = scopes.map((scope) => ({ scope, at: states[scope.id]?.triedAt ?? 0, chance: random() }));
  return ranked.sort((one, other) => one.at - other.at || one.chance - other.chance).map(({ scope }) => scope);
}

/** From the top until what an earlier reading knows, and on from where that one was cut. */
async function resumed(poll: Poll, scope: Scope, reading: Reading, state: ListState | undefined): Promise<Rows> {
  const { isEnough, pagesMax } = reading;
  if (state?.cursor === undefined) return await walk(poll, scope, { isEnough, pagesMax });
  const isStale = reading.isByLabel && poll.clock.now() - state.rowsAt >= LABELS_MS;
  const before = isStale ? [] : state.rows;
  const known = new Map(before.map((row) => [row.key, row]));
  const isKnown = (page: readonly Thread[]) =>
    page.every(({ key, lastActivityAt }) => known.get(key)?.lastActivityAt === lastActivityAt);
  const half = Math.ceil(pagesMax / 2);
  let isEnded = false;
  const top = await walk(poll, scope, {
    isEnough: async (page) => {
      isEnded = await isEnough(page);
      return isEnded || isKnown(page);
    },
    pagesMax: half,
  });
  if (isEnded || (top.isWhole && top.cursor === undefined)) return top;
  if (!top.isWhole) return { ...top, rows: unionOf(top.rows, before) };
  const rest = await walk(poll, scope, { isEnough, pagesMax: half, from: state.cursor }).catch((error: unknown) => {
    if (!isLost(error)) throw error;
    return { ...NO_ROWS, isWhole: false };
  });
  return { ...rest, rows: unionOf(top.rows, rest.rows, before), pages: top.pages + rest.pages };
}

/** The vendor does not know this place in its list, perhaps no more. */
export const isLost = (error: unknown): boolean =>
  error instanceof ProviderError && (error.failure.kind === 'invalid' || error.failure.kind === 'not-found');

/** A campaign deleted a moment ago has no threads any more; one that was asked for by name is missed. */
const isGone = (error: unknown, { campaign }: Scope) =>
  campaign !== undefined && error instanceof ProviderError && error.failure.kind === 'not-found';

export const NO_ROWS: Rows = { rows: [], isWhole: true, pages: 0 };

/**
 * Reads several lists at once, those first whose turn it is. What could not be read now is read first next time; its rows that
 * are known from before are given out meanwhile.
 */
export async function readLists(poll: Poll, reading: Reading): Promise<Lists> {
  const { name, scopes } = reading;
  const now = poll.clock.now();
  const before = await statesOf(poll, name);
  const rests = (scope: Scope) => isQuiet(scope) && now - (before[scope.id]?.readAt ?? 0) < QUIET_MS;
  const resting = new Set(scopes.filter(rests).map(({ id }) => id));
  const due = inTurn(poll, scopes, before).filter(({ id }) => !resting.has(id));
  const read = new Map<string, Rows>();
  const tried = new Set<string>();
  const failures: unknown[] = [];
  const pace = paceOf(poll);
  await inParallel(due, PARALLEL_MAX, async (scope) => {
    if (tried.size > 0 && !pace.mayBegin()) return;
    tried.add(scope.id);
    try {
      read.set(scope.id, await pace.during(resumed(poll, scope, reading, before[scope.id])));
    } catch (error) {
      if (isGone(error, scope)) read.set(scope.id, NO_ROWS);
      else failures.push(error);
    }
  });
  if (read.size === 0 && due.length > 0) throw failures[0] ?? tooLittle(poll, 'list threads');
  if (read.size < due.length) poll.log.warn('lists.unread', { failed: failures.length, of: due.length });
  const states = statesAfter(reading, { now, before, read, tried, resting });
  if (isWorthKeeping(scopes, states, before)) await keep(poll, name, states);
  const remembered = ({ rows, rowsAt }: ListState) => (reading.isByLabel && now - rowsAt >= LABELS_MS ? [] : rows);
  const rowsOf = ({ id }: Scope) => read.get(id)?.rows ?? (before[id] ? remembered(before[id]) : []);
  return {
    rows: unionOf(...scopes.map(rowsOf)).filter(reading.isWanted),
    read,
    states,
    checkStuck: async () => await tellIfStuck(poll, reading, states, failures),
  };
}

interface Turn {
  readonly now: Instant;
  readonly before: States;
  readonly read: ReadonlyMap<string, Rows>;
  readonly tried: ReadonlySet<string>;
  /** Lists that are owed nothing yet. */
  readonly resting: ReadonlySet<string>;
}

function statesAfter({ scopes, isWanted }: Reading, { now, before, read, tried, resting }: Turn): States {
  const stateOf = ({ id }: Scope): ListState => {
    const known = before[id] ?? { triedAt: 0, readAt: 0, rows: [], rowsAt: 0 };
    const found = read.get(id);
    const triedAt = tried.has(id) ? now : known.triedAt;
    if (found?.isWhole) return { triedAt, readAt: now, rows: found.rows.filter(isWanted), rowsAt: now };
    const { cursor, ...rest } = known;
    const on = found ? found.cursor : cursor;
    const rows = (found?.rows ?? known.rows).filter(isWanted);
    const owedSince = resting.has(id) ? known.owedSince : (known.owedSince ?? now);
    return {
      ...rest,
      triedAt,
      rows,
      rowsAt: found ? now : known.rowsAt,
      ...(owedSince === undefined ? {} : { owedSince }),
      ...(on === undefined ? {} : { cursor: on }),
    };
  };
  return Object.fromEntries(scopes.map((scope) => [scope.id, stateOf(scope)]));
}

/** While every list is read whole at each poll there is nothing to remember. */
function isWorthKeeping(scopes: readonly Scope[], states: States, before: States): boolean {
  const isOdd = ({ owedSince, cursor }: ListState) => owedSince !== undefined || cursor !== undefined;
  const isQuietRead = (scope: Scope) => isQuiet(scope) && states[scope.id]?.readAt !== before[scope.id]?.readAt;
  return [...Object.values(states), ...Object.values(before)].some(isOdd) || scopes.some(isQuietRead);
}

/** Where there is no room for the rows, whose turn it is stays known. */
async function keep({ memory }: Poll, name: string, states: States): Promise<void> {
  const text = packed(states);
  const without = () =>
    packed(Object.fromEntries(Object.entries(states).map(([id, state]) => [id, { ...state, rows: [] }])));
  await memory.set(statesKey(name), text.length < ENTRY_CHARACTERS_MAX ? text : without());
}

async function tellIfStuck(poll: Poll, { name, scopes }: Reading, states: States, failures: readonly unknown[]) {
  const now = poll.clock.now();
  const stuck = scopes.find(({ id }) => now - (states[id]?.owedSince ?? now) >= STUCK_MS);
  if (!stuck || !(await poll.memory.claim(`stuck:${name}`, now, STUCK_MS / 1_000))) return;
  const which = stuck.campaign ? `The replies of the campaign "${stuck.campaign.name}"` : 'Some of the replies';
  const why =
    failures.find((failure) => failure instanceof ProviderError)?.message ?? 'The list is too long, or too slow.';
  throw new UserError(`${which} could not be read for over an hour; the others are told. ${why}`, 1);
}

/** How often a list is read, at the most, when a Zap is switched on; with less time left it is not read as a whole again. */
const READINGS_MAX = 8;
/** A vendor may show a thread on two rows for good, so that its list never has as many threads as places. */
const NOTHING_NEW_MAX = 4;
const SETTLING_MS = 6_000;

/** A list that was read whole, and whether that was looked at once more. */
type Settled = Rows & { readonly isSettled: boolean };
export type MayEnd = (found: Rows) => Promise<boolean>;

/**
 * Rows move between pages while these are read, and rows of one moment may come in any order. What a Zap misses when it is
 * switched on it fires for later, so a list of several pages is read until a reading brings nothing new and as many threads
 * are known as it had places: a row that stood on two pages may have pushed another one out of both. With a slow vendor
 * there may be no time for that: then the first page is read again, where a thread is that rose while later pages were read.
 */
async function settled(poll: Poll, scope: Scope, walking: Walk, mayEnd: MayEnd): Promise<Settled> {
  const { deadline, connection } = poll;
  let found = await walk(poll, scope, walking);
  if (found.pages <= 1 || !found.isWhole) return { ...found, isSettled: true };
  if (!(await mayEnd(found))) return { ...found, isSettled: false };
  const { places } = found;
  let nothingNew = 0;
  for (let readings = 1; readings < READINGS_MAX; readings += 1) {
    const isShort = deadline.leftMs() < SETTLING_MS || connection.budget.available() < 2 * found.pages;
    if (deadline.leftMs() < BEGIN_MS || (isShort && readings > 1))
      return { ...found, isWhole: false, isSettled: false };
    const again = await walk(poll, scope, isShort ? { ...walking, isEnough: () => true, pagesMax: 1 } : walking);
    const rows = unionOf(found.rows, again.rows);
    nothingNew = rows.length === found.rows.length ? nothingNew + 1 : 0;
    found = { ...found, rows };
    const isFull = rows.length >= Math.max(places, again.places);
    if (nothingNew > 0 && (isFull || nothingNew >= NOTHING_NEW_MAX)) return { ...found, isSettled: true };
  }
  return { ...found, isWhole: false, isSettled: false };
}

/** Rows that were there when a Zap was switched on. */
export interface Primed {
  readonly rows: readonly Thread[];
  /** None of them moved while they were read. */
  readonly isSettled: boolean;
}

/**
 * Everything that is there when a Zap is switched on. Throws a sentence while it cannot all be seen. `mayEnd`: whether this
 * attempt can be the last one; where it cannot, reading the lists once more would only take calls from what is still to be done.
 */
export async function primeLists(poll: Poll, reading: Reading, mayEnd: MayEnd): Promise<Primed> {
  const { scopes, isEnough, isWanted, pagesMax } = reading;
  const read = new Map<string, readonly Thread[]>();
  const failures: unknown[] = [];
  let isAllSettled = true;
  await inParallel(scopes, PARALLEL_MAX, async (scope) => {
    if (poll.deadline.leftMs() < BEGIN_MS) return;
    try {
      const { rows, isWhole, isSettled } = await settled(poll, scope, { isEnough, pagesMax, asksAgain: true }, mayEnd);
      isAllSettled &&= isSettled;
      if (isWhole) read.set(scope.id, rows.filter(isWanted));
    } catch (error) {
      if (isGone(error, scope)) read.set(scope.id, []);
      else failures.push(error);
    }
  });
  const missing = scopes.filter(({ id }) => !read.has(id));
  if (missing.length > 0) throw failures[0] ?? new UserError(unreadSentence(poll, scopes, missing), 1);
  await refresh(poll, reading, read);
  return { rows: unionOf(...read.values()), isSettled: isAllSettled };
}

/** What polls remember of a list must not be older than what a Zap was switched on with: it would fire for what is gone. */
async function refresh(poll: Poll, { name, scopes }: Reading, read: ReadonlyMap<string, readonly Thread[]>) {
  const before = await statesOf(poll, name);
  const known = scopes.filter((scope) => isQuiet(scope) || before[scope.id] !== undefined);
  if (known.length === 0) return;
  const now = poll.clock.now();
  const fresh = known.map(({ id }) => [id, { triedAt: now, readAt: now, rows: read.get(id) ?? [], rowsAt: now }]);
  await keep(poll, name, { ...before, ...Object.fromEntries(fresh) });
}

function unreadSentence({ connection }: Poll, scopes: readonly Scope[], missing: readonly Scope[]): string {
  const { label } = connection.provider;
  const done = scopes.length - missing.length;
  const how =
    scopes.length === 1 ? 'its list is too long or too slow' : `${done} of ${scopes.length} campaigns are read`;
  return `${label} could not be read in the time there is (${how}), and what is not seen now would fire later; choose a campaign, or switch the Zap on again later.`;
}
