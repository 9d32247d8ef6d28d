import { ProviderError } from '../../failure.ts';
import type { Instant } from '../../model.ts';
import type { Feed } from '../../provider.ts';
import { Unreadable } from '../../store/collection.ts';
import { backfillAddress, feedKey, feedPartition } from '../../store/keys.ts';
import {
  askedToWaitMs,
  concernsListAlone,
  type FeedContext,
  isRefusal,
  nothingSpent,
  type PolledConnection,
  type PollingPorts,
  type Spent,
} from '../feed/context.ts';
import { KnownCampaigns } from '../feed/known-campaigns.ts';
import type { PollLimits } from '../feed/limits.ts';
import { CALLS_AN_OPENING } from '../feed/pace.ts';
import { StateConflict } from '../state/chunked-map.ts';
import { type BackfillState, backfillStates, checkpoints } from '../state/documents.ts';
import { loadState } from '../state/feed-state.ts';
import type { MetThreads } from '../state/met-threads.ts';
import { loadBackfill } from './begun.ts';
import { type BackfillFeed, feedsToBackfill, isCampaignGone, isResting, longestRest, nextFailing } from './feeds.ts';
import { readList, recordRisen } from './lists.ts';
import { loadMetOf, NeverQuiet, readPass } from './passes.ts';
import { type FeedBackfill, type Pace, Pause, recordLeft } from './threads.ts';
import { NothingNew } from './work-through.ts';

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
  /** Somebody stopped it: polls do not go on with it. */
  readonly stopped?: true;
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
  const failing = nextFailing(state.failing, now, unlisted && error.failure.kind === 'not-found');
  if (isCampaignGone(unlisted, now, failing)) return { state: { ...state, failing, done: true, gone: true } };
  return { state: { ...state, failing }, waitMs: askedToWaitMs(error) };
}

/** Its list shows nothing new and no end. One that came further than before is asked again soon. */
function stuck({ state, context }: FeedBackfill, from: BackfillState): FeedPiece {
  const { ports, polled, feed } = context;
  ports.log.warn('backfill.list_repeats', { connection: polled.id, feed: feed.id });
  const before = state.list.position === from.list.position ? from.failing : undefined;
  return { state: { ...state, failing: nextFailing(before, ports.clock.now()) }, waitMs: 0 };
}

/** Its list shows something new each time. */
function unsettled({ state, context }: FeedBackfill): FeedPiece {
  const { ports, polled, feed } = context;
  ports.log.warn('backfill.list_never_quiet', { connection: polled.id, feed: feed.id });
  return { state: { ...state, failing: longestRest(ports.clock.now()) }, waitMs: 0 };
}

/** Reads on in the list, by passes where it comes in no order. */
async function readOn(work: FeedBackfill): Promise<void> {
  if (!work.state.pass) await readList(work);
  const { pass, read } = work.state;
  if (!pass || read) return;
  work.met ??= await loadMetOf(work.context);
  await readPass(work, work.met, pass);
}

/** One piece of a feed. The only feed of a connection that is refused is its key's trouble, and thrown. */
async function workOn(work: FeedBackfill, { unlisted }: BackfillFeed, isOnly: boolean): Promise<FeedPiece> {
  const from = work.state;
  try {
    if (!work.state.read) await readOn(work);
    const isThrough = work.state.read && (await recordRisen(work)) && (await recordLeft(work));
    const { failing: _, ...state } = work.state;
    return { state: isThrough ? { ...state, done: true } : state };
  } catch (error) {
    if (error instanceof Pause) return { state: work.state, waitMs: error.waitMs };
    if (error instanceof NothingNew) return stuck(work, from);
    if (error instanceof NeverQuiet) return unsettled(work);
    if (!(error instanceof ProviderError) || (isOnly && isRefusal(error))) throw error;
    // That our own calls are used up is no fault of the list.
    if (!concernsListAlone(error)) return { state: work.state, waitMs: askedToWaitMs(error) };
    return failedOn(work, unlisted, error);
  }
}

/** False: another process works on the same backfill, and was first. */
async function isSaved(met: MetThreads): Promise<boolean> {
  try {
    await met.save();
    return true;
  } catch (error) {
    if (!(error instanceof StateConflict)) throw error;
    return false;
  }
}

/** Polling has looked through the feed's list, and met it newest first: below an old row there is none that is newer. */
async function isProvedInOrder({ polled, ports, feed }: FeedContext, shard: string): Promise<boolean> {
  const stored = await checkpoints.get(ports.store, { partition: shard, key: feedKey(polled.id, feed.id) });
  if (!stored || stored instanceof Unreadable) return false;
  return stored.value.provedTo !== undefined && stored.value.unorderedAt === undefined;
}

async function forgetMet(context: FeedContext): Promise<void> {
  const met = await loadMetOf(context);
  met.forgetAll();
  await isSaved(met);
}

