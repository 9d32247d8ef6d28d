import { runSeeds } from './seeds.ts';

runSeeds({ from: 101, count: 100, days: 2 });
