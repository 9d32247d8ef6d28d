import { VENDORS } from '../../vendors/index.ts';
import { runSeeds } from './seeds.ts';
import { DRAWN_VENDORS } from './simulate.ts';

for (const { provider } of VENDORS)
  if (!DRAWN_VENDORS.includes(provider.id)) runSeeds({ from: 1, count: 40, days: 1, vendor: provider.id });
