import { SANDBOX_URLS } from '../../../sandbox/sandbox.ts';
import { DEMO_KEYS, type Vendor } from '../../../sandbox/switches.ts';
import { type Http, HttpFault, type Random } from '../../../shared/ports.ts';
import type { Connection, Provider } from '../../../shared/provider.ts';
import { CALL_MS, clockUntil, deadlineIn, httpUntil } from '../../../zapier/deadline.ts';
import type { ReplyItem } from '../../../zapier/items.ts';
import { memoryOf } from '../../../zapier/memory.ts';
import type { ZapierCache } from '../../../zapier/platform.ts';
import type { InterestedFilter } from '../../../zapier/triggers/new-interested-reply.ts';
import type { ReplyFilter } from '../../../zapier/triggers/new-reply.ts';
import type { Mode, Poll } from '../../../zapier/triggers/poll.ts';
import type { VirtualTime } from '../polling/virtual-time.ts';

/** Zapier ends a call after this. Source: operating constraints page. */
export const ZAPIER_CALL_MS = 30_000;
/** As many new items at once are held until their owner says yes. Source: troubleshoot-throttles page. */
const HELD_ITEMS = 100;
const MINUTE_MS = 60_000;
/** The triggers' part of each budget, as the app gives it to them. */
const QUOTA_SHARES = { poll: 0.6, sample: 0.6, priming: 0.9 } as const satisfies Readonly<Record<Mode, number>>;

/** The trigger functions under test. */
export interface Triggers {
  newReplies(poll: Poll, filter: ReplyFilter, mode: Mode): Promise<readonly ReplyItem[]>;
  newInterested(poll: Poll, filter: InterestedFilter, mode: Mode): Promise<readonly ReplyItem[]>;
}

export interface ZapSpec {
  readonly trigger: 'new_reply' | 'new_interested_reply';
  readonly filter: ReplyFilter;
  readonly everyMs: number;
}

/** What can go wrong between Zapier and the app. */
export interface Mishaps {
  /** Chance that a poll is left out, and the polls after it for a while. */
  missRate: number;
  missMs: number;
  /** Chance that a call dies at one of its calls to the vendor or the cache. */
  deathRate: number;
  /** Chance that an answer does not arrive. */
  lostRate: number;
  /** Chance, at each poll, that the owner switches the Zap off and on again. */
  restartRate: number;
}

/** The world around all Zaps of one key. */
export interface Surroundings {
  readonly vendor: Vendor;
  readonly provider: Provider;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly http: Http;
  readonly cache: ZapierCache;
  readonly triggers: Triggers;
  readonly mishaps: Mishaps;
}

/** One call of a trigger. */
export interface CallRecord {
  readonly mode: Mode;
  readonly from: number;
  readonly to: number;
  readonly calls: number;
  /** The answer reached Zapier. */
  readonly arrived: boolean;
  /** The vendor answered every call as it should. */
  readonly clean: boolean;
  /** The trigger itself says that it could not open every thread. */
  readonly hasLeft: boolean;
  readonly isTimeout: boolean;
  readonly repeatedIds: number;
}

export interface Fired {
  readonly at: number;
  readonly id: string;
  readonly item: ReplyItem;
}

/** A Zap from one switching on to its switching off. */
export interface Activation {
  readonly spec: ZapSpec;
  readonly on: CallRecord;
  readonly polls: CallRecord[];
  readonly fired: Fired[];
  /** Polls with so many new items that Zapier asks before it runs. */
  held: number;
}

/** The process that serves the call dies here. */
class Death extends Error {
  override readonly name = 'Death';
}

interface Call {
  readonly record: CallRecord;
  readonly items: readonly ReplyItem[];
}

/** A call in a process that may die at its n-th call to a port, and after 30 s does. */
class Process {
  calls = 0;
  clean = true;
  hasLeft = false;
  dead = false;
  #portCallsLeft: number;
  readonly #around: Surroundings;

  constructor(around: Surroundings, portCallsMax: number) {
    this.#around = around;
    this.#portCallsLeft = portCallsMax;
  }

  poll(mode: Mode): Poll {
    const { time, provider, vendor, cache, random } = this.#around;
    const deadline = deadlineIn(CALL_MS, time);
    const clock = clockUntil(deadline, { now: () => time.now(), sleep: (ms) => time.sleep(ms) });
    const log = { info: () => {}, warn: (event: string) => this.#note(event) };
    const http = httpUntil(deadline, (request) => this.#http(request));
    const options = { apiKey: DEMO_KEYS[vendor], baseUrl: SANDBOX_URLS[vendor], quotaShare: QUOTA_SHARES[mode] };
    const connection: Connection = provider.connect(options, { http, clock, random, log });
    const mortal: ZapierCache = {
      get: (key, scope) => this.#port(() => cache.get(key, scope)),
      set: (key, value, ...more) => this.#port(() => cache.set(key, value, ...more)),
      delete: (key, scope) => this.#port(() => cache.delete(key, scope)),
    };
    const later = { history: () => 'later', file: () => 'later' };
    const memory = memoryOf(mortal, { sleep: (ms) => time.sleep(ms) });
    return { connection, memory, clock, random, deadline, log, later };
  }

  #note(event: string): void {
    if (event === 'openings.left' || event === 'list.cut') this.hasLeft = true;
  }

  async #http(request: Parameters<Http>[0]) {
    return await this.#port(async () => {
      this.calls += 1;
      try {
        const answer = await this.#around.http(request);
        if (answer.status !== 200) this.clean = false;
        return answer;
      } catch (fault) {
        if (fault instanceof HttpFault) this.clean = false;
        throw fault;
      }
    });
  }

  async #port<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#portCallsLeft -= 1;
    if (this.#portCallsLeft < 0) this.dead = true;
    if (this.dead) throw new Death();
    const result = await work();
    if (this.dead) throw new Death();
    return result;
  }
}

