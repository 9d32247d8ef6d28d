import type { Switches, Vendor } from '../../../sandbox/switches.ts';
import type { World } from '../../../sandbox/world.ts';
import type { Random } from '../../../shared/ports.ts';
import type { ReplyFilter } from '../../../zapier/triggers/new-reply.ts';
import type { CacheFlaws } from './leaky-cache.ts';
import type { Mishaps, ZapSpec } from './zap.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** By the owner's plan. Source: polling-interval table of the help centre. */
const EVERY_MS = [1, 2, 5, 5, 10, 10, 15, 15].map((minutes) => minutes * MINUTE_MS);

/** How rough one seed is; each trait is drawn from the seed. */
export interface Roughness {
  readonly hours: number;
  readonly everyMs: number;
  readonly mishaps: Mishaps;
  readonly cache: CacheFlaws;
  /** Chance, each ten minutes, that the whole cache is emptied. */
  readonly flushRate: number;
  /** Editor samples an hour. */
  readonly samplesPerHour: number;
  /** Share of the time in which the vendor misbehaves. */
  readonly stormRate: number;
  readonly storm: Partial<Switches>;
  readonly calm: Partial<Switches>;
  /** Chance that something happens between two pages of a list. */
  readonly driftRate: number;
  /** Chance, every hour, of a large burst. */
  readonly burstRate: number;
  /** Old threads beyond those of the history, and how many of them are interested. */
  readonly deepThreads: number;
  readonly deepInterested: number;
  /** Threads with a reply in the hours before the first Zap is switched on. */
  readonly busyThreads: number;
  /** One campaign ends half-way. */
  readonly endsCampaign: boolean;
}

const someOf = (random: Random) => (rate: number, chance: number) => (random() < chance ? rate * random() : 0);

function drawStorm(random: Random): Partial<Switches> {
  const some = someOf(random);
  return {
    errorRate: random() < 0.15 ? 1 : some(0.3, 0.5),
    resetBeforeRate: some(0.1, 0.4),
    htmlRate: some(0.05, 0.3),
    truncatedRate: some(0.05, 0.3),
    throttledRate: some(0.05, 0.4),
    throttledSignal: random() < 0.5 ? 'retry-after' : 'x-ratelimit',
    throttledSeconds: 30,
    latencyMs: random() < 0.4 ? ([1_500, 6_000, 21_000][Math.floor(random() * 3)] ?? 0) : 300,
  };
}

const CALM: Partial<Switches> = {
  errorRate: 0,
  resetBeforeRate: 0,
  htmlRate: 0,
  truncatedRate: 0,
  throttledRate: 0,
};

export function drawRoughness(random: Random): Roughness {
  const some = someOf(random);
  const everyMs = EVERY_MS[Math.floor(random() * EVERY_MS.length)] ?? MINUTE_MS;
  return {
    hours: 8 + Math.min(8, everyMs / MINUTE_MS),
    everyMs,
    mishaps: {
      missRate: some(0.05, 0.5),
      missMs: 90 * MINUTE_MS,
      deathRate: some(0.1, 0.4),
      lostRate: some(0.15, 0.5),
      restartRate: some(0.06, 0.5),
    },
    cache: {
      lossRate: some(0.01, 0.5),
      failRate: some(0.02, 0.3),
      latencyMs: random() < 0.3 ? ([30, 60, 350][Math.floor(random() * 3)] ?? 0) : 0,
    },
    flushRate: some(0.1, 0.3),
    samplesPerHour: some(6, 0.6),
    stormRate: some(0.4, 0.6),
    storm: drawStorm(random),
    calm: {
      ...CALM,
      latencyMs: [0, 120, 400][Math.floor(random() * 3)] ?? 0,
      shuffleTies: random() < 0.4,
      coldsendRateLimits: true,
      cohesivePageSize: random() < 0.5 ? 20 : 12,
      cohesiveSeconds: random() < 0.1,
    },
    driftRate: some(0.3, 0.4),
    burstRate: some(0.3, 0.5),
    deepThreads: random() < 0.5 ? 60 + Math.floor(random() * 200) : 0,
    deepInterested: random(),
    busyThreads: random() < 0.3 ? Math.floor(random() * 200) : 0,
    endsCampaign: random() < 0.4,
  };
}

/** Three Zaps of one key: one of each trigger, and a third of either. */
export function drawZaps(random: Random, vendor: Vendor, world: World, everyMs: number): readonly ZapSpec[] {
  const [campaign = ''] = [...world.campaigns.keys()];
  const filters: readonly ReplyFilter[] = [
    {},
    { interested: true },
    { interested: false },
    { intent: 'not_interested' },
    { firstOnly: true },
    { campaign },
    { campaign, interested: true },
  ];
  const any = (): ReplyFilter => filters[Math.floor(random() * filters.length)] ?? {};
  const third: ZapSpec =
    random() < 0.6
      ? { trigger: 'new_reply', filter: any(), everyMs }
      : { trigger: 'new_interested_reply', filter: random() < 0.5 ? {} : { campaign }, everyMs };
  const first: ZapSpec = {
    trigger: 'new_reply',
    filter: vendor === 'coldsend' || random() < 0.7 ? {} : any(),
    everyMs,
  };
  return [first, { trigger: 'new_interested_reply', filter: {}, everyMs }, third];
}

export const STORM_TURN_MS = 10 * MINUTE_MS;
/** When the last of the three is switched on, at the latest. */
export const SWITCH_ON_MS = 2 * HOUR_MS;
