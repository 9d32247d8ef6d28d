import type { Store } from '../../shared/store/store.ts';
import { type Applied, type InForce, readApplied } from './applied.ts';

/** The config in force, read whole only when another one was applied since. */
export class CurrentConfig<Named> {
  readonly #store: Store;
  readonly #readWhole: (store: Store, applied: Applied) => Promise<InForce<Named>>;
  #config: InForce<Named> | undefined;

  constructor(store: Store, readWhole: (store: Store, applied: Applied) => Promise<InForce<Named>>) {
    this.#store = store;
    this.#readWhole = readWhole;
  }

  /** Undefined before the first one is applied. */
  async read(): Promise<InForce<Named> | undefined> {
    const applied = await readApplied(this.#store);
    if (applied && applied.digest !== this.#config?.digest) this.#config = await this.#readWhole(this.#store, applied);
    return applied && this.#config && { ...this.#config, generation: applied.generation };
  }
}
