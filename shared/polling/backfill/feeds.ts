import type { ProviderError } from '../../failure.ts';
import type { Instant } from '../../model.ts';
import type { Feed } from '../../provider.ts';
import { isStillResting } from '../../resting.ts';
import { backfillAddress } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';
import type { PolledConnection } from '../feed/context.ts';
import { listFeeds, remembered } from '../feed/list-feeds.ts';
import { grownRestMs } from '../feed/rest.ts';
import { type BackfillState, backfillStates } from '../state/documents.ts';

/** A feed to backfill, and whether the vendor's list of campaigns can be read and is without it. */
export interface BackfillFeed {
  readonly feed: Feed;
  readonly unlisted: boolean;
}

export interface BackfillFeeds {
  readonly feeds: readonly BackfillFeed[];
  /** Why the list of campaigns cannot be relied on now. */
  readonly failure?: ProviderError;
}

/**
 * The feeds that are listed, and those whose backfill was begun and is not done: a campaign may be missing from a list once, or the
 * whole list be empty. `known`: polled, whatever is listed now.
 */
export async function feedsToBackfill(
  polled: PolledConnection,
  store: Store,
  known: readonly Feed[],
): Promise<BackfillFeeds> {
  const states = await backfillStates.list(store, backfillAddress(polled.id, '').partition);
  const open = states.filter(({ value }) => value.done !== true).map(({ key }) => key);
  const { feeds, failure } = await listFeeds(polled, known, open);
  const isListed = new Set(feeds.map(({ id }) => id));
  const isNamed = (id: string) => polled.campaigns.includes('*') || polled.campaigns.includes(id);
  const missing = open.filter((id) => !isListed.has(id) && isNamed(id)).map(remembered);
  return {
    feeds: [
      ...feeds.map((feed) => ({ feed, unlisted: false })),
      ...missing.map((feed) => ({ feed, unlisted: failure === undefined })),
    ],
    ...(failure && { failure }),
  };
}

const MINUTE_MS = 60_000;
const REST_MAX_MS = 60 * MINUTE_MS;
/** A campaign that is neither listed nor readable for so long is gone. */
const MISSING_MS = 7 * 24 * 60 * MINUTE_MS;

/** A list that could not be read, so that others have their turn first. */
export type Failing = NonNullable<BackfillState['failing']>;

export function nextFailing(before: Failing | undefined, now: Instant): Failing {
  const attempts = (before?.attempts ?? 0) + 1;
  const restMs = Math.min(REST_MAX_MS, grownRestMs(attempts, MINUTE_MS));
  return { since: before?.since ?? now, attempts, until: now + restMs };
}

/** Of a list that asking again soon would not help. */
export const longestRest = (now: Instant): Failing => ({ since: now, attempts: 1, until: now + REST_MAX_MS });

export const isResting = ({ until }: Failing, now: Instant): boolean => isStillResting(until, now, REST_MAX_MS);

/** The vendor says that there is no such campaign any more, by list and by answer, or has not shown it for long. */
export const isCampaignGone = (unlisted: boolean, { failure }: ProviderError, { since }: Failing, now: Instant) =>
  unlisted && (failure.kind === 'not-found' || now - since >= MISSING_MS);
