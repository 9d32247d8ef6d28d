import { runSeeds } from './seeds.ts';
import { PLAYED, TESTED_DAYS, testedSeeds } from './tested-seeds.ts';

runSeeds({ days: TESTED_DAYS, seeds: testedSeeds(PLAYED).filter((_, index) => index % 2 === 1) });
