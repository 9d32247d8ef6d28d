import { foldedId, type Message } from '../../model.ts';
import type { Feed } from '../../provider.ts';
import type { PolledConnection } from './context.ts';
import { type FeedList, listFeeds, remembered } from './list-feeds.ts';

export interface Listed extends FeedList {
  /** Before this poll, so that a campaign may have been made since. */
  readonly isOld: boolean;
  /** Feeds that are or were polled: what is named by such a feed is that one's for ever. */
  readonly stored: readonly string[];
}

/** The campaigns that a connection polls, as far as the messages of one poll name them. */
export class KnownCampaigns {
  readonly #polled: PolledConnection;
  #listed: Listed;
  #found: ReadonlyMap<string, Feed> | undefined;
  #listing: Promise<void> | undefined;

  constructor(polled: PolledConnection, listed: Listed) {
    this.#polled = polled;
    this.#listed = listed;
  }

  /** The feed of a campaign that is polled, or was; undefined for any other. While no list can be read, `*` may mean any. */
  feedOf(campaign: string): Feed | undefined {
    const { campaigns } = this.#polled;
    const { feeds, failure, stored } = this.#listed;
    const names = () => [...stored, ...campaigns.filter((id) => id !== '*')];
    this.#found ??= new Map([...names().map(remembered), ...feeds].map((feed) => [foldedId(feed.id), feed]));
    const isAny = failure !== undefined && campaigns.includes('*');
    return this.#found.get(foldedId(campaign)) ?? (isAny ? remembered(campaign) : undefined);
  }

  /** Lists the campaigns anew, once, where a message names one that may have been made since they were listed. */
  async learn(messages: readonly Message[]): Promise<void> {
    if (!this.#listed.isOld || !this.#polled.campaigns.includes('*')) return;
    if (messages.every(({ belongsTo }) => !belongsTo || this.feedOf(belongsTo.campaign))) return;
    this.#listing ??= this.#listAgain();
    await this.#listing;
  }

  async #listAgain(): Promise<void> {
    const { feeds, stored } = this.#listed;
    const list = await listFeeds(this.#polled, feeds, stored);
    this.#listed = { ...list, stored, isOld: false };
    this.#found = undefined;
  }
}
