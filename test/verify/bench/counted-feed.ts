import { createSandbox, SANDBOX_URLS } from '../../../sandbox/sandbox.ts';
import { seededRandom } from '../../../sandbox/seeded.ts';
import { createSwitches, DEMO_KEYS, type Vendor } from '../../../sandbox/switches.ts';
import { createWorld } from '../../../sandbox/world.ts';
import type { WorldThread } from '../../../sandbox/world-model.ts';
import { compose } from '../../../shared/events/compose.ts';
import { deliverDue } from '../../../shared/outbox/deliver.ts';
import { POLL_LIMITS } from '../../../shared/polling/feed/limits.ts';
import { createPoller, type Poller } from '../../../shared/polling/poller.ts';
import { WholeShard } from '../../../shared/polling/state/shard.ts';
import type { Clock, HttpRequest } from '../../../shared/ports.ts';
import type { Connection } from '../../../shared/provider.ts';
import { providerNamed } from '../../../shared/providers/index.ts';
import { memoryStore } from '../../../shared/store/memory.ts';
import { type Metered, MeteredStore, spentSince } from './metered-store.ts';
import { quietSink, SILENT } from './parts.ts';
import { REPLY_TEXT } from './reply-text.ts';
import { itemBytes, readUnits } from './units.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 0, 5, 8);
/** Of a shard, whose checkpoints one Query reads. */
const SHARD_FEEDS = 1_000;
const LISTS = 2;

/** What one stretch of polling asked of the vendor and of the store. */
export interface Asked extends Metered {
  readonly polls: number;
  /** To the lists and threads of the feed. */
  readonly calls: number;
  /** Of them, to threads. */
  readonly openings: number;
  /** To the list of campaigns, which all feeds of a connection share. */
  readonly listings: number;
  readonly sentBytes: number;
  readonly answerBytes: number;
  /** Polls after which something was written. */
  readonly writing: number;
}

/** What a poll called beyond the two lists. */
export interface Longer {
  readonly pages: number;
  readonly openings: number;
}

export interface Idle extends Asked {
  /** Each poll that made more than two calls. */
  readonly longer: readonly Longer[];
}

