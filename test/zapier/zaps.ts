import { createSandbox, SANDBOX_URLS } from '../../sandbox/sandbox.ts';
import { seededRandom } from '../../sandbox/seeded.ts';
import { createSwitches, DEMO_KEYS, type Switches, type Vendor } from '../../sandbox/switches.ts';
import { createWorld, type World } from '../../sandbox/world.ts';
import type { HttpRequest } from '../../shared/ports.ts';
import { providerNamed } from '../../shared/providers/index.ts';
import { CALL_MS, deadlineIn, httpUntil } from '../../zapier/deadline.ts';
import type { ReplyItem } from '../../zapier/items.ts';
import { type Memory, memoryOf } from '../../zapier/memory.ts';
import { HANGS_MS, type Mode, type Poll } from '../../zapier/triggers/poll.ts';

export const START = Date.UTC(2025, 0, 20, 12);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export type Perform = (poll: Poll, mode: Mode) => Promise<readonly ReplyItem[]>;

/** A Zap as Zapier runs it: it remembers the ids it was given, and fires for the others. */
export interface Zap {
  switchOn(): Promise<void>;
  /** What fires. `isLost`: the answer never arrives. */
  poll(options?: { readonly isLost?: boolean }): Promise<readonly ReplyItem[]>;
  sample(): Promise<readonly ReplyItem[]>;
}

export interface Inbox {
  readonly world: World;
  readonly switches: Switches;
  readonly campaignId: string;
  /** Every call since it was last emptied. */
  readonly calls: HttpRequest[];
  /** Calls that the vendor cannot answer. */
  breaks: (url: string) => boolean;
  wait(ms: number): void;
  /** A lead's first message, as of now or as long ago as that. */
  lead(name: string, agoMs?: number): string;
  says(threadId: string, text: string, fields?: { readonly agoMs?: number; readonly visibleInMs?: number }): void;
  zap(perform: Perform): Zap;
  /** All that was remembered is gone, or what stands under names that begin so. */
  forget(prefix?: string): void;
  /** What was remembered is gone once it has been asked for so often. */
  forgetAfter(prefix: string, times: number): void;
}

/** Zapier's cache: entries end after their time. */
function cacheOf(now: () => number) {
  const entries = new Map<string, { readonly value: string; readonly until: number }>();
  const find = (key: string): unknown => {
    const entry = entries.get(key);
    return entry && entry.until > now() ? JSON.parse(entry.value) : null;
  };
  const forget = (prefix = '') => {
    for (const key of entries.keys()) if (key.startsWith(prefix)) entries.delete(key);
  };
  let leak = { prefix: '', times: Number.POSITIVE_INFINITY };
  const get = async (key: string): Promise<unknown> => {
    const found = find(key);
    if (key.startsWith(leak.prefix)) {
      leak = { ...leak, times: leak.times - 1 };
      if (leak.times === 0) forget(leak.prefix);
    }
    return found;
  };
  return {
    forget,
    forgetAfter(prefix: string, times: number) {
      leak = { prefix, times };
    },
    get,
    async set(key: string, value: unknown, ttl = 300, _scope?: unknown, onlyIfAbsent = false) {
      if (onlyIfAbsent && find(key) !== null) return false;
      entries.set(key, { value: JSON.stringify(value), until: now() + ttl * 1_000 });
      return true;
    },
    delete: async (key: string) => entries.delete(key),
  };
}

export function inbox(vendor: Vendor, changes: Partial<Switches> = {}): Inbox {
  let now = START;
  const world = createWorld({ seed: 5, now: () => now });
  const campaignId = world.addCampaign({ name: 'Spring' }).id;
  const switches = createSwitches(changes);
  const clock = {
    now: () => now,
    async sleep(ms: number) {
      // No time passes here while an answer is waited for.
      if (ms === HANGS_MS) await new Promise(() => {});
      now += ms;
    },
  };
  const sandbox = createSandbox({ world, switches, random: seededRandom(2), clock });
  const cache = cacheOf(() => now);
  const calls: HttpRequest[] = [];
  const provider = providerNamed(vendor);
  if (!provider) throw new Error(vendor);
  const log = { info: () => {}, warn: () => {} };
  function pollOf(memory: Memory): Poll {
    const deadline = deadlineIn(CALL_MS, clock);
    const random = seededRandom(3);
    const http = httpUntil(deadline, (request) => {
      calls.push(request);
      if (made.breaks(request.url)) return Promise.resolve({ status: 500, headers: {}, body: '' });
      return sandbox.http(request);
    });
    const ports = { http, clock, random, log };
    const options = { apiKey: DEMO_KEYS[vendor], baseUrl: SANDBOX_URLS[vendor], quotaShare: 0.6 };
    const connection = provider?.connect(options, ports);
    if (!connection) throw new Error(vendor);
    const later = { history: () => 'later', file: () => 'later' };
    return { connection, memory, clock, random, deadline, log, later };
  }
  const made: Inbox = {
    world,
    switches,
    campaignId,
    calls,
    breaks: () => false,
    wait(ms) {
      now += ms;
      world.look();
    },
    lead(name, agoMs = 0) {
      const thread = world.addThread({ campaignId, leadEmail: `${name}@acme.example`, leadName: name });
      world.addMessage(thread.id, { direction: 'inbound', sentAt: now - agoMs, text: `${name} says hello` });
      world.look();
      return thread.id;
    },
    says(threadId, text, { agoMs = 0, visibleInMs = 0 } = {}) {
      world.addMessage(threadId, { direction: 'inbound', sentAt: now - agoMs, visibleAt: now + visibleInMs, text });
      world.look();
    },
    zap(perform) {
      const seen = new Set<string>();
      // Time that passes while the cache is waited for is no time of this clock's.
      const memory = memoryOf(cache, { sleep: () => new Promise(() => {}) });
      const run = async (mode: Mode) => {
        const items = await perform(pollOf(memory), mode);
        if (new Set(items.map(({ id }) => id)).size < items.length) throw new Error('one id twice in an answer');
        return items;
      };
      return {
        async switchOn() {
          seen.clear();
          for (const { id } of await run('priming')) seen.add(id);
        },
        async poll({ isLost = false } = {}) {
          const fresh = (await run('poll')).filter(({ id }) => !seen.has(id));
          if (isLost) return [];
          for (const { id } of fresh) seen.add(id);
          return fresh;
        },
        sample: () => run('sample'),
      };
    },
    forget: cache.forget,
    forgetAfter: cache.forgetAfter,
  };
  return made;
}
