import { ProviderError } from '../failure.ts';
import type { CampaignStatus, Instant } from '../model.ts';
import type { Feed } from '../provider.ts';
import { Unreadable } from '../store/collection.ts';
import { isRefusal, recordAccess } from './access.ts';
import { backfillSome } from './backfill.ts';
import { readBaseline } from './baseline.ts';
import {
  recordedFrom as campaignRecordedFrom,
  loadConnection,
  type StoredConnection,
  saveConnection,
  withCampaigns,
} from './connection.ts';
import { endsPoll, nothingSpent, type PolledConnection, type PollingPorts, vendorNow } from './context.ts';
import { listFeeds } from './feeds.ts';
import { IdleAnswers } from './idle-answers.ts';
import { POLL_LIMITS, type PollLimits } from './limits.ts';
import { type FeedJob, type FeedPoll, pollFeed } from './poll-feed.ts';
import { rowReader } from './rows.ts';
import { type Checkpoints, localShard, type Shard } from './shard.ts';
import { StateConflict, type StoredCheckpoint } from './state.ts';

export type { PolledConnection, PollingPorts } from './context.ts';
export { LOCAL_SHARD } from './shard.ts';

const FEEDS_FRESH_MS = 5 * 60_000;
/** Campaigns that send no more still get replies, but seldom. */
export const INACTIVE_EVERY_MS = 15 * 60_000;
const INACTIVE: ReadonlySet<CampaignStatus> = new Set(['completed', 'stopped', 'archived']);

export interface ConnectionPoll {
  readonly feeds: number;
  readonly polled: number;
  readonly recorded: number;
  readonly calls: number;
  /** Feeds that another poller was writing at the same time. */
  readonly conflicts: number;
  readonly failure?: ProviderError;
  /** When to poll again: the interval, or longer when the vendor asks us to wait. */
  readonly nextInMs: number;
  /** How late the latest of the feeds is that were due and could not be polled; 0 when none was. */
  readonly lateMs: number;
}

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

export interface FeedLag {
  readonly feed: string;
  readonly lagMs: number;
  readonly everyMs: number;
}

export interface Poller {
  /** Polls every feed that is due (`all`: every feed). Never throws for a vendor's failure; it is in the answer. */
  poll(options?: PollOptions): Promise<ConnectionPoll>;
  /** How late each feed is; of a connection whose feeds were never listed, one lag for all (`*`). */
  lags(): readonly FeedLag[];
}

/** Calls a feed needs a poll on average: two lists, and room for openings. */
const CALLS_PER_FEED_POLL = 2.7;

const everyOf = (feed: Feed, everyMs: number) =>
  feed.campaign && INACTIVE.has(feed.campaign.status) ? Math.max(everyMs, INACTIVE_EVERY_MS) : everyMs;

/** A feed's vendor time, read twice, since one wrong Date is survived. */
async function timeAt(polled: PolledConnection, ports: PollingPorts, limits: PollLimits, feed: Feed): Promise<Instant> {
  const read = rowReader({ polled, feed, limits, spent: nothingSpent() }, false);
  return vendorNow([await read(0), await read(0)], ports.clock);
}

/** The vendor's time, from the first feed that answers: a campaign that fails keeps no other one off. */
async function firstTime(
  polled: PolledConnection,
  ports: PollingPorts,
  limits: PollLimits,
  feeds: readonly Feed[],
): Promise<Instant> {
  let failure: unknown;
  for (const feed of feeds) {
    try {
      return await timeAt(polled, ports, limits, feed);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      failure = error;
      if (polled.connection.budget.waitMs() > 0) break;
    }
  }
  if (failure !== undefined) throw failure;
  return ports.clock.now();
}

/** A connection that is on: what was remembered, or from this moment, by the vendor's time. */
type SwitchedOn = StoredConnection & { readonly on: Instant };

async function switchOn(
  polled: PolledConnection,
  ports: PollingPorts,
  limits: PollLimits,
  feeds: readonly Feed[],
): Promise<SwitchedOn> {
  const stored = await loadConnection(ports.store, polled.id);
  if (stored?.record.on !== undefined) return { ...stored, on: stored.record.on };
  const on = await firstTime(polled, ports, limits, feeds);
  const fresh = { ...stored?.record, provider: polled.connection.provider.id, on };
  const record = withCampaigns(fresh, polled.campaigns, on);
  const version = stored?.version ?? 0;
  if (await saveConnection(ports.store, polled.id, record, version)) return { record, version: version + 1, on };
  const other = await loadConnection(ports.store, polled.id);
  return other?.record.on === undefined ? { record, version, on } : { ...other, on: other.record.on };
}

