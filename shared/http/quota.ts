import { ProviderError } from '../failure.ts';
import type { Instant } from '../model.ts';
import type { Clock } from '../ports.ts';
import type { Budget, Quota } from '../provider.ts';
import { isStillResting } from '../resting.ts';
import type { Call, Exchange, Received } from './json-client.ts';
import { resetHeader } from './retry-after.ts';
import { ThrottledQuestions, WAIT_HEEDED_MAX_MS } from './throttled-questions.ts';

type Headers = Readonly<Record<string, string>>;

export interface QuotaKeeper extends Budget {
  /** Counts one call of the operation as made; without one, of every quota that counts all. */
  take(operation?: string): void;
  /** Corrects our count by the vendor's own, which also knows of calls made elsewhere with this key. */
  correct(headers: Headers): void;
  /** No call before `ms` from now; with a scope, no call of that scope: what one part of the account answers says nothing of the others. */
  block(ms: number, scope?: string): void;
  /** How long a call has to wait; as {@link Budget.waitMs} without one. */
  waitMs(call?: Pick<Call<unknown>, 'operation' | 'scope'>): number;
  /** The part of it that the vendor itself asked for, in an answer or by its count of what is left. */
  askedMs(scope?: string): number;
}

/** One quota, and the calls made that it counts, oldest first. */
interface Window {
  readonly limit: number;
  readonly perMs: number;
  readonly operations: ReadonlySet<string> | undefined;
  calls: Instant[];
}

const counts = ({ operations }: Window, operation: string | undefined): boolean =>
  operations === undefined || (operation !== undefined && operations.has(operation));

/** Of a round of calls by operation, those that the window counts. */
const countedOf = (window: Window, calls: Readonly<Record<string, number>>): number =>
  Object.entries(calls).reduce((sum, [operation, made]) => sum + (counts(window, operation) ? made : 0), 0);

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

/** Our clock may step back; what it calls the future no longer counts against us for ever. */
function putBack(window: Window, now: Instant): void {
  if (now < (window.calls.at(-1) ?? 0)) window.calls = window.calls.map((call) => Math.min(call, now));
}

/** How long until the window has room for one call more. */
function fullMs(window: Window, now: Instant): number {
  putBack(window, now);
  const { limit, perMs, calls } = window;
  const oldest = calls[calls.length - limit];
  return oldest === undefined ? 0 : oldest + perMs - now;
}

/** What is left of a wait. */
const leftOf = (until: Instant, now: Instant, longestMs: number): number =>
  isStillResting(until, now, longestMs) ? until - now : 0;

function count(window: Window, now: Instant): void {
  putBack(window, now);
  window.calls.push(now);
  if ((window.calls[0] ?? now) <= now - 2 * window.perMs)
    window.calls = window.calls.filter((call) => call > now - window.perMs);
}

export function quotaKeeper(quotas: readonly Quota[], share: number, clock: Pick<Clock, 'now'>): QuotaKeeper {
  const windows: readonly Window[] = quotas.map(({ requests, perMs, operations }) => ({
    limit: Math.max(1, Math.floor(requests * share)),
    perMs,
    operations: operations && new Set(operations),
    calls: [],
  }));
  const longest = Math.max(0, ...windows.map(({ perMs }) => perMs));
  const shortest = Math.min(...windows.map(({ perMs }) => perMs));
  let blockedUntil: Instant = 0;
  const blocked = new Map<string, Instant>();
  let vendor = { left: Number.POSITIVE_INFINITY, until: 0 };

  const askedMs = (scope?: string) => {
    const now = clock.now();
    const ofScope = scope === undefined ? 0 : leftOf(blocked.get(scope) ?? 0, now, WAIT_HEEDED_MAX_MS);
    const ofVendor = vendor.left < 1 ? leftOf(vendor.until, now, longest) : 0;
    return Math.max(leftOf(blockedUntil, now, WAIT_HEEDED_MAX_MS), ofVendor, ofScope);
  };
  const countedMs = (operation?: string) => {
    const now = clock.now();
    return Math.max(0, ...windows.filter((each) => counts(each, operation)).map((each) => fullMs(each, now)));
  };

  return {
    waitMs: (call) => Math.max(askedMs(call?.scope), countedMs(call?.operation)),
    askedMs,
    intervalMs: (calls) =>
      Math.max(0, ...windows.map((each) => Math.ceil((countedOf(each, calls) * each.perMs) / each.limit))),
    available(operations) {
      const now = clock.now();
      const asked = windows.filter((each) => operations?.some((one) => counts(each, one)) ?? true);
      if (askedMs() > 0 || asked.some((each) => fullMs(each, now) > 0)) return 0;
      const left = asked.map(({ limit, perMs, calls }) => limit - within(calls, now - perMs));
      return Math.min(...left, leftOf(vendor.until, now, longest) > 0 ? vendor.left : Number.POSITIVE_INFINITY);
    },
    take(operation) {
      const now = clock.now();
      for (const window of windows) if (counts(window, operation)) count(window, now);
      vendor = { ...vendor, left: vendor.left - 1 };
    },
    correct(headers) {
      const text = headers['x-ratelimit-remaining']?.trim();
      if (windows.length === 0 || !text || !/^\d{1,9}$/.test(text)) return;
      const now = clock.now();
      const wait = Math.min(resetHeader(headers, now) ?? shortest, longest);
      vendor = { left: shareOf(Number(text), share), until: now + wait };
    },
    block(asked, scope) {
      const now = clock.now();
      // A wait of years is a mistake of the vendor's, and would outlive it.
      const ms = Math.min(asked, WAIT_HEEDED_MAX_MS);
      for (const [other, until] of blocked) if (leftOf(until, now, WAIT_HEEDED_MAX_MS) === 0) blocked.delete(other);
      if (scope === undefined) blockedUntil = now + Math.max(ms, leftOf(blockedUntil, now, WAIT_HEEDED_MAX_MS));
      else blocked.set(scope, now + ms);
    },
  };
}

/** Stays inside the vendor's budgets. Never sleeps: without budget the call fails at once and says how long to wait. */
export function withQuota(exchange: Exchange, label: string, keeper: QuotaKeeper, clock: Pick<Clock, 'now'>): Exchange {
  const questions = new ThrottledQuestions();
  return async <Value>(call: Call<Value>): Promise<Received<Value>> => {
    const place = { provider: label, operation: call.operation };
    const wait = keeper.waitMs(call);
    if (wait > 0) {
      const counted = keeper.askedMs(call.scope) < wait;
      const failure = { kind: 'throttled', retryAfterMs: Math.ceil(wait), ...(counted && { counted }) } as const;
      throw new ProviderError(failure, place);
    }
    const ownWait = questions.waitMs(call, clock.now());
    if (ownWait > 0)
      throw new ProviderError({ kind: 'throttled', retryAfterMs: Math.ceil(ownWait), alone: true }, place);
    keeper.take(call.operation);
    try {
      const received = await exchange(call);
      questions.answered(call);
      return received;
    } catch (error) {
      if (!(error instanceof ProviderError) || error.failure.kind !== 'throttled') throw error;
      const { failure } = error;
      const waitMs = questions.throttled(call, clock.now(), failure.retryAfterMs);
      if (waitMs === 0) throw new ProviderError({ ...failure, alone: true }, error.place);
      keeper.block(waitMs, call.scope);
      throw new ProviderError({ ...failure, retryAfterMs: waitMs }, error.place);
    }
  };
}
