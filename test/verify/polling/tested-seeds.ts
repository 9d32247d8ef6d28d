import { drawWorld, kindsOf, type WorldOptions } from './draw.ts';

/** Odd and no multiple of 4, so that vendors and ways to poll all have their share. */
const EVERY = 7;

/** Seeds that are played before a change lands, from 1 on. */
export interface Played extends Pick<WorldOptions, 'days' | 'vendor'> {
  readonly count: number;
}

export const PLAYED: Played = { count: 300, days: 2 };

/**
 * Of all seeds those that are played with every test: spread evenly, and beside them as many as it takes until they are of every kind
 * that there is among all.
 */
export function testedSeeds({ count, ...options }: Played): readonly number[] {
  const all = Array.from({ length: count }, (_, index) => index + 1);
  const kindsAt = (seed: number) => kindsOf(drawWorld({ seed, ...options }));
  const tested = all.filter((seed) => seed % EVERY === 1);
  const shown = new Set(tested.flatMap(kindsAt));
  for (const seed of all) {
    const kinds = kindsAt(seed);
    if (kinds.every((kind) => shown.has(kind))) continue;
    for (const kind of kinds) shown.add(kind);
    tested.push(seed);
  }
  return tested;
}
