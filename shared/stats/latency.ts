const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Up to how long each bucket reaches; what took longer than the last counts as that. */
export const BOUNDS_MS: readonly number[] = [
  ...[1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 105, 120, 150, 180, 240].map((count) => count * SECOND_MS),
  ...[5, 7, 10, 15, 20, 30, 45, 60, 90].map((count) => count * MINUTE_MS),
  ...[2, 3, 4, 6, 8, 12, 18, 24, 48, 96, 168].map((count) => count * HOUR_MS),
];

/** How many took how long, by bucket. A clock that is ahead makes a time negative, which is none. */
export function counted(times: readonly number[], ms: number): readonly number[] {
  const found = BOUNDS_MS.findIndex((bound) => ms <= bound);
  const bucket = found < 0 ? BOUNDS_MS.length - 1 : found;
  return BOUNDS_MS.map((_, index) => (times[index] ?? 0) + (index === bucket ? 1 : 0));
}

export const sum = (one: readonly number[], other: readonly number[]): readonly number[] =>
  BOUNDS_MS.map((_, index) => (one[index] ?? 0) + (other[index] ?? 0));

/** The time within which this share was done, rounded up to its bucket's end; undefined of none. */
export function within(times: readonly number[], share: number): number | undefined {
  const all = times.reduce((total, count) => total + count, 0);
  let seen = 0;
  return BOUNDS_MS.find((_, index) => {
    seen += times[index] ?? 0;
    return all > 0 && seen >= share * all;
  });
}
