import { FRESH_MS } from '../../../lambdas/services/secrets.ts';
import type { Random } from '../../../shared/ports.ts';
import { ASSUMED } from './assumptions.ts';
import { CPU_SHARE, idleWork, type Profile, parametersOf, roundWorld } from './idle-cost.ts';
import { type FeedWork, roundMs } from './round-model.ts';
import { arrive, type Placed, placeFeeds, type SimClock, type SimFeed, tellable } from './scale-world.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5, 8);
/** Source: AWS, SendMessageBatch takes ten. */
const BATCH = 10;
/** Names a GetParameters call takes, and what it takes to answer. */
const KEYS_A_CALL = 10;
const KEYS_CALL_MS = 20;
/** The run of `tick`: start, config, orders. */
const TICK_CPU_MS = 30;

export interface ScaleOptions {
  readonly feeds: number;
  readonly minutes: number;
  readonly campaigns: Profile;
  readonly workspaces: Profile;
  readonly random: Random;
}

export interface ScaleResult {
  readonly feeds: number;
  readonly shards: number;
  readonly connections: number;
  readonly minutes: number;
  /** From the moment a reply could be seen at the vendor until its event was recorded. */
  readonly lagsMs: readonly number[];
  readonly waiting: number;
  readonly roundsMs: readonly number[];
  /** From the minute to the end of the last of its rounds. */
  readonly minutesMs: readonly number[];
  readonly containers: number;
  /** Per minute. */
  readonly calls: number;
  readonly recorded: number;
  readonly decryptions: number;
  readonly parameterCalls: number;
  readonly listings: number;
  readonly pollSeconds: number;
  readonly tickSeconds: number;
}

/** A run of `poll` goes on in a container that may never have met the shard before. */
interface Container {
  freeAt: number;
  /** When it last asked for the keys of a shard. */
  readonly keysAt: Map<number, number>;
}

interface Tally {
  readonly lagsMs: number[];
  readonly roundsMs: number[];
  readonly minutesMs: number[];
  calls: number;
  recorded: number;
  parameterCalls: number;
  listings: number;
  pollMs: number;
  tickMs: number;
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((left, right) => left.at - right.at)
    .map(({ item }) => item);
}

/** The readers of the queue: five at first, one more with each step while there is work. */
function nextContainer(
  containers: Container[],
  orderedAt: number,
  minute: number,
): { container: Container; at: number } {
  const growsAt = (index: number) =>
    minute + (Math.max(0, index - ASSUMED.readersFirst + 1) * MINUTE) / ASSUMED.readersMoreAMinute;
  const known = containers.map((container, index) => ({
    container,
    at: Math.max(orderedAt, container.freeAt, growsAt(index)),
  }));
  const fresh = { container: { freeAt: 0, keysAt: new Map() }, at: Math.max(orderedAt, growsAt(containers.length)) };
  const first = [...known, fresh].reduce((best, each) => (each.at < best.at ? each : best));
  if (first === fresh) containers.push(fresh.container);
  return first;
}

class Simulation {
  readonly #options: ScaleOptions;
  readonly #shards: readonly Placed[];
  readonly #clock: SimClock = { at: START, now: () => this.#clock.at };
  readonly #containers: Container[] = [];
  readonly tally: Tally = {
    lagsMs: [],
    roundsMs: [],
    minutesMs: [],
    calls: 0,
    recorded: 0,
    parameterCalls: 0,
    listings: 0,
    pollMs: 0,
    tickMs: 0,
  };

  constructor(options: ScaleOptions, shards: readonly Placed[]) {
    this.#options = options;
    this.#shards = shards;
  }

  get containers(): number {
    return this.#containers.length;
  }

