import { drawWorld, kindsOf, type WorldOptions } from './draw.ts';

/** Seeds that are played before a change lands, from 1 on. */
export interface Played extends Pick<WorldOptions, 'days' | 'vendor'> {
  readonly count: number;
}

export const PLAYED: Played = { count: 300, days: 2 };

/** Virtual days of those that the tests play: their worlds are the same, for half as long. */
export const TESTED_DAYS = 1;

/** Of all seeds as few as are together of every kind that there is: each time the first of those that show the most new ones. */
export function testedSeeds({ count, ...options }: Played): readonly number[] {
  const worlds = Array.from({ length: count }, (_, index) => {
    const seed = index + 1;
    return { seed, kinds: kindsOf(drawWorld({ seed, ...options })) };
  });
  const unseen = new Set(worlds.flatMap(({ kinds }) => kinds));
  const newIn = (kinds: readonly string[]) => kinds.filter((kind) => unseen.has(kind)).length;
  const tested: number[] = [];
  while (unseen.size > 0) {
    const { seed, kinds } = worlds.reduce((most, each) => (newIn(each.kinds) > newIn(most.kinds) ? each : most));
    for (const kind of kinds) unseen.delete(kind);
    tested.push(seed);
  }
  return tested;
}