/** A Zap as Zapier runs it: the ids of its first call are remembered, later calls fire for ids that are not. */
export class Zap {
  readonly activations: Activation[] = [];
  /** Every attempt to switch it on. */
  readonly primings: CallRecord[] = [];
  readonly samples: CallRecord[] = [];
  readonly #spec: ZapSpec;
  readonly #around: Surroundings;
  #isPriming = false;

  constructor(spec: ZapSpec, around: Surroundings) {
    this.#spec = spec;
    this.#around = around;
  }

  /** From its first switching on until `end`. */
  async live(startAt: number, end: number): Promise<void> {
    const { time, random, mishaps } = this.#around;
    await time.sleep(startAt - time.now());
    let seen = await this.#switchOn(end);
    while (time.now() < end) {
      await time.sleep(this.#spec.everyMs * (0.9 + random() * 0.2));
      if (random() < mishaps.missRate) await time.sleep(random() * mishaps.missMs);
      if (random() < mishaps.restartRate) seen = await this.#switchOn(end);
      else await this.#poll(seen);
    }
  }

  /** The editor's test call. What it shows is shown to a person, never remembered. */
  async sample(): Promise<void> {
    const { record } = await this.#call('sample');
    this.samples.push(record);
  }

  /** An owner whose Zap cannot be switched on tries again. */
  async #switchOn(end: number): Promise<Set<string>> {
    const { time } = this.#around;
    this.#isPriming = true;
    for (;;) {
      const { record, items } = await this.#call('priming');
      this.primings.push(record);
      if (record.arrived) {
        // What came between the attempts was there when it was switched on.
        this.activations.push({ spec: this.#spec, on: record, polls: [], fired: [], held: 0 });
        this.#isPriming = false;
        return new Set(items.map(({ id }) => id));
      }
      if (time.now() > end) return new Set();
      await time.sleep(MINUTE_MS);
    }
  }

  async #poll(seen: Set<string>): Promise<void> {
    const activation = this.activations.at(-1);
    if (!activation || this.#isPriming) return;
    const { record, items } = await this.#call('poll');
    activation.polls.push(record);
    const fresh = items.filter(({ id }) => !seen.has(id));
    if (fresh.length >= HELD_ITEMS) activation.held += 1;
    for (const item of fresh) {
      seen.add(item.id);
      activation.fired.push({ at: record.to, id: item.id, item });
    }
  }

  async #call(mode: Mode): Promise<Call> {
    const { time, random, mishaps } = this.#around;
    const from = time.now();
    const dies = random() < mishaps.deathRate;
    const process = new Process(this.#around, dies ? Math.floor(random() * 40) : Number.POSITIVE_INFINITY);
    const isLost = random() < mishaps.lostRate;
    const answer = await Promise.race([
      this.#perform(process.poll(mode), mode).catch((error: unknown) => ({ error })),
      time.sleep(ZAPIER_CALL_MS).then((): 'timeout' => 'timeout'),
    ]);
    const isTimeout = answer === 'timeout';
    const items = isTimeout || 'error' in answer ? undefined : answer;
    if (answer !== 'timeout' && 'error' in answer) this.#checkError(answer.error);
    const arrived = items !== undefined && !process.dead && !isLost;
    process.dead = true;
    const { calls, clean, hasLeft } = process;
    const repeatedIds = items ? items.length - new Set(items.map(({ id }) => id)).size : 0;
    const record = { mode, from, to: time.now(), calls, arrived, clean, hasLeft, isTimeout, repeatedIds };
    return { record, items: arrived ? items : [] };
  }

  /** A failure is a failed poll; what no person could be told is a fault of the trigger. */
  #checkError(error: unknown): void {
    const name = error instanceof Error ? error.name : '';
    if (!['ProviderError', 'UserError', 'Death'].includes(name)) throw error;
  }

  #perform(poll: Poll, mode: Mode): Promise<readonly ReplyItem[]> {
    const { triggers } = this.#around;
    const { trigger, filter } = this.#spec;
    if (trigger === 'new_reply') return triggers.newReplies(poll, filter, mode);
    const { campaign } = filter;
    return triggers.newInterested(poll, campaign === undefined ? {} : { campaign }, mode);
  }
}
