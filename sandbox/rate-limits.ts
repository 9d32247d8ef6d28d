import type { HttpResponse } from '../shared/ports.ts';
import { json, type Scene } from './exchange.ts';

/** Source: ColdSend's rate-limits page. Assumed: counted per key, in windows that begin with their first request. */
const WINDOWS = [
  { requests: 100, perMs: 60_000 },
  { requests: 1000, perMs: 3_600_000 },
] as const;

interface Count {
  readonly requests: number;
  readonly perMs: number;
  endsAt: number;
  used: number;
}

const rateHeaders = (limit: number, remaining: number, resetAt: number) => ({
  'x-ratelimit-limit': String(limit),
  'x-ratelimit-remaining': String(remaining),
  // Unix seconds, as the page says.
  'x-ratelimit-reset': String(Math.ceil(resetAt / 1000)),
});

const limitText = (seconds: number) => `Rate limit exceeded. Retry after ${seconds} seconds.`;

/** Counts requests; a window that is full answers for the request. */
export class RateLimits {
  readonly #counts = new Map<string, Count[]>();

  take(
    scene: Scene,
    key: string,
  ): { readonly headers: Readonly<Record<string, string>>; readonly refusal?: HttpResponse } {
    const now = scene.world.now();
    const counts = this.#counts.get(key) ?? WINDOWS.map((window) => ({ ...window, endsAt: 0, used: 0 }));
    this.#counts.set(key, counts);
    for (const count of counts) {
      if (now >= count.endsAt) Object.assign(count, { endsAt: now + count.perMs, used: 0 });
    }
    const full = counts.findLast((count) => count.used >= count.requests);
    if (full) {
      const seconds = Math.max(1, Math.ceil((full.endsAt - now) / 1000));
      const headers = rateHeaders(full.requests, 0, full.endsAt);
      return { headers, refusal: json(scene, { detail: limitText(seconds) }, 429) };
    }
    for (const count of counts) count.used += 1;
    // Assumed: the headers describe the window with the fewest requests left; the page does not say which.
    const tight = counts.reduce((least, count) =>
      count.requests - count.used < least.requests - least.used ? count : least,
    );
    return { headers: rateHeaders(tight.requests, tight.requests - tight.used, tight.endsAt) };
  }
}

/** A 429 out of the blue, with as much said about the wait as the switches allow. */
export function throttled(scene: Scene, vendor: string): HttpResponse {
  const { throttledSeconds, throttledSignal } = scene.switches;
  const body = vendor === 'coldsend' ? { detail: limitText(throttledSeconds) } : { error: 'Too many requests' };
  const answer = json(scene, body, 429);
  if (throttledSignal === 'none') return answer;
  const signal =
    throttledSignal === 'retry-after'
      ? { 'retry-after': String(throttledSeconds) }
      : rateHeaders(100, 0, scene.world.now() + throttledSeconds * 1000);
  return { ...answer, headers: { ...answer.headers, ...signal } };
}
