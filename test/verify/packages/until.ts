import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 30_000;
const STEP_MS = 10;

/** By this machine's clock, which the tests' own runs ahead of. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const beganAt = performance.now();
  while (!isSo()) {
    if (performance.now() - beganAt > PATIENCE_MS) throw new Error(`Waited in vain until ${what}.`);
    await sleep(STEP_MS);
  }
}

/** A moment in which nothing may happen. */
export const aMoment = async (): Promise<void> => {
  await sleep(700);
};
