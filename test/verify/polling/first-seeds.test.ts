import { runSeeds } from './seeds.ts';

runSeeds({ from: 1, count: 100, days: 2 });
