import { matchesGlob } from 'node:path';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import { BaseSequencer, type InlineConfig, type TestSpecification } from 'vitest/node';

const FILES = 'test/**/*.test.ts';
/**
 * Tests that change what others would see: spied writers, an environment, the clock, a container that a function keeps. Each of their files has a
 * worker of its own; all others share one a core, which loads the modules once.
 */
export const APART = ['test/{lambdas,cli,adapters}/**/*.test.ts'];
/** What takes longest begins first, so that no core is left with it alone at the end. */
const LONG = '**/test/{verify/**,polling/rules.test.ts,cli/acting.test.ts}';

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => matchesGlob(moduleId, LONG);
    return [...sorted.filter(isLong), ...sorted.filter((each) => !isLong(each))];
  }
}

const project = (
  name: string,
  test: { readonly isolate: boolean; readonly include: string[]; readonly exclude?: string[] },
): TestProjectConfiguration => ({ extends: true, test: { name, ...test } });

export const COMMON: InlineConfig = {
  testTimeout: 30_000,
  // By default one core is kept for nobody.
  maxWorkers: '100%',
  // The SDK refuses to work without these; nothing here reaches AWS.
  env: { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
};

export default defineConfig({
  test: {
    ...COMMON,
    sequence: { sequencer: LongestFirst },
    projects: [
      project('together', { isolate: false, include: [FILES], exclude: APART }),
      project('apart', { isolate: true, include: APART }),
    ],
  },
});
