import type { SimulationResult } from './simulate.ts';

const COUNTED = [
  'polls',
  'crashes',
  'calls',
  'repliesDue',
  'repliesLost',
  'interestedDue',
  'interestedLost',
  'twice',
  'spurious',
  'silent',
] as const satisfies readonly (keyof SimulationResult)[];

const DELAY_SHARES = { half: 0.5, 'of 100 99': 0.99, 'of 1000 999': 0.999, all: 1 } as const;

/** What many seeds came to together. */
export class SeedSum {
  readonly #counts = Object.fromEntries(COUNTED.map((name) => [name, 0])) as Record<(typeof COUNTED)[number], number>;
  readonly #troubles = new Map<string, number>();
  readonly #delays: number[] = [];
  seeds = 0;
  failed = 0;

  add(result: SimulationResult): void {
    this.seeds += 1;
    if (result.findings.length > 0) this.failed += 1;
    for (const name of COUNTED) this.#counts[name] += result[name];
    for (const name of result.troubles) this.#troubles.set(name, (this.#troubles.get(name) ?? 0) + 1);
    this.#delays.push(...result.delays);
  }

  /** A seed that ended in an error. */
  addBroken(): void {
    this.seeds += 1;
    this.failed += 1;
  }

  /** Minutes from visible to recorded within which these shares of the replies were. */
  #minutes(): Readonly<Record<string, number>> {
    const sorted = [...this.#delays].sort((one, other) => one - other);
    const within = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
    return Object.fromEntries(
      Object.entries(DELAY_SHARES).map(([name, share]) => [name, Math.round(within(share) / 6_000) / 10]),
    );
  }

  toJSON() {
    return { seeds: this.seeds, failed: this.failed, ...this.#counts, minutesToRecord: this.#minutes() };
  }

  /** In how many seeds each trouble was. */
  troubles(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#troubles].sort(([one], [other]) => one.localeCompare(other)));
  }
}
