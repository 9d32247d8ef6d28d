import assert from 'node:assert/strict';
import { SANDBOX_URLS } from '../../sandbox/sandbox.ts';
import { seededRandom } from '../../sandbox/seeded.ts';
import { createSwitches, DEMO_KEYS, type Switches } from '../../sandbox/switches.ts';
import { createWorld, type World, type WorldOptions } from '../../sandbox/world.ts';
import type { NewMessage, WorldMessage, WorldThread } from '../../sandbox/world-model.ts';
import { eventId } from '../../shared/events/event.ts';
import type { Compose } from '../../shared/events/happening.ts';
import type { StoredEvent } from '../../shared/outbox/record.ts';
import { POLL_LIMITS, type PollLimits } from '../../shared/polling/feed/limits.ts';
import type * as poller from '../../shared/polling/poller.ts';
import { type Http, HttpFault, type HttpRequest, type HttpResponse, type Log } from '../../shared/ports.ts';
import { eventAddress } from '../../shared/store/keys.ts';
import { memoryStore } from '../../shared/store/memory.ts';
import type { Document, Put, Store } from '../../shared/store/store.ts';
import { vendorNamed } from '../vendors/index.ts';
import type { Row, TestVendor } from '../vendors/test-vendor.ts';
import { Crash } from '../verify/polling/hostile-ports.ts';

export type Engine = Pick<typeof poller, 'createPoller'>;

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** V and the room for clocks: when nothing can become visible any more. */
export const LATE_WINDOW = POLL_LIMITS.lateMs + POLL_LIMITS.slackMs;
const START = Date.UTC(2026, 0, 5, 8);

/** An answer of the vendor's that is none. */
export const failedWith = (status: number, headers: Readonly<Record<string, string>> = {}): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: '{"error":"no"}',
});

const silent: Log = { info: () => {}, warn: () => {} };

/** The event without its texts. */
const composeBare: Compose = async ({ type, thread, message }) =>
  ({ type, thread: thread.key, message: message.id }) as never;

interface Recorded {
  readonly type: string;
  /** Its key. */
  readonly thread: string;
  readonly message: string;
}

export interface BenchOptions {
  readonly vendor: string;
  readonly limits?: Partial<PollLimits>;
  readonly switches?: Partial<Switches>;
  readonly seed?: number;
  /** Which messages move a thread's row: all unless given. */
  readonly activity?: WorldOptions['activity'];
}

/** One connection polled by hand against the sandbox, on a clock that only moves when told. */
export class Bench {
  readonly world: World;
  readonly switches: Switches;
  readonly vendor: TestVendor;
  readonly campaign: string;
  /** Requests whose URL or body it matches do not arrive. */
  failing: RegExp | undefined;
  /** Looks at each request before it is answered. */
  onRequest: ((request: HttpRequest) => void) | undefined;
  /** May change what the vendor answered. */
  onAnswer: ((request: HttpRequest, answer: HttpResponse) => HttpResponse) | undefined;
  /** Dies at the n-th put from now: before it is carried out (n > 0), or after (n < 0). */
  crashAtPut: number | undefined;
  /** Happens before each put. */
  onPut: (() => Promise<void>) | undefined;
  readonly counts = { http: 0, puts: 0, gets: 0, lists: 0 };
  /** Addresses of the puts that were carried out. */
  readonly written: Put[] = [];
  now = START;
  /** How far the clock of this machine is ahead of the true time. */
  machineAheadMs = 0;
  /** How long the vendor's interested list may go unread below its first page. */
  interestedScanMs = 0;
  /** What the config of the next process names. */
  campaigns: readonly string[] = ['*'];
  /** What the config of the next process asks for of what is older. */
  backfill: 'all' | undefined;
  readonly #engine: Engine;
  readonly #limits: PollLimits;
  readonly #memory = memoryStore();
  readonly #http: Http;
  #poller: poller.Poller;
  #leads = 0;

  constructor(engine: Engine, { vendor, limits = {}, switches = {}, seed = 1, activity = 'any' }: BenchOptions) {
    this.#engine = engine;
    this.world = createWorld({ seed: 7, now: () => this.now, activity });
    this.vendor = vendorNamed(vendor);
    this.switches = createSwitches(switches);
    this.#limits = { ...POLL_LIMITS, pageRows: 20, ...limits };
    const clock = this.#clock();
    const parts = { world: this.world, switches: this.switches, random: seededRandom(seed), clock };
    this.#http = this.vendor.http(parts);
    this.campaign = this.world.addCampaign({ vendor }).id;
    this.#poller = this.#newPoller();
  }

