import { runSendSeeds } from './seeds.ts';

runSendSeeds(5, 4);
