import { ProviderError } from '../failure.ts';
import type { Ports } from '../ports.ts';
import type { Call, Exchange, Received } from './json-client.ts';

export const ATTEMPTS_MAX = 3;
/** Backoff: at most this before the second attempt, doubled for the third. */
const BACKOFF_MS = 400;
/** A vendor's wait up to this is slept here; a longer one is the caller's to plan. */
export const SHORT_WAIT_MS = 5_000;
/** No attempt starts later than this after the first. */
const RETRY_WINDOW_MS = 20_000;

/** How long to wait before trying again; undefined when it must not be tried again. */
function pauseMs(error: unknown, attempt: number, random: () => number): number | undefined {
  if (!(error instanceof ProviderError)) return undefined;
  const { failure } = error;
  if (failure.kind === 'unavailable' && failure.code !== 'redirect') return random() * BACKOFF_MS * 2 ** (attempt - 1);
  if (failure.kind !== 'throttled' || failure.alone || failure.retryAfterMs > SHORT_WAIT_MS) return undefined;
  return failure.retryAfterMs + random() * BACKOFF_MS;
}

/** Repeats reads that failed for a passing reason. Never a write: a 500 may have sent the mail. */
export function withRetry(exchange: Exchange, { clock, random }: Pick<Ports, 'clock' | 'random'>): Exchange {
  return async <Value>(call: Call<Value>): Promise<Received<Value>> => {
    if ((call.method ?? 'GET') !== 'GET') return exchange(call);
    const giveUpAt = clock.now() + RETRY_WINDOW_MS;
    for (let attempt = 1; ; attempt++) {
      try {
        return await exchange(call);
      } catch (error) {
        const pause = pauseMs(error, attempt, random);
        if (pause === undefined || attempt >= ATTEMPTS_MAX || clock.now() + pause > giveUpAt) throw error;
        await clock.sleep(pause);
      }
    }
  };
}
