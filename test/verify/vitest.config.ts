import { defineConfig } from 'vitest/config';
import { COMMON } from '../../vitest.config.ts';

/** What takes minutes: planted faults, each to be noticed, and more seeds of the simulations than the tests play. */
export default defineConfig({
  root: `${import.meta.dirname}/../..`,
  test: { ...COMMON, include: ['test/verify/**/*.long.ts'], testTimeout: 600_000, hookTimeout: 900_000 },
});
