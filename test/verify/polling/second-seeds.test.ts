import { runSeeds } from './seeds.ts';

runSeeds({ from: 61, count: 60, days: 2 });
