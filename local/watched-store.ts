import { isEventAddress } from '../shared/store/keys.ts';
import type { Document, Store } from '../shared/store/store.ts';

/** The same store, telling of each event the moment it is recorded: a hint to deliver now and not at the next round. */
export function watchedStore(store: Store, recorded: (event: Document) => void): Store {
  return {
    ...store,
    async put(document, expected) {
      const written = await store.put(document, expected);
      if (written && expected === 0 && isEventAddress(document)) recorded({ ...document, version: 1 });
      return written;
    },
  };
}
