import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { execPath } from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { MUTANTS } from './mutants.ts';

const RUNNER = fileURLToPath(new URL('mutant-run.ts', import.meta.url));

interface Result {
  readonly name: string;
  readonly check: 'rule' | 'simulation';
  readonly finding?: string;
  readonly error?: string;
}

const keyOf = ({ name, check }: Pick<Result, 'name' | 'check'>) => `${check}: ${name}`;

/** All in one process of its own, because only Node's own loader can be told to serve another text for a file. */
describe('an engine with a fault planted in it', () => {
  const results = new Map<string, Result>();

  beforeAll(async () => {
    const child = spawn(execPath, [RUNNER], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    for (const line of output.split('\n').filter(Boolean)) {
      const result: Result = JSON.parse(line);
      results.set(keyOf(result), result);
    }
  }, 120_000);

  const expectNoticed = (name: string, check: Result['check']) => {
    const result = results.get(keyOf({ name, check }));
    expect(result?.error).toBeUndefined();
    expect(result?.finding, 'nothing noticed it').toBeTruthy();
  };

  for (const { name, caughtBy, simulated } of MUTANTS) {
    it(`${name}: noticed by ${caughtBy}`, () => expectNoticed(name, 'rule'));
    if (simulated) it(`${name}: noticed by the simulation`, () => expectNoticed(name, 'simulation'));
  }

  it('has a name of its own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });
});
