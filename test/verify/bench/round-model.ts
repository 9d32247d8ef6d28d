import { CONNECTIONS_AT_ONCE, FEEDS_AT_ONCE } from '../../../lambdas/runtime/poll-shard.ts';

/** One feed's poll as a function sees it: calls one after another, each with work before and after. */
export interface FeedWork {
  readonly calls: number;
  /** Of this process, for each call. */
  readonly cpuMsPerCall: number;
  /** Reads and writes of the store beyond the Query over the checkpoints. */
  readonly storeCalls: number;
  /** When its last call has been answered and written, from the start of the round. */
  done?(atMs: number): void;
}

export interface RoundWorld {
  /** Share of a processor the function has. Source: AWS, Lambda gives one at 1,769 MB. */
  readonly cpuShare: number;
  latencyMs(): number;
  readonly storeLatencyMs: number;
  readonly storeCpuMs: number;
  /** Before the first call: the config in force, and the Query over the checkpoints. */
  readonly openingMs: number;
  readonly openingCpuMs: number;
}

interface Waiting {
  readonly at: number;
  readonly go: (at: number) => void;
}

/** A heap by time. */
class Agenda {
  readonly #heap: Waiting[] = [];

  add(at: number, go: (at: number) => void): void {
    const heap = this.#heap;
    let index = heap.length;
    const item = { at, go };
    heap.push(item);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (!above || above.at <= at) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = item;
  }

  next(): Waiting | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (left && right && right.at < left.at) child += 1;
      const below = heap[child];
      if (!below || below.at >= last.at) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

type Then = (at: number) => void;

/** A quarter of a call's work comes before it: the request; the rest comes after it: the answer. */
const REQUEST_SHARE = 1 / 4;

class Round {
  readonly #world: RoundWorld;
  readonly #agenda = new Agenda();
  #processorFreeAt = 0;
  #endMs = 0;

  constructor(world: RoundWorld) {
    this.#world = world;
  }

  run(connections: readonly (readonly FeedWork[])[]): number {
    const queue = connections.values();
    const slot = (now: number): void => {
      this.#endMs = Math.max(this.#endMs, now);
      const { value: feeds, done } = queue.next();
      if (!done) this.#connection(feeds, now, slot);
    };
    const { openingMs, openingCpuMs } = this.#world;
    this.#agenda.add(this.#computed(0, openingCpuMs) + openingMs, (now) => {
      for (let each = 0; each < Math.min(CONNECTIONS_AT_ONCE, connections.length); each += 1) slot(now);
    });
    for (let next = this.#agenda.next(); next; next = this.#agenda.next()) next.go(next.at);
    return this.#endMs;
  }

  /** When the processor has done this, after what came before. */
  #computed(at: number, cpuMs: number): number {
    this.#processorFreeAt = Math.max(this.#processorFreeAt, at) + cpuMs / this.#world.cpuShare;
    return this.#processorFreeAt;
  }

  #connection(feeds: readonly FeedWork[], at: number, then: Then): void {
    const queue = feeds.values();
    let active = Math.min(FEEDS_AT_ONCE, feeds.length);
    const worker = (now: number): void => {
      const { value: feed, done } = queue.next();
      if (!done) {
        this.#calls(feed, feed.calls, now, worker);
        return;
      }
      active -= 1;
      if (active === 0) then(now);
    };
    for (let each = active; each > 0; each -= 1) worker(at);
  }

  #calls(feed: FeedWork, left: number, at: number, then: Then): void {
    if (left === 0) {
      this.#store(feed, feed.storeCalls, at, then);
      return;
    }
    const answered = this.#computed(at, feed.cpuMsPerCall * REQUEST_SHARE) + this.#world.latencyMs();
    this.#agenda.add(answered, (now) => {
      const read = this.#computed(now, feed.cpuMsPerCall * (1 - REQUEST_SHARE));
      this.#agenda.add(read, (next) => this.#calls(feed, left - 1, next, then));
    });
  }

  #store(feed: FeedWork, left: number, at: number, then: Then): void {
    if (left === 0) {
      feed.done?.(at);
      then(at);
      return;
    }
    const done = this.#computed(at, this.#world.storeCpuMs) + this.#world.storeLatencyMs;
    this.#agenda.add(done, (now) => this.#store(feed, left - 1, now, then));
  }
}

/**
 * How long one round over a shard takes, in milliseconds. As many connections and feeds run side by side as the real
 * round allows; they wait for the vendor together, and one after another for the processor.
 */
export const roundMs = (world: RoundWorld, connections: readonly (readonly FeedWork[])[]): number =>
  new Round(world).run(connections);
