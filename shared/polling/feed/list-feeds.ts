import { ProviderError } from '../../failure.ts';
import { foldedId } from '../../model.ts';
import type { Feed } from '../../provider.ts';
import type { PolledConnection } from './context.ts';

/** The feeds to poll, and what was wrong with the vendor's list of them. */
export interface FeedList {
  readonly feeds: readonly Feed[];
  readonly failure?: ProviderError;
}

/** A feed whose campaign is not listed now: all that is known of it is its name. */
export const remembered = (id: string): Feed => ({ id, campaign: { id, name: id, status: 'unknown', vendor: {} } });

/** Each under the letters in which it is known: a campaign whose id comes in others is the campaign that it was. */
function underKnownNames(feeds: readonly Feed[], known: Iterable<string>): readonly Feed[] {
  const names = new Map([...known].map((id) => [foldedId(id), id]));
  const named = feeds.map((feed) => {
    const id = names.get(foldedId(feed.id)) ?? feed.id;
    names.set(foldedId(id), id);
    return id === feed.id ? feed : { id, campaign: feed.campaign && { ...feed.campaign, id } };
  });
  return [...new Map(named.map((feed) => [feed.id, feed])).values()];
}

function vanished({ connection }: PolledConnection, known: number): ProviderError {
  const issues = [
    `its list of campaigns is empty, though there were ${known}; check the key, and whether they were deleted`,
  ];
  return new ProviderError(
    { kind: 'wire', issues, mayHaveHappened: false },
    { provider: connection.provider.label, operation: 'list campaigns' },
  );
}

/**
 * The feeds as the vendor lists them. Where it lists none any more, or answers with an error, those that were polled before
 * are polled on, and the failure is said beside them: that a key may not list campaigns says nothing of what it may read, and if it is
 * refused the campaigns show it. A vendor that asks to wait is thrown.
 */
export async function listFeeds(
  polled: PolledConnection,
  before: readonly Feed[],
  stored: readonly string[],
): Promise<FeedList> {
  const all = polled.campaigns.includes('*');
  const known =
    before.length > 0 ? before : stored.filter((id) => all || polled.campaigns.includes(id)).map(remembered);
  try {
    const listed = await polled.connection.feeds.feeds(polled.campaigns);
    const feeds = underKnownNames(listed, [...before.map(({ id }) => id), ...stored]);
    return feeds.length > 0 || known.length === 0
      ? { feeds }
      : { feeds: known, failure: vanished(polled, known.length) };
  } catch (error) {
    if (!(error instanceof ProviderError) || error.failure.kind === 'throttled' || known.length === 0) throw error;
    return { feeds: known, failure: error };
  }
}
