import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { DRAWN_VENDORS, drawWorld, kindsOf } from './draw.ts';
import { PLAYED, testedSeeds } from './tested-seeds.ts';
import { TROUBLES } from './troubles.ts';

const kindsAmong = (seeds: readonly number[]) =>
  new Set(seeds.flatMap((seed) => kindsOf(drawWorld({ seed, days: PLAYED.days }))));

const drawn = TROUBLES.filter(({ chance }) => chance > 0).flatMap(({ name, vendor }) =>
  DRAWN_VENDORS.filter((each) => vendor === undefined || each === vendor).map((each) => `${each}: ${name}`),
);

it.each(drawn)('plays %s with every test', (kind) => {
  expect(kindsAmong(testedSeeds(PLAYED))).toContain(kind);
});

it('plays each way to be rough with every test that is played before a change lands', () => {
  const all = Array.from({ length: PLAYED.count }, (_, index) => index + 1);
  expect(kindsAmong(testedSeeds(PLAYED))).toEqual(kindsAmong(all));
});

it.each(DRAWN_VENDORS)('plays %s on a third of the seeds at the least', (vendor) => {
  const seeds = testedSeeds(PLAYED);
  const its = seeds.filter((seed) => drawWorld({ seed, days: PLAYED.days }).vendor === vendor);
  expect(its.length).toBeGreaterThan(seeds.length / 3);
});

it('calls those all seeds that are played before a change lands', async () => {
  const run = await readFile(new URL('../../../.ci/run', import.meta.url), 'utf8');
  expect(run).toContain(`npm run simulate -- --seeds ${PLAYED.count}\n`);
});
