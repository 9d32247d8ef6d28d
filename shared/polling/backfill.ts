import { ProviderError, UserError } from '../failure.ts';
import { cameAt, type Instant, type Thread } from '../model.ts';
import type { Feed, RowPage } from '../provider.ts';
import { Unreadable } from '../store/collection.ts';
import { backfillAddress, feedPartition } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { isRefusal } from './access.ts';
import { type BackfillFeed, feedsToBackfill, isCampaignGone, isResting, nextFailing } from './backfill-feeds.ts';
import {
  askedToWaitMs,
  type FeedContext,
  newestActivity,
  nothingSpent,
  type PolledConnection,
  type PollingPorts,
} from './feed/context.ts';
import { POLL_LIMITS, type PollLimits } from './feed/limits.ts';
import { rowReader } from './list/rows.ts';
import { isOutOfOrder, Met, REPEATED_PAGES_MAX } from './list/walk.ts';
import { hash } from './state/chunked-map.ts';
import { loadConnection } from './state/connection.ts';
import { type BackfillState, backfillStates, type LeftOver, type PageUnderWay } from './state/documents.ts';
import { loadState } from './state/feed-state.ts';
import { newestInbound } from './state/interest-watermarks.ts';
import { isNothing, isNothingFound, nothingOf } from './thread/nothing.ts';
import { carriedBy, fetchContent } from './thread/open.ts';
import { isWanted, recordOldReply } from './thread/record.ts';
import { rememberedRow } from './thread/remembered-row.ts';

export interface BackfillProgress {
  readonly threads: number;
  /** Threads in the feeds' lists, where the vendor counts them. */
  readonly total?: number;
  readonly recorded: number;
  /** Threads that could not be opened yet; they are tried again. */
  readonly left: number;
}

export interface BackfillResult extends BackfillProgress {
  /** Every old reply was recorded. */
  readonly done: boolean;
}

export interface BackfillOptions {
  readonly since: Instant | 'all';
  onProgress(progress: BackfillProgress): void;
  readonly signal?: AbortSignal;
}

interface Pace {
  /** Threads opened before the work is put down. */
  readonly threadsMax: number;
  readonly signal?: AbortSignal;
  onThread(total: number | undefined): void;
}

/** "7d" asked for again a little later means the same backfill, which goes on from where it began. */
const SAME_JOB_MS = 24 * 60 * 60_000;

/** Threads set aside at once; with more, the vendor is in trouble, and reading on would only set aside the rest. */
const LEFT_MAX = 100;

/** Failures in a row after which a piece ends. */
const FAILURES_MAX = 3;

/** What a feed's backfill goes on from; `isNew`: it begins now, and nothing is stored of it. */
async function loadBackfill(store: Store, connection: string, feed: string, since: Instant) {
  const stored = await backfillStates.get(store, backfillAddress(connection, feed));
  const version = stored?.version ?? 0;
  const fresh: BackfillState = { since, list: BEGINNING, threads: 0, recorded: 0 };
  // One that cannot be read is written anew: what was recorded is not recorded again.
  if (!stored || stored instanceof Unreadable) return { state: fresh, version, isNew: true };
  const state = stored.value.gone ? cameBack(stored.value) : stored.value;
  const goesOn = state.since === since || (!state.done && Math.abs(state.since - since) <= SAME_JOB_MS);
  return goesOn ? { state, version, isNew: false } : { state: fresh, version, isNew: true };
}

/** A campaign that was gone is listed again. */
function cameBack({ done: _, gone: __, failing: ___, ...state }: BackfillState): BackfillState {
  return state;
}

/** The vendor has no more time for us now: the piece ends, and goes on from here. */
class Pause extends Error {
  override readonly name = 'Pause';
  readonly waitMs: number;
  constructor(waitMs: number) {
    super('pause');
    this.waitMs = waitMs;
  }
}

