import type { ProviderError } from '../failure.ts';
import type { CampaignStatus } from '../model.ts';
import type { Clock } from '../ports.ts';
import type { Feed } from '../provider.ts';
import { isStillResting } from '../resting.ts';
import { askedToWaitMs, isRefusal } from './feed/context.ts';
import { grownRestMs } from './feed/rest.ts';
import type { InterestedTurns } from './interested-turns.ts';

/** Campaigns that send no more still get replies, but seldom. */
export const INACTIVE_EVERY_MS = 15 * 60_000;
const INACTIVE: ReadonlySet<CampaignStatus> = new Set(['completed', 'stopped', 'archived']);

/** A failing feed is asked at least this often. */
const FEED_REST_MAX_MS = 60 * 60_000;
/** The same while no feed answers: it is the vendor that is down, and may be back at any moment. */
const ALL_REST_MAX_MS = 10 * 60_000;
/** The same for one that is asked to wait, which others may have brought about. */
const THROTTLED_REST_MAX_MS = 5 * 60_000;

/** Whose poll and calls take as long is slow. */
const SLOW_MS = 5_000;
const SLOW_CALL_MS = 2_000;
/** So long may a poll of one feed take, as far as the last one tells how long its calls take. */
const POLL_MS_MAX = 20_000;

interface Took {
  readonly ms: number;
  readonly calls: number;
}

const NO_TIME: Took = { ms: 0, calls: 0 };

interface Rest {
  readonly attempts: number;
  /** It was asked to wait, for which those may be to blame that were asked before it. */
  readonly isThrottled: boolean;
  readonly until: number;
  /** The vendor itself asked to wait until then. */
  readonly askedUntil: number;
}

export interface FeedLag {
  readonly feed: string;
  readonly lagMs: number;
  readonly everyMs: number;
}

/** As who polls it knows. */
export interface PolledLag extends FeedLag {
  /** How long ago its interested list was read, which may fail alone; Infinity where it never was. */
  readonly interestedLagMs: number;
}

interface Pacing {
  readonly clock: Clock;
  /** Of a feed whose campaign is active. */
  everyMs(): number;
}

/** When each feed of a connection has its turn: at its interval, later after failures. And how late each is. */
export class FeedTurns {
  readonly #pacing: Pacing;
  readonly #startedAt: number;
  readonly #polledAt = new Map<string, number>();
  /** When each feed was asked last, whatever came of it. */
  readonly #askedAt = new Map<string, number>();
  readonly #resting = new Map<string, Rest>();
  /** Those whose last poll was refused. */
  readonly #refused = new Set<string>();
  /** What the last poll of each feed took. */
  readonly #took = new Map<string, Took>();

  constructor(pacing: Pacing) {
    this.#pacing = pacing;
    this.#startedAt = pacing.clock.now();
  }

  everyMs(feed: Feed): number {
    const everyMs = this.#pacing.everyMs();
    return feed.campaign && INACTIVE.has(feed.campaign.status) ? Math.max(everyMs, INACTIVE_EVERY_MS) : everyMs;
  }

