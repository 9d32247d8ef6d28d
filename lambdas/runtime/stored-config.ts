import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { type Config, ConfigSchema } from '../../shared/config/schema.ts';
import type { JsonObject } from '../../shared/model.ts';
import type { Store } from '../../shared/store/store.ts';
import { placeConnections, shardsOf } from './shards.ts';

const PARTITION = 'CONFIG';
const CURRENT = { partition: PARTITION, key: 'current' };
/** The last ones stay, so that whoever is reading one finishes. */
const KEPT = 3;

/** Named by what it holds, so that two who apply at once cannot mix theirs. */
const partitionOf = (digest: string) => `CONFIG#${digest}`;
const digestOf = (parts: readonly Part[]) => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

const Current = z.object({
  generation: z.number(),
  digest: z.string(),
  appliedAt: z.string(),
  shards: z.array(z.number()),
  older: z.array(z.string()),
});

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
  /** Which shard a connection's heads lie in, for ever. */
  readonly shardOf: ReadonlyMap<string, number>;
}

interface Part {
  readonly key: string;
  readonly value: JsonObject;
}

const padded = (index: number) => String(index).padStart(6, '0');

/** A document for each connection and sink: a config of thousands does not fit into one. */
function partsOf({ connections, sinks = [], $schema: _, ...settings }: Config, shards: ReadonlyMap<string, number>) {
  const parts: Part[] = [{ key: 'settings', value: plain(settings) }];
  for (const [index, connection] of connections.entries()) {
    const shard = shards.get(connection.id) ?? 0;
    parts.push({ key: `connection#${padded(index)}`, value: plain({ shard, connection }) });
  }
  for (const [index, sink] of sinks.entries()) parts.push({ key: `sink#${padded(index)}`, value: plain(sink) });
  return parts;
}

const plain = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value));

/** Which config is in force; undefined before the first one is applied. */
export async function readApplied(store: Store): Promise<Applied | undefined> {
  const document = await store.get(CURRENT);
  return document && Current.parse(document.value);
}

/** The config as it was applied. */
export async function readConfig(
  store: Store,
  { generation, digest, appliedAt, shards }: Applied,
): Promise<CloudConfig> {
  const parts = await store.list(partitionOf(digest));
  const named = (start: string) => parts.filter(({ key }) => key.startsWith(start)).map(({ value }) => value);
  const placed = named('connection#').map(({ shard, connection }) => ({ shard: Number(shard), connection }));
  const settings = named('settings')[0] ?? {};
  const config = ConfigSchema.parse({
    ...settings,
    connections: placed.map(({ connection }) => connection),
    sinks: named('sink#'),
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
  const document = await store.get(CURRENT);
  const before = document && Current.parse(document.value);
  const shardOf = await placeConnections(store, config.connections);
  const parts = partsOf(config, shardOf);
  const digest = digestOf(parts);
  // A part that is there already is the same one: its partition is named by all of them.
  for (const { key, value } of parts) await store.put({ partition: partitionOf(digest), key, value }, 0);
  const known = before ? [before.digest, ...before.older].filter((each) => each !== digest) : [];
  const applied = {
    generation: (before?.generation ?? 0) + 1,
    digest,
    appliedAt: new Date(now()).toISOString(),
    shards: [...shardsOf(shardOf)],
  };
  const value = { ...applied, older: known.slice(0, KEPT) };
  if (!(await store.put({ ...CURRENT, value }, document?.version ?? 0))) {
    // The SDK's own retry of a write whose answer was lost is refused too.
    const current = await readApplied(store);
    if (current?.digest !== digest || current.generation !== applied.generation) throw new ApplyConflict();
  }
  for (const old of known.slice(KEPT)) await remove(store, old);
  return { ...applied, shardOf, config };
}

async function remove(store: Store, digest: string): Promise<void> {
  for (const document of await store.list(partitionOf(digest))) await store.remove(document, document.version);
}
