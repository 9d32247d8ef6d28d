import { runSeeds } from './seeds.ts';

runSeeds(7, 6);
