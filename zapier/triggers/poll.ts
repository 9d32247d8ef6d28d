import { type Failure, ProviderError, UserError } from '../../shared/failure.ts';
import type { Campaign, Thread } from '../../shared/model.ts';
import type { Clock, Log, Random } from '../../shared/ports.ts';
import type { Connection, ThreadQuery } from '../../shared/provider.ts';
import type { Deadline } from '../deadline.ts';
import type { Later } from '../items.ts';
import type { Memory } from '../memory.ts';

/** How far back a poll looks: long enough for a vendor to be away, or late with a mail, for hours. */
export const WINDOW_MS = 6 * 3_600_000;
/** Switching a Zap on looks back further, so that no later poll can reach what it has not seen. */
export const PRIMING_MS = WINDOW_MS + 3_600_000;
/** Threads opened in one poll: with one reply each they stay below what Zapier holds for its owner's word. */
export const OPENINGS_MAX = 60;
/** Pages of one list read in one poll; the rest is read from there on in the next. */
export const PAGES_MAX = 50;
/** Threads that fill a sample. */
export const SAMPLES = 3;
/** Calls at once. */
export const PARALLEL_MAX = 16;
/** Kept back for openings while lists are read; less of it where all lists must be read. */
export const OPENINGS_MS = 11_000;
export const PRIMING_OPENINGS_MS = 7_000;
/** A call begins only with this much time left; one that is cut off tells nothing. */
export const BEGIN_MS = 3_000;
/** What an attempt to switch a Zap on has read, another one may use for so long. */
export const PROGRESS_MS = 15 * 60_000;

/** `priming`: the call that tells Zapier what not to fire for. `sample`: the call behind the editor's test. */
export type Mode = 'poll' | 'priming' | 'sample';

/** What a trigger works with; nothing here is Zapier's. */
export interface Poll {
  readonly connection: Connection;
  readonly memory: Memory;
  readonly clock: Clock;
  readonly random: Random;
  readonly deadline: Deadline;
  readonly log: Log;
  readonly later: Later;
}

/** One list to read: of one campaign, or of everything. */
export interface Scope {
  /** Names it among the lists that are read together. */
  readonly id: string;
  readonly campaign?: Campaign;
  readonly query: ThreadQuery;
}

const NO_CAMPAIGN = 'There is no campaign yet whose replies could be read; start one, then try again.';

/** The lists that together hold every thread of the wanted campaign, or of all. */
export async function scopesOf(
  { connection }: Poll,
  campaign: string | undefined,
  filter: ThreadQuery = {},
): Promise<readonly Scope[]> {
  if (campaign !== undefined) return [{ id: campaign, query: { ...filter, campaign } }];
  const feeds = await connection.feeds.feeds(['*']);
  // Nothing to read may be the only sign of a key that was revoked: saying nothing would lose every reply from now on.
  if (feeds.length === 0) throw new UserError((await connection.verify()).warning ?? NO_CAMPAIGN, 1);
  return feeds.map(({ id, campaign: of }) =>
    of ? { id, campaign: of, query: { ...filter, campaign: of.id } } : { id, query: filter },
  );
}

/** Pages of one list: half of what may be asked for belongs to openings. */
export const pagesMaxOf = ({ connection }: Poll): number =>
  Math.max(1, Math.min(PAGES_MAX, Math.floor(connection.budget.available() / 2)));

/** Begins calls only while one that takes as long as the slowest so far would end in time. */
export interface Pace {
  mayBegin(): boolean;
  during<Result>(work: Promise<Result>): Promise<Result>;
}

export function paceOf({ deadline, clock }: Poll): Pace {
  let slowest = BEGIN_MS;
  return {
    mayBegin: () => deadline.leftMs() >= slowest,
    async during(work) {
      const from = clock.now();
      try {
        return await work;
      } finally {
        slowest = Math.max(slowest, clock.now() - from);
      }
    },
  };
}

/** A call without an answer after this is asked a second time. */
export const HANGS_MS = 5_000;

/** Of a call that hangs and the same call asked again, whichever is answered first; a slow vendor is waited for as before. */
export async function answered<Result>({ clock }: Poll, ask: () => Promise<Result>): Promise<Result> {
  const first = ask();
  const ended = first.then(
    () => true,
    () => true,
  );
  if (await Promise.race([ended, clock.sleep(HANGS_MS).then(() => false)])) return await first;
  return await Promise.any([first, ask()]).catch(() => first);
}

/** Rows of one campaign's list do not repeat its name. */
export function named(thread: Thread, { campaign }: Scope): Thread {
  if (!campaign) return thread;
  return { ...thread, campaign: { name: campaign.name, ...thread.campaign, id: campaign.id } };
}

/** Why a call told nothing: the vendor was too slow for it, or has no call left for us now. */
export function tooLittle({ connection }: Poll, operation: string): ProviderError {
  const retryAfterMs = connection.budget.waitMs();
  const failure: Failure =
    retryAfterMs > 0 || connection.budget.available() === 0
      ? { kind: 'throttled', retryAfterMs: Math.max(retryAfterMs, 60_000) }
      : { kind: 'unavailable', mayHaveHappened: false, code: 'timeout' };
  return new ProviderError(failure, { provider: connection.provider.label, operation });
}
