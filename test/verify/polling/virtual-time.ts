import type { Clock } from '../../../shared/ports.ts';

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A clock on which nothing takes time but sleeping. Sleepers wake in order of time, ties in order of arrival. */
export class VirtualTime implements Clock {
  #now: number;
  #order = 0;
  #working = 0;
  readonly #sleepers: Sleeper[] = [];

  constructor(start: number) {
    this.#now = start;
  }

  /** Time stands still while real work, such as a database on disk, is under way. */
  async during<Result>(work: Promise<Result>): Promise<Result> {
    this.#working += 1;
    try {
      return await work;
    } finally {
      this.#working -= 1;
    }
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => {
      const sleeper = { at: Math.ceil(this.#now + Math.max(0, ms)), order: this.#order++, wake };
      let index = this.#sleepers.length;
      while (index > 0 && (this.#sleepers[index - 1]?.at ?? 0) > sleeper.at) index -= 1;
      this.#sleepers.splice(index, 0, sleeper);
    });
  }

  /** Lets everything happen up to and including `until`. */
  async runUntil(until: number): Promise<void> {
    await this.#drained();
    for (let next = this.#sleepers[0]; next && next.at <= until; next = this.#sleepers[0]) {
      this.#sleepers.shift();
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      await this.#drained();
    }
    this.#now = Math.max(this.#now, until);
  }

  async #drained(): Promise<void> {
    do await turn();
    while (this.#working > 0);
  }
}
