import type { ProviderError } from '../../failure.ts';
import type { Instant } from '../../model.ts';
import type { Feed } from '../../provider.ts';
import { isStillResting } from '../../resting.ts';
import { backfillAddress } from '../../store/keys.ts';
import type { PolledConnection, PollingPorts } from '../feed/context.ts';
import { listFeeds, remembered } from '../feed/list-feeds.ts';
import { grownRestMs } from '../feed/rest.ts';
import { type BackfillState, backfillStates, type Checkpoint, listCheckpoints } from '../state/documents.ts';

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

interface Asking {
  readonly polled: PolledConnection;
  readonly ports: Pick<PollingPorts, 'store' | 'clock'>;
  readonly since: Instant;
  /** The partition of the connection's checkpoints. */
  readonly shard: string;
}

/** A feed that was polled so lately may be missing from a list for a moment. */
const LATELY_MS = 2 * 24 * 60 * 60_000;

/** Feeds that polling knows, whose backfill was not begun. */
async function polledLately(
  { polled, ports: { store, clock }, since, shard }: Asking,
  states: ReadonlyMap<string, BackfillState>,
): Promise<readonly string[]> {
  const stored = await listCheckpoints(store, shard, polled.id);
  const isBegun = (state: BackfillState | undefined) => state !== undefined && (state.gone || state.since === since);
  const wasPolledLately = ({ reconciledAt }: Checkpoint) => clock.now() - reconciledAt < LATELY_MS;
  return [...stored].flatMap(([feed, checkpoint]) =>
    wasPolledLately(checkpoint) && !isBegun(states.get(feed)) ? [feed] : [],
  );
}

/**
 * The feeds that are listed, and those whose backfill was begun and is not done, or that were polled lately: a campaign may be missing from
 * a list once, or the whole list be empty. `known`: polled, whatever is listed now.
 */
export async function feedsToBackfill(asking: Asking, known: readonly Feed[]): Promise<BackfillFeeds> {
  const { polled, ports } = asking;
  const stored = await backfillStates.list(ports.store, backfillAddress(polled.id, '').partition);
  const states = new Map(stored.map(({ key, value }) => [key, value]));
  const begun = [...states].filter(([, { done }]) => done !== true).map(([feed]) => feed);
  const open = [...new Set([...begun, ...(await polledLately(asking, states))])];
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
/** A campaign that is neither listed nor readable for so long is gone; one that the vendor says it does not know, sooner. */
const MISSING_MS = 7 * 24 * 60 * MINUTE_MS;
const UNKNOWN_MS = 2 * 60 * MINUTE_MS;

/** A list that could not be read, so that others have their turn first. */
export type Failing = NonNullable<BackfillState['failing']>;

/** `unknown`: the vendor neither lists the campaign nor knows it. */
export function nextFailing(before: Failing | undefined, now: Instant, unknown = false): Failing {
  const attempts = (before?.attempts ?? 0) + 1;
  const restMs = Math.min(REST_MAX_MS, grownRestMs(attempts, MINUTE_MS));
  const unknownSince = unknown && { unknownSince: before?.unknownSince ?? now };
  return { since: before?.since ?? now, attempts, until: now + restMs, ...unknownSince };
}

/** Of a list that asking again soon would not help. */
export const longestRest = (now: Instant): Failing => ({ since: now, attempts: 1, until: now + REST_MAX_MS });

export const isResting = ({ until }: Failing, now: Instant): boolean => isStillResting(until, now, REST_MAX_MS);

/** The vendor says for hours that there is no such campaign any more, by list and by answer, or has not shown it for long. */
export const isCampaignGone = (unlisted: boolean, now: Instant, { since, unknownSince = now }: Failing): boolean =>
  unlisted && (now - unknownSince >= UNKNOWN_MS || now - since >= MISSING_MS);
