import type { Compose } from '../events/happening.ts';
import { ProviderError } from '../failure.ts';
import type { Instant, Thread } from '../model.ts';
import type { Clock, Log } from '../ports.ts';
import type { Connection, Feed, RowPage } from '../provider.ts';
import type { Store } from '../store/store.ts';
import type { PollLimits } from './limits.ts';
import type { Covers, Ledger } from './state.ts';

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
  /** Told once, after the connection was switched on: everything, or this many milliseconds before it. */
  readonly backfill?: 'all' | number;
}

export interface Spent {
  /** Pages and openings. */
  calls: number;
  opened: number;
  recorded: number;
}

export const nothingSpent = (): Spent => ({ calls: 0, opened: 0, recorded: 0 });

/** One poll of one feed. */
export interface FeedContext {
  readonly polled: PolledConnection;
  readonly feed: Feed;
  readonly ports: PollingPorts;
  readonly limits: PollLimits;
  /** The vendor's time when the connection was switched on. */
  readonly on: Instant;
  /** From when on a campaign is told that the config named later; undefined for what it named from the start. */
  readonly toldFrom: (campaign: string) => Instant | undefined;
  /** The vendor's time of this poll: the earlier of the dates it gave. */
  readonly now: Instant;
  readonly ledger: Ledger;
  readonly covers: Covers;
  readonly spent: Spent;
  /** The baseline is under way: what was sent up to `on` is kept back. */
  readonly keepsBack: boolean;
  /** A label on a message up to this is taken in silently: the interested list was never read whole, or not under this spelling. */
  readonly silentUpTo: Instant;
}

/** What reading a list needs of a poll: not its state. */
export type Reading = Omit<FeedContext, 'ledger' | 'covers' | 'now' | 'keepsBack' | 'silentUpTo'>;

export const recorderPorts = ({ ports }: Reading) => ({ store: ports.store, now: () => ports.clock.now() });

/** Failures after which further calls in this poll are pointless. */
export const endsPoll = (error: unknown): error is ProviderError =>
  error instanceof ProviderError && ['throttled', 'auth', 'scope'].includes(error.failure.kind);

export const newestActivity = (rows: readonly Thread[]): Instant | undefined =>
  rows.length > 0 ? Math.max(...rows.map((row) => row.lastActivityAt)) : undefined;

/** One wrong Date must not cut anything, so the earlier of two is believed. */
export function vendorNow(pages: readonly Pick<RowPage, 'date'>[], clock: Clock): Instant {
  const dates = pages.flatMap(({ date }) => (date === undefined ? [] : [date]));
  return dates.length > 0 ? Math.min(...dates) : clock.now();
}

/** At or before this much before `from`, nothing can still become visible. */
export const settleSpan = (limits: PollLimits) => limits.lateMs + limits.slackMs;
