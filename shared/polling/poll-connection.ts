import { ProviderError } from '../failure.ts';
import type { Instant } from '../model.ts';
import type { Clock } from '../ports.ts';
import type { Feed } from '../provider.ts';
import { Unreadable } from '../store/collection.ts';
import { readBaseline } from './baseline.ts';
import { endsPoll, isRefusal, type PolledConnection } from './feed/context.ts';
import type { FeedTurns } from './feed-turns.ts';
import { type FeedJob, type FeedPoll, pollFeed } from './poll-feed.ts';
import { StateConflict } from './state/chunked-map.ts';
import type { StoredCheckpoint } from './state/feed-state.ts';
import type { Checkpoints } from './state/shard.ts';

/** A failure of one feed leaves the others alone; only one that concerns the key ends the poll. */
async function pollOne(job: FeedJob, stored: StoredCheckpoint | Unreadable | undefined): Promise<FeedPoll> {
  try {
    if (stored instanceof Unreadable) throw stored;
    return stored ? await pollFeed(job, stored) : await readBaseline(job);
  } catch (error) {
    if (error instanceof Unreadable) return { recorded: 0, calls: 0, unreadable: true };
    if (error instanceof StateConflict) {
      job.ports.log.info('poll.conflict', { connection: job.polled.id, feed: job.feed.id });
      return { recorded: 0, calls: 0, conflict: true };
    }
    if (error instanceof ProviderError) return { recorded: 0, calls: 0, failure: error };
    throw error;
  }
}

/** What the polls of several feeds came to together. `failure`: the first of them. */
export interface FeedPolls {
  readonly polled: number;
  readonly recorded: number;
  readonly calls: number;
  /** Feeds that another poller was writing at the same time. */
  readonly conflicts: number;
  readonly failure?: ProviderError;
  /** The first of those of interested lists alone, whose feeds were polled well. */
  readonly interestedFailure?: ProviderError;
}
const NOTHING: FeedPolls = { polled: 0, recorded: 0, calls: 0, conflicts: 0 };

type Failing = Pick<FeedPolls, 'failure' | 'interestedFailure'>;

function firstOf(name: keyof Failing, sum: Failing, poll: Failing): Failing {
  const failure = sum[name] ?? poll[name];
  return failure ? { [name]: failure } : {};
}

const added = (sum: FeedPolls, poll: FeedPoll): FeedPolls => ({
  polled: sum.polled + 1,
  recorded: sum.recorded + poll.recorded,
  calls: sum.calls + poll.calls,
  conflicts: sum.conflicts + (poll.conflict ? 1 : 0),
  ...firstOf('failure', sum, poll),
  ...firstOf('interestedFailure', sum, poll),
});

/** Refusals of so many feeds, none accepted yet, are held against the vendor's list of them. */
const SUSPECT_FEEDS = 2;

/**
 * The failure, if it is the connection's: its only feed's, the key's budget, or one that the list of campaigns meets as well.
 * `suspect`: feeds were refused and none accepted, so that list is asked.
 */
async function connectionFailure(
  { polled, feeds }: Round,
  failure: ProviderError,
  suspect: boolean,
): Promise<Pick<RoundResult, 'failure' | 'isListed'>> {
  if (feeds.length <= 1 || polled.connection.budget.waitMs() > 0) return { failure };
  if (!suspect) return {};
  try {
    await polled.connection.feeds.feeds(polled.campaigns);
    return { isListed: true };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return endsPoll(error) ? { failure: error, isListed: false } : {};
  }
}

/** Feeds that fail once more in a round, after which others that keep failing wait for the next: each may take as long as it can. */
const FAILING_PER_ROUND = 2;

/** Slow feeds are begun for so much of an interval in a round, one at the least. */
const SLOW_SHARE = 0.5;

export interface Round {
  readonly polled: PolledConnection;
  readonly clock: Clock;
  readonly everyMs: number;
  readonly turns: FeedTurns;
  readonly due: readonly Feed[];
  /** Those of the connection, due or not. */
  readonly feeds: readonly Feed[];
  readonly checkpoints: Checkpoints;
  readonly jobFor: (feed: Feed) => FeedJob;
  /** No feed is begun after this. */
  readonly until: Instant;
  readonly feedsAtOnce: number;
  /** A person asked for every feed, those that keep failing too. */
  readonly all: boolean;
  /** Told of each poll when it has ended. */
  readonly note: (feed: Feed, poll: FeedPoll) => Promise<void>;
}

/** What came of a round over a connection's feeds, and how the connection failed in it. */
export interface RoundResult {
  readonly sum: FeedPolls;
  readonly accepted: boolean;
  readonly failure?: ProviderError;
  /** Whether the vendor lists its campaigns though it refuses them, where that was asked: that it does says nothing of the key then. */
  readonly isListed?: boolean;
}
export const NO_ROUND: RoundResult = { sum: NOTHING, accepted: false };

/** Polls the feeds that are due, until one shows that the connection itself fails. */
export async function pollConnection(round: Round): Promise<RoundResult> {
  const { clock, turns, until } = round;
  const queue = turns.inTurn(round.due).values();
  let { sum, accepted, failure, isListed } = NO_ROUND;
  let suspects = 0;
  let failedAgain = 0;
  let slowUntil = Number.POSITIVE_INFINITY;
  const worker = async () => {
    for (const feed of queue) {
      const isFailing = !round.all && turns.isFailing(feed);
      const isSlow = !round.all && !isFailing && turns.isSlow(feed);
      if (isSlow && clock.now() >= slowUntil) continue;
      if (failure || clock.now() >= until || (isFailing && failedAgain >= FAILING_PER_ROUND)) return;
      turns.asked(feed);
      const beganAt = clock.now();
      if (isSlow) slowUntil = Math.min(slowUntil, beganAt + SLOW_SHARE * round.everyMs);
      const poll = await pollOne(round.jobFor(feed), round.checkpoints.get(feed.id));
      turns.took(feed, { ms: Math.max(0, clock.now() - beganAt), calls: poll.calls });
      if (!poll.unreadable) turns.note(feed, poll.failure, poll.calls > 0);
      await round.note(feed, poll);
      sum = added(sum, poll);
      if (isFailing && poll.failure) failedAgain += 1;
      if (!poll.failure) accepted = true;
      else if (endsPoll(poll.failure)) {
        suspects += 1;
        const of = await connectionFailure(round, poll.failure, suspects >= SUSPECT_FEEDS && !accepted);
        failure = of.failure ?? failure;
        isListed = of.isListed ?? isListed;
      }
    }
  };
  const workers = Math.min(round.feedsAtOnce, round.due.length);
  await Promise.all(Array.from({ length: workers }, worker));
  // A key that may list campaigns, and read none of them, is refused all the same.
  if (isRefusal(sum.failure) && turns.areAllRefused(round.feeds)) failure ??= sum.failure;
  return { sum, accepted, ...(failure && { failure }), ...(isListed !== undefined && { isListed }) };
}
