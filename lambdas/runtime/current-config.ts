import type { Store } from '../../shared/store/store.ts';
import { type CloudConfig, readApplied, readConfig } from './stored-config.ts';

/** The config in force, read whole only when another one was applied since. */
export class CurrentConfig {
  readonly #store: Store;
  #config: CloudConfig | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Undefined before the first one is applied. */
  async read(): Promise<CloudConfig | undefined> {
    const applied = await readApplied(this.#store);
    if (applied && applied.digest !== this.#config?.digest) this.#config = await readConfig(this.#store, applied);
    return applied && this.#config && { ...this.#config, generation: applied.generation };
  }
}
