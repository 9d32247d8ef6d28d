import { runSeeds } from './seeds.ts';

runSeeds({ from: 1, count: 60, days: 2 });
