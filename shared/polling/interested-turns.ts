import type { ProviderError } from '../failure.ts';
import type { Clock } from '../ports.ts';
import type { Feed } from '../provider.ts';
import { isStillResting } from '../resting.ts';
import { askedToWaitMs } from './feed/context.ts';
import { grownRestMs } from './feed/rest.ts';
import type { InterestedReach } from './list/slices.ts';

/** A list that keeps failing is asked at least this often. */
const REST_MAX_MS = 60 * 60_000;
/** Where the vendor asks to wait, which holds for the feed too, it is left alone for so many times as long, so that the feed is polled. */
const WAITS = 2;
const WAITS_MAX = 6;
/** The vendor's longest wait that is heeded, so many times. */
const REST_LONGEST_MS = WAITS_MAX * REST_MAX_MS;
/** Lists that fail once more in a round, after which others that keep failing wait for the next: each may take as long as it can. */
const FAILING_PER_ROUND = 2;

interface Rest {
  readonly attempts: number;
  readonly until: number;
  /** Its first page answers. */
  readonly top: boolean;
}

interface Pacing {
  readonly clock: Clock;
  everyMs(): number;
}

/** When the interested list of each feed is asked again that failed while the feed's own list answered: it holds up nothing else. */
export class InterestedTurns {
  readonly #pacing: Pacing;
  readonly #readAt = new Map<string, number>();
  readonly #resting = new Map<string, Rest>();
  #failedAgain = 0;

  constructor(pacing: Pacing) {
    this.#pacing = pacing;
  }

  newRound(): void {
    this.#failedAgain = 0;
  }

  /** How far the list may be read now. */
  reach({ id }: Feed): InterestedReach {
    const rest = this.#resting.get(id);
    if (!rest) return 'whole';
    const isResting = isStillResting(rest.until, this.#pacing.clock.now(), REST_LONGEST_MS);
    if (!isResting && this.#failedAgain < FAILING_PER_ROUND) return 'whole';
    return rest.top ? 'top' : 'nothing';
  }

  /** Its first page was read. */
  read({ id }: Feed): void {
    this.#readAt.set(id, this.#pacing.clock.now());
  }

  /** It failed, on its first page or below it (`top`: that one answered). */
  failed({ id }: Feed, failure: ProviderError, top: boolean): void {
    const attempts = (this.#resting.get(id)?.attempts ?? 0) + 1;
    if (attempts > 1) this.#failedAgain += 1;
    const askedMs = askedToWaitMs(failure);
    const grownMs = grownRestMs(attempts, this.#pacing.everyMs());
    const restMs = Math.min(Math.max(REST_MAX_MS, WAITS_MAX * askedMs), Math.max(WAITS * askedMs, grownMs));
    this.#resting.set(id, { attempts, until: this.#pacing.clock.now() + restMs, top });
  }

  /** It was read as far as was wanted. Others may have failed for what is over now, so none rests on. */
  well({ id }: Feed): void {
    if (!this.#resting.delete(id)) return;
    const now = this.#pacing.clock.now();
    for (const [other, rest] of this.#resting) this.#resting.set(other, { ...rest, until: Math.min(rest.until, now) });
  }

  /** When it is asked again; undefined for one that does not fail. */
  restsUntil({ id }: Feed): number | undefined {
    return this.#resting.get(id)?.until;
  }

  /** How long ago its first page was read; Infinity where it never was. */
  lagMs(feed: string): number {
    return this.#pacing.clock.now() - (this.#readAt.get(feed) ?? Number.NEGATIVE_INFINITY);
  }
}
