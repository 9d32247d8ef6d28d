import { runSeedsOnDynalite } from './on-dynalite.ts';

runSeedsOnDynalite([9, 14]);
