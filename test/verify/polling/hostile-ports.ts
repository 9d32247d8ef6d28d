import type { Http, Random } from '../../../shared/ports.ts';
import type { Put, Store } from '../../../shared/store/store.ts';

/** The process dies here: nothing after it runs. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

export interface Hostility {
  /** Chance of dying before or after any single call to a port. */
  crashRate: number;
  /** Chance that a put is carried out but answered `false`, as when a client's own retry meets its own write. */
  lostAnswerRate: number;
  /** Chance that a put is answered `false` by somebody else's doing or fails before it is carried out. */
  freezeRate: number;
  freezeMs: number;
}

export const CALM: Hostility = { crashRate: 0, lostAnswerRate: 0, freezeRate: 0, freezeMs: 0 };

interface Process {
  dead: boolean;
}

interface Hostile {
  readonly hostility: Hostility;
  readonly random: Random;
  readonly sleep: (ms: number) => Promise<void>;
  readonly process: Process;
}

async function risky<Result>(hostile: Hostile, work: () => Promise<Result>): Promise<Result> {
  const { hostility, random, process, sleep } = hostile;
  const die = () => {
    process.dead = true;
    throw new Crash();
  };
  if (process.dead) throw new Crash();
  if (hostility.freezeRate > 0 && random() < hostility.freezeRate) await sleep(random() * hostility.freezeMs);
  if (process.dead || (hostility.crashRate > 0 && random() < hostility.crashRate / 2)) die();
  const result = await work();
  if (process.dead || (hostility.crashRate > 0 && random() < hostility.crashRate / 2)) die();
  return result;
}

export function hostileStore(store: Store, hostile: Hostile): Store {
  const lost = () => hostile.hostility.lostAnswerRate > 0 && hostile.random() < hostile.hostility.lostAnswerRate;
  return {
    ...store,
    get: (address) => risky(hostile, () => store.get(address)),
    list: (partition, prefix) => risky(hostile, () => store.list(partition, prefix)),
    put: (document: Put, expected) =>
      risky(hostile, async () => {
        const answer = await store.put(document, expected);
        return lost() ? false : answer;
      }),
    remove: (address, expected) => risky(hostile, () => store.remove(address, expected)),
    due: (before, limit) => store.due(before, limit),
    dueAfter: (after) => store.dueAfter(after),
    timeline: (from, page) => store.timeline(from, page),
  };
}

export const hostileHttp =
  (http: Http, hostile: Hostile): Http =>
  (request) =>
    risky(hostile, () => http(request));
