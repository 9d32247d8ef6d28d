import { UserError } from '../../failure.ts';
import type { Instant } from '../../model.ts';
import { shardPartition } from '../../store/keys.ts';
import type { PolledConnection, PollingPorts } from '../feed/context.ts';
import { POLL_LIMITS, type PollLimits } from '../feed/limits.ts';
import { loadConnection } from '../state/connection.ts';
import { askForBackfill, endBackfill, holdBackfill } from './asked.ts';
import { type BackfillProgress, type BackfillResult, backfillSome } from './piece.ts';

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

/**
 * Records old messages, newest threads first, as events marked `backfill`; once done it is not repeated. Aborted, or stuck, it
 * goes on a piece with each poll, until it is done or somebody stops it. Not `done`: something could not be read.
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
  const shard = shardPartition(options.shard ?? 0);
  const place = { shard, connection: polled.id };
  await askForBackfill(ports.store, place, options.since === 'all' ? 0 : options.since);
  const seen: { total?: number } = {};
  const onThread = (total: number | undefined) => {
    if (total !== undefined) seen.total = total;
  };
  const pace = { threadsMax: THREADS_PER_PIECE, onThread, ...(options.signal ? { signal: options.signal } : {}) };
  let before = '';
  let latest: BackfillResult = { threads: 0, recorded: 0, left: 0, done: false };
  for (let stuck = 0; ; ) {
    const since = await holdBackfill(ports.store, place, ports.clock.now());
    if (since === undefined) return { ...latest, ...seen, stopped: true };
    const { waitMs, place: reached, ...result } = await backfillSome({ polled, ports, limits, on, since, shard }, pace);
    latest = result;
    if (result.done) await endBackfill(ports.store, place, since);
    options.onProgress({ threads: result.threads, recorded: result.recorded, left: result.left, ...seen });
    const now = JSON.stringify([result, reached]);
    stuck = now === before ? stuck + 1 : 0;
    before = now;
    if (result.done || options.signal?.aborted || stuck >= STUCK_PIECES_MAX) return { ...result, ...seen };
    if (waitMs !== undefined) await ports.clock.sleep(Math.max(waitMs, STUCK_WAIT_MS * 2 ** stuck));
  }
}
