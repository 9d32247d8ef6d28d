import { createSandbox, SANDBOX_URLS } from '../../../sandbox/sandbox.ts';
import { seededRandom } from '../../../sandbox/seeded.ts';
import { createSwitches, DEMO_KEYS, FOOTERS, type Vendor } from '../../../sandbox/switches.ts';
import { createWorld, type World } from '../../../sandbox/world.ts';
import type { WorldThread } from '../../../sandbox/world-model.ts';
import type { Http, Log } from '../../../shared/ports.ts';
import { providerNamed } from '../../../shared/providers/index.ts';
import { PER_CONVERSATION_PER_DAY, PER_DAY } from '../../../shared/sending/limits.ts';
import type { SendRequest } from '../../../shared/sending/mail.ts';
import type { SendingPorts } from '../../../shared/sending/ports.ts';
import { sendId } from '../../../shared/sending/send.ts';
import { isSendAddress } from '../../../shared/store/keys.ts';
import { memoryStore } from '../../../shared/store/memory.ts';
import { Crash } from '../polling/hostile-ports.ts';
import { VirtualTime } from '../polling/virtual-time.ts';
import type { SendVerdict } from './cases.ts';
import {
  CALM,
  type HostileProcess,
  type HostileWorld,
  hostileHttp,
  hostileStore,
  type Roughness,
  StoreDown,
} from './hostile.ts';
import { Judge } from './judge.ts';
import { People } from './people.ts';
import type { Protocol } from './protocol.ts';
import { FAMILIES, strangeMail } from './resembling.ts';

/** Mails of one seed. */
export const SENDS_PER_SEED = 500;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START = Date.UTC(2026, 0, 5, 8);
const SWEEP_MS = 90_000;
const STORM_MS = 30 * HOUR_MS;
/** The longest freeze, and the time in which everything must then have come right. */
const HEAL_MS = 110 * HOUR_MS;
export const CONNECTION = 'sim';
/** When sending is switched off for a while: among new mails, and when people decide about old ones. */
const OFF = [
  { from: START + 20 * HOUR_MS, until: START + 21 * HOUR_MS },
  { from: START + 44 * HOUR_MS, until: START + 48 * HOUR_MS },
] as const;
const MAILS_A_THREAD = 4;
/** Of the vendors one in so many gives messages another id at each reading. */
const IDS_STAY_NOT_EACH = 3;
/** What vendors answer where they fail, before or after they carried a mail out. */
const ERRORS = [500, 500, 502, 409, 499] as const;
/** Leads of the first conversations write often. */
const LIVELY = 6;

export interface SendSimulation extends SendVerdict {
  readonly seed: number;
  readonly vendor: Vendor;
}

/** The mix of faults per mail and per call of a port. */
const STORM: Roughness = {
  crashRate: 0.02,
  freezeRate: 0.005,
  longFreezeShare: 0.2,
  storeFailRate: 0.02,
  storeLostRate: 0.03,
  unreadableRate: 0.1,
  nothingLeftRate: 0.05,
  refusedRate: 0.03,
  refusedReadRate: 0.003,
};
const WRITE_FAULTS = {
  faultScope: 'writes',
  errorRate: 0.03,
  throttledRate: 0.01,
  throttledSignal: 'retry-after',
  throttledSeconds: 40,
  errorAfterRate: 0.02,
  resetAfterRate: 0.02,
  htmlRate: 0.01,
  truncatedRate: 0.01,
} as const;

const silent: Log = { info: () => {}, warn: () => {} };

function makeThreads(world: World, vendor: Vendor, count: number): readonly WorldThread[] {
  const campaign = world.addCampaign({ vendor });
  return Array.from({ length: count }, (_, index) => {
    const leadEmail = `lead${index}@acme.example`;
    const thread = world.addThread({ campaignId: campaign.id, leadEmail, leadName: `Lead ${index}`, vendor });
    const first = { direction: 'outbound', sentAt: START - 3 * HOUR_MS, text: 'Hello, do you have a minute?' } as const;
    world.addMessage(thread.id, first);
    world.addMessage(thread.id, { direction: 'inbound', sentAt: START - 2 * HOUR_MS, text: 'Tell me more.' });
    return thread;
  });
}

