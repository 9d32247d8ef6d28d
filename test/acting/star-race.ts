import { createSandbox, SANDBOX_URLS } from '../../sandbox/sandbox.ts';
import { seededRandom } from '../../sandbox/seeded.ts';
import { createSwitches, DEMO_KEYS, type Switches } from '../../sandbox/switches.ts';
import { createWorld } from '../../sandbox/world.ts';
import { ProviderError } from '../../shared/failure.ts';
import type { Http, Random } from '../../shared/ports.ts';
import type { Connection, Starrer } from '../../shared/provider.ts';
import { providerNamed } from '../../shared/providers/index.ts';
import { memoryStore } from '../../shared/store/memory.ts';
import type { Store } from '../../shared/store/store.ts';
import { VirtualTime } from '../verify/polling/virtual-time.ts';

const START = Date.UTC(2026, 0, 5, 8);
const END = START + 10 * 60_000;
const LATENCY_MS = 300;
const LOST_ANSWERS: Partial<Switches> = { faultScope: 'writes', errorAfterRate: 0.12, resetAfterRate: 0.12 };

/** The vendor's two calls without any care, for broken setters; undefined when the answer was lost. */
export interface RawStar {
  read(): Promise<boolean>;
  toggle(): Promise<boolean | undefined>;
}

export interface Process {
  readonly connection: Connection;
  readonly store: Store;
  readonly time: VirtualTime;
  readonly raw: RawStar;
}
export type MakeStarrer = (process: Process) => Starrer;

/** One call, or one act of the person at the vendor. Places in the order of all that happened. */
interface Operation {
  readonly begun: number;
  ended: number;
  /** The state it asked for, or, of a call that ended in an error, the one it saw last. */
  value: boolean;
}

export interface Race {
  /** Whether some order of the operations, each within its time, ends in the state the vendor shows. */
  readonly explained: boolean;
  readonly calls: number;
  /** Calls that ended in an error instead of the state asked for. */
  readonly told: number;
  readonly toggles: number;
  /** Toggles not preceded by a reading that differed from the wish. */
  readonly blind: number;
}

/** The state may be that of any operation after whose end no other began. */
function explains(operations: readonly Operation[], final: boolean): boolean {
  const last = operations.filter(({ ended }) => !operations.some(({ begun }) => begun > ended));
  return last.some(({ value }) => value === final);
}

class Scene {
  readonly time = new VirtualTime(START);
  readonly store = memoryStore();
  readonly operations: Operation[] = [];
  readonly count = { calls: 0, told: 0, toggles: 0, blind: 0 };
  readonly world = createWorld({ seed: 1, now: () => this.time.now() });
  readonly threadId: string;
  readonly #random: Random;
  readonly #http: Http;
  #order = 0;

  constructor(seed: number, faults: Partial<Switches> = LOST_ANSWERS) {
    this.#random = seededRandom(seed);
    const campaign = this.world.addCampaign({ vendor: 'coldsend' });
    const starred = this.#random() < 0.5;
    this.threadId = this.world.addThread({ campaignId: campaign.id, leadEmail: 'jane@acme.example', leadName: 'J' }).id;
    this.world.addMessage(this.threadId, { direction: 'inbound', sentAt: START - 1_000, text: 'Hello' });
    this.world.setStarred(this.threadId, starred);
    const switches = createSwitches(faults);
    const parts = { world: this.world, switches, random: seededRandom(seed + 1), clock: this.time };
    this.#http = createSandbox(parts).http;
  }

  get starred(): boolean {
    return this.world.thread(this.threadId)?.starred ?? false;
  }

  #later = (most: number) => this.time.sleep(Math.floor(this.#random() * most));

