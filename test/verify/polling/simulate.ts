import { shownIntent } from '../../../sandbox/coldsend-shapes.ts';
import { createSwitches, type Switches } from '../../../sandbox/switches.ts';
import { createWorld, type World } from '../../../sandbox/world.ts';
import type { WorldThread } from '../../../sandbox/world-model.ts';
import { POLL_LIMITS, type PollLimits } from '../../../shared/polling/feed/limits.ts';
import type * as PollerModule from '../../../shared/polling/poller.ts';
import { WholeShard } from '../../../shared/polling/state/shard.ts';
import type { Http, Log, Random } from '../../../shared/ports.ts';
import { memoryStore } from '../../../shared/store/memory.ts';
import type { Store } from '../../../shared/store/store.ts';
import { vendorNamed } from '../../vendors/index.ts';
import type { TestVendor } from '../../vendors/test-vendor.ts';
import { Adversity } from './adversity.ts';
import { drawWorld, type WorldOptions } from './draw.ts';
import { History } from './history.ts';
import { CALM, Crash, hostileHttp, hostileStore } from './hostile-ports.ts';
import { type Facts, judge, type Verdict } from './oracle.ts';
import type { Patience } from './patience.ts';
import { isRough, type Rough } from './roughness.ts';
import type { Plight } from './troubles.ts';
import { VirtualTime } from './virtual-time.ts';
import { composeBare, Witness } from './witness.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START = Date.UTC(2026, 0, 5, 8);
const EVERY_MS = 5 * MINUTE_MS;
const HEAL_MS = 9 * HOUR_MS;
const CONNECTION = 'sim';
/** Pages and budgets so small that each of their limits is met. */
const SMALL_LIMITS: PollLimits = { ...POLL_LIMITS, pageRows: 20, callsPerPoll: 40 };

export interface SimulationOptions extends WorldOptions {
  readonly createPoller: typeof PollerModule.createPoller;
  /** A memory store unless given. */
  readonly store?: Store;
}

export interface SimulationResult extends Verdict {
  readonly seed: number;
  readonly vendor: string;
  readonly troubles: readonly string[];
  readonly polls: number;
  readonly crashes: number;
  readonly calls: number;
}

const silent: Log = { info: () => {}, warn: () => {} };

/** As a function polls: checkpoints and clocks are read before a round, the clocks written after it. */
const inRounds = (poller: PollerModule.Poller, shard: WholeShard): PollerModule.Poller => ({
  async poll() {
    await shard.refresh();
    const poll = await poller.poll();
    await shard.scanClocks.save();
    return poll;
  },
  lags: () => poller.lags(),
});

const dateOffOf = ({ dateSkewMs = 0 }: Partial<Switches>) => Math.abs(dateSkewMs);

/** One connection of one vendor over some virtual days, then a calm while in which everything must come right. */
class Simulation {
  readonly #options: SimulationOptions;
  readonly #vendor: TestVendor;
  readonly #random: Random;
  readonly #time = new VirtualTime(START);
  readonly #world: World;
  readonly #rough: Rough;
  readonly #inRounds: boolean;
  readonly #troubles: readonly string[];
  readonly #plight: Plight;
  readonly #switches: Switches;
  readonly #http: Http;
  readonly #history: History;
  readonly #store: Store;
  readonly #stormEnd: number;
  readonly #archived = new Map<string, number>();
  readonly #witness: Witness;
  readonly #adversity: Adversity;
  readonly #counters = { polls: 0, crashes: 0, calls: 0 };
  readonly #failures: unknown[] = [];
  readonly #busy = new Set<PollerModule.Poller>();
  #hostility;
  #poller: PollerModule.Poller;

