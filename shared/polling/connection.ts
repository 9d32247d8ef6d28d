import * as z from 'zod/mini';
import { collection, readable } from '../store/collection.ts';
import { connectionAddress } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

const ConnectionRecord = z.object({
  provider: z.string(),
  /** The vendor's time at the first successful contact; absent before it. What is newer is told. */
  on: z.exactOptional(z.number()),
  /** Why the vendor last refused the key, while it does. */
  unauthorized: z.exactOptional(z.object({ episode: z.string() })),
  /** `backfill` of the config, carried out once. */
  backfilled: z.exactOptional(z.literal(true)),
});
/** What is remembered of a connection for ever, by its id. */
export type ConnectionRecord = Readonly<z.infer<typeof ConnectionRecord>>;

const records = collection<ConnectionRecord>({ name: 'record of a connection', schema: ConnectionRecord });

export interface StoredConnection {
  readonly record: ConnectionRecord;
  readonly version: number;
}

export async function loadConnection(store: Store, id: string): Promise<StoredConnection | undefined> {
  const stored = readable(await records.get(store, connectionAddress(id)));
  return stored && { record: stored.value, version: stored.version };
}

export async function saveConnection(
  store: Store,
  id: string,
  record: ConnectionRecord,
  expected: number,
): Promise<boolean> {
  return await records.put(store, { ...connectionAddress(id), value: record }, expected);
}