  /** Requests and answers are under way for a while, so that others come between. */
  #slowly: Http = async (request) => {
    await this.#later(LATENCY_MS);
    try {
      return await this.#http(request);
    } finally {
      await this.#later(LATENCY_MS);
    }
  };

  process(make: MakeStarrer): Starrer {
    let wish: boolean | undefined;
    let seen: boolean | undefined;
    const http: Http = async (request) => {
      if (request.method === 'PATCH') {
        this.count.toggles += 1;
        if (seen === undefined || seen === wish) this.count.blind += 1;
        seen = undefined;
      }
      const answer = await this.#slowly(request);
      if (request.method === 'GET') seen = JSON.parse(answer.body).is_starred;
      return answer;
    };
    const connection = this.#connect(http);
    const aware = <Given extends Starrer>({ setStarred }: Given): Starrer => ({
      async setStarred(threadId, starred) {
        wish = starred;
        seen = undefined;
        return await setStarred(threadId, starred);
      },
    });
    const watched = connection.stars ? { ...connection, stars: aware(connection.stars) } : connection;
    return make({ connection: watched, store: this.store, time: this.time, raw: this.#raw(http) });
  }

  #connect(http: Http): Connection {
    const provider = providerNamed('coldsend');
    if (!provider) throw new Error('no provider');
    const log = { info: () => {}, warn: () => {} };
    const options = { apiKey: DEMO_KEYS.coldsend, baseUrl: SANDBOX_URLS.coldsend, quotaShare: 1 };
    return provider.connect(options, { http, clock: this.time, random: this.#random, log });
  }

  #raw(http: Http): RawStar {
    const headers = { 'x-api-key': DEMO_KEYS.coldsend };
    const url = `${SANDBOX_URLS.coldsend}/replies/threads/${this.threadId}`;
    const limits = { headers, timeoutMs: 30_000, bytesMax: 100_000 };
    return {
      read: async () => JSON.parse((await http({ method: 'GET', url, ...limits })).body).is_starred,
      toggle: async () => {
        const answer = await http({ method: 'PATCH', url: `${url}/star`, ...limits }).catch(() => undefined);
        return answer?.status === 200 ? JSON.parse(answer.body).is_starred : undefined;
      },
    };
  }

  async caller(starrer: Starrer): Promise<void> {
    for (let left = 1 + Math.floor(this.#random() * 3); left > 0; left -= 1) {
      await this.#later(3 * LATENCY_MS);
      const starred = this.#random() < 0.5;
      this.count.calls += 1;
      const operation: Operation = { begun: this.#order++, ended: Number.POSITIVE_INFINITY, value: starred };
      this.operations.push(operation);
      try {
        await starrer.setStarred(this.threadId, starred);
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        // No reading fails here: whoever gives up has seen the other state.
        operation.value = !starred;
        this.count.told += 1;
      }
      operation.ended = this.#order++;
    }
  }

  async person(): Promise<void> {
    for (let left = Math.floor(this.#random() * 4); left > 0; left -= 1) {
      await this.#later(6 * LATENCY_MS);
      const starred = this.#random() < 0.5;
      const place = this.#order++;
      this.operations.push({ begun: place, ended: place, value: starred });
      this.world.setStarred(this.threadId, starred);
    }
  }
}

/** Two callers in one process, one in another, and a person at the vendor, at one thread; answers to toggles get lost. */
export async function race(seed: number, make: MakeStarrer): Promise<Race> {
  const scene = new Scene(seed);
  const first = scene.process(make);
  const second = scene.process(make);
  const all = Promise.all([scene.caller(first), scene.caller(first), scene.caller(second), scene.person()]);
  await scene.time.runUntil(END);
  await all;
  return { explained: explains(scene.operations, scene.starred), ...scene.count };
}

/** Many calls at once in one process, nobody else about: the star wished for last, and the one the vendor shows. */
export async function rush(
  seed: number,
  make: MakeStarrer,
): Promise<{ readonly last: boolean; readonly final: boolean }> {
  const scene = new Scene(seed, {});
  const starrer = scene.process(make);
  const wishes = Array.from({ length: 5 }, (_, index) => ((seed >> index) & 1) === 1);
  const all = Promise.all(wishes.map((starred) => starrer.setStarred(scene.threadId, starred)));
  await scene.time.runUntil(END);
  await all;
  return { last: wishes.at(-1) ?? false, final: scene.starred };
}
