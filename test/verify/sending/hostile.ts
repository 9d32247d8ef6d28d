import { type Http, HttpFault, type HttpRequest, type Random } from '../../../shared/ports.ts';
import type { Store } from '../../../shared/store/store.ts';
import { Crash } from '../polling/hostile-ports.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How rough a world of sends is; every rate is a chance per call of a port. */
export interface Roughness {
  readonly crashRate: number;
  readonly freezeRate: number;
  /** Of the freezes, how many last longer than anybody looks for a mail. */
  readonly longFreezeShare: number;
  readonly storeFailRate: number;
  readonly storeLostRate: number;
  /** Share of minutes in which no conversation can be read. */
  readonly unreadableRate: number;
  readonly nothingLeftRate: number;
  readonly refusedRate: number;
  readonly refusedReadRate: number;
}

export const CALM: Roughness = {
  crashRate: 0,
  freezeRate: 0,
  longFreezeShare: 0,
  storeFailRate: 0,
  storeLostRate: 0,
  unreadableRate: 0,
  nothingLeftRate: 0,
  refusedRate: 0,
  refusedReadRate: 0,
};

export class StoreDown extends Error {
  override readonly name = 'StoreDown';
}

/** One process: what it does, and what is done to it. */
export interface HostileProcess {
  dead: boolean;
}

export interface HostileWorld {
  readonly random: Random;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  roughness: Roughness;
}

function freezeMs({ random, roughness }: HostileWorld): number {
  if (roughness.freezeRate === 0 || random() >= roughness.freezeRate) return 0;
  return random() < roughness.longFreezeShare ? (20 + 60 * random()) * HOUR_MS : 2 * HOUR_MS * random() ** 3;
}

function perhapsDie({ random, roughness }: HostileWorld, process: HostileProcess): void {
  if (!process.dead && roughness.crashRate > 0 && random() < roughness.crashRate / 2) process.dead = true;
  if (process.dead) throw new Crash();
}

async function step<Result>(
  world: HostileWorld,
  process: HostileProcess,
  work: () => Promise<Result>,
): Promise<Result> {
  perhapsDie(world, process);
  const before = freezeMs(world);
  if (before > 0) await world.sleep(before);
  if (world.roughness.storeFailRate > 0 && world.random() < world.roughness.storeFailRate) throw new StoreDown();
  const result = await work();
  const after = freezeMs(world);
  if (after > 0) await world.sleep(after);
  perhapsDie(world, process);
  return result;
}

/** The store as one process sees it: it fails, it is slow, and it loses answers of writes it carried out. */
export function hostileStore(store: Store, world: HostileWorld, process: HostileProcess): Store {
  return {
    ...store,
    get: (address) => step(world, process, () => store.get(address)),
    list: (partition, prefix) => step(world, process, () => store.list(partition, prefix)),
    put: (document, expected) =>
      step(world, process, async () => {
        const written = await store.put(document, expected);
        if (world.random() >= world.roughness.storeLostRate) return written;
        // The client's own retry meets its own write; or it gives up.
        if (world.random() < 0.5) return false;
        throw new StoreDown();
      }),
  };
}

const REFUSAL = { status: 422, headers: { 'content-type': 'application/json' }, body: '{"error":"no","detail":"no"}' };

const isUnreadable = (now: number, rate: number) =>
  (Math.imul(Math.floor(now / MINUTE_MS), 2654435761) >>> 8) % 1000 < rate * 1000;

/** The vendor as one process reaches it. A request that was frozen beyond its deadline is not written any more. */
export function hostileHttp(http: Http, world: HostileWorld, process: HostileProcess): Http {
  return async (request: HttpRequest) => {
    const { random, roughness } = world;
    perhapsDie(world, process);
    const frozen = freezeMs(world);
    if (frozen > 0) await world.sleep(frozen);
    if (frozen >= request.timeoutMs) throw new HttpFault('timeout', false);
    if (request.method === 'GET') {
      if (isUnreadable(world.now(), roughness.unreadableRate)) throw new HttpFault('reset', true);
      if (random() < roughness.refusedReadRate) return REFUSAL;
    } else {
      if (random() < roughness.nothingLeftRate) throw new HttpFault('refused', false);
      if (random() < roughness.refusedRate) return REFUSAL;
    }
    const answer = await http(request);
    perhapsDie(world, process);
    const late = freezeMs(world);
    if (late > 0) await world.sleep(late);
    return answer;
  };
}
