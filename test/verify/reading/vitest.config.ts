import { defineConfig } from 'vitest/config';

/** What measures time has the machine to itself. */
export default defineConfig({
  root: `${import.meta.dirname}/../../..`,
  test: { include: ['test/verify/reading/*.check.ts'], testTimeout: 120_000, fileParallelism: false },
});
