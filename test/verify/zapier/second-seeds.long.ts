import { runSeeds } from './seeds.ts';

runSeeds(8, 5);
