import type { Clock, Random } from '../../../shared/ports.ts';
import type { ZapierCache } from '../../../zapier/platform.ts';

export interface CacheFlaws {
  /** Chance that an entry is gone when it is asked for. */
  readonly lossRate: number;
  /** Chance that a call to the cache fails, or that what was set is dropped without a word. */
  readonly failRate: number;
  readonly latencyMs: number;
}

function frozen(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}

/** Zapier's cache as a trigger may find it: entries end after their time, vanish before, and are dropped when they are set. */
export class LeakyCache implements ZapierCache {
  readonly #entries = new Map<string, { readonly value: unknown; readonly until: number }>();
  readonly #flaws: CacheFlaws;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(flaws: CacheFlaws, clock: Clock, random: Random) {
    this.#flaws = flaws;
    this.#clock = clock;
    this.#random = random;
  }

  async get(key: string): Promise<unknown> {
    await this.#call();
    if (this.#isHit(this.#flaws.lossRate)) this.#entries.delete(key);
    return this.#find(key);
  }

  async set(key: string, value: unknown, ttlSeconds = 300, _scope?: unknown, onlyIfAbsent = false): Promise<unknown> {
    await this.#call();
    if (onlyIfAbsent && this.#find(key) !== null) return false;
    if (this.#isHit(this.#flaws.failRate)) return true;
    // Frozen, as a reader who changed what it was given would change it for all.
    const kept = frozen(JSON.parse(JSON.stringify(value)));
    this.#entries.set(key, { value: kept, until: this.#clock.now() + ttlSeconds * 1_000 });
    return true;
  }

  async delete(key: string): Promise<unknown> {
    await this.#call();
    return this.#entries.delete(key);
  }

  /** All of it is gone at once. */
  flush(): void {
    this.#entries.clear();
  }

  async #call(): Promise<void> {
    if (this.#flaws.latencyMs > 0) await this.#clock.sleep(this.#flaws.latencyMs);
    if (this.#isHit(this.#flaws.failRate)) throw new Error('the cache does not answer');
  }

  #find(key: string): unknown {
    const entry = this.#entries.get(key);
    return entry && entry.until > this.#clock.now() ? entry.value : null;
  }

  #isHit(rate: number): boolean {
    return rate > 0 && this.#random() < rate;
  }
}