  minute(number: number): void {
    const { random, feeds } = this.#options;
    const minute = START + number * MINUTE;
    this.#clock.at = minute;
    const mean = (feeds * ASSUMED.repliesAFeedADay) / 1_440;
    arrive(this.#shards, minute, mean, { count: ASSUMED.burstsAMinute, size: ASSUMED.burstReplies }, random);
    const tickAt = minute + random() * ASSUMED.schedulerSpreadMs;
    const batches = Math.ceil(this.#shards.length / BATCH);
    this.tally.tickMs += Math.ceil(batches * ASSUMED.sqsBatchMs + ASSUMED.storeLatencyMs + TICK_CPU_MS / CPU_SHARE);
    let lastEnd = minute;
    for (const [index, shard] of shuffled(this.#shards, random).entries()) {
      const orderedAt = tickAt + Math.ceil((index + 1) / BATCH) * ASSUMED.sqsBatchMs;
      const { container, at } = nextContainer(this.#containers, orderedAt, minute);
      container.freeAt = at + this.#round(shard, container, at);
      lastEnd = Math.max(lastEnd, container.freeAt);
    }
    this.tally.minutesMs.push(lastEnd - minute);
  }

  #round(shard: Placed, container: Container, at: number): number {
    const openingMs = ASSUMED.openingMs + this.#keysMs(shard, container, at);
    const work = shard.connections.map(({ feeds }) => feeds.map((feed) => this.#work(feed, at)));
    const took = Math.ceil(roundMs({ ...roundWorld(this.#options.random, true), openingMs }, work));
    this.tally.roundsMs.push(took);
    this.tally.pollMs += took;
    return took;
  }

  /** A container asks for versions where it knows the values, and for values where not: as many calls. */
  #keysMs(shard: Placed, container: Container, at: number): number {
    const known = container.keysAt.get(shard.shard) ?? Number.NEGATIVE_INFINITY;
    if (at - known < FRESH_MS) return 0;
    container.keysAt.set(shard.shard, at);
    const calls = Math.ceil(parametersOf(shard.connections.length) / KEYS_A_CALL);
    this.tally.parameterCalls += calls;
    this.tally.listings += shard.connections.filter(({ profile }) => profile.counts.idle.listings > 0).length;
    return calls * KEYS_CALL_MS;
  }

  #work(feed: SimFeed, at: number): FeedWork {
    // A container may not have met the shard for an hour: nothing is taken to be remembered.
    const idle = idleWork(feed.profile, 'changed', this.#options.random);
    const count = tellable(feed, this.#clock);
    const { newThread } = feed.profile.counts;
    const more = count * (newThread.calls - 2);
    const calls = idle.calls + more;
    this.tally.calls += idle.vendorCalls + more;
    if (count === 0) return { ...idle, calls };
    this.tally.recorded += count;
    const recorded = feed.waiting.splice(0, count);
    const done = (ms: number) => void this.tally.lagsMs.push(...recorded.map((visible) => at + ms - visible));
    return { ...idle, calls, storeCalls: idle.storeCalls + newThread.queries + newThread.puts - 1 + count, done };
  }
}

/**
 * In a minute. A container decrypts each parameter it meets once in its life, which is longer than the simulation, so this is the mean:
 * of S shards, n rounds by chance meet S (1 − (1 − 1/S)^n).
 */
function decryptionsOf(containers: number, shards: number, parameters: number): number {
  const life = ASSUMED.containerLifeMinutes;
  const rounds = (shards / containers) * life;
  const met = shards * (1 - (1 - 1 / shards) ** rounds);
  return (containers * met * (parameters / shards)) / life;
}

/** Feeds polled every minute on a clock of their own: ticks, orders, containers, vendors and their budgets. */
export async function simulateScale(options: ScaleOptions): Promise<ScaleResult> {
  const shards = await placeFeeds(options.feeds, options.campaigns, options.workspaces);
  const simulation = new Simulation(options, shards);
  for (let minute = 0; minute < options.minutes; minute += 1) simulation.minute(minute);
  const { lagsMs, roundsMs, minutesMs, pollMs, tickMs, ...sums } = simulation.tally;
  const perMinute = <Key extends keyof typeof sums>(key: Key) => sums[key] / options.minutes;
  const connections = shards.reduce((sum, { connections: own }) => sum + own.length, 0);
  const parameters = shards.reduce((sum, { connections: own }) => sum + parametersOf(own.length), 0);
  const { containers } = simulation;
  const feeds = shards.flatMap(({ connections: own }) => own.flatMap((connection) => connection.feeds));
  return {
    feeds: options.feeds,
    shards: shards.length,
    connections,
    minutes: options.minutes,
    lagsMs,
    waiting: feeds.reduce((sum, { waiting }) => sum + waiting.length, 0),
    roundsMs,
    minutesMs,
    containers,
    calls: perMinute('calls'),
    recorded: perMinute('recorded'),
    decryptions: decryptionsOf(containers, shards.length, parameters),
    parameterCalls: perMinute('parameterCalls'),
    listings: perMinute('listings'),
    pollSeconds: pollMs / options.minutes / 1_000,
    tickSeconds: tickMs / options.minutes / 1_000,
  };
}
