import { ProviderError } from '../failure.ts';
import type { Instant } from '../model.ts';
import type { Feed } from '../provider.ts';
import { recordAccess } from './access.ts';
import { backfillPiece, mayBackfill } from './backfill/after-poll.ts';
import { askedToWaitMs, isRefusal, type PolledConnection, type PollingPorts } from './feed/context.ts';
import { KnownCampaigns } from './feed/known-campaigns.ts';
import { POLL_LIMITS, type PollLimits } from './feed/limits.ts';
import { listFeeds } from './feed/list-feeds.ts';
import { availableCalls, type Pace, paceOf } from './feed/pace.ts';
import { FeedTurns, type PolledLag } from './feed-turns.ts';
import { foundBy } from './found.ts';
import { InterestedTurns } from './interested-turns.ts';
import { type FeedPolls, NO_ROUND, pollConnection, type RoundResult } from './poll-connection.ts';
import type { FeedJob, FeedPoll } from './poll-feed.ts';
import { recordedFrom as campaignRecordedFrom } from './state/connection.ts';
import { IdleAnswers } from './state/idle-answers.ts';
import { type Checkpoints, localShard, type Shard } from './state/shard.ts';
import { ALL_FEEDS, Troubles } from './state/troubles.ts';
import { Contact, firstTime, noteCampaigns, type SwitchedOn, switchOn } from './switch-on.ts';

export type { PolledConnection, PollingPorts } from './feed/context.ts';
export { type FeedLag, INACTIVE_EVERY_MS, type PolledLag } from './feed-turns.ts';

const FEEDS_FRESH_MS = 5 * 60_000;
const SHORTEST_PAUSE_MS = 1_000;

export interface ConnectionPoll extends FeedPolls {
  readonly feeds: number;
  /** When to poll again: the interval, or longer when the vendor asks us to wait. */
  readonly nextInMs: number;
  /** How late the latest of the feeds is that were due and could not be polled; 0 when none was. */
  readonly lateMs: number;
}

/** What is to be said of a poll: an interested list that failed alone comes last, since all else was done. */
export const failureOf = ({ failure, interestedFailure }: ConnectionPoll): ProviderError | undefined =>
  failure ?? interestedFailure;

export interface PollOptions {
  /** Every feed, due or not. */
  readonly all?: boolean;
  /** Asked in place of this process's own memory of when a feed was polled last. */
  readonly isDue?: (feed: Feed, everyMs: number) => boolean;
  /** No feed is begun after this. */
  readonly until?: Instant;
  /** Feeds polled side by side; one when absent. */
  readonly feedsAtOnce?: number;
}

export interface Poller {
  /** Polls every feed that is due (`all`: every feed). Never throws for a vendor's failure; it is in the answer. */
  poll(options?: PollOptions): Promise<ConnectionPoll>;
  /** How late each feed is; of a connection whose feeds were never listed, one lag for all (`*`). */
  lags(): readonly PolledLag[];
}

/** What a round is begun with. */
interface Known {
  readonly checkpoints: Checkpoints;
  readonly campaigns: KnownCampaigns;
  readonly on: Instant;
}

class ConnectionPoller implements Poller {
  readonly #polled: PolledConnection;
  readonly #ports: PollingPorts;
  readonly #limits: PollLimits;
  readonly #shard: Shard;
  readonly #turns: FeedTurns;
  readonly #interestedTurns: InterestedTurns;
  readonly #idleAnswers = new IdleAnswers();
  readonly #troubles: Troubles;
  #feeds: readonly Feed[] = [];
  #listFailure: ProviderError | undefined;
  #listSaysNothing = false;
  /** As last read or written here; read again before anything is decided that would change it. */
  #known: SwitchedOn | undefined;
  #feedsAt = Number.NEGATIVE_INFINITY;
  #paceKnown: Pace | undefined;