/** The request as it goes over the wire: what the port is given, and what Node adds. */
export function requestBytes({ method, url, headers, body = '' }: HttpRequest): number {
  const { pathname, search, host } = new URL(url);
  const added = { host, 'accept-encoding': 'gzip', connection: 'keep-alive' };
  const lines = Object.entries({ ...headers, ...added }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.byteLength(`${method} ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

/** The real poller on one feed of 60 threads: its sandbox without sockets, a metered store, and a clock moved by hand. */
export class CountedFeed {
  readonly vendor: Vendor;
  readonly #world = createWorld({ seed: 7, now: () => this.#now });
  readonly #memory = memoryStore();
  readonly #store = new MeteredStore(this.#memory);
  readonly #shard = new WholeShard(this.#memory, 0);
  readonly #poller: Poller;
  readonly interestedScanMs: number;
  readonly #campaignId: string;
  #now = START;
  #leads = 0;
  #asked = { polls: 0, calls: 0, openings: 0, listings: 0, sentBytes: 0, answerBytes: 0, writing: 0 };
  #longer: Longer[] = [];

  constructor(vendor: Vendor) {
    this.vendor = vendor;
    this.#campaignId = this.#world.addCampaign({ vendor }).id;
    const connection = this.#connect();
    this.interestedScanMs = connection.feeds.interestedScanMs;
    const polled = { id: 'counted', campaigns: ['*'], connection, everyMs: MINUTE };
    const ports = { store: this.#store, compose, clock: this.#clock(), log: SILENT };
    this.#poller = createPoller(polled, ports, POLL_LIMITS, this.#shard);
  }

  #clock(): Clock {
    return {
      now: () => this.#now,
      sleep: async (ms) => {
        this.#now += Math.ceil(ms);
      },
    };
  }

  #connect(): Connection {
    const provider = providerNamed(this.vendor);
    if (!provider) throw new Error(this.vendor);
    const clock = this.#clock();
    const random = seededRandom(1);
    const { http } = createSandbox({ world: this.#world, switches: createSwitches(), random, clock });
    const counted = async (request: HttpRequest) => {
      const answer = await http(request);
      if (request.url.endsWith('/campaigns')) this.#asked.listings += 1;
      else this.#asked.calls += 1;
      if (/\/threads\/|\/conversation/.test(request.url)) this.#asked.openings += 1;
      this.#asked.sentBytes += requestBytes(request);
      this.#asked.answerBytes += Buffer.byteLength(answer.body);
      return answer;
    };
    const options = { apiKey: DEMO_KEYS[this.vendor], baseUrl: SANDBOX_URLS[this.vendor], quotaShare: 0.6 };
    return provider.connect(options, { http: counted, clock, random, log: SILENT });
  }

  /** The lead writes now. */
  reply(thread: WorldThread): void {
    this.#world.addMessage(thread.id, { direction: 'inbound', sentAt: this.#now, text: REPLY_TEXT });
  }

  /** A thread nobody has written in yet. */
  leadOf(intent: string | null = null): WorldThread {
    this.#leads += 1;
    const leadEmail = `lead${this.#leads}@customer.example`;
    return this.#world.addThread({ campaignId: this.#campaignId, leadEmail, leadName: `Lead ${this.#leads}`, intent });
  }

  async poll(afterMs = MINUTE): Promise<void> {
    this.#now += afterMs;
    const before = this.#store.spent;
    const { calls, openings } = this.#asked;
    await this.#shard.refresh();
    const { failure } = await this.#poller.poll({ isDue: () => true });
    await this.#shard.scanClocks.save();
    if (failure) throw failure;
    this.#asked.polls += 1;
    if (spentSince(before, this.#store.spent).puts > 0) this.#asked.writing += 1;
    const opened = this.#asked.openings - openings;
    const pages = this.#asked.calls - calls - opened - LISTS;
    if (opened + pages > 0) this.#longer.push({ pages, openings: opened });
  }

  /** Delivers what was recorded, as the table's stream hints. */
  async deliver(): Promise<void> {
    const clock = this.#clock();
    const due = await this.#memory.due(this.#now, 100);
    const ports = { store: this.#store, sinks: [quietSink()], clock, random: seededRandom(1), log: SILENT };
    await deliverDue(ports, { limit: 100, addresses: due });
  }

  /** 50 threads, half of them interested; switched on, 10 more with some mail, then rest until every recheck is made. */
  async rest(): Promise<void> {
    const old = Array.from({ length: 50 }, (_, index) => {
      const thread = this.leadOf(index < 25 ? null : 'interested');
      const sentAt = this.#now - (55 - index) * HOUR;
      this.#world.addMessage(thread.id, { direction: 'inbound', sentAt, text: REPLY_TEXT });
      return thread;
    });
    await this.poll();
    for (const thread of old.slice(0, 10)) {
      this.reply(this.leadOf());
      this.reply(thread);
      await this.poll(HOUR);
    }
    for (let polls = 0; polls < 26 * 12; polls += 1) await this.poll(5 * MINUTE);
  }

  /** What `work` asked for. */
  async during(work: () => Promise<void>): Promise<Asked> {
    const before = { ...this.#asked };
    const spent = this.#store.spent;
    await work();
    const keys = Object.keys(before) as (keyof typeof before)[];
    const asked = Object.fromEntries(keys.map((key) => [key, this.#asked[key] - before[key]])) as typeof before;
    return { ...asked, ...spentSince(spent, this.#store.spent) };
  }

  async idle(minutes: number): Promise<Idle> {
    this.#longer = [];
    const asked = await this.during(async () => {
      for (let minute = 0; minute < minutes; minute += 1) await this.poll();
    });
    return { ...asked, longer: [...this.#longer] };
  }

  /** The checkpoint's item, and what a Query over a full shard of such checkpoints costs. */
  async checkpoint(): Promise<{ readonly bytes: number; readonly shardUnits: number }> {
    const [checkpoint] = await this.#memory.list('SHARD#0');
    const bytes = checkpoint ? itemBytes(checkpoint) : 0;
    return { bytes, shardUnits: readUnits(SHARD_FEEDS * bytes) };
  }
}
