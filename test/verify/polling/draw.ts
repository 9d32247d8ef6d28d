import { seededRandom } from '../../../sandbox/seeded.ts';
import type { Random } from '../../../shared/ports.ts';
import { drawRoughness, type Rough } from './roughness.ts';
import { drawTroubles, type World as Troubled } from './troubles.ts';

const DAY_MS = 24 * 60 * 60_000;

/** A seed draws one of these unless it is given another. */
export const DRAWN_VENDORS: readonly string[] = ['coldsend', 'cohesive'];

export interface WorldOptions {
  readonly seed: number;
  readonly days: number;
  /** By the seed unless given. */
  readonly vendor?: string;
  /** Worlds that take long: thousands of old threads, hundreds of campaigns. */
  readonly wide?: boolean;
  /** Troubles that each world has, and none but those; as chance will have it when absent. */
  readonly only?: readonly string[];
}

/** What a seed's world is like before anything happens in it. */
export interface DrawnWorld extends Troubled {
  readonly vendor: string;
  /** Which messages move a thread up. */
  readonly activity: 'any' | 'inbound' | 'first';
  readonly rough: Rough;
  /** It is polled by a function, which keeps nothing in memory. */
  readonly inRounds: boolean;
  /** For what happens in it. */
  readonly random: Random;
}

export function drawWorld({ seed, days, vendor, wide = false, only }: WorldOptions): DrawnWorld {
  const random = seededRandom(seed * 7_919 + 17);
  const drawn = vendor ?? DRAWN_VENDORS[seed % 2] ?? '';
  const moving = random() < 0.3 ? 'inbound' : 'any';
  const rough = drawRoughness(random);
  const troubled = drawTroubles({ seed, vendor: drawn, runMs: days * DAY_MS, wide, ...(only && { only }) });
  const activity = troubled.plight.rowsStandStill ? 'first' : moving;
  return { vendor: drawn, activity, rough, inRounds: seed % 4 >= 2, random, ...troubled };
}

/** Everything a world can be, in words: numbers above 0 by their names alone. */
const traitsOf = (of: object): readonly string[] =>
  Object.entries(of).flatMap(([name, value]) =>
    typeof value === 'object' || value === 0 ? [] : [typeof value === 'number' ? name : `${name} ${value}`],
  );

/** The troubles of a world and how its vendor and processes are rough, each with the vendor's name. */
export function kindsOf({ vendor, activity, rough, inRounds, troubles }: DrawnWorld): readonly string[] {
  const traits = [rough, rough.hostility, rough.switches, { activity, inRounds }].flatMap(traitsOf);
  return [...troubles, ...traits].map((kind) => `${vendor}: ${kind}`);
}
