import type { Instant } from '../model.ts';
import type { Store } from '../store/store.ts';

/** What is remembered of a connection for ever, by its id. */
export interface ConnectionRecord {
  readonly provider: string;
  /** The vendor's time at the first successful contact. What is newer is told. */
  readonly on: Instant;
  /** Why the vendor last refused the key, while it does. */
  readonly unauthorized?: { readonly episode: string };
  /** `backfill` of the config, carried out once. */
  readonly backfilled?: true;
}

const address = (id: string) => ({ partition: 'CONNECTIONS', key: id });

export interface StoredConnection {
  readonly record: ConnectionRecord;
  readonly version: number;
}

export async function loadConnection(store: Store, id: string): Promise<StoredConnection | undefined> {
  const document = await store.get(address(id));
  return document && { record: document.value as unknown as ConnectionRecord, version: document.version };
}

export async function saveConnection(
  store: Store,
  id: string,
  record: ConnectionRecord,
  expected: number,
): Promise<boolean> {
  return await store.put({ ...address(id), value: record as never }, expected);
}
