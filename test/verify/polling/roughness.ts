import type { Switches } from '../../../sandbox/switches.ts';
import type { Random } from '../../../shared/ports.ts';
import type { Hostility } from './hostile-ports.ts';

const MINUTE_MS = 60_000;

/** What a seed's world does until the storm is over. */
export interface Rough {
  readonly hostility: Hostility;
  readonly overlapRate: number;
  readonly refusedRate: number;
  /** Rows come and go while pages are read. */
  readonly drift: boolean;
  readonly switches: Partial<Switches>;
  /** What of the switches passes with the storm. */
  readonly calm: Partial<Switches>;
}

const CALM: Partial<Switches> = {
  errorRate: 0,
  resetBeforeRate: 0,
  htmlRate: 0,
  truncatedRate: 0,
  throttledRate: 0,
  badRowRate: 0,
  untimedRowRate: 0,
};

/** Something fails at random, in the vendor or in our own process. */
export function isRough({ hostility, overlapRate, switches, calm }: Rough): boolean {
  const { crashRate, lostAnswerRate, freezeRate } = hostility;
  const rates = Object.keys(calm).map((name) => Number(Reflect.get(switches, name)));
  return [crashRate, lostAnswerRate, freezeRate, overlapRate, ...rates].some((rate) => rate > 0);
}

export function drawRoughness(random: Random): Rough {
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
    calm: CALM,
  };
}
