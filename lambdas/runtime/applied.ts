import * as z from 'zod/mini';
import { collection, readable } from '../../shared/store/collection.ts';
import {
  CONFIG_CONNECTION,
  CONFIG_SETTINGS,
  CONFIG_SINK,
  configPartition,
  currentConfigAddress,
} from '../../shared/store/keys.ts';
import type { Store } from '../../shared/store/store.ts';

const Current = z.object({
  generation: z.number(),
  digest: z.string(),
  appliedAt: z.string(),
  shards: z.array(z.number()),
  older: z.array(z.string()),
});
export const currents = collection({ name: 'config in force', schema: Current });

/** What a part holds is read as one with the other parts. */
export const parts = collection({ name: 'part of a config', schema: z.record(z.string(), z.unknown()) });
const Placed = z.object({ shard: z.number(), connection: z.unknown() });

export interface Applied {
  /** One more with each config that was applied. */
  readonly generation: number;
  readonly digest: string;
  readonly appliedAt: string;
  /** Shards that hold a connection. */
  readonly shards: readonly number[];
}

/** The config in force, or as much of it as is needed. */
export interface InForce<Named> extends Applied {
  readonly config: Named;
  /** Which shard a connection's checkpoints lie in, for ever. */
  readonly shardOf: ReadonlyMap<string, number>;
}

/** Which config is in force; undefined before the first one is applied. */
export async function readApplied(store: Store): Promise<Applied | undefined> {
  return readable(await currents.get(store, currentConfigAddress))?.value;
}

/** A config as it lies in the table, not parsed yet. */
export interface Parts {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly connections: readonly unknown[];
  readonly sinks: readonly unknown[];
}

/** What `parse` makes of the config that was applied. */
export async function readInForce<Named extends { readonly connections: readonly { readonly id: string }[] }>(
  store: Store,
  { generation, digest, appliedAt, shards }: Applied,
  parse: (parts: Parts) => Named,
): Promise<InForce<Named>> {
  const found = await parts.list(store, configPartition(digest));
  const named = (start: string) => found.filter(({ key }) => key.startsWith(start)).map(({ value }) => value);
  const placed = named(CONFIG_CONNECTION).map((value) => Placed.parse(value));
  const config = parse({
    settings: named(CONFIG_SETTINGS)[0] ?? {},
    connections: placed.map(({ connection }) => connection),
    sinks: named(CONFIG_SINK),
  });
  const shardOf = new Map(config.connections.map(({ id }, index) => [id, placed[index]?.shard ?? 0]));
  return { generation, digest, appliedAt, shards, shardOf, config };
}
