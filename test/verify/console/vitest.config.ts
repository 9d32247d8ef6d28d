import { defineConfig } from 'vitest/config';

/** The page in a real browser: its own command, since it needs one. */
export default defineConfig({
  root: `${import.meta.dirname}/../../..`,
  test: {
    include: ['test/verify/console/*.check.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