/** Records what the baseline passed over, and what is older. What is newer is polling's to record. */
async function recordThread(context: FeedContext, row: Thread, since: Instant): Promise<void> {
  // Which message of an interested thread is its newest, other rows may tell.
  const isCarried = row.messages !== undefined && !row.interested;
  const { thread, content } = isCarried ? { thread: row, content: carriedBy(row) } : await fetchContent(context, row);
  if (!isWanted(context, content)) return;
  if (isNothing(content)) throw nothingOf(context);
  const old = content.messages.filter((message) => cameAt(message) >= since && cameAt(message) <= context.on);
  for (const message of old) {
    if (message.direction === 'inbound')
      await recordOldReply(context, { type: 'reply.received', thread, content, message });
  }
  const newest = newestInbound(content.messages);
  if (row.interested && newest && cameAt(newest) >= since && cameAt(newest) <= context.on) {
    await recordOldReply(context, { type: 'reply.interested', thread, content, message: newest });
  }
}

/** One feed's backfill at work. */
interface FeedBackfill {
  readonly context: FeedContext;
  readonly pace: Pace;
  state: BackfillState;
  failures: number;
}

const leftOver = ({ id, key, lead, interested, lastActivityAt: at }: Thread): LeftOver => ({
  id,
  key,
  lead: lead.email,
  interested,
  at,
});

/** What a thread that is listed and yet not there, or empty, comes to when it was looked at again. */
const isGone = (error: ProviderError): boolean => error.failure.kind === 'not-found' || isNothingFound(error);

/** Whether the thread was recorded, or is gone (`again`: seen twice). What asks us to wait, or refuses the key, is thrown. */
async function tryRecording(work: FeedBackfill, row: Thread, again: boolean): Promise<boolean> {
  try {
    await recordThread(work.context, row, work.state.since);
    work.failures = 0;
    return true;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const { failure } = error;
    if (failure.kind === 'auth' || failure.kind === 'scope') throw error;
    if (failure.kind === 'throttled') throw new Pause(failure.retryAfterMs);
    work.context.ports.log.warn('backfill.thread_left', {
      connection: work.context.polled.id,
      failure: failure.kind,
    });
    work.failures += 1;
    return again && isGone(error);
  }
}

/** Records a thread or sets it aside to be tried again; only then is it counted as come by. */
async function recordOrSetAside(
  work: FeedBackfill,
  row: Thread,
  comeBy: (state: BackfillState) => BackfillState,
): Promise<void> {
  const isRecorded = await tryRecording(work, row, false);
  const others = (work.state.left ?? []).filter(({ key }) => key !== row.key);
  const left = isRecorded ? work.state.left : [...others, leftOver(row)];
  work.state = comeBy({ ...work.state, ...(left && { left }) });
  if (work.failures >= FAILURES_MAX || (left?.length ?? 0) >= LEFT_MAX) throw new Pause(0);
}

const isFull = ({ context, pace }: FeedBackfill): boolean =>
  context.spent.opened >= pace.threadsMax || pace.signal?.aborted === true;

/** Short, since the rows of two pages are remembered; a list of messages names a thread once for each. */
const nameOf = ({ key, lastActivityAt }: Thread): string =>
  hash(`${lastActivityAt} ${key}`).toString('base64url').slice(0, 8);

const BEGINNING: PageUnderWay = { done: [] };

/** So often a page is asked for whose rows could not all be read: what is spoiled for a moment would be passed over for good. */
const READINGS_MAX = 3;

async function pageAt(context: FeedContext, { position }: PageUnderWay, unordered: boolean): Promise<RowPage> {
  const read = rowReader(context, { interested: false, unordered });
  let page = await read(position);
  for (let readings = 1; page.unreadable.length > 0 && readings < READINGS_MAX; readings += 1)
    page = await read(position);
  return page;
}

/** The page shows what the one above did, and no more. */
const isDone = ({ rows }: RowPage, { done }: PageUnderWay): boolean =>
  rows.length > 0 && rows.every((row) => done.includes(nameOf(row)));

/** The page is done: what is remembered of it is what the next one may repeat. */
function pageBelow({ next, received, rows }: RowPage, { read = 0 }: PageUnderWay): PageUnderWay | undefined {
  return next === undefined ? undefined : { position: next, read: read + received, done: rows.map(nameOf) };
}

/** How a list is worked through: which rows, until where, and what is noted of it. */
interface Reading {
  readonly unordered: boolean;
  isWanted(row: Thread): boolean;
  /** Nothing that is wanted lies below. */
  isEnd(page: RowPage): boolean;
  /** Remembers where it stands. */
  note(state: BackfillState, list: PageUnderWay): BackfillState;
  /** Counts a thread. */
  comeBy(state: BackfillState): BackfillState;
}

