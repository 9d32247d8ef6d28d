import { globSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { describe, expect, it } from 'vitest';
import { APART } from '../vitest.config.ts';

const ROOT = join(import.meta.dirname, '..');

/** What later tests of the same worker would see: modules and globals that are replaced, an environment, what is printed. */
const CHANGES =
  /\bvi\.(?:mock|doMock|hoisted|stub\w+|spyOn|useFakeTimers|setSystemTime|resetModules)\(|\bmockClient\(|process\.env(?:\.\w+|\[[^\]]+\]) \??\??=[^=]|delete process\.env|globalThis\.\w+ =[^=]|process\.(?:exitCode|argv) =[^=]|process\.(?:chdir|umask)\(/;

/** Processes of their own, and what only tests of functions and of packages open. */
const OWN_PROCESS = [
  'test/verify/**/*main.ts',
  'test/**/*-{child,run,writer,opener,starter}.ts',
  'test/verify/packages/*',
  'test/verify/bench/{campaigns,inboxes}.ts',
  'test/verify/kill/trace.ts',
];

const changes = (text: string): boolean => CHANGES.test(text);
const tests = globSync('test/**/*.ts', { cwd: ROOT }).filter((file) => file !== 'test/workers.test.ts');
const isApart = (file: string): boolean => APART.some((glob) => matchesGlob(file, glob));
const isShared = (file: string): boolean =>
  !file.startsWith('test/lambdas/') && !OWN_PROCESS.some((glob) => matchesGlob(file, glob)) && !isApart(file);

describe('tests that share a worker', () => {
  it('change nothing that the others see', () => {
    const shared = tests.filter(isShared);
    expect(shared.length).toBeGreaterThan(300);
    expect(shared.filter((file) => changes(readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
  });

  it.each([
    "vi.spyOn(process.stdout, 'write')",
    "vi.stubEnv('REPLYBUS_CONFIG', '')",
    'vi.useFakeTimers()',
    'const sqs = mockClient(SQSClient);',
    "process.env.TZ = 'UTC';",
    'process.exitCode = 0;',
    'globalThis.fetch = answering;',
  ])('would be found out by %s', (line) => {
    expect(changes(line)).toBe(true);
  });

  it.each(["if (process.env.CI === '1') return;", 'await vi.waitFor(() => {});', 'const { argv } = process;'])(
    'may say %s',
    (line) => {
      expect(changes(line)).toBe(false);
    },
  );
});
