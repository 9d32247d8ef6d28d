import { runSendSeeds } from './seeds.ts';

runSendSeeds(13, 12);
