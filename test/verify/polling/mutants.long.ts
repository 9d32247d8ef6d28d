import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { Results } from '../mutation/results.ts';
import { MUTANTS } from './mutants.ts';

describe('an engine with a fault planted in it', () => {
  let results: Results;

  beforeAll(async () => {
    results = await Results.of(fileURLToPath(new URL('mutant-run.ts', import.meta.url)));
  }, 480_000);

  for (const { name, caughtBy, simulated } of MUTANTS) {
    it(`${name}: noticed by ${caughtBy}`, () => results.expectNoticed(name, 'rule'));
    if (simulated) it(`${name}: noticed by the simulation`, () => results.expectNoticed(name, 'simulation'));
  }

  it('has a name of its own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });
});
