import { runSeedsOnDynalite } from './on-dynalite.ts';

// One of each vendor, one of them polled by a function.
runSeedsOnDynalite([3, 4]);
