import { runSeeds } from './seeds.ts';

runSeeds(101, 100);
