import { seededRandom } from '../../../sandbox/seeded.ts';
import { createSwitches } from '../../../sandbox/switches.ts';
import { createWorld } from '../../../sandbox/world.ts';
import type { Compose } from '../../../shared/events/happening.ts';
import type { StoredEvent } from '../../../shared/outbox/record.ts';
import { POLL_LIMITS } from '../../../shared/polling/feed/limits.ts';
import type * as PollerModule from '../../../shared/polling/poller.ts';
import { WholeShard } from '../../../shared/polling/state/shard.ts';
import type { Log, Random } from '../../../shared/ports.ts';
import { memoryStore } from '../../../shared/store/memory.ts';
import type { Store } from '../../../shared/store/store.ts';
import { vendorNamed } from '../../vendors/index.ts';
import type { NamedThread, TestVendor } from '../../vendors/test-vendor.ts';
import { History } from './history.ts';
import { CALM, Crash, type Hostility, hostileHttp, hostileStore } from './hostile-ports.ts';
import { judge, type Recorded, type Span, type Verdict } from './oracle.ts';
import { VirtualTime } from './virtual-time.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START = Date.UTC(2026, 0, 5, 8);
const EVERY_MS = 5 * MINUTE_MS;
const HEAL_MS = 9 * HOUR_MS;
const CONNECTION = 'sim';

/** A seed draws one of these unless it is given another. */
export const DRAWN_VENDORS: readonly string[] = ['coldsend', 'cohesive'];

export interface SimulationOptions {
  readonly seed: number;
  readonly days: number;
  readonly createPoller: typeof PollerModule.createPoller;
  /** By the seed unless given. */
  readonly vendor?: string;
  /** A memory store unless given. */
  readonly store?: Store;
}

export interface SimulationResult extends Verdict {
  readonly seed: number;
  readonly vendor: string;
  readonly polls: number;
  readonly crashes: number;
  readonly calls: number;
}

const silent: Log = { info: () => {}, warn: () => {} };

/** The event without its texts: what the oracle compares. */
const composeBare: Compose = async (happening, recordedAt) =>
  ({
    type: happening.type,
    timestamp: new Date(recordedAt).toISOString(),
    data: {
      lead: happening.thread.lead.email,
      campaign: happening.thread.campaign?.id ?? '',
      thread: happening.thread.id,
      message: happening.message.id,
    },
  }) as never;

interface Rough {
  readonly hostility: Hostility;
  readonly overlapRate: number;
  readonly refusedRate: number;
  readonly switches: Record<string, unknown>;
  readonly drift: boolean;
}

function drawRoughness(random: Random): Rough {
  const some = (rate: number, chance = 0.4) => (random() < chance ? rate * random() : 0);
  const orderDice = random();
  return {
    hostility: {
      crashRate: some(0.01, 0.6),
      lostAnswerRate: some(0.05),
      freezeRate: some(0.004, 0.3),
      freezeMs: 12 * MINUTE_MS,
    },
    overlapRate: some(0.5),
    refusedRate: some(0.01, 0.25),
    drift: random() < 0.3,
    switches: {
      errorRate: some(0.1),
      resetBeforeRate: some(0.05),
      htmlRate: some(0.03),
      truncatedRate: some(0.03),
      throttledRate: some(0.03),
      throttledSignal: random() < 0.5 ? 'retry-after' : 'none',
      throttledSeconds: 30,
      shuffleTies: random() < 0.5,
      latencyMs: random() < 0.3 ? 200 : 0,
      listOrder: orderDice < 0.06 ? 'oldest' : orderDice < 0.12 ? 'by-id' : 'newest',
      cohesivePageSize: random() < 0.5 ? 20 : 12,
      cohesiveWrapped: random() < 0.2 ? 'data' : '',
      cohesiveSeconds: random() < 0.2,
      coldsendRateLimits: random() < 0.3,
      badRowRate: some(0.01, 0.2),
      untimedRowRate: some(0.02, 0.2),
      coldsendPageRows: random() < 0.2 ? 7 : 100,
      coldsendSaysLimit: random() < 0.7,
    },
  };
}

/** As a function polls: checkpoints and clocks are read before a round, the clocks written after it. */
const roundsOf = (poller: PollerModule.Poller, shard: WholeShard) => ({
  async poll() {
    await shard.refresh();
    const poll = await poller.poll();
    await shard.scanClocks.save();
    return poll;
  },
});

