import type { Instant } from '../model.ts';
import type { Feed } from '../provider.ts';
import type { FeedTurns } from './feed-turns.ts';
import type { InterestedTurns } from './interested-turns.ts';
import type { FeedPoll } from './poll-feed.ts';
import type { Failed, Found } from './state/troubles.ts';

export interface Turns {
  readonly turns: FeedTurns;
  readonly interestedTurns: InterestedTurns;
  readonly now: Instant;
}

function interestedFound(feed: Feed, poll: FeedPoll, { interestedTurns, now }: Turns): Found['interested'] {
  const { interestedFailure: failure, interestedRead } = poll;
  if (failure) return { failure, nextAt: Math.max(now, interestedTurns.restsUntil(feed) ?? 0) };
  return interestedRead ? 'well' : undefined;
}

/** A thread that waits from before is known with how it failed then. */
function threadsFound({ unopened }: FeedPoll): Failed | 'well' | undefined {
  if (unopened === undefined) return undefined;
  if (unopened === 'none') return 'well';
  const { failure, nextAt, threads } = unopened;
  return failure && { failure, nextAt, threads };
}

function pagesFound({ failure, below }: FeedPoll): Found['pages'] {
  if (failure || below === 'as before') return undefined;
  return below ?? 'well';
}

/** What a poll found of how its feed fails. */
export function foundBy(feed: Feed, poll: FeedPoll, turns: Turns): Found {
  if (poll.conflict || poll.unreadable) return {};
  const replies = poll.failure ? { failure: poll.failure, nextAt: turns.turns.nextAt(feed) } : ('well' as const);
  const pages = pagesFound(poll);
  const interested = interestedFound(feed, poll, turns);
  const threads = threadsFound(poll);
  return { replies, ...(pages && { pages }), ...(interested && { interested }), ...(threads && { threads }) };
}