  /** A new process over the same store. */
  restart(): void {
    this.#poller = this.#newPoller();
  }

  /** One poll by a second process over the same store. */
  async pollBeside(): Promise<void> {
    await this.#newPoller().poll();
  }

  async poll(): Promise<poller.ConnectionPoll> {
    return await this.#poller.poll();
  }

  /** One poll that must go well. */
  async pollWell(): Promise<poller.ConnectionPoll> {
    const poll = await this.poll();
    assert.equal(poll.failure, undefined, 'the poll failed');
    return poll;
  }

  /** Whether the request opens one of the threads. */
  opens({ url }: Pick<HttpRequest, 'url'>, threads: readonly WorldThread[]): boolean {
    return threads.some((thread) => this.vendor.openings?.(thread).test(url));
  }

  get lags(): readonly poller.PolledLag[] {
    return this.#poller.lags();
  }

  /** Polls until the process dies. False: it did not. */
  async pollUntilCrash(): Promise<boolean> {
    try {
      await this.poll();
      return false;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      return true;
    } finally {
      this.crashAtPut = undefined;
    }
  }

  /** Polls every minute for this long; the first poll is a minute from now. */
  async run(ms: number, every = MINUTE): Promise<void> {
    const end = this.now + ms;
    while (this.now + every <= end) {
      this.now += every;
      await this.pollWell();
    }
    this.now = end;
  }

  /** As {@link run}, whatever comes of the polls. */
  async pollFor(ms: number): Promise<void> {
    for (const end = this.now + ms; this.now < end; ) {
      this.now += MINUTE;
      await this.poll();
    }
  }

  lead(fields: { readonly campaignId?: string | null; readonly intent?: string } = {}): WorldThread {
    this.#leads += 1;
    const leadEmail = `Lead${this.#leads}@customer.example`;
    return this.world.addThread({ campaignId: this.campaign, leadEmail, leadName: `Lead ${this.#leads}`, ...fields });
  }

  /** What the lead writes, now unless said otherwise. Returns the message's id as events name it. */
  reply(thread: WorldThread, fields: Partial<NewMessage> = {}): string {
    return this.idOf(
      this.world.addMessage(thread.id, { direction: 'inbound', sentAt: this.now, text: 'Tell me more.', ...fields }),
    );
  }

  idOf(message: WorldMessage): string {
    return this.vendor.messageId(message);
  }

  /** Threads with one reply each, an hour apart, the oldest first; all older than the last `from`. */
  oldLeads(count: number, { from = 5 * HOUR, step = HOUR, intent = '' } = {}): WorldThread[] {
    return Array.from({ length: count }, (_, index) => {
      const thread = this.lead(intent ? { intent } : {});
      this.reply(thread, { sentAt: this.now - from - (count - index) * step });
      return thread;
    });
  }

  #recorded(): Recorded[] {
    const documents = [...this.#memory.items()].filter(({ partition }) => partition.startsWith('EVENT#'));
    // A second write would take away what the first one's deliveries have come to.
    assert(
      documents.every(({ version }) => version === 1),
      'an event was written over',
    );
    return documents
      .map(({ value }) => value as unknown as StoredEvent)
      .filter(({ kind }) => kind === 'event')
      .map(({ body }) => body as unknown as Recorded);
  }