/** Works through a list from where it was put down, row by row. True: to its end. */
async function workThrough(work: FeedBackfill, from: PageUnderWay, reading: Reading): Promise<boolean> {
  const met = new Met();
  let list = from;
  for (let repeated = 0; ; ) {
    const page = await pageAt(work.context, list, reading.unordered);
    const isNews = met.add(page) && !isDone(page, list);
    for (const row of page.rows) {
      const name = nameOf(row);
      if (!reading.isWanted(row) || list.done.includes(name)) continue;
      if (isFull(work)) return false;
      const done: PageUnderWay = { ...list, done: [...list.done, name] };
      await recordOrSetAside(work, row, (state) => reading.comeBy(reading.note(state, done)));
      work.pace.onThread(page.total);
      list = done;
    }
    const below = reading.isEnd(page) ? undefined : pageBelow(page, list);
    if (!below) return true;
    repeated = isNews ? 0 : repeated + 1;
    // What lies below cannot be read now.
    if (repeated >= REPEATED_PAGES_MAX) throw new Pause(0);
    if (isNews) work.state = reading.note(work.state, below);
    if (work.pace.signal?.aborted) return false;
    list = below;
  }
}

async function readList(work: FeedBackfill): Promise<void> {
  const { state, context } = work;
  if (state.began === undefined) {
    const page = await pageAt(context, BEGINNING, false);
    const disorder = isOutOfOrder(page) && { disorder: true as const };
    work.state = { ...state, began: newestActivity(page.rows) ?? context.on, ...disorder };
  }
  // A time that is a neighbour's proves nothing.
  const isOlder = ({ lastActivityAt, changeHint }: Thread) => changeHint === undefined && lastActivityAt < state.since;
  const isRead = await workThrough(work, work.state.list, {
    unordered: work.state.disorder === true,
    isWanted: (row) => !isOlder(row),
    isEnd(page) {
      if (isOutOfOrder(page)) work.state = { ...work.state, disorder: true };
      return work.state.disorder !== true && page.rows.length > 0 && page.rows.every(isOlder);
    },
    note: (before, list) => ({ ...before, list }),
    comeBy: (before) => ({ ...before, threads: before.threads + 1 }),
  });
  if (isRead) work.state = { ...work.state, read: true };
}

/**
 * Threads with new activity since it began: they rose past the row that was being read. Read from the top until nothing has
 * risen during a reading. True: none is left.
 */
async function recordRisen(work: FeedBackfill): Promise<boolean> {
  for (;;) {
    const began = work.state.began ?? 0;
    if (!work.state.risen) {
      const page = await pageAt(work.context, BEGINNING, false);
      const newest = newestActivity(page.rows) ?? began;
      if (newest <= began) return true;
      work.state = { ...work.state, risen: { list: BEGINNING, newest } };
    }
    const { list, newest } = work.state.risen ?? { list: BEGINNING, newest: began };
    const isRead = await workThrough(work, list, {
      unordered: work.state.disorder === true,
      isWanted: ({ lastActivityAt }) => lastActivityAt > began,
      isEnd: ({ rows }) => rows.every(({ lastActivityAt }) => lastActivityAt <= began),
      note: (state, at) => ({ ...state, risen: { list: at, newest } }),
      comeBy: (state) => state,
    });
    if (!isRead) return false;
    const { risen: _, ...rest } = work.state;
    work.state = { ...rest, began: newest };
  }
}

async function recordLeft(work: FeedBackfill): Promise<boolean> {
  for (const left of work.state.left ?? []) {
    if (isFull(work)) return false;
    if (!(await tryRecording(work, rememberedRow(left, work.context), true))) continue;
    work.state = { ...work.state, left: (work.state.left ?? []).filter(({ key }) => key !== left.key) };
  }
  return (work.state.left ?? []).length === 0;
}

/** A feed whose backfill was begun. */
interface Begun extends BackfillFeed {
  readonly state: BackfillState;
  readonly version: number;
}

/** What a piece made of a feed; `waitMs`: it was cut short, and goes on after that. */
interface FeedPiece {
  readonly state: BackfillState;
  readonly waitMs?: number;
}

