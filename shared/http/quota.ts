import { ProviderError } from '../failure.ts';
import type { Instant } from '../model.ts';
import type { Clock } from '../ports.ts';
import type { Budget, Quota } from '../provider.ts';
import type { Call, Exchange, Received } from './json-client.ts';
import { resetHeader } from './retry-after.ts';

type Headers = Readonly<Record<string, string>>;

export interface QuotaKeeper extends Budget {
  /** Counts one call as made. */
  take(): void;
  /** Corrects our count by the vendor's own, which also knows of calls made elsewhere with this key. */
  correct(headers: Headers): void;
  /** No call before `ms` from now; with a scope, no call of that scope: what one part of the account answers says nothing of the others. */
  block(ms: number, scope?: string): void;
  /** How long a call of this scope has to wait; as {@link Budget.waitMs} without one. */
  waitMs(scope?: string): number;
  /** The part of it that the vendor itself asked for, in an answer or by its count of what is left. */
  askedMs(scope?: string): number;
}

interface Window {
  readonly limit: number;
  readonly perMs: number;
}

/** Calls made in the last `perMs`; the vendor may count fixed or sliding windows, and this stays inside both. */
function within(calls: readonly Instant[], since: Instant): number {
  let low = 0;
  let high = calls.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((calls[middle] ?? 0) > since) high = middle;
    else low = middle + 1;
  }
  return calls.length - low;
}

/** Of what the vendor says is left we take our share, yet one call while there is one. */
function shareOf(remaining: number, share: number): number {
  return remaining <= 0 ? 0 : Math.max(1, Math.floor(remaining * share));
}

export function quotaKeeper(quotas: readonly Quota[], share: number, clock: Pick<Clock, 'now'>): QuotaKeeper {
  const windows: readonly Window[] = quotas.map(({ requests, perMs }) => ({
    limit: Math.max(1, Math.floor(requests * share)),
    perMs,
  }));
  const longest = Math.max(0, ...windows.map(({ perMs }) => perMs));
  const shortest = Math.min(...windows.map(({ perMs }) => perMs));
  let calls: Instant[] = [];
  let blockedUntil: Instant = 0;
  const blocked = new Map<string, Instant>();
  let vendor = { left: Number.POSITIVE_INFINITY, until: 0 };

  const askedMs = (scope?: string) => {
    const now = clock.now();
    const ofScope = scope === undefined ? 0 : (blocked.get(scope) ?? 0) - now;
    return Math.max(0, blockedUntil - now, vendor.left < 1 ? vendor.until - now : 0, ofScope);
  };
  const countedMs = () => {
    const now = clock.now();
    const waits = windows.map(({ limit, perMs }) => {
      const oldest = calls[calls.length - limit];
      return oldest === undefined ? 0 : oldest + perMs - now;
    });
    return Math.max(0, ...waits);
  };
  const waitMs = (scope?: string) => Math.max(askedMs(scope), countedMs());

  return {
    waitMs,
    askedMs,
    intervalMs: (round) => Math.max(0, ...windows.map(({ limit, perMs }) => Math.ceil((round * perMs) / limit))),
    available() {
      const now = clock.now();
      if (waitMs() > 0) return 0;
      const left = windows.map(({ limit, perMs }) => limit - within(calls, now - perMs));
      return Math.min(...left, vendor.until > now ? vendor.left : Number.POSITIVE_INFINITY);
    },
    take() {
      const now = clock.now();
      if (windows.length > 0) calls.push(now);
      // Our clock may step back; what it calls the future no longer counts against us for ever.
      if (calls.length > 1 && now < (calls.at(-2) ?? 0)) calls = calls.map((call) => Math.min(call, now));
      if ((calls[0] ?? now) <= now - 2 * longest) calls = calls.filter((call) => call > now - longest);
      vendor = { ...vendor, left: vendor.left - 1 };
    },
    correct(headers) {
      const text = headers['x-ratelimit-remaining']?.trim();
      if (windows.length === 0 || !text || !/^\d{1,9}$/.test(text)) return;
      const now = clock.now();
      const wait = Math.min(resetHeader(headers, now) ?? shortest, longest);
      vendor = { left: shareOf(Number(text), share), until: now + wait };
    },
    block(ms, scope) {
      const now = clock.now();
      for (const [other, until] of blocked) if (until <= now) blocked.delete(other);
      if (scope === undefined) blockedUntil = Math.max(blockedUntil, now + ms);
      else blocked.set(scope, now + ms);
    },
  };
}

/** Stays inside the vendor's budgets. Never sleeps: without budget the call fails at once and says how long to wait. */
export function withQuota(exchange: Exchange, label: string, keeper: QuotaKeeper): Exchange {
  return async <Value>(call: Call<Value>): Promise<Received<Value>> => {
    const wait = keeper.waitMs(call.scope);
    if (wait > 0) {
      const place = { provider: label, operation: call.operation };
      const counted = keeper.askedMs(call.scope) < wait;
      const failure = { kind: 'throttled', retryAfterMs: Math.ceil(wait), ...(counted && { counted }) } as const;
      throw new ProviderError(failure, place);
    }
    keeper.take();
    try {
      return await exchange(call);
    } catch (error) {
      if (error instanceof ProviderError && error.failure.kind === 'throttled')
        keeper.block(error.failure.retryAfterMs, call.scope);
      throw error;
    }
  };
}