/** Remembers a config that names other campaigns: what it adds is recorded from now on, by the vendor's time. */
async function noteCampaigns(
  known: SwitchedOn,
  polled: PolledConnection,
  ports: PollingPorts,
  now: () => Promise<Instant>,
): Promise<SwitchedOn> {
  if (withCampaigns(known.record, polled.campaigns, 0) === known.record) return known;
  const record = withCampaigns(known.record, polled.campaigns, await now());
  const isSaved = await saveConnection(ports.store, polled.id, record, known.version);
  // Somebody else wrote it meanwhile: the next poll reads it and tries again.
  return isSaved ? { record, version: known.version + 1, on: known.on } : known;
}

/** A failure of one feed leaves the others alone; only one that concerns the key ends the poll. */
async function pollOne(job: FeedJob, stored: StoredCheckpoint | Unreadable | undefined): Promise<FeedPoll> {
  try {
    if (stored instanceof Unreadable) throw stored;
    return stored ? await pollFeed(job, stored) : await readBaseline(job);
  } catch (error) {
    if (error instanceof Unreadable) return { recorded: 0, calls: 0, idle: false, unreadable: true };
    if (error instanceof StateConflict) {
      job.ports.log.info('poll.conflict', { connection: job.polled.id, feed: job.feed.id });
      return { recorded: 0, calls: 0, idle: false, conflict: true };
    }
    if (error instanceof ProviderError) return { recorded: 0, calls: 0, idle: false, failure: error };
    throw error;
  }
}

/** A round over feeds: what came of it, and how the connection failed in it. */
interface Round {
  readonly sum: Sum;
  readonly accepted: boolean;
  readonly failure?: ProviderError;
}

type Sum = Pick<ConnectionPoll, 'polled' | 'recorded' | 'calls' | 'conflicts' | 'failure'>;
const NOTHING: Sum = { polled: 0, recorded: 0, calls: 0, conflicts: 0 };

const added = (sum: Sum, poll: FeedPoll): Sum => ({
  polled: sum.polled + 1,
  recorded: sum.recorded + poll.recorded,
  calls: sum.calls + poll.calls,
  conflicts: sum.conflicts + (poll.conflict ? 1 : 0),
  ...((sum.failure ?? poll.failure) ? { failure: sum.failure ?? poll.failure } : {}),
});

/** Refusals of so many feeds, none accepted yet, are held against the vendor's list of them. */
const SUSPECT_FEEDS = 2;
/** A failing feed is asked at most this seldom. */
const FEED_REST_MAX_MS = 60 * 60_000;
/** The same for one whose key has no calls left. */
const KEY_REST_MAX_MS = 5 * 60_000;

/** Threads of the config's backfill recorded between two polls. */
const BACKFILL_THREADS_PER_POLL = 20;

/** The config's backfill, a piece at a time, once per connection id. */
async function backfillPiece(polled: PolledConnection, ports: PollingPorts, limits: PollLimits): Promise<void> {
  const stored = await loadConnection(ports.store, polled.id);
  if (polled.backfill === undefined || !stored || stored.record.backfilled) return;
  const { on } = stored.record;
  if (on === undefined) return;
  const since = polled.backfill === 'all' ? 0 : Math.max(0, on - polled.backfill);
  const left = Math.floor(polled.connection.budget.available() / 2);
  if (left < 1) return;
  const pace = { threadsMax: Math.min(BACKFILL_THREADS_PER_POLL, left), onThread: () => {} };
  const result = await backfillSome({ polled, ports, limits, on, since }, pace);
  if (result.done) await saveConnection(ports.store, polled.id, { ...stored.record, backfilled: true }, stored.version);
}

class ConnectionPoller implements Poller {
  readonly #polled: PolledConnection;
  readonly #ports: PollingPorts;
  readonly #limits: PollLimits;
  readonly #shard: Shard;
  readonly #startedAt: number;
  readonly #polledAt = new Map<string, number>();
  /** When each feed was asked last, whatever came of it. */
  readonly #askedAt = new Map<string, number>();
  readonly #resting = new Map<string, { readonly attempts: number; readonly until: number }>();
  readonly #idleAnswers = new IdleAnswers();
  #feeds: readonly Feed[] = [];
  #listFailure: ProviderError | undefined;
  /** As last read or written here; read again before anything is decided that would change it. */
  #known: SwitchedOn | undefined;
  #feedsAt = Number.NEGATIVE_INFINITY;