/** The list could not be read: its feed rests, or is no more. */
function failedOn(work: FeedBackfill, unlisted: boolean, error: ProviderError): FeedPiece {
  const { state, context } = work;
  const now = context.ports.clock.now();
  const failing = nextFailing(state.failing, now);
  if (isCampaignGone(unlisted, error, failing, now)) return { state: { ...state, failing, done: true, gone: true } };
  return { state: { ...state, failing }, waitMs: askedToWaitMs(error) };
}

/** One piece of a feed. The only feed of a connection that is refused is its key's trouble, and thrown. */
async function workOn(work: FeedBackfill, { unlisted }: BackfillFeed, isOnly: boolean): Promise<FeedPiece> {
  try {
    if (!work.state.read) await readList(work);
    const isThrough = work.state.read && (await recordRisen(work)) && (await recordLeft(work));
    const { failing: _, ...state } = work.state;
    return { state: isThrough ? { ...state, done: true } : state };
  } catch (error) {
    if (error instanceof Pause) return { state: work.state, waitMs: error.waitMs };
    if (!(error instanceof ProviderError) || (isOnly && isRefusal(error))) throw error;
    return failedOn(work, unlisted, error);
  }
}

async function backfillFeed(context: FeedContext, begun: Begun, pace: Pace, isOnly: boolean): Promise<FeedPiece> {
  const { polled, ports, feed } = context;
  const { state, version } = begun;
  context.spent.recorded = state.recorded;
  const piece = await workOn({ context, pace, state, failures: 0 }, begun, isOnly);
  const next: BackfillState = { ...piece.state, recorded: context.spent.recorded };
  await backfillStates.put(ports.store, { ...backfillAddress(polled.id, feed.id), value: next }, version);
  return { ...piece, state: next };
}

interface Backfill {
  readonly polled: PolledConnection;
  readonly ports: PollingPorts;
  readonly limits: PollLimits;
  readonly on: Instant;
  readonly since: Instant;
}

async function contextOf({ polled, ports, limits, on }: Backfill, feed: Feed): Promise<FeedContext> {
  const state = await loadState(ports.store, feedPartition(polled.id, feed.id));
  return {
    polled,
    feed,
    ports,
    limits,
    on,
    now: on,
    ...state,
    spent: nothingSpent(),
    recordedFrom: () => undefined,
    inBaseline: false,
    silentUpTo: 0,
  };
}

/** Remembers of every feed that its backfill is begun, so that none is forgotten that a later list does not show. */
async function begin({ polled, ports, since }: Backfill, { feed, unlisted }: BackfillFeed): Promise<Begun> {
  const { state, version, isNew } = await loadBackfill(ports.store, polled.id, feed.id, since);
  if (!isNew) return { feed, unlisted, state, version };
  const written = await backfillStates.put(
    ports.store,
    { ...backfillAddress(polled.id, feed.id), value: state },
    version,
  );
  return { feed, unlisted, state, version: written ? version + 1 : version };
}

/** A piece's result; `waitMs`: nothing of it can go on sooner. */
export type Piece = BackfillResult & { readonly waitMs?: number };

const sumOf = (states: readonly BackfillState[]): BackfillProgress => ({
  threads: states.reduce((sum, { threads }) => sum + threads, 0),
  recorded: states.reduce((sum, { recorded }) => sum + recorded, 0),
  left: states.reduce((sum, { left = [] }) => sum + left.length, 0),
});

/** Lists that fail again in one piece, after which others that keep failing wait: each may take as long as a call can. */
const FAILING_PER_PIECE = 2;

/** Feeds that do not fail come first. */
const inTurn = (begun: readonly Begun[]): readonly Begun[] =>
  [...begun].sort((one, other) => (one.state.failing?.attempts ?? 0) - (other.state.failing?.attempts ?? 0));

/** What is left of a piece for further feeds. */
class PieceBudget {
  readonly #now: () => Instant;
  readonly #pace: Pace;
  #opened = 0;
  #failedAgain = 0;

  constructor(pace: Pace, now: () => Instant) {
    this.#pace = pace;
    this.#now = now;
  }

