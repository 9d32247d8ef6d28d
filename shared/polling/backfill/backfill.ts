import { UserError } from '../../failure.ts';
import type { Instant } from '../../model.ts';
import { shardPartition } from '../../store/keys.ts';
import type { PolledConnection, PollingPorts } from '../feed/context.ts';
import { POLL_LIMITS, type PollLimits } from '../feed/limits.ts';
import { loadConnection } from '../state/connection.ts';
import { listCheckpoints } from '../state/documents.ts';
import { Allowance } from './allowance.ts';
import { askedBackfill, askForBackfill, type BackfillPlace, endBackfill, holdBackfill } from './asked.ts';
import { type Backfill, type BackfillProgress, type BackfillResult, backfillSome, type Piece } from './piece.ts';
import { PageInHand } from './threads.ts';

export interface BackfillOptions {
  readonly since: Instant | 'all';
  /** The connection's; the only one of one machine unless said. */
  readonly shard?: number;
  onProgress(progress: BackfillProgress): void;
  readonly signal?: AbortSignal;
}

const THREADS_PER_PIECE = 50;

/** Between pieces that came no further; doubled each time, and left to the polls after so many. */
const STUCK_WAIT_MS = 2_000;

const STUCK_PIECES_MAX = 8;

const NOTHING_YET = { threads: 0, recorded: 0, left: 0 };

/** A piece asks which campaigns there are, however few threads it opens. */
const THREADS_WORTH_A_PIECE = 5;
const LOOK_FOR_CALLS_MS = 15_000;
/** Where a key allows fewer, or others use it up, fewer are opened after so long. */
const CALLS_WAIT_MS = 3 * 60_000;
/** Without any calls for so long it is left to the polls, and after a day in any case. */
const NO_CALLS_MAX_MS = 60 * 60_000;
const WAITED_FOR_MAX_MS = 24 * 60 * 60_000;

/** Threads that the next piece may open, so long after the last one; 0: none yet. What the vendor itself asks of us, a piece meets. */
function threadsNow({ connection }: PolledConnection, allowance: Allowance, waitedMs: number): number {
  const threads = Math.min(THREADS_PER_PIECE, allowance.threads);
  if (connection.budget.waitMs() > 0) return Math.max(1, threads);
  return threads >= (waitedMs < CALLS_WAIT_MS ? THREADS_WORTH_A_PIECE : 1) ? threads : 0;
}

/** Pieces one after another that came no further. */
class Standstill {
  #before = '';
  #pieces = 0;

  after({ place, threads, recorded, left, opened }: Piece, threadsMax: number): void {
    const now = JSON.stringify([threads, recorded, left, place]);
    // A small piece may have met a part alone of what cannot be opened.
    const met = opened >= threadsMax ? threadsMax / THREADS_PER_PIECE : 1;
    this.#pieces = now === this.#before ? this.#pieces + met : 0;
    this.#before = now;
  }

  get isLasting(): boolean {
    return this.#pieces >= STUCK_PIECES_MAX;
  }

  get waitMs(): number {
    return STUCK_WAIT_MS * 2 ** Math.floor(this.#pieces);
  }
}

/** How far it came, with the total that its lists gave last. */
class Progress {
  #total: number | undefined;

  readonly onThread = (total: number | undefined): void => {
    this.#total = total ?? this.#total;
  };