  constructor(polled: PolledConnection, ports: PollingPorts, limits: PollLimits, shard: Shard) {
    this.#polled = polled;
    this.#ports = ports;
    this.#limits = limits;
    this.#shard = shard;
    this.#troubles = new Troubles(ports.store, polled.id);
    const pacing = { clock: ports.clock, everyMs: () => this.#everyMs() };
    this.#turns = new FeedTurns(pacing);
    this.#interestedTurns = new InterestedTurns(pacing);
  }

  async poll(options: PollOptions = {}): Promise<ConnectionPoll> {
    const beganAt = this.#ports.clock.now();
    /** Of the connection, not of one of its feeds. */
    let failure: ProviderError | undefined;
    let round: RoundResult = NO_ROUND;
    let listed = false;
    /** The first of the feeds, once they are listed and until their round. */
    let first: Feed | undefined;
    let due: readonly Feed[] = [];
    let mayHaveChanged = false;
    const contact = new Contact(this.#polled, this.#ports);
    try {
      const { checkpoints, isBackfillAsked } = await this.#shard.read(this.#polled.id);
      const listedAt = this.#feedsAt;
      const feeds = await this.#currentFeeds(options.all ?? false, checkpoints);
      [first] = feeds;
      // One feed that is always there was not asked for.
      listed = this.#feedsAt !== listedAt && !this.#listFailure && feeds.some(({ campaign }) => campaign !== null);
      const now = () => firstTime(this.#polled, this.#ports, this.#limits, { feeds, contact });
      // Another poll of this poller may forget meanwhile what is known.
      const before = this.#known ?? (await switchOn(this.#polled, this.#ports, now));
      const known = await noteCampaigns(before, this.#polled, this.#ports, now);
      contact.end();
      first = undefined;
      this.#known = known;
      if (!known) return this.#outcome({ ...NO_ROUND.sum, conflicts: 1 }, undefined, [], beganAt);
      const { on } = known;
      due = feeds.filter((each) => this.#isWanted(each, options));
      const campaigns = this.#campaigns(checkpoints, this.#feedsAt === listedAt);
      round = await this.#round(due, { checkpoints, campaigns, on }, options);
      await this.#shard.polled();
      failure = round.failure;
      const asked = { record: known.record, isAsked: isBackfillAsked };
      if (!failure && feeds.length > 0 && mayBackfill(this.#polled, asked)) {
        const { partition } = this.#shard;
        mayHaveChanged = true;
        await backfillPiece(this.#polled, this.#ports, this.#limits, { feeds: this.#feeds, shard: partition });
      }
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      failure = error;
      await this.#switchOnBy(contact);
    } finally {
      contact.end();
    }
    if (isRefusal(failure) || this.#known?.record.unauthorized) {
      await recordAccess(this.#polled, this.#ports, { failure, accepted: this.#isAccepted(round, listed) });
      mayHaveChanged = true;
    }
    if (mayHaveChanged) this.#known = undefined;
    const isItsOnlyFeeds = round.failure !== undefined && this.#feeds.length <= 1;
    if (first && failure) await this.#noteTrouble(first, failure);
    await this.#noteConnectionTrouble(isItsOnlyFeeds || first ? undefined : (failure ?? this.#listFailure));
    return this.#outcome(round.sum, failure, due, beganAt);
  }

  /** Where the list of campaigns was accepted though none of them was, a further list says nothing. */
  #isAccepted({ accepted, isListed }: RoundResult, listed: boolean): boolean {
    if (accepted || isRefusal(this.#listFailure)) this.#listSaysNothing = false;
    else if (isListed !== undefined) this.#listSaysNothing = isListed;
    return accepted || (listed && !this.#listSaysNothing);
  }

  #outcome(sum: FeedPolls, failure: ProviderError | undefined, due: readonly Feed[], beganAt: number): ConnectionPoll {
    const nextInMs = this.#nextIn(failure, beganAt);
    const lateMs = this.#turns.lateness(failure && due.length === 0 ? this.#feeds : due, beganAt);
    const { polled, recorded, calls, conflicts, interestedFailure } = sum;
    const said = failure ?? sum.failure ?? this.#listFailure;
    const counts = { feeds: this.#feeds.length, polled, recorded, calls, conflicts };
    const failures = { ...(said && { failure: said }), ...(interestedFailure && { interestedFailure }) };
    return { ...counts, nextInMs, lateMs, ...failures };
  }

  #campaigns(checkpoints: Checkpoints, isOld: boolean): KnownCampaigns {
    const failure = this.#listFailure;
    const listed = { feeds: this.#feeds, stored: [...checkpoints.keys()], isOld, ...(failure && { failure }) };
    return new KnownCampaigns(this.#polled, listed);
  }

  #round(due: readonly Feed[], { checkpoints, campaigns, on }: Known, options: PollOptions): Promise<RoundResult> {
    this.#interestedTurns.newRound();
    return pollConnection({
      polled: this.#polled,
      clock: this.#ports.clock,
      everyMs: this.#everyMs(),
      turns: this.#turns,
      due,
      feeds: this.#feeds,
      checkpoints,
      jobFor: (feed) => this.#job(feed, on, campaigns),
      until: options.until ?? Number.POSITIVE_INFINITY,
      feedsAtOnce: options.feedsAtOnce ?? 1,
      all: options.all ?? false,
      note: (feed, poll) => this.#noteTroubles(feed, poll),
    });
  }

  async #noteTroubles(feed: Feed, poll: FeedPoll): Promise<void> {
    const now = this.#ports.clock.now();
    const turns = { turns: this.#turns, interestedTurns: this.#interestedTurns, now };
    await this.#troubles.note(feed, foundBy(feed, poll, turns), now);
  }

  /** What keeps all feeds from being polled, or their list from being known. */
  async #noteConnectionTrouble(failure: ProviderError | undefined): Promise<void> {
    await this.#noteTrouble({ id: ALL_FEEDS, campaign: null }, failure);
  }

  async #noteTrouble(feed: Feed, failure: ProviderError | undefined): Promise<void> {
    const now = this.#ports.clock.now();
    const nextAt = now + Math.max(this.#everyMs(), askedToWaitMs(failure));
    const replies = failure ? { failure, nextAt } : ('well' as const);
    await this.#troubles.note(feed, { replies }, now);
  }

  /** The feeds could not be listed, but the vendor answered: what comes from now on is new. */
  async #switchOnBy(contact: Contact): Promise<void> {
    const time = contact.time();
    if (this.#known || time === undefined) return;
    await switchOn(this.#polled, this.#ports, async () => time);
  }

  lags(): readonly PolledLag[] {
    const feeds = this.#feedsAt === Number.NEGATIVE_INFINITY ? undefined : this.#feeds;
    return this.#turns.lags(feeds, this.#interestedTurns);
  }

  #isWanted(feed: Feed, { all, isDue }: PollOptions): boolean {
    if (all) return true;
    if (this.#turns.isResting(feed)) return false;
    return isDue ? isDue(feed, this.#turns.everyMs(feed)) : this.#turns.isDue(feed);
  }

  /** Asked for many times a round, and the quotas of a key never change. */
  get #pace(): Pace {
    const feedCount = this.#feeds.length;
    if (this.#paceKnown?.feedCount !== feedCount) this.#paceKnown = paceOf(this.#polled, feedCount);
    return this.#paceKnown;
  }

  #everyMs(): number {
    return this.#pace.everyMs;
  }

  #job(feed: Feed, on: Instant, campaigns: KnownCampaigns): FeedJob {
    const available = availableCalls(this.#polled);
    const inTime = this.#feeds.length > 1 ? this.#turns.callsInTime(feed) : Number.POSITIVE_INFINITY;
    const callsPerPoll = Math.max(2, Math.min(this.#limits.callsPerPoll, available, inTime));
    const readingPages = Math.min(this.#limits.readingPages, this.#pace.sustainedCalls);
    const limits = { ...this.#limits, callsPerPoll, readingPages };
    const shared = { polled: this.#polled, ports: this.#ports, shard: this.#shard };
    const memory = { idleAnswers: this.#idleAnswers, interestedTurns: this.#interestedTurns };
    const { record } = this.#known ?? {};
    const recordedFrom = (campaign: string) =>
      record === undefined ? undefined : campaignRecordedFrom(record, campaign);
    const from = feed.campaign ? recordedFrom(feed.campaign.id) : undefined;
    return { ...shared, ...memory, feed, limits, recordedFrom, campaigns, on: Math.max(on, from ?? on) };
  }

  async #currentFeeds(fresh: boolean, checkpoints: Checkpoints): Promise<readonly Feed[]> {
    const now = this.#ports.clock.now();
    if (fresh || Math.abs(now - this.#feedsAt) >= FEEDS_FRESH_MS) {
      const { feeds, failure } = await listFeeds(this.#polled, this.#feeds, [...checkpoints.keys()]);
      this.#feeds = feeds;
      this.#listFailure = failure;
      this.#feedsAt = now;
    }
    return this.#feeds;
  }

  /** An interval from when the round began; a long one is followed at once. */
  #nextIn(failure: ProviderError | undefined, beganAt: number): number {
    const took = Math.max(0, this.#ports.clock.now() - beganAt);
    return Math.max(SHORTEST_PAUSE_MS, this.#everyMs() - took, askedToWaitMs(failure));
  }
}

/** The poller of one connection. It keeps nothing that matters in memory: the store is the truth. */
export function createPoller(
  polled: PolledConnection,
  ports: PollingPorts,
  limits: PollLimits = POLL_LIMITS,
  shard: Shard = localShard(ports.store),
): Poller {
  return new ConnectionPoller(polled, ports, limits, shard);
}
