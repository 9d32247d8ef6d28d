import type { Instant } from '../../model.ts';
import type { Clock } from '../../ports.ts';
import type { PolledConnection } from '../feed/context.ts';
import { availableCalls, backfillRate, CALLS_AN_OPENING } from '../feed/pace.ts';

/** So much may be taken at once, and leaves the hour enough for live replies. */
const SAVED_MS = 30 * 60_000;

/**
 * Threads that may be opened as time goes by, by who waits for a backfill: no more an hour than pieces between polls may, so that live
 * replies have the calls that they need.
 */
export class Allowance {
  readonly #polled: PolledConnection;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #threadsPerMs: number;
  /** For how long nothing was opened, as it were: each thread that is opened takes its time from it. */
  #savedMs = SAVED_MS;
  #at: Instant;

  constructor(polled: PolledConnection, feedCount: number, clock: Pick<Clock, 'now'>) {
    this.#polled = polled;
    this.#clock = clock;
    this.#threadsPerMs = backfillRate(polled, feedCount);
    this.#at = clock.now();
  }

  /** Never more than takes half of the calls that are left right now. */
  get threads(): number {
    const now = this.#clock.now();
    this.#savedMs = Math.min(SAVED_MS, this.#savedMs + Math.max(0, now - this.#at));
    this.#at = now;
    const available = availableCalls(this.#polled) / 2 / CALLS_AN_OPENING;
    return Math.floor(Math.max(0, Math.min(this.#savedMs * this.#threadsPerMs, available)));
  }

  /** Pages count as well. */
  take(calls: number): void {
    this.#savedMs -= calls / CALLS_AN_OPENING / this.#threadsPerMs;
  }
}
