import { cpus, loadavg } from 'node:os';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

/** The value that this share of them stays below; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

export interface Took {
  readonly wallMs: number;
  /** User and system time of this process, all its threads. */
  readonly cpuMs: number;
}

export async function timed(work: () => Promise<unknown>): Promise<Took> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1_000 };
}

export interface Compared {
  readonly subject: Took;
  readonly baseline: Took;
  /** Median of the ratios of single repetitions, and their quarters. */
  readonly wall: Spread;
  readonly cpu: Spread;
}

export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((left, right) => left - right);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { median: median(values), low: at(0.25), high: at(0.75) };
}

interface Pair {
  readonly subject: Took;
  readonly baseline: Took;
}

/** Both in turn, in changing order, so that what else the machine does falls on both. */
export async function compare(
  subject: () => Promise<unknown>,
  baseline: () => Promise<unknown>,
  repetitions: number,
): Promise<Compared> {
  const pairs: Pair[] = [];
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    if (repetition % 2 === 0) pairs.push({ subject: await timed(subject), baseline: await timed(baseline) });
    else {
      const before = await timed(baseline);
      pairs.push({ subject: await timed(subject), baseline: before });
    }
  }
  return comparedOf(pairs);
}

/** Where the baseline repeats what the subject has just done. `before` is not timed. */
export async function compareInTurn(turn: {
  readonly before: () => void;
  readonly subject: () => Promise<unknown>;
  readonly baseline: () => Promise<unknown>;
  readonly repetitions: number;
}): Promise<Compared> {
  const pairs: Pair[] = [];
  for (let repetition = 0; repetition < turn.repetitions; repetition += 1) {
    turn.before();
    pairs.push({ subject: await timed(turn.subject), baseline: await timed(turn.baseline) });
  }
  return comparedOf(pairs);
}

function comparedOf(pairs: readonly Pair[]): Compared {
  const middle = (of: 'subject' | 'baseline'): Took => ({
    wallMs: median(pairs.map((pair) => pair[of].wallMs)),
    cpuMs: median(pairs.map((pair) => pair[of].cpuMs)),
  });
  return {
    subject: middle('subject'),
    baseline: middle('baseline'),
    wall: spreadOf(pairs.map((pair) => pair.subject.wallMs / pair.baseline.wallMs)),
    cpu: spreadOf(pairs.map((pair) => pair.subject.cpuMs / pair.baseline.cpuMs)),
  };
}

/** Where the figures come from, and how busy it was. */
export function machine(): string {
  const [first] = cpus();
  const load = loadavg().map((each) => each.toFixed(1));
  const name = `${cpus().length} × ${first?.model.trim() ?? 'unknown'}`;
  return `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${name}, load ${load.join(' ')}`;
}