  isResting(feed: Feed): boolean {
    return isStillResting(this.#resting.get(feed.id)?.until ?? 0, this.#pacing.clock.now(), FEED_REST_MAX_MS);
  }

  /** When it is polled next. */
  nextAt(feed: Feed): number {
    const now = this.#pacing.clock.now();
    return Math.max(now + this.#pacing.everyMs(), this.#resting.get(feed.id)?.until ?? 0);
  }

  isDue(feed: Feed): boolean {
    const last = this.#polledAt.get(feed.id);
    // Half an interval of room: a timer that fires a little early must not skip a whole round.
    const agoMs = this.#pacing.clock.now() - (last ?? Number.NEGATIVE_INFINITY);
    // What lies ahead was noted by a clock that has been put back since.
    return agoMs < 0 || agoMs >= this.everyMs(feed) - this.#pacing.everyMs() / 2;
  }

  /**
   * Those that have waited longest come first, so that a time that is too short leaves out others each time; and before all that are slow or
   * keep failing, since one of those takes as long as many others.
   */
  inTurn(feeds: readonly Feed[]): readonly Feed[] {
    const lastAsked = (feed: Feed) => this.#askedAt.get(feed.id) ?? 0;
    const rank = (feed: Feed) => (this.isFailing(feed) ? 2 : this.isSlow(feed) ? 1 : 0);
    return [...feeds].sort((left, right) => rank(left) - rank(right) || lastAsked(left) - lastAsked(right));
  }

  /** It failed when it was asked last. */
  isFailing(feed: Feed): boolean {
    const { attempts = 0, isThrottled = false } = this.#resting.get(feed.id) ?? {};
    return attempts > 0 && !isThrottled;
  }

  /** Its last poll took so long that others wait for the next one. */
  isSlow(feed: Feed): boolean {
    const { ms, calls } = this.#took.get(feed.id) ?? NO_TIME;
    return ms >= SLOW_MS && ms / Math.max(1, calls) >= SLOW_CALL_MS;
  }

  took(feed: Feed, took: Took): void {
    this.#took.set(feed.id, took);
  }

  /** Calls that its next poll has time for where others wait for their turn. */
  callsInTime(feed: Feed): number {
    const { ms, calls } = this.#took.get(feed.id) ?? NO_TIME;
    return ms === 0 ? Number.POSITIVE_INFINITY : Math.ceil((POLL_MS_MAX * Math.max(1, calls)) / ms);
  }

  asked(feed: Feed): void {
    this.#askedAt.set(feed.id, this.#pacing.clock.now());
  }

  /**
   * A feed that failed rests, longer each time; what came of it is its own, whatever the others do. One that answered (`answered`) before
   * the vendor asked to wait rests for as long as that, and no longer for having been asked before.
   */
  note(feed: Feed, failure: ProviderError | undefined, answered: boolean): void {
    const now = this.#pacing.clock.now();
    if (isRefusal(failure)) this.#refused.add(feed.id);
    else this.#refused.delete(feed.id);
    if (!failure) {
      if (this.isFailing(feed)) this.#wake(now);
      this.#polledAt.set(feed.id, now);
      this.#resting.delete(feed.id);
      return;
    }
    const asked = askedToWaitMs(failure);
    if (answered && asked > 0) {
      this.#polledAt.set(feed.id, now);
      this.#resting.set(feed.id, { attempts: 0, isThrottled: false, until: now + asked, askedUntil: now + asked });
      return;
    }
    const attempts = (this.#resting.get(feed.id)?.attempts ?? 0) + 1;
    const restMs = Math.max(asked, grownRestMs(attempts, this.#pacing.everyMs()));
    // A short rest lets calls for a whole poll gather.
    const isThrottled = failure.failure.kind === 'throttled';
    const restMaxMs = this.#answersNone(feed) ? ALL_REST_MAX_MS : FEED_REST_MAX_MS;
    const until = now + Math.min(Math.max(asked, isThrottled ? THROTTLED_REST_MAX_MS : restMaxMs), restMs);
    this.#resting.set(feed.id, { attempts, isThrottled, until, askedUntil: now + asked });
    // It has not had its turn: asked after all others once more, it would never have one.
    if (isThrottled) this.#askedAt.set(feed.id, this.#polledAt.get(feed.id) ?? 0);
  }

  /** Not one may be read. */
  areAllRefused(feeds: readonly Feed[]): boolean {
    return feeds.length > 0 && feeds.every(({ id }) => this.#refused.has(id));
  }

  #answersNone({ id: failed }: Feed): boolean {
    return [...this.#askedAt.keys()].every((id) => id === failed || (this.#resting.get(id)?.attempts ?? 0) > 0);
  }

  /** A feed answers again, and so may others that failed with it: none rests on, but for as long as the vendor asked. */
  #wake(now: number): void {
    for (const [id, rest] of this.#resting)
      this.#resting.set(id, { ...rest, until: Math.min(rest.until, Math.max(now, rest.askedUntil)) });
  }

  /** How late each is; `undefined`: they were never listed, so the connection is late as a whole. */
  lags(feeds: readonly Feed[] | undefined, interested: Pick<InterestedTurns, 'lagMs'>): readonly PolledLag[] {
    const now = this.#pacing.clock.now();
    if (!feeds) {
      const lag = { feed: '*', lagMs: now - this.#startedAt, everyMs: this.#pacing.everyMs() };
      return [{ ...lag, interestedLagMs: Number.POSITIVE_INFINITY }];
    }
    return feeds.map((feed) => ({
      feed: feed.id,
      lagMs: now - (this.#polledAt.get(feed.id) ?? this.#startedAt),
      interestedLagMs: interested.lagMs(feed.id),
      everyMs: this.everyMs(feed),
    }));
  }

  /** How late the latest is of the feeds that were due and are not polled since `beganAt`; 0 when none is. */
  lateness(due: readonly Feed[], beganAt: number): number {
    const last = due.map((feed) => this.#polledAt.get(feed.id) ?? this.#startedAt).filter((at) => at < beganAt);
    return last.length === 0 ? 0 : this.#pacing.clock.now() - Math.min(...last);
  }
}