  /** The feed's pace; `later`: another piece is to take it up at once, `resting`: when its rest is over. */
  paceFor({ failing }: BackfillState): Pace | 'later' | 'resting' {
    if (failing && (isResting(failing, this.#now()) || this.#failedAgain >= FAILING_PER_PIECE)) return 'resting';
    const threadsMax = this.#pace.threadsMax - this.#opened;
    return threadsMax <= 0 || this.#pace.signal?.aborted ? 'later' : { ...this.#pace, threadsMax };
  }

  took(opened: number, isFailingAgain: boolean): void {
    this.#opened += opened;
    if (isFailingAgain) this.#failedAgain += 1;
  }
}

async function pieceOf(backfill: Backfill, begun: Begun, budget: PieceBudget, isOnly: boolean): Promise<FeedPiece> {
  const { state, feed } = begun;
  if (state.done) return { state };
  const pace = budget.paceFor(state);
  if (pace === 'later') return { state };
  if (pace === 'resting') return { state, waitMs: 0 };
  const context = await contextOf(backfill, feed);
  const piece = await backfillFeed(context, begun, pace, isOnly);
  budget.took(context.spent.opened, state.failing !== undefined && piece.state.failing !== undefined);
  return piece;
}

/** A bounded piece of a backfill, so that polling goes on between two pieces. It never waits. `known`: feeds that are polled. */
export async function backfillSome(backfill: Backfill, pace: Pace, known: readonly Feed[] = []): Promise<Piece> {
  const { polled, ports } = backfill;
  const { feeds, failure } = await feedsToBackfill(polled, ports.store, known);
  const begun: Begun[] = [];
  for (const feed of feeds) begun.push(await begin(backfill, feed));
  const budget = new PieceBudget(pace, () => ports.clock.now());
  const pieces: FeedPiece[] = [];
  for (const each of inTurn(begun)) pieces.push(await pieceOf(backfill, each, budget, feeds.length === 1));
  const open = pieces.filter(({ state }) => state.done !== true);
  const waits = open.flatMap(({ waitMs }) => waitMs ?? []);
  const isCut = failure !== undefined || (open.length > 0 && waits.length === open.length);
  return {
    ...sumOf(pieces.map(({ state }) => state)),
    done: pieces.length > 0 && open.length === 0 && !failure,
    ...(isCut && { waitMs: Math.min(...waits, ...(failure ? [0] : [])) }),
  };
}

const THREADS_PER_PIECE = 50;

/** Between pieces that came no further; doubled each time, and given up after so many: asked again, it goes on. */
const STUCK_WAIT_MS = 2_000;

const STUCK_PIECES_MAX = 8;

/**
 * Records old messages, newest threads first, as events marked `backfill`. Stops when aborted and, asked again with the
 * same `since`, goes on where it stopped; once done it is not repeated. Not `done`: something could not be read.
 */
export async function backfill(
  polled: PolledConnection,
  ports: PollingPorts,
  options: BackfillOptions,
  limits: PollLimits = POLL_LIMITS,
): Promise<BackfillResult> {
  const stored = await loadConnection(ports.store, polled.id);
  const on = stored?.record.on;
  if (on === undefined) {
    throw new UserError(`Connection ${polled.id} is not switched on yet; run "replybus poll ${polled.id}" first.`, 1);
  }
  const since = options.since === 'all' ? 0 : options.since;
  const work: Backfill = { polled, ports, limits, on, since };
  const seen: { total?: number } = {};
  const onThread = (total: number | undefined) => {
    if (total !== undefined) seen.total = total;
  };
  const pace = { threadsMax: THREADS_PER_PIECE, onThread, ...(options.signal ? { signal: options.signal } : {}) };
  let before = '';
  for (let stuck = 0; ; ) {
    const { waitMs, ...result } = await backfillSome(work, pace);
    options.onProgress({ threads: result.threads, recorded: result.recorded, left: result.left, ...seen });
    const now = JSON.stringify(result);
    stuck = now === before ? stuck + 1 : 0;
    before = now;
    if (result.done || options.signal?.aborted || stuck >= STUCK_PIECES_MAX) return { ...result, ...seen };
    if (waitMs !== undefined) await ports.clock.sleep(Math.max(waitMs, STUCK_WAIT_MS * 2 ** stuck));
  }
}