  constructor(polled: PolledConnection, ports: PollingPorts, limits: PollLimits, shard: Shard) {
    this.#polled = polled;
    this.#ports = ports;
    this.#limits = limits;
    this.#shard = shard;
    this.#startedAt = ports.clock.now();
  }

  async poll(options: PollOptions = {}): Promise<ConnectionPoll> {
    const beganAt = this.#ports.clock.now();
    /** Of the connection, not of one of its feeds. */
    let failure: ProviderError | undefined;
    let round: Round = { sum: NOTHING, accepted: false };
    let listed = false;
    let due: readonly Feed[] = [];
    try {
      const checkpoints = await this.#shard.checkpointsOf(this.#polled.id);
      const listedAt = this.#feedsAt;
      const feeds = await this.#currentFeeds(options.all ?? false, checkpoints);
      // One feed that is always there was not asked for.
      listed = this.#feedsAt !== listedAt && !this.#listFailure && feeds.some(({ campaign }) => campaign !== null);
      this.#known ??= await switchOn(this.#polled, this.#ports, this.#limits, feeds);
      this.#known = await noteCampaigns(this.#known, this.#polled, this.#ports, async () =>
        firstTime(this.#polled, this.#ports, this.#limits, feeds),
      );
      const { on } = this.#known;
      due = feeds.filter((each) => this.#isWanted(each, options));
      round = await this.#round(due, checkpoints, on, options);
      await this.#shard.polled();
      failure = round.failure;
      if (!failure && this.#polled.backfill !== undefined && !this.#known.record.backfilled) {
        await backfillPiece(this.#polled, this.#ports, this.#limits);
        this.#known = undefined;
      }
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      failure = error;
    }
    if (isRefusal(failure) || this.#known?.record.unauthorized) {
      await recordAccess(this.#polled, this.#ports, { failure, accepted: round.accepted || listed });
      this.#known = undefined;
    }
    return this.#outcome(round.sum, failure, due, beganAt);
  }

  #outcome(sum: Sum, failure: ProviderError | undefined, due: readonly Feed[], beganAt: number): ConnectionPoll {
    const nextInMs = this.#nextIn(failure);
    const lateMs = this.#lateness(failure && due.length === 0 ? this.#feeds : due, beganAt);
    const { polled, recorded, calls, conflicts } = sum;
    const said = failure ?? sum.failure ?? this.#listFailure;
    const counts = { feeds: this.#feeds.length, polled, recorded, calls, conflicts };
    return { ...counts, nextInMs, lateMs, ...(said ? { failure: said } : {}) };
  }

  /** Those that have waited longest come first, so that a time that is too short leaves out others each time. */
  async #round(due: readonly Feed[], checkpoints: Checkpoints, on: Instant, options: PollOptions): Promise<Round> {
    const waited = [...due].sort((left, right) => this.#lastAsked(left) - this.#lastAsked(right));
    const queue = waited.values();
    const round: { sum: Sum; accepted: boolean; failure?: ProviderError } = { sum: NOTHING, accepted: false };
    let suspects = 0;
    const worker = async () => {
      for (const feed of queue) {
        if (round.failure || this.#ports.clock.now() >= (options.until ?? Number.POSITIVE_INFINITY)) return;
        this.#askedAt.set(feed.id, this.#ports.clock.now());
        const poll = await pollOne(this.#job(feed, on), checkpoints.get(feed.id));
        if (!poll.unreadable) this.#note(feed, poll.failure);
        round.sum = added(round.sum, poll);
        if (!poll.failure) round.accepted = true;
        else if (endsPoll(poll.failure)) {
          suspects += 1;
          const failure = await this.#connectionFailure(poll.failure, suspects >= SUSPECT_FEEDS && !round.accepted);
          if (failure) round.failure = failure;
        }
      }
    };
    await Promise.all(Array.from({ length: options.feedsAtOnce ?? 1 }, worker));
    return round;
  }

  /** A feed that failed rests, longer each time; what came of it is its own, whatever the others do. */
  #note(feed: Feed, failure: ProviderError | undefined): void {
    const now = this.#ports.clock.now();
    if (!failure) {
      this.#polledAt.set(feed.id, now);
      this.#resting.delete(feed.id);
      return;
    }
    const attempts = (this.#resting.get(feed.id)?.attempts ?? 0) + 1;
    const asked = failure.failure.kind === 'throttled' ? failure.failure.retryAfterMs : 0;
    const restMs = attempts === 1 ? asked : Math.max(asked, this.#everyMs() * 2 ** (attempts - 2));
    // A key whose calls are used up says little of the feed: a short rest lets calls for a whole poll gather.
    const isKeys = failure.failure.kind === 'throttled' && this.#polled.connection.budget.waitMs() > 0;
    const mostMs = isKeys ? Math.max(asked, KEY_REST_MAX_MS) : FEED_REST_MAX_MS;
    this.#resting.set(feed.id, { attempts, until: now + Math.min(mostMs, restMs) });
  }

  /**
   * The failure, if it is the connection's: its only feed's, the key's budget, or one that the list of campaigns meets as well.
   * `suspect`: feeds were refused and none accepted, so that list is asked.
   */
  async #connectionFailure(failure: ProviderError, suspect: boolean): Promise<ProviderError | undefined> {
    if (this.#feeds.length <= 1 || this.#polled.connection.budget.waitMs() > 0) return failure;
    if (!suspect) return undefined;
    try {
      await this.#polled.connection.feeds.feeds(this.#polled.campaigns);
      return undefined;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      return endsPoll(error) ? error : undefined;
    }
  }

  #lastAsked(feed: Feed): number {
    return this.#askedAt.get(feed.id) ?? 0;
  }

  lags(): readonly FeedLag[] {
    const now = this.#ports.clock.now();
    // A connection whose feeds could never be listed is late as a whole.
    if (this.#feedsAt === Number.NEGATIVE_INFINITY)
      return [{ feed: '*', lagMs: now - this.#startedAt, everyMs: this.#everyMs() }];
    return this.#feeds.map((feed) => ({
      feed: feed.id,
      lagMs: now - (this.#polledAt.get(feed.id) ?? this.#startedAt),
      everyMs: everyOf(feed, this.#everyMs()),
    }));
  }

  /** Of the feeds that were due, those not polled since the poll began. */
  #lateness(due: readonly Feed[], beganAt: number): number {
    const last = due.map((feed) => this.#polledAt.get(feed.id) ?? this.#startedAt).filter((at) => at < beganAt);
    return last.length === 0 ? 0 : this.#ports.clock.now() - Math.min(...last);
  }

  #isWanted(feed: Feed, { all, isDue }: PollOptions): boolean {
    if (all) return true;
    if (this.#ports.clock.now() < (this.#resting.get(feed.id)?.until ?? 0)) return false;
    return isDue ? isDue(feed, everyOf(feed, this.#everyMs())) : this.#isDue(feed);
  }

  #isDue(feed: Feed): boolean {
    const last = this.#polledAt.get(feed.id);
    // Half an interval of room: a timer that fires a little early must not skip a whole round.
    return last === undefined || this.#ports.clock.now() - last >= everyOf(feed, this.#everyMs()) - this.#everyMs() / 2;
  }

  /** The configured interval, stretched to what the key's budget bears. */
  #everyMs(): number {
    return Math.max(
      this.#polled.everyMs,
      this.#polled.connection.budget.intervalMs(CALLS_PER_FEED_POLL * this.#feeds.length),
    );
  }

  #job(feed: Feed, on: Instant): FeedJob {
    const available = this.#polled.connection.budget.available();
    const callsPerPoll = Math.max(2, Math.min(this.#limits.callsPerPoll, available));
    const limits = { ...this.#limits, callsPerPoll };
    const shared = { polled: this.#polled, ports: this.#ports, shard: this.#shard, idleAnswers: this.#idleAnswers };
    const { record } = this.#known ?? {};
    const recordedFrom = (campaign: string) =>
      record === undefined ? undefined : campaignRecordedFrom(record, campaign);
    const from = feed.campaign ? recordedFrom(feed.campaign.id) : undefined;
    return { ...shared, feed, limits, recordedFrom, on: Math.max(on, from ?? on) };
  }

  async #currentFeeds(fresh: boolean, checkpoints: Checkpoints): Promise<readonly Feed[]> {
    const now = this.#ports.clock.now();
    if (fresh || now - this.#feedsAt >= FEEDS_FRESH_MS) {
      const { feeds, failure } = await listFeeds(this.#polled, this.#feeds, checkpoints.keys());
      this.#feeds = feeds;
      this.#listFailure = failure;
      this.#feedsAt = now;
    }
    return this.#feeds;
  }

  #nextIn(failure: ProviderError | undefined): number {
    const asked = failure?.failure.kind === 'throttled' ? failure.failure.retryAfterMs : 0;
    return Math.max(this.#everyMs(), asked);
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
