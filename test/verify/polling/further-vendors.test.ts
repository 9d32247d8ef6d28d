import { VENDORS } from '../../vendors/index.ts';
import { DRAWN_VENDORS } from './draw.ts';
import { runSeeds } from './seeds.ts';
import { type Played, testedSeeds } from './tested-seeds.ts';

for (const { provider } of VENDORS) {
  const played: Played = { count: 100, days: 1, vendor: provider.id };
  if (!DRAWN_VENDORS.includes(provider.id)) runSeeds({ ...played, seeds: testedSeeds(played) });
}
