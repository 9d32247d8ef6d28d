import { createHash } from 'node:crypto';
import { type Config, ConfigSchema } from '../../shared/config/schema.ts';
import type { JsonObject } from '../../shared/model.ts';
import { readable } from '../../shared/store/collection.ts';
import {
  CONFIG_CONNECTION,
  CONFIG_SETTINGS,
  CONFIG_SINK,
  configPartition,
  configPartKey,
  currentConfigAddress,
} from '../../shared/store/keys.ts';
import type { Store } from '../../shared/store/store.ts';
import { type Applied, currents, type InForce, parts, readApplied, readInForce } from './applied.ts';
import { assignShards, shardsOf } from './shards.ts';

export type CloudConfig = InForce<Config>;

/** The last ones stay, so that whoever is reading one finishes. */
const KEPT = 3;

const digestOf = (parts: readonly Part[]) => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

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

/** The config as it was applied. */
export const readConfig = async (store: Store, applied: Applied): Promise<CloudConfig> =>
  await readInForce(store, applied, ({ settings, connections, sinks }) =>
    ConfigSchema.parse({ ...settings, connections, sinks }),
  );

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