/** Everything of one seed. */
class Simulation {
  readonly #random;
  readonly #vendor: Vendor;
  readonly #time = new VirtualTime(START);
  readonly #world: World;
  readonly #switches;
  readonly #sandbox;
  readonly #store = memoryStore();
  readonly #hostile: HostileWorld;
  readonly #judge: Judge;
  readonly #threads: readonly WorldThread[];
  readonly #protocol: Protocol;
  readonly #people: People;
  readonly #unexpected: unknown[] = [];
  #owners = 0;

  constructor(seed: number, sends: number, protocol: Protocol) {
    const random = seededRandom(seed * 6_271 + 11);
    const now = () => this.#time.now();
    this.#random = random;
    this.#protocol = protocol;
    this.#vendor = seed % 2 === 0 ? 'coldsend' : 'cohesive';
    this.#world = createWorld({ seed, now });
    this.#switches = createSwitches({
      ...WRITE_FAULTS,
      forwardsShow: random() < 0.5,
      footer: FOOTERS[seed % FOOTERS.length] ?? 'none',
      trackLinks: random() < 0.3,
      idsStay: seed % IDS_STAY_NOT_EACH !== 0,
      errorStatus: ERRORS[seed % ERRORS.length] ?? 500,
    });
    this.#sandbox = createSandbox({ world: this.#world, switches: this.#switches, random, clock: this.#time });
    this.#hostile = { random, now, sleep: (ms) => this.#time.sleep(ms), roughness: STORM };
    this.#judge = new Judge({ world: this.#world, now, offSince: () => this.#off()?.from });
    this.#threads = makeThreads(this.#world, this.#vendor, Math.max(4, Math.ceil(sends / MAILS_A_THREAD)));
    this.#people = new People({
      protocol,
      random,
      time: this.#time,
      vendor: this.#vendor,
      trackLinks: this.#switches.trackLinks,
      threads: this.#threads,
      judge: this.#judge,
      calm: { store: this.#judge.watched(this.#store), clock: { now: () => Math.floor(now()) } },
      survive: (work) => this.#survive(work),
      process: () => this.#process(),
      run: (id) => this.#run(id),
    });
  }

  #off() {
    return OFF.find(({ from, until }) => this.#time.now() >= from && this.#time.now() < until);
  }

  /** A process that lives until it crashes: each has its own ports on the one world. */
  #process(): SendingPorts {
    const self: HostileProcess = { dead: false };
    const watched: Http = async (request) => {
      if (request.method === 'GET') return await this.#sandbox.http(request);
      const late = this.#random() < 0.02;
      const soon = this.#random() < 0.5 ? 0 : 40_000 * this.#random();
      this.#switches.sentDelayMs = late ? (1 + 47 * this.#random()) * HOUR_MS : soon;
      return await this.#sandbox.http(request);
    };
    const clock = { now: () => Math.floor(this.#time.now()), sleep: (ms: number) => this.#time.sleep(ms) };
    const ports = { http: hostileHttp(watched, this.#hostile, self), clock, random: this.#random, log: silent };
    const options = { apiKey: DEMO_KEYS[this.#vendor], baseUrl: SANDBOX_URLS[this.#vendor], quotaShare: 1 };
    const connection = providerNamed(this.#vendor)?.connect(options, ports);
    if (!connection) throw new Error(this.#vendor);
    const { forwards } = connection;
    const isOff = () => this.#off() !== undefined;
    const limits = {
      get off() {
        return isOff();
      },
      perDay: PER_DAY * 100,
      perConversationPerDay: PER_CONVERSATION_PER_DAY,
    };
    return {
      store: hostileStore(this.#judge.watched(this.#store), this.#hostile, self),
      clock,
      random: this.#random,
      log: silent,
      connections: [{ id: CONNECTION, connection, limits, ...(forwards ? { forwards } : {}) }],
      newOwner: () => {
        this.#owners += 1;
        return `owner-${this.#owners}`;
      },
      fetchFile: async () => ({ contentBase64: '' }),
    };
  }

  async #survive(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Crash) && !(error instanceof StoreDown)) this.#unexpected.push(error);
    }
  }

  async #run(id: string): Promise<void> {
    await this.#survive(
      async () => await this.#judge.about(id, async () => await this.#protocol.runSend(this.#process(), id)),
    );
  }

  /** Colleagues who write in the vendor's own window, the vendor's own sequence, and leads who write again. */
  #othersWrite(): void {
    const sentAt = this.#time.now();
    const asking = this.#threads[Math.floor(this.#random() * LIVELY)];
    if (this.#random() < 0.1 && asking)
      return void this.#world.addMessage(asking.id, { direction: 'inbound', sentAt, text: `Well, at ${sentAt}?` });
    const index = Math.floor(this.#random() * this.#threads.length);
    const thread = this.#threads[index];
    const family = FAMILIES[index % FAMILIES.length];
    if (!thread || !family) return;
    if (this.#random() < 0.3)
      return void this.#world.addMessage(thread.id, { direction: 'inbound', sentAt, text: `And then, at ${sentAt}?` });
    // The very same words, but only where no mail of ours may be meant.
    const [same] = family;
    const fields =
      this.#random() < 0.1 && same && !this.#judge.isOpen(thread.id)
        ? { text: same.text }
        : strangeMail(family, this.#random, sentAt);
    this.#world.addMessage(thread.id, { direction: 'outbound', sentAt, ...fields });
  }

  /** A colleague's mail of the very words of one of ours that may be on its way, sent before all of ours there and shown only now. */
  #showOlder(): void {
    const open = this.#judge.openSends();
    const ours = open[Math.floor(this.#random() * open.length)];
    if (!ours) return;
    const { thread, text, since } = ours;
    const sentAt = since - (6 + 600 * this.#random()) * MINUTE_MS;
    this.#world.addMessage(thread, { direction: 'outbound', text, sentAt });
  }

  async #sweep(): Promise<void> {
    const due = (await this.#store.due(Math.floor(this.#time.now()), 10_000)).filter(isSendAddress);
    for (const { partition } of due) {
      const id = partition.slice('SEND#'.length);
      void this.#run(id);
      // A schedule may fire twice.
      if (this.#random() < 0.1) void this.#run(id);
    }
  }

  async run(seed: number, sends: number): Promise<SendSimulation> {
    const end = START + STORM_MS + HEAL_MS;
    for (let number = 0; number < sends; number += 1)
      this.#people.want(number, START + this.#random() * STORM_MS * 0.8);
    for (let at = START; at < end; at += SWEEP_MS) {
      await this.#time.runUntil(at);
      if (at >= START + STORM_MS && this.#hostile.roughness !== CALM) {
        this.#hostile.roughness = CALM;
        const { forwardsShow, footer, trackLinks, idsStay } = this.#switches;
        Object.assign(this.#switches, createSwitches({ forwardsShow, footer, trackLinks, idsStay }));
      }
      if (at < START + STORM_MS && this.#random() < 0.25) this.#othersWrite();
      if (at < START + STORM_MS && this.#random() < 0.02) this.#showOlder();
      await this.#sweep();
      this.#people.decide();
    }
    await this.#time.runUntil(end + HOUR_MS);
    if (this.#unexpected.length > 0) throw this.#unexpected[0];
    return { ...(await this.#judge.verdict(this.#store)), seed, vendor: this.#vendor };
  }
}

/** Mails that resemble each other, over a day and more of storm, then a calm in which each must come to an end. */
export async function simulateSends(seed: number, sends: number, protocol: Protocol): Promise<SendSimulation> {
  return await new Simulation(seed, sends, protocol).run(seed, sends);
}

export const idOf = (request: SendRequest): string => sendId(request.key ?? '');
