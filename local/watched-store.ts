import { isEventAddress } from '../shared/outbox/outbox.ts';
import type { Document, Store } from '../shared/store/store.ts';

/** The same store, telling of each event the moment it is recorded: a hint to deliver now and not at the next round. */
export function watchedStore(store: Store, recorded: (event: Document) => void): Store {
  return {
    get: (address) => store.get(address),
    list: (partition, prefix) => (prefix === undefined ? store.list(partition) : store.list(partition, prefix)),
    remove: (address, expected) => store.remove(address, expected),
    due: (before, limit) => store.due(before, limit),
    timeline: (from, page) => store.timeline(from, page),
    scanDue: () => store.scanDue(),
    async put(document, expected) {
      const written = await store.put(document, expected);
      if (written && expected === 0 && isEventAddress(document)) recorded({ ...document, version: 1 });
      return written;
    },
  };
}
