import type { Random } from '../shared/ports.ts';

/** Mulberry32: small, fast, and the same on every machine for the same seed. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const word = (random: Random) => Math.floor(random() * 4294967296);
const hex = (value: number) => value.toString(16).padStart(8, '0');

/** A version-4 UUID from a seeded source. */
export function seededUuid(random: Random): string {
  const version = hex(((word(random) & 0xffff0fff) | 0x00004000) >>> 0);
  const variant = hex(((word(random) & 0x3fffffff) | 0x80000000) >>> 0);
  return `${hex(word(random))}-${version.slice(0, 4)}-${version.slice(4)}-${variant.slice(0, 4)}-${variant.slice(4)}${hex(word(random))}`;
}

export function pick<Item>(random: Random, items: readonly [Item, ...Item[]]): Item {
  return items[Math.floor(random() * items.length)] ?? items[0];
}
