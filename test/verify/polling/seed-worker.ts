import { parentPort, workerData } from 'node:worker_threads';
import { createPoller } from '../../../shared/polling/poller.ts';
import { type SimulationOptions, type SimulationResult, simulate } from './simulate.ts';

export type SeedOptions = Omit<SimulationOptions, 'seed' | 'createPoller' | 'store'>;

/** What came of a seed; `broken`: the simulation itself ended in an error. */
export interface SeedDone {
  readonly seed: number;
  readonly result?: SimulationResult;
  readonly broken?: string;
}

async function trySeed(seed: number, options: SeedOptions): Promise<SeedDone> {
  try {
    return { seed, result: await simulate({ ...options, seed, createPoller }) };
  } catch (error) {
    return { seed, broken: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

// Runs one seed after another, as they are handed to it.
parentPort?.on('message', async (seed: number) => parentPort?.postMessage(await trySeed(seed, workerData)));
