import * as z from 'zod/mini';
import { foldedId, type Instant } from '../../model.ts';
import { collection, readable } from '../../store/collection.ts';
import { connectionAddress } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';

const ConnectionRecord = z.object({
  provider: z.string(),
  /** The vendor's time at its first answer that did not refuse the key; absent before it. What is newer is recorded. */
  on: z.exactOptional(z.number()),
  /** Which campaigns the config named, from when on; the first from `on`. */
  configs: z.exactOptional(
    z.readonly(z.array(z.object({ at: z.number(), campaigns: z.readonly(z.array(z.string())) }))),
  ),
  /** Why the vendor last refused the key, while it does. */
  unauthorized: z.exactOptional(z.object({ episode: z.string() })),
  /** `backfill` of the config, carried out once. */
  backfilled: z.exactOptional(z.literal(true)),
});
/** What is remembered of a connection for ever, by its id. */
export type ConnectionRecord = Readonly<z.infer<typeof ConnectionRecord>>;

/** Changes of the config that are remembered; the oldest two are merged beyond. */
const CONFIGS_MAX = 20;

/** From when on a campaign is recorded that the config named later; undefined for what it named from the start. */
export function recordedFrom({ configs = [] }: ConnectionRecord, campaign: string): Instant | undefined {
  // Asked for every feed of every round, and nearly no config was ever widened.
  if (configs.length < 2) return undefined;
  const isNamed = (id: string) => id === '*' || foldedId(id) === foldedId(campaign);
  const first = configs.findIndex(({ campaigns }) => campaigns.some(isNamed));
  return first > 0 ? configs[first]?.at : undefined;
}

const isSameSet = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
  one.size === other.size && [...one].every((each) => other.has(each));

/** The record with the config's campaigns as they are now; the same record where nothing has changed. */
export function withCampaigns(record: ConnectionRecord, campaigns: readonly string[], at: Instant): ConnectionRecord {
  const { configs = [] } = record;
  const latest = configs.at(-1);
  if (latest && isSameSet(new Set(latest.campaigns), new Set(campaigns))) return record;
  const kept = configs.length >= CONFIGS_MAX ? [...configs.slice(0, 1), ...configs.slice(2)] : configs;
  return {
    ...record,
    configs: [...kept, { at: configs.length === 0 ? (record.on ?? at) : at, campaigns: [...campaigns] }],
  };
}

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

/** The vendor refuses its key, as far as polls have found. */
export const isUnauthorized = async (store: Store, id: string): Promise<boolean> =>
  (await loadConnection(store, id))?.record.unauthorized !== undefined;
