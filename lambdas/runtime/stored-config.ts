import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { type Config, ConfigSchema } from '../../shared/config/schema.ts';
import type { JsonObject } from '../../shared/model.ts';
import { collection, readable } from '../../shared/store/collection.ts';
import {
  CONFIG_CONNECTION,
  CONFIG_SETTINGS,
  CONFIG_SINK,
  configPartition,
  configPartKey,
  currentConfigAddress,
} from '../../shared/store/keys.ts';
import type { Store } from '../../shared/store/store.ts';
import { assignShards, shardsOf } from './shards.ts';

/** The last ones stay, so that whoever is reading one finishes. */
const KEPT = 3;

const digestOf = (parts: readonly Part[]) => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

const Current = z.object({
  generation: z.number(),
  digest: z.string(),
  appliedAt: z.string(),
  shards: z.array(z.number()),
  older: z.array(z.string()),
});
const currents = collection({ name: 'config in force', schema: Current });

/** What a part holds is read as one with the other parts. */
const parts = collection({ name: 'part of a config', schema: z.record(z.string(), z.unknown()) });
const Placed = z.object({ shard: z.number(), connection: z.unknown() });

export interface Applied {
  /** One more with each config that was applied. */
  readonly generation: number;
  readonly digest: string;
  readonly appliedAt: string;
  /** Shards that hold a connection. */
  readonly shards: readonly number[];
}

export interface CloudConfig extends Applied {
  readonly config: Config;
  /** Which shard a connection's checkpoints lie in, for ever. */
  readonly shardOf: ReadonlyMap<string, number>;
}

interface Part {
  readonly key: string;
  readonly value: JsonObject;
}

/** A document for each connection and sink: a config of thousands does not fit into one. */
function partsOf({ connections, sinks = [], $schema: _, ...settings }: Config, shards: ReadonlyMap<string, number>) {
  const made: Part[] = [{ key: CONFIG_SETTINGS, value: plain(settings) }];
  for (const [index, connection] of connections.entries()) {
    const shard = shards.get(connection.id) ?? 0;
    made.push({ key: configPartKey(CONFIG_CONNECTION, index), value: plain({ shard, connection }) });
  }
  for (const [index, sink] of sinks.entries())
    made.push({ key: configPartKey(CONFIG_SINK, index), value: plain(sink) });
  return made;
}

const plain = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value));

/** Which config is in force; undefined before the first one is applied. */
export async function readApplied(store: Store): Promise<Applied | undefined> {
  return readable(await currents.get(store, currentConfigAddress))?.value;
}

/** The config as it was applied. */
export async function readConfig(
  store: Store,
  { generation, digest, appliedAt, shards }: Applied,
): Promise<CloudConfig> {
  const found = await parts.list(store, configPartition(digest));
  const named = (start: string) => found.filter(({ key }) => key.startsWith(start)).map(({ value }) => value);
  const placed = named(CONFIG_CONNECTION).map((value) => Placed.parse(value));
  const settings = named(CONFIG_SETTINGS)[0] ?? {};
  const config = ConfigSchema.parse({
    ...settings,
    connections: placed.map(({ connection }) => connection),
    sinks: named(CONFIG_SINK),
  });
  const shardOf = new Map(config.connections.map(({ id }, index) => [id, placed[index]?.shard ?? 0]));
  return { generation, digest, appliedAt, shards, shardOf, config };
}

/** The config was applied by somebody else at the same moment. */
export class ApplyConflict extends Error {
  override readonly name = 'ApplyConflict';
}

/**
 * Puts a config in force, all of it at once: its parts are written beside the old ones, and then one write points to them.
 * Who dies in between has changed nothing.
 */
export async function storeConfig(store: Store, config: Config, now: () => number): Promise<CloudConfig> {
  const document = readable(await currents.get(store, currentConfigAddress));
  const before = document?.value;
  const shardOf = await assignShards(store, config.connections);
  const made = partsOf(config, shardOf);
  const digest = digestOf(made);
  // A part that is there already is the same one: its partition is named by all of them.
  for (const { key, value } of made) await parts.put(store, { partition: configPartition(digest), key, value }, 0);
  const known = before ? [before.digest, ...before.older].filter((each) => each !== digest) : [];
  const applied = {
    generation: (before?.generation ?? 0) + 1,
    digest,
    appliedAt: new Date(now()).toISOString(),
    shards: [...shardsOf(shardOf)],
  };
  const value = { ...applied, older: known.slice(0, KEPT) };
  if (!(await currents.put(store, { ...currentConfigAddress, value }, document?.version ?? 0))) {
    // The SDK's own retry of a write whose answer was lost is refused too.
    const current = await readApplied(store);
    if (current?.digest !== digest || current.generation !== applied.generation) throw new ApplyConflict();
  }
  for (const old of known.slice(KEPT)) await remove(store, old);
  return { ...applied, shardOf, config };
}

async function remove(store: Store, digest: string): Promise<void> {
  for (const document of await store.list(configPartition(digest))) await store.remove(document, document.version);
}
