/** Processor time of this thread at best, which other work on the machine changes little. */
async function bestMs(repeats: number, run: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const start = process.threadCpuUsage();
    await run();
    const { user, system } = process.threadCpuUsage(start);
    best = Math.min(best, (user + system) / 1_000);
  }
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
export const RATIO_MAX = 20;

export const ratioOf = ({ middleMs, largeMs }: Growth): number => largeMs / Math.max(middleMs, COUNTS_MS);

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

/** How long what an event can hold takes. */
export async function heldMs(run: (characters: number) => unknown): Promise<number> {
  const ms = await bestMs(1, () => run(HELD));
  return ms <= HELD_MS_MAX ? ms : Math.min(ms, await bestMs(LARGE_REPEATS, () => run(HELD)));
}

/** As a line of a table. */
export const told = (name: string, growth: Growth): string =>
  `${name}: ${[growth.smallMs, growth.middleMs, growth.largeMs].map((ms) => ms.toFixed(ms < 10 ? 2 : 0)).join(' / ')} ms`;
