import { runSendSeeds } from './seeds.ts';

runSendSeeds(21, 20);
