import type { Compose } from '../../events/happening.ts';
import { ProviderError } from '../../failure.ts';
import type { Instant, Thread } from '../../model.ts';
import type { Clock, Log } from '../../ports.ts';
import type { Connection, Feed, RowPage } from '../../provider.ts';
import type { Store } from '../../store/store.ts';
import type { Ahead } from '../state/documents.ts';
import type { InterestWatermarks, SeenThreads } from '../state/feed-state.ts';
import type { KnownCampaigns } from './known-campaigns.ts';
import type { PollLimits } from './limits.ts';

export interface PollingPorts {
  readonly store: Store;
  readonly compose: Compose;
  readonly clock: Clock;
  readonly log: Log;
}

/** A connection as polling knows it. */
export interface PolledConnection {
  readonly id: string;
  /** Campaign ids, or ['*']. */
  readonly campaigns: readonly string[];
  readonly connection: Connection;
  readonly everyMs: number;
  /** Recorded once, after the connection was switched on: everything, or this many milliseconds before it. */
  readonly backfill?: 'all' | number;
}

export interface Spent {
  /** Pages and openings. */
  calls: number;
  opened: number;
  recorded: number;
  /** Threads of which it was told that something of them cannot be read. */
  unreadThreads: number;
  /** How the last thread failed that could not be opened. */
  openingFailure?: ProviderError;
  /** Whether no thread can be opened: false once one was, and otherwise asked for when one is refused. */
  opensNone?: Promise<boolean>;
  /** A row kept its time though its lead had answered; one rose with an answer. */
  stoodStill?: true;
  rose?: true;
}

export const nothingSpent = (): Spent => ({ calls: 0, opened: 0, recorded: 0, unreadThreads: 0 });

/** One poll of one feed. */
export interface FeedContext {
  readonly polled: PolledConnection;
  readonly feed: Feed;
  readonly ports: PollingPorts;
  readonly limits: PollLimits;
  /** The vendor's time when the connection was switched on. */
  readonly on: Instant;
  /** From when on a campaign is recorded that the config named later; undefined for what it named from the start. */
  readonly recordedFrom: (campaign: string) => Instant | undefined;
  readonly campaigns: Pick<KnownCampaigns, 'feedOf' | 'learn'>;
  /** The vendor's time of this poll: the earlier of the dates it gave. */
  readonly now: Instant;
  /** Rows of the first page of its list. */
  listed: readonly Thread[];
  readonly seenThreads: SeenThreads;
  readonly interestWatermarks: InterestWatermarks;
  readonly spent: Spent;
  /** The baseline is under way: what was there when the connection was switched on is recorded as baseline. */
  readonly inBaseline: boolean;
  /** The first survey is not through: of a thread that polling has not met, what was sent up to `on` is recorded as baseline, too. */
  readonly isUnproved: boolean;
  /** Of a baseline, where the list showed times that lay ahead of the vendor's clock when it was first read. */
  readonly ahead?: Ahead;
  /** A label on a message up to this counts as old: the interested list was never read whole, or not under this spelling. */
  readonly silentUpTo: Instant;
}

/** What asking for a feed's lists needs of a poll: not its state. */
export type ListContext = Omit<
  FeedContext,
  'listed' | 'seenThreads' | 'interestWatermarks' | 'now' | 'inBaseline' | 'isUnproved' | 'ahead' | 'silentUpTo'
>;

export const recorderPorts = ({ ports }: ListContext) => ({ store: ports.store, now: () => ports.clock.now() });

/** The vendor refuses the key, or lets it do less than this. */
export const isRefusal = (failure: ProviderError | undefined) =>
  failure?.failure.kind === 'auth' || failure?.failure.kind === 'scope';

/** Failures after which further calls in this poll are pointless. */
export function endsPoll(error: unknown): error is ProviderError {
  if (!(error instanceof ProviderError)) return false;
  const { failure } = error;
  return failure.kind === 'throttled' ? !failure.alone : isRefusal(error);
}

/** Of a page below a first that answered: nothing but that this page cannot be read now. A key that is refused is so at the next first page. */
export const concernsPlaceAlone = ({ failure }: ProviderError): boolean =>
  failure.kind !== 'throttled' || failure.alone === true;

/** The vendor's answer to this question. That our own share of its calls is used up says nothing of what was asked. */
export const concernsListAlone = ({ failure }: ProviderError): boolean =>
  failure.kind !== 'throttled' || failure.counted !== true;

const ASKED_MAX_MS = 60 * 60_000;

/** How long the vendor asked us to wait, an hour at the most: it is asked again then, whatever it said. */
export const askedToWaitMs = (error: ProviderError | undefined): number =>
  error?.failure.kind === 'throttled' ? Math.min(error.failure.retryAfterMs, ASKED_MAX_MS) : 0;

export const newestActivity = (rows: readonly Thread[]): Instant | undefined =>
  rows.length > 0 ? Math.max(...rows.map((row) => row.lastActivityAt)) : undefined;

/** One wrong Date must not cut anything, so the earlier of two is believed. */
export function vendorDate(pages: readonly Pick<RowPage, 'date'>[], clock: Clock): Instant {
  const dates = pages.flatMap(({ date }) => (date === undefined ? [] : [date]));
  return dates.length > 0 ? Math.min(...dates) : clock.now();
}

/** Further apart than this, one of two clocks is wrong. */
export const APART_MS = 2 * 60_000;

/** A list may give times in whole seconds, a thread in milliseconds: a row's newest message can be this much newer than its row. */
export const ROUNDED_MS = 999;

/**
 * The vendor's time; where it is far from this machine's, the earlier of both: what is not over by one of them may still bring late mail.
 */
export function vendorNow(pages: readonly Pick<RowPage, 'date'>[], clock: Clock): Instant {
  const date = vendorDate(pages, clock);
  const ours = clock.now();
  return Math.abs(date - ours) <= APART_MS ? date : Math.min(date, ours);
}

/** How long after its own time a message may still become visible. */
export const lateWindowMs = (limits: PollLimits) => limits.lateMs + limits.slackMs;
