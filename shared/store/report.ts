import type { Log } from '../ports.ts';
import type { Store } from './store.ts';

/** Documents remembered as said; a poll meets the same one each minute. */
const SAID_MAX = 1_000;

/** The same store, with each document that cannot be read said once in this process, by its address. */
export function reportUnreadable(store: Store, log: Log): Store {
  const said = new Set<string>();
  return {
    ...store,
    unreadable({ address: { partition, key }, version, why }) {
      const name = JSON.stringify([partition, key, version]);
      if (said.has(name)) return;
      if (said.size >= SAID_MAX) said.clear();
      said.add(name);
      log.warn('store.unreadable', { partition, key, version, why });
    },
  };
}
