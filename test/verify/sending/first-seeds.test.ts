import { runSendSeeds } from './seeds.ts';

runSendSeeds(1, 4);
