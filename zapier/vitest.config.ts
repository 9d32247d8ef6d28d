import { defineConfig } from 'vitest/config';

/** The tests of the built zip: `npm run zapier:check` builds it first. */
export default defineConfig({
  root: `${import.meta.dirname}/..`,
  test: {
    include: ['test/zapier/built/*.check.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // They wait for vendors most of the time.
    maxWorkers: 5,
  },
});