  #messages(type: string): string[] {
    return this.#recorded()
      .filter((recorded) => recorded.type === type)
      .map(({ message }) => message)
      .sort();
  }

  received(): string[] {
    return this.#messages('reply.received');
  }

  interested(): string[] {
    return this.#messages('reply.interested');
  }

  /** The key of the thread that a message was recorded of, where it was. */
  threadOf(type: string, message: string): string | undefined {
    return this.#recorded().find((recorded) => recorded.type === type && recorded.message === message)?.thread;
  }

  /** Of every event there is, in order of the alphabet. */
  types(): string[] {
    return this.#recorded()
      .map(({ type }) => type)
      .sort();
  }

  /** A thread's row as ColdSend lists it now. */
  async rowOf(thread: string): Promise<Row> {
    const answer = await this.#http({
      method: 'GET',
      url: `${SANDBOX_URLS.coldsend}/replies?page=1&limit=100`,
      headers: { 'x-api-key': DEMO_KEYS.coldsend },
      timeoutMs: 1_000,
      bytesMax: 10_000_000,
    });
    const { conversations } = JSON.parse(answer.body);
    return conversations.find((row: { readonly thread_id: string }) => row.thread_id === thread);
  }

  /** The same page with one more row at its end. */
  withRow(answer: HttpResponse, row: Row): HttpResponse {
    return { ...answer, body: this.vendor.withRows(answer.body, (rows) => [...rows, row]) };
  }

  /** What the engine stores, read as others read it. */
  get store(): Store {
    return this.#memory;
  }

  /** Exactly these, each once. */
  assertReceived(ids: readonly string[], message: string): void {
    assert.deepEqual(this.received(), [...ids].sort(), message);
  }

  assertInterested(ids: readonly string[], message: string): void {
    assert.deepEqual(this.interested(), [...ids].sort(), message);
  }

  /** What the engine keeps of its feeds. */
  state(): Document[] {
    return [...this.#memory.items()].filter(
      ({ partition }) => partition.startsWith('FEED#') || partition.startsWith('SHARD#'),
    );
  }

  /** Makes what is stored there unreadable: every document whose partition and key it matches. */
  async spoil(where: RegExp): Promise<number> {
    const meant = [...this.#memory.items()].filter(({ partition, key }) => where.test(`${partition} ${key}`));
    for (const { partition, key, version } of meant) {
      await this.#memory.put({ partition, key, value: { spoiled: 'yes' } }, version);
    }
    return meant.length;
  }

  /** As if an older version had recorded this message, under this name of it. */
  async recordAs(type: 'reply.received' | 'reply.interested', threadKey: string, message: string): Promise<void> {
    const id = eventId(type, 'bench', threadKey, message);
    const value = { id, kind: 'event', type, connection: 'bench', body: { type, message } };
    await this.#memory.put({ ...eventAddress(id), value }, 0);
  }

  /** Writes again what is stored there, as another process would in between. */
  async writeAgain(where: RegExp): Promise<void> {
    for (const { partition, key, version, value } of [...this.#memory.items()]) {
      const again = { partition, key, value: JSON.parse(JSON.stringify(value)) };
      if (where.test(`${partition} ${key}`)) await this.#memory.put(again, version);
    }
  }

  stateBytes(): number {
    return this.state().reduce((sum, { value }) => sum + JSON.stringify(value).length, 0);
  }

  #clock() {
    return {
      now: () => this.now + this.machineAheadMs,
      sleep: async (ms: number) => {
        this.now += Math.ceil(ms);
      },
    };
  }

  #store(): Store {
    const memory = this.#memory;
    return {
      ...memory,
      get: (address) => {
        this.counts.gets += 1;
        return memory.get(address);
      },
      list: (partition, prefix) => {
        this.counts.lists += 1;
        return memory.list(partition, prefix);
      },
      put: async (document, expected) => {
        await this.onPut?.();
        if (this.crashAtPut === 1) throw new Crash();
        this.counts.puts += 1;
        this.written.push(document);
        const written = await memory.put(document, expected);
        if (this.crashAtPut === -1) throw new Crash();
        if (this.crashAtPut !== undefined) this.crashAtPut -= Math.sign(this.crashAtPut);
        return written;
      },
    };
  }

  #newPoller(): poller.Poller {
    const clock = this.#clock();
    const http = async (request: HttpRequest) => {
      this.counts.http += 1;
      this.onRequest?.(request);
      if (this.failing?.test(`${request.url} ${request.body ?? ''}`)) throw new HttpFault('ECONNRESET', true);
      const answer = await this.#http(request);
      return this.onAnswer?.(request, answer) ?? answer;
    };
    const { provider, apiKey, baseUrl } = this.vendor;
    const connection = provider.connect(
      { apiKey, baseUrl, quotaShare: 1 },
      { http, clock, random: () => 0.5, log: silent },
    );
    this.interestedScanMs = connection.feeds.interestedScanMs;
    const backfill = this.backfill === undefined ? {} : { backfill: this.backfill };
    const polled = { id: 'bench', campaigns: this.campaigns, connection, everyMs: MINUTE, ...backfill };
    const ports = { store: this.#store(), compose: composeBare, clock, log: silent };
    return this.#engine.createPoller(polled, ports, this.#limits);
  }
}
