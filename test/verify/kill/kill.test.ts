import { expect, it } from 'vitest';
import { killRuns } from './kill.ts';

it('delivers every reply under one webhook-id although the process is killed 15 times', async () => {
  const result = await killRuns(15, 7);
  expect(result.missing).toEqual([]);
  expect(result.twice).toEqual([]);
  expect(result.badSignatures).toBe(0);
  expect(result.due).toBeGreaterThanOrEqual(15);
  expect(result.finished).toBeLessThan(15);
}, 240_000);