/** One connection of one vendor over some virtual days, then a calm while in which everything must come right. */
export async function simulate({
  seed,
  days,
  createPoller,
  vendor: name = DRAWN_VENDORS[seed % 2] ?? '',
  store = memoryStore(),
}: SimulationOptions): Promise<SimulationResult> {
  const random = seededRandom(seed * 7_919 + 17);
  const vendor = vendorNamed(name);
  const inRounds = seed % 4 >= 2;
  const time = new VirtualTime(START);
  const world = createWorld({ seed, now: () => time.now(), activity: random() < 0.3 ? 'inbound' : 'any' });
  const rough = drawRoughness(random);
  const switches = createSwitches(rough.switches);
  const http = vendor.http({ world, switches, random, clock: time });
  const history = new History(world, vendor, seed * 31 + 5);
  const archived = new Map<string, number>();
  const feedOn = new Map<string, number>();
  const counters = { polls: 0, crashes: 0, calls: 0 };
  const goodPolls: Span[] = [];
  let hostility = rough.hostility;
  if (rough.drift) {
    switches.onListPage = () => {
      if (random() < 0.02 && time.now() < START + days * 24 * HOUR_MS) history.step();
    };
  }

  const events = new Set<string>();
  const watched: Store = {
    ...store,
    get: (address) => time.during(store.get(address)),
    list: (partition, prefix) => time.during(store.list(partition, prefix)),
    put: async (document, expected) => {
      if (document.partition.startsWith('EVENT#')) events.add(document.partition);
      const written = await time.during(store.put(document, expected));
      if (written && document.partition.startsWith('SHARD#') && expected === 0) {
        feedOn.set(document.key.slice(CONNECTION.length + 1), time.now());
      }
      return written;
    },
  };

  const newPoller = () => {
    const hostile = { hostility, random, process: { dead: false }, sleep: (ms: number) => time.sleep(ms) };
    const clock = {
      now: () => Math.floor(time.now() + rough.hostility.crashRate * 2e8),
      sleep: (ms: number) => time.sleep(ms),
    };
    const { provider, apiKey, baseUrl } = vendor;
    const vendorPorts = { http: hostileHttp(http, hostile), clock, random, log: silent };
    const options = { apiKey, baseUrl, quotaShare: 1 };
    const polled = {
      id: CONNECTION,
      campaigns: ['*'],
      connection: provider.connect(options, vendorPorts),
      everyMs: EVERY_MS,
    };
    const limits = { ...POLL_LIMITS, pageRows: 20, callsPerPoll: 40 };
    const ports = { store: hostileStore(watched, hostile), compose: composeBare, clock, log: silent };
    if (!inRounds) return createPoller(polled, ports, limits);
    const shard = new WholeShard(ports.store, 0);
    return roundsOf(createPoller(polled, ports, limits, shard), shard);
  };

  let poller = newPoller();
  const pollOnce = async () => {
    const mine = poller;
    try {
      counters.polls += 1;
      const from = time.now();
      const poll = await mine.poll();
      counters.calls += poll.calls;
      const good = !poll.failure && poll.conflicts === 0 && poll.feeds > 0 && poll.polled === poll.feeds;
      if (good) goodPolls.push({ from, to: time.now() });
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      counters.crashes += 1;
      if (poller === mine) poller = newPoller();
    }
  };

  const stormEnd = START + days * 24 * HOUR_MS;
  let refusedUntil = 0;
  /** For an hour or so the key is revoked, or has lost its scopes. */
  const changeKeys = (at: number) => {
    if (at >= refusedUntil) Object.assign(switches, vendor.keys.right);
    if (at < stormEnd && at > START + HOUR_MS && random() < rough.refusedRate) {
      refusedUntil = at + random() * 90 * MINUTE_MS;
      Object.assign(switches, random() < 0.5 ? vendor.keys.weak : vendor.keys.unknown);
    }
  };

  const failures: unknown[] = [];
  const watchArchive = () => {
    for (const thread of world.threads.values()) {
      if (thread.archivedAt && !archived.has(thread.id)) archived.set(thread.id, thread.archivedAt);
    }
  };
  const end = stormEnd + HEAL_MS;
  for (let at = START; at < end; at += EVERY_MS) {
    await time.runUntil(at);
    if (at >= stormEnd && hostility !== CALM) {
      hostility = CALM;
      Object.assign(
        switches,
        createSwitches({
          ...rough.switches,
          errorRate: 0,
          resetBeforeRate: 0,
          htmlRate: 0,
          truncatedRate: 0,
          throttledRate: 0,
          badRowRate: 0,
          untimedRowRate: 0,
        }),
      );
      for (const id of archived.keys()) world.restore(id);
      poller = newPoller();
    }
    changeKeys(at);
    const during = at < stormEnd && at > START;
    const steps = during ? (history.traits.eventsPerHour / 12) * 2 * random() : 0;
    for (let step = 0; step < steps - random(); step += 1) history.step();
    watchArchive();
    pollOnce().catch((error) => failures.push(error));
    if (at < stormEnd && random() < rough.overlapRate) {
      const first = poller;
      poller = newPoller();
      pollOnce().catch((error) => failures.push(error));
      if (random() < 0.5) poller = first;
    }
  }
  await time.runUntil(end + HOUR_MS);
  if (failures.length > 0) throw failures[0];

  const record = await store.get({ partition: 'CONNECTIONS', key: CONNECTION });
  const on = Number((record?.value as { on?: number } | undefined)?.on ?? 0);
  const recorded = await recordedOf(store, events, world, vendor);
  const mustMs = 2.5 * HOUR_MS;
  const verdict = judge({
    world,
    vendor,
    on,
    feedOn,
    recorded,
    archived,
    mustMs,
    goodPolls,
    badRows: Number(rough.switches.badRowRate) > 0,
    blurMs: 30 * MINUTE_MS,
    end,
    lateMs: POLL_LIMITS.lateMs,
  });
  return { ...verdict, ...counters, seed, vendor: name };
}

async function recordedOf(
  store: Store,
  events: ReadonlySet<string>,
  world: ReturnType<typeof createWorld>,
  vendor: TestVendor,
): Promise<Recorded[]> {
  const recorded: Recorded[] = [];
  for (const partition of events) {
    const document = await store.get({ partition, key: 'event' });
    if (!document) continue;
    const stored = document.value as unknown as StoredEvent;
    if (stored.kind !== 'event' || !stored.type.startsWith('reply.') || stored.type === 'reply.unreadable') continue;
    const { data } = stored.body as unknown as { data: NamedThread & { readonly message: string } };
    const thread = vendor.threadNamed(world, data)?.id ?? data.thread;
    recorded.push({ type: stored.type, thread, message: data.message });
  }
  return recorded;
}
