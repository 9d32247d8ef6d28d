import { inParallel } from '../../shared/concurrency/in-parallel.ts';
import type { Instant } from '../../shared/model.ts';
import { type ConnectionPoll, failureOf, type Poller } from '../../shared/polling/poller.ts';
import type { WholeShard } from '../../shared/polling/state/shard.ts';
import type { Clock, Log } from '../../shared/ports.ts';
import type { Budget } from '../../shared/provider.ts';
import { hasTurn, TICK_MS } from './slots.ts';

export const CONNECTIONS_AT_ONCE = 100;
/** Of one connection. */
export const FEEDS_AT_ONCE = 8;

export interface ShardConnection {
  readonly id: string;
  readonly paused: boolean;
  readonly poller: Poller;
  readonly budget: Budget;
}

export interface ShardRound {
  readonly shard: WholeShard;
  readonly connections: readonly ShardConnection[];
  /** When the round was called for; one that is a job runs a little later. */
  readonly calledAt: Instant;
  readonly until: Instant;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RoundResult {
  readonly feeds: number;
  readonly polled: number;
  readonly recorded: number;
  readonly conflicts: number;
  /** Connections whose key the vendor refuses. */
  readonly unauthorized: number;
  /** Connections whose poll ended with a failure of the vendor's. */
  readonly failed: number;
  /** Connections whose poll ended with an error of ours. */
  readonly broken: number;
  /** Connections the time did not reach. */
  readonly skipped: number;
  /** From the call for this round to its end, or how long the latest feed waits. */
  readonly lagMs: number;
  /** Of the key that has fewest calls left; absent where no vendor counts. */
  readonly budgetLeft?: number;
}

type Polled = { readonly poll?: ConnectionPoll; readonly broken?: true; readonly skipped?: true };

/** The connection a round begins with moves on each minute, so that a time that is too short cuts off others each time. */
function rotated<Item>(items: readonly Item[], calledAt: Instant): readonly Item[] {
  const start = items.length === 0 ? 0 : Math.floor(calledAt / TICK_MS) % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

async function pollSafely(round: ShardRound, { id, poller }: ShardConnection): Promise<Polled> {
  if (round.clock.now() >= round.until) return { skipped: true };
  const isDue = (feed: { readonly id: string }, everyMs: number) =>
    hasTurn(`${id}/${feed.id}`, everyMs, round.calledAt);
  try {
    const poll = await poller.poll({ isDue, until: round.until, feedsAtOnce: FEEDS_AT_ONCE });
    const failed = failureOf(poll);
    if (failed) round.log.warn('poll.failed', { connection: id, failure: failed.failure.kind });
    return { poll };
  } catch (error) {
    round.log.warn('poll.broken', { connection: id, error: error instanceof Error ? error.name : 'unknown' });
    return { broken: true };
  }
}

/** One round over the connections of a shard. A connection that fails leaves the others alone. */
export async function pollShard(round: ShardRound): Promise<RoundResult> {
  await round.shard.refresh();
  const active = rotated(
    round.connections.filter(({ paused }) => !paused),
    round.calledAt,
  );
  const results = await inParallel(active, CONNECTIONS_AT_ONCE, (connection) => pollSafely(round, connection));
  await round.shard.scanClocks.save().catch((error: unknown) => {
    round.log.warn('poll.clocks_lost', { error: error instanceof Error ? error.name : 'unknown' });
  });
  return summary(round, active, results);
}

function summary(round: ShardRound, active: readonly ShardConnection[], results: readonly Polled[]): RoundResult {
  const polls = results.flatMap(({ poll }) => (poll ? [poll] : []));
  const sum = (of: (poll: ConnectionPoll) => number) => polls.reduce((total, poll) => total + of(poll), 0);
  const budgets = active.map(({ budget }) => budget.available()).filter(Number.isFinite);
  const refused = ({ failure }: ConnectionPoll) =>
    failure?.failure.kind === 'auth' || failure?.failure.kind === 'scope' ? 1 : 0;
  return {
    feeds: sum(({ feeds }) => feeds),
    polled: sum(({ polled }) => polled),
    recorded: sum(({ recorded }) => recorded),
    conflicts: sum(({ conflicts }) => conflicts),
    unauthorized: sum(refused),
    failed: sum(({ failure }) => (failure ? 1 : 0)),
    broken: results.filter(({ broken }) => broken).length,
    skipped: results.filter(({ skipped }) => skipped).length,
    lagMs: Math.max(0, round.clock.now() - round.calledAt, ...polls.map(({ lateMs }) => lateMs)),
    ...(budgets.length === 0 ? {} : { budgetLeft: Math.min(...budgets) }),
  };
}
