/** Some systems count processor time in ticks of 4 ms: what is quicker than a few of them is run as often as fills them. */
const COUNTED_MS = 20;
const RUNS_MAX = 100;

/** Processor time of this thread. */
async function timedMs(run: () => unknown): Promise<number> {
  const start = process.threadCpuUsage();
  for (let runs = 1; ; runs += 1) {
    await run();
    const { user, system } = process.threadCpuUsage(start);
    const ms = (user + system) / 1_000;
    if (ms >= COUNTED_MS || runs >= RUNS_MAX) return ms / runs;
  }
}

/** At best, which other work on the machine changes little. */
async function bestMs(repeats: number, run: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < repeats; repeat += 1) best = Math.min(best, await timedMs(run));
  return best;
}

export interface Growth {
  readonly smallMs: number;
  readonly middleMs: number;
  readonly largeMs: number;
}

const SMALL = 10_000;
const MIDDLE = 100_000;
const LARGE = 1_000_000;
const REPEATS = 2;
const LARGE_REPEATS = 3;
/** What is quicker than this is told by the clock and by collections of garbage as much as by the work. */
const COUNTS_MS = 5;
/** Ten times the length may take twenty times as long: collections of garbage come with it. */
const RATIO_MAX = 20;

const ratioOf = ({ middleMs, largeMs }: Growth): number => largeMs / Math.max(middleMs, COUNTS_MS);

/** Twice the length takes twice as long, and four times as long if all of it is held against all of it. */
const DOUBLED_MAX = 2.7;

/**
 * Takes longer than its length explains. What fits a processor's cache and ten times as much that does not may be further apart than the limit:
 * then as much again, which does not either, tells.
 */
export async function isSteep(growth: Growth, run: (characters: number) => unknown): Promise<boolean> {
  if (ratioOf(growth) <= RATIO_MAX) return false;
  const largeMs = await bestMs(LARGE_REPEATS, () => run(LARGE));
  const doubledMs = await bestMs(LARGE_REPEATS, () => run(2 * LARGE));
  return doubledMs > DOUBLED_MAX * largeMs;
}

/** What takes well below the limit at once need not be timed again. */
export async function growthOf(run: (characters: number) => unknown): Promise<Growth> {
  const smallMs = await bestMs(1, () => run(SMALL));
  const middleMs = await bestMs(REPEATS, () => run(MIDDLE));
  let largeMs = await bestMs(1, () => run(LARGE));
  for (let again = 1; again < LARGE_REPEATS && ratioOf({ smallMs, middleMs, largeMs }) > RATIO_MAX; again += 1)
    largeMs = Math.min(largeMs, await bestMs(1, () => run(LARGE)));
  return { smallMs, middleMs, largeMs };
}

/** What an event can hold. Source: the API of EventBridge takes 256 KB, and a body over 200 KB is cut. */
const HELD = 200_000;
export const HELD_MS_MAX = 250;

const SPOKEN = `${'On Tuesday we spoke of a pilot with Ana: shall we go on? '.repeat(4)}\n`.repeat(4_000);
/** Plain work on text that nothing of ours has a part in: words found, put in small letters and counted. */
function plainWork(): void {
  const words = new Map<string, number>();
  for (const [word] of SPOKEN.matchAll(/[a-z]+/gi)) {
    const small = word.toLowerCase();
    words.set(small, (words.get(small) ?? 0) + 1);
  }
}
/** What plain work takes where the limit holds: the middle of sixty runs on the machine of docs/benchmarks.md. */
const PLAIN_WORK_MS = 20;
/** No machine that anyone tests on is as slow, so that what never ends is still told from what is slow. */
const SLOWNESS_MAX = 4;
const HELD_REPEATS = 4;

/**
 * How long what an event can hold takes, on a machine of the usual speed. One whose speed swings, or that others keep busy, is timed by plain
 * work in the same moment.
 */
export async function heldMs(run: (characters: number) => unknown): Promise<number> {
  let best = await bestMs(1, () => run(HELD));
  for (let repeat = 0; best > HELD_MS_MAX && repeat < HELD_REPEATS; repeat += 1) {
    const before = await bestMs(1, plainWork);
    const ms = await bestMs(1, () => run(HELD));
    const plainMs = Math.min(before, await bestMs(1, plainWork));
    best = Math.min(best, ms / Math.min(SLOWNESS_MAX, Math.max(1, plainMs / PLAIN_WORK_MS)));
  }
  return best;
}

/** As a line of a table. */
export const told = (name: string, growth: Growth): string =>
  `${name}: ${[growth.smallMs, growth.middleMs, growth.largeMs].map((ms) => ms.toFixed(ms < 10 ? 2 : 0)).join(' / ')} ms`;
