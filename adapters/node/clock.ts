import { setTimeout as wait } from 'node:timers/promises';
import type { Clock, Random } from '../../shared/ports.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms) => {
    await wait(ms);
  },
};

export const systemRandom: Random = () => Math.random();