  of({ threads, recorded, left }: Omit<BackfillProgress, 'total'>): BackfillProgress {
    return { threads, recorded, left, ...(this.#total !== undefined && { total: this.#total }) };
  }
}

async function switchedOnAt({ store }: PollingPorts, connection: string): Promise<Instant> {
  const stored = await loadConnection(store, connection);
  const on = stored?.record.on;
  if (on !== undefined) return on;
  throw new UserError(`Connection ${connection} is not switched on yet; run "replybus poll ${connection}" first.`, 1);
}

/** What works on a connection's backfill in this process, and who waits for it. */
interface Work {
  readonly waiting: Set<BackfillOptions['onProgress']>;
  readonly result: Promise<BackfillResult>;
}

const WORK = new WeakMap<PolledConnection['connection'], Work>();

/** What came of it; undefined: who waits here waits no longer. */
async function outcomeOf(work: Work, { onProgress, signal }: BackfillOptions): Promise<BackfillResult | undefined> {
  work.waiting.add(onProgress);
  const gone = new Promise<undefined>((resolve) => signal?.addEventListener('abort', () => resolve(undefined)));
  try {
    return signal?.aborted ? undefined : await Promise.race([work.result, gone]);
  } finally {
    work.waiting.delete(onProgress);
  }
}

/**
 * Records old messages, newest threads first, as events marked `backfill`; once done it is not repeated. It takes at most half of the
 * calls that polling does not need, so that live replies wait for nothing. Aborted, or stuck, it goes on a piece with each poll, until it
 * is done or somebody stops it. Not `done`: something could not be read. Who asks while another works on it waits for that, and takes over.
 */
export async function backfill(
  polled: PolledConnection,
  ports: PollingPorts,
  options: BackfillOptions,
  limits: PollLimits = POLL_LIMITS,
): Promise<BackfillResult> {
  const on = await switchedOnAt(ports, polled.id);
  const shard = shardPartition(options.shard ?? 0);
  const place = { shard, connection: polled.id };
  await askForBackfill(ports.store, place, options.since === 'all' ? 0 : options.since);
  for (let other = WORK.get(polled.connection); other; other = WORK.get(polled.connection)) {
    const result = await outcomeOf(other, options);
    if (!result) return { ...NOTHING_YET, done: false };
    // One that goes further back may have been asked for at the last moment.
    if (result.stopped || (result.done && !(await askedBackfill(ports.store, place)))) return result;
  }
  const waiting = new Set([options.onProgress]);
  const onProgress = (progress: BackfillProgress) => {
    for (const tell of waiting) tell(progress);
  };
  const result = workOn({ polled, ports, limits, on, shard }, place, { ...options, onProgress });
  WORK.set(polled.connection, { waiting, result });
  try {
    return await result;
  } finally {
    WORK.delete(polled.connection);
  }
}

async function workOn(
  work: Omit<Backfill, 'since'>,
  place: BackfillPlace,
  { signal, onProgress }: BackfillOptions,
): Promise<BackfillResult> {
  const { polled, ports, shard } = work;
  const feedCount = Math.max(1, (await listCheckpoints(ports.store, shard, polled.id)).size);
  const allowance = new Allowance(polled, feedCount, ports.clock);
  const standstill = new Standstill();
  const progress = new Progress();
  const steady = { inHand: new PageInHand(), onThread: progress.onThread, ...(signal && { signal }) };
  const beganAt = ports.clock.now();
  const isLeft = () => signal?.aborted === true || ports.clock.now() - beganAt >= WAITED_FOR_MAX_MS;
  let latest: Piece | undefined;
  let restsUntil = beganAt;
  for (let waitedMs = 0; ; ) {
    const since = await holdBackfill(ports.store, place, ports.clock.now());
    if (since === undefined) return { ...progress.of(latest ?? NOTHING_YET), done: false, stopped: true };
    const restMs = Math.max(0, restsUntil - ports.clock.now());
    const threads = restMs > 0 ? 0 : threadsNow(polled, allowance, waitedMs);
    if (latest && threads === 0) {
      if (isLeft() || waitedMs >= NO_CALLS_MAX_MS) return { ...progress.of(latest), done: false };
      await ports.clock.sleep(restMs > 0 ? Math.min(LOOK_FOR_CALLS_MS, restMs) : LOOK_FOR_CALLS_MS);
      if (restMs === 0) waitedMs += LOOK_FOR_CALLS_MS;
      continue;
    }
    waitedMs = 0;
    const threadsMax = Math.max(1, threads);
    const piece = await backfillSome({ ...work, since }, { ...steady, threadsMax });
    latest = piece;
    allowance.take(piece.calls);
    if (piece.done) await endBackfill(ports.store, place, since);
    onProgress(progress.of(piece));
    standstill.after(piece, threadsMax);
    if (piece.done || isLeft() || standstill.isLasting) return { ...progress.of(piece), done: piece.done };
    if (piece.waitMs !== undefined) restsUntil = ports.clock.now() + Math.max(piece.waitMs, standstill.waitMs);
  }
}
