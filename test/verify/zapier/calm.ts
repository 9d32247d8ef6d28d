import { createSandbox } from '../../../sandbox/sandbox.ts';
import { seededRandom } from '../../../sandbox/seeded.ts';
import { createSwitches, type Vendor } from '../../../sandbox/switches.ts';
import { createWorld, type World } from '../../../sandbox/world.ts';
import { type Http, HttpFault } from '../../../shared/ports.ts';
import { providerNamed } from '../../../shared/providers/index.ts';
import { ownText } from '../../../shared/text/read.ts';
import { sanitiseHtml } from '../../../shared/text/sanitise.ts';
import { VirtualTime } from '../polling/virtual-time.ts';
import { LeakyCache } from './leaky-cache.ts';
import { Watch } from './watch.ts';
import type { Surroundings, Triggers } from './zap.ts';

export const START = Date.UTC(2026, 0, 5, 8);
const NO_MISHAPS = { missRate: 0, missMs: 0, deathRate: 0, lostRate: 0, restartRate: 0 };

export interface Calm {
  readonly vendor: Vendor;
  readonly seed: number;
  readonly latencyMs: number;
  readonly cacheMs: number;
  /** Each so many calls one is not answered in time. */
  readonly hangsEvery?: number;
}

export interface CalmScene {
  readonly time: VirtualTime;
  readonly world: World;
  readonly watch: Watch;
  readonly around: Omit<Surroundings, 'random'>;
}

function hanging(http: Http, time: VirtualTime, every: number): Http {
  let calls = 0;
  return async (request) => {
    calls += 1;
    if (calls % every !== 0) return await http(request);
    await time.sleep(request.timeoutMs);
    throw new HttpFault('timeout', true);
  };
}

/** A vendor and a cache that may be slow, and have no flaw but those asked for. */
export async function calmScene(calm: Calm, triggers: Triggers): Promise<CalmScene> {
  const { vendor, seed, latencyMs, cacheMs, hangsEvery } = calm;
  // Libraries load when they are first used, which takes real time.
  await sanitiseHtml('<p>a</p>');
  ownText({ html: '<p>a</p>' });
  const time = new VirtualTime(START);
  const world = createWorld({ seed, now: () => time.now() });
  const switches = createSwitches({ coldsendRateLimits: true, latencyMs });
  const sandbox = createSandbox({ world, switches, random: seededRandom(1), clock: time });
  const watch = new Watch(world);
  const provider = providerNamed(vendor);
  if (!provider) throw new Error(vendor);
  const cache = new LeakyCache({ lossRate: 0, failRate: 0, latencyMs: cacheMs }, time, seededRandom(2));
  const watched = watch.http(sandbox, time);
  const http = hangsEvery === undefined ? watched : hanging(watched, time, hangsEvery);
  return { time, world, watch, around: { vendor, provider, time, http, cache, triggers, mishaps: NO_MISHAPS } };
}
