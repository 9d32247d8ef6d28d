import { runSeeds } from './seeds.ts';

runSeeds(1, 100);