  constructor(options: SimulationOptions) {
    const { seed, days, store = memoryStore() } = options;
    this.#options = options;
    this.#stormEnd = START + days * 24 * HOUR_MS;
    const { vendor, activity, rough, inRounds, random, troubles, plight } = drawWorld(options);
    this.#vendor = vendorNamed(vendor);
    this.#random = random;
    this.#inRounds = inRounds;
    this.#world = createWorld({ seed, now: () => this.#time.now(), activity });
    this.#rough = rough;
    this.#hostility = this.#rough.hostility;
    this.#troubles = troubles;
    this.#plight = plight;
    this.#switches = createSwitches({ ...this.#rough.switches, ...plight.switches });
    const parts = { world: this.#world, switches: this.#switches, random: this.#random, clock: this.#time };
    // Without a time, what its newest message says is all that moves a row.
    const numbered = plight.switches.messageIds === false || plight.untimedShare > 0 || plight.rowsStandStill;
    this.#history = new History(this.#world, this.#vendor, seed * 31 + 5, { ...plight, numbered });
    const scene = { world: this.#world, vendor: this.#vendor, history: this.#history, random: this.#random };
    this.#adversity = new Adversity(scene, this.#rough, plight, { from: START, to: this.#stormEnd });
    if (this.#rough.drift) this.#drift();
    this.#witness = new Witness(this.#time, this.#vendor, this.#world, CONNECTION);
    this.#store = this.#witness.watched(store);
    this.#http = this.#witness.heard(this.#vendor.http(parts), this.#switches.coldsendSpellings);
    this.#poller = this.#newPoller(START);
  }

  async run(): Promise<SimulationResult> {
    const end = this.#stormEnd + HEAL_MS;
    for (let at = START; at < end; at += EVERY_MS) {
      await this.#time.runUntil(at);
      if (at >= this.#stormEnd && this.#hostility !== CALM) this.#calm();
      Object.assign(this.#switches, this.#adversity.switchesAt(at));
      this.#live(at);
      this.#poll(at);
    }
    await this.#time.runUntil(end + HOUR_MS);
    if (this.#failures.length > 0) throw this.#failures[0];
    const verdict = judge(await this.#facts(end));
    const { seed } = this.#options;
    return { ...verdict, ...this.#counters, seed, vendor: this.#vendor.provider.id, troubles: this.#troubles };
  }

  /** Rows come and go while pages are read. */
  #drift(): void {
    this.#switches.onListPage = () => {
      if (this.#random() < 0.02 && this.#time.now() < this.#stormEnd) this.#history.step();
    };
  }

  /** The storm is over; what the vendor is like for ever stays. */
  #calm(): void {
    this.#hostility = CALM;
    for (const id of this.#archived.keys()) this.#world.restore(id);
    this.#poller = this.#newPoller(this.#stormEnd);
  }

  #live(at: number): void {
    const during = at < this.#stormEnd && at > START;
    const steps = during ? (this.#history.traits.eventsPerHour / 12) * 2 * this.#random() : 0;
    for (let step = 0; step < steps - this.#random(); step += 1) this.#history.step();
    for (const thread of this.#world.threads.values()) {
      if (thread.archivedAt && !this.#archived.has(thread.id)) this.#archived.set(thread.id, thread.archivedAt);
    }
  }

  #poll(at: number): void {
    const { widenedAt } = this.#plight;
    const isWidened = widenedAt !== undefined && at >= START + widenedAt && at < START + widenedAt + EVERY_MS;
    // Nobody asks a poller before it has answered; another process may.
    if (isWidened || this.#busy.has(this.#poller)) this.#poller = this.#newPoller(at);
    this.#pollOnce().catch((error) => this.#failures.push(error));
    if (at >= this.#stormEnd || this.#random() >= this.#rough.overlapRate) return;
    const first = this.#poller;
    this.#poller = this.#newPoller(at);
    this.#pollOnce().catch((error) => this.#failures.push(error));
    if (this.#random() < 0.5) this.#poller = first;
  }

  async #pollOnce(): Promise<void> {
    const mine = this.#poller;
    this.#busy.add(mine);
    try {
      this.#counters.polls += 1;
      const from = this.#time.now();
      const poll = await mine.poll();
      this.#counters.calls += poll.calls;
      if (poll.conflicts === 0) this.#witness.noteGood(mine.lags(), { from, to: this.#time.now() });
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.#counters.crashes += 1;
      if (this.#poller === mine) this.#poller = this.#newPoller(this.#time.now());
    } finally {
      this.#busy.delete(mine);
    }
  }

  /** What the config names: some of the campaigns at first, where it is widened later. */
  #campaigns(at: number): readonly string[] {
    const { widenedAt } = this.#plight;
    return widenedAt === undefined || at >= START + widenedAt ? ['*'] : this.#firstCampaigns();
  }

  #firstCampaigns(): readonly string[] {
    return this.#history.campaigns.slice(0, this.#vendor.provider.oneFeed ? 2 : 1);
  }

  /** How far our own clock is from the truth. */
  #aheadMs(): number {
    return this.#rough.hostility.crashRate * 2e8 + this.#plight.machineSkewMs;
  }

  #newPoller(at: number): PollerModule.Poller {
    const time = this.#time;
    const random = this.#random;
    const hostile = {
      hostility: this.#hostility,
      random,
      process: { dead: false },
      sleep: (ms: number) => time.sleep(ms),
    };
    const aheadMs = this.#aheadMs();
    const clock = { now: () => Math.floor(time.now() + aheadMs), sleep: (ms: number) => time.sleep(ms) };
    const { provider, apiKey, baseUrl } = this.#vendor;
    const vendorPorts = { http: hostileHttp(this.#http, hostile), clock, random, log: silent };
    const options = { apiKey, baseUrl, quotaShare: 1 };
    const { backfillMs, oldThreads } = this.#plight;
    const polled = {
      id: CONNECTION,
      campaigns: this.#campaigns(at),
      connection: provider.connect(options, vendorPorts),
      everyMs: EVERY_MS,
      ...(backfillMs === undefined ? {} : { backfill: backfillMs }),
    };
    const limits = oldThreads > 0 ? POLL_LIMITS : SMALL_LIMITS;
    const ports = { store: hostileStore(this.#store, hostile), compose: composeBare, clock, log: silent };
    if (!this.#inRounds) return this.#options.createPoller(polled, ports, limits);
    const shard = new WholeShard(ports.store, 0);
    return inRounds(this.#options.createPoller(polled, ports, limits, shard), shard);
  }

  async #facts(end: number): Promise<Facts> {
    const { switches, widenedAt, backfillMs, failingCampaigns } = this.#plight;
    const isClockRight = (switches.dateHeader ?? true) && dateOffOf(switches) === 0;
    const closed = this.#adversity.closedThread;
    const failing = failingCampaigns.map(
      ({ index, from }) => [this.#history.campaigns[index] ?? '', START + from] as const,
    );
    return {
      ...this.#patience(end),
      vendor: this.#vendor,
      on: isClockRight ? await this.#storedOn() : (this.#witness.switchedOn ?? 0),
      feedOn: this.#witness.feedOn,
      recorded: this.#witness.told(switches.messageIds ?? true),
      archived: this.#archived,
      mustMs: 2.5 * HOUR_MS,
      goodPolls: this.#witness.goodPolls,
      badRows: this.#hasBadRows(),
      named: switches.messageIds ?? true,
      blurMs: 30 * MINUTE_MS,
      unsureMs: this.#unsureMs(),
      failingFrom: new Map(failing),
      closed: new Set(closed ? this.#threadsOf(closed) : []),
      ...(this.#plight.rowsStandStill && { rowsKnown: this.#witness.rowsKnown }),
      ...(widenedAt !== undefined && { widened: { at: START + widenedAt, named: new Set(this.#firstCampaigns()) } }),
      ...(backfillMs !== undefined && { backfillMs }),
      ...(this.#switches.coldsendSpellings.length > 0 && {
        spellingMetAt: ({ id }) =>
          this.#witness.saidAt(shownIntent({ id, intent: 'interested' }, this.#switches) ?? '', end),
      }),
    };
  }

  /** A lead's conversations fail together. */
  #threadsOf({ leadEmail }: WorldThread): readonly string[] {
    const threads = [...this.#world.threads.values()].filter((thread) => thread.leadEmail === leadEmail);
    return threads.map(({ id }) => id);
  }

  /** Rows that cannot be read at some requests: of some vendors also those without a time. */
  #hasBadRows(): boolean {
    const { badRowRate = 0, untimedRowRate = 0 } = this.#rough.switches;
    const isUntimedBad = untimedRowRate > 0 && this.#vendor.withoutTime === undefined;
    return badRowRate > 0 || isUntimedBad;
  }

  /** Where no clock of the vendor's agrees with the times of messages. */
  #unsureMs(): number {
    const { isoTimes, isoZoneMinutes = 0 } = this.#plight.switches;
    return isoTimes === 'zoneless' ? Math.abs(isoZoneMinutes) * MINUTE_MS : 0;
  }

  #patience(end: number): Patience {
    const { switches, stretches } = this.#plight;
    const machineSkewMs = switches.dateHeader === false ? Math.abs(this.#aheadMs()) : 0;
    return {
      world: this.#world,
      everyMs: EVERY_MS,
      lateMs: POLL_LIMITS.lateMs,
      silences: this.#adversity.silences(),
      isRough: isRough(this.#rough),
      rowsStandStill: this.#plight.rowsStandStill,
      hasGroup: this.#plight.standingThreads > 0,
      isUnordered: this.#rough.switches.listOrder !== 'newest' || (switches.swappedRate ?? 0) > 0,
      clocks: { vendorAheadMs: (at) => this.#adversity.dateAheadMs(at), oursAheadMs: this.#aheadMs() },
      dateOffMs: Math.max(machineSkewMs, ...[switches, ...stretches.map((each) => each.switches)].map(dateOffOf)),
      end,
    };
  }

  /** When the connection was switched on, as it was stored. */
  async #storedOn(): Promise<number> {
    const record = await this.#store.get({ partition: 'CONNECTIONS', key: CONNECTION });
    return Number((record?.value as { on?: number } | undefined)?.on ?? 0);
  }
}

export const simulate = (options: SimulationOptions): Promise<SimulationResult> => new Simulation(options).run();
