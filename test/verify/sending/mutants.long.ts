import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { Results } from '../mutation/results.ts';
import { MUTANTS } from './mutants.ts';

describe('a send protocol with a fault planted in it', () => {
  let results: Results;

  beforeAll(async () => {
    results = await Results.of(fileURLToPath(new URL('mutant-run.ts', import.meta.url)));
  }, 900_000);

  for (const { name, finding } of MUTANTS) {
    it(`${name}: the judge finds that a mail "${finding}"`, () => results.expectNoticed(name, 'simulation'));
  }

  it('has a name of its own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });
});