async function backfillFeed(
  context: FeedContext,
  begun: Begun,
  pace: Pace,
  { isOnly, shard }: Together,
): Promise<FeedPiece> {
  const { polled, ports, feed } = context;
  const { state, version } = begun;
  context.spent.recorded = state.recorded;
  const isInOrder = () => isProvedInOrder(context, shard);
  const work: FeedBackfill = { context, pace, state, failures: 0, isInOrder };
  const piece = await workOn(work, begun, isOnly);
  const next: BackfillState = { ...piece.state, recorded: context.spent.recorded };
  // Threads count as met before the list counts as read: the other way round one would be opened, and counted, again.
  if (work.met && !(await isSaved(work.met))) return { state, waitMs: 0 };
  const address = backfillAddress(polled.id, feed.id);
  const isWritten = await backfillStates.put(ports.store, { ...address, value: next }, version);
  if (isWritten && next.done && next.pass) await forgetMet(context);
  return { ...piece, state: next };
}

export interface Backfill {
  readonly polled: PolledConnection;
  readonly ports: PollingPorts;
  readonly limits: PollLimits;
  readonly on: Instant;
  readonly since: Instant;
  /** The partition of the connection's checkpoints. */
  readonly shard: string;
}

async function contextOf(
  { polled, ports, limits, on }: Backfill,
  feed: Feed,
  campaigns: KnownCampaigns,
): Promise<FeedContext> {
  const state = await loadState(ports.store, feedPartition(polled.id, feed.id));
  return {
    polled,
    feed,
    ports,
    limits,
    on,
    now: on,
    ...state,
    listed: [],
    spent: nothingSpent(),
    recordedFrom: () => undefined,
    campaigns,
    inBaseline: false,
    isUnproved: false,
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

/** A piece's result. */
export interface Piece extends BackfillResult {
  /** Nothing of it can go on sooner. */
  readonly waitMs?: number;
  /** Threads that it opened, or tried to. */
  readonly opened: number;
  /** At most what it took for them, and for pages. */
  readonly calls: number;
  /** Where its lists are read: another place shows that it came further, though there was no thread to open. */
  readonly place: string;
}

const placeOf = (states: readonly BackfillState[]): string =>
  JSON.stringify(states.map(({ list, pass }) => [list.position, pass?.number]));

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
  #calls = 0;
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

  get opened(): number {
    return this.#opened;
  }

  get calls(): number {
    return this.#calls;
  }

  took({ opened, calls }: Spent, isFailingAgain: boolean): void {
    this.#opened += opened;
    this.#calls += calls + opened * (CALLS_AN_OPENING - 1);
    if (isFailingAgain) this.#failedAgain += 1;
  }
}

/** The feeds that are backfilled together. */
interface Together {
  readonly isOnly: boolean;
  readonly shard: string;
  readonly campaigns: KnownCampaigns;
}

async function pieceOf(backfill: Backfill, begun: Begun, budget: PieceBudget, together: Together): Promise<FeedPiece> {
  const { state, feed } = begun;
  if (state.done) return { state };
  const pace = budget.paceFor(state);
  if (pace === 'later') return { state };
  if (pace === 'resting') return { state, waitMs: 0 };
  const context = await contextOf(backfill, feed, together.campaigns);
  const piece = await backfillFeed(context, begun, pace, together);
  budget.took(context.spent, state.failing !== undefined && piece.state.failing !== undefined);
  return piece;
}

/** A bounded piece of a backfill, so that polling goes on between two pieces. It never waits. `known`: feeds that are polled. */
export async function backfillSome(backfill: Backfill, pace: Pace, known: readonly Feed[] = []): Promise<Piece> {
  const { polled, ports } = backfill;
  const { feeds, failure } = await feedsToBackfill(backfill, known);
  const begun: Begun[] = [];
  for (const feed of feeds) begun.push(await begin(backfill, feed));
  const budget = new PieceBudget(pace, () => ports.clock.now());
  const pieces: FeedPiece[] = [];
  const together: Together = {
    isOnly: feeds.length === 1,
    shard: backfill.shard,
    campaigns: new KnownCampaigns(polled, {
      feeds: feeds.map(({ feed }) => feed),
      stored: [],
      isOld: false,
      ...(failure && { failure }),
    }),
  };
  for (const each of inTurn(begun)) pieces.push(await pieceOf(backfill, each, budget, together));
  const open = pieces.filter(({ state }) => state.done !== true);
  const waits = open.flatMap(({ waitMs }) => waitMs ?? []);
  const isCut = failure !== undefined || (open.length > 0 && waits.length === open.length);
  return {
    ...sumOf(pieces.map(({ state }) => state)),
    place: placeOf(pieces.map(({ state }) => state)),
    done: pieces.length > 0 && open.length === 0 && !failure,
    opened: budget.opened,
    calls: budget.calls,
    ...(isCut && { waitMs: Math.min(...waits, ...(failure ? [0] : [])) }),
  };
}
