import { Unreadable } from '../../store/collection.ts';
import { feedKey, feedOfKey, scanClocksPartition, shardPartition } from '../../store/keys.ts';
import type { Document, Store } from '../../store/store.ts';
import { checkpoints as checkpointDocuments } from './documents.ts';
import type { StoredCheckpoint } from './feed-state.ts';
import { InterestedScanClocks } from './interested-scan-clocks.ts';

/** One machine needs one. */
const LOCAL_SHARD = shardPartition(0);

/** Every checkpoint of one connection, by feed; also one that is there and cannot be read, or its feed would count as new. */
export type Checkpoints = ReadonlyMap<string, StoredCheckpoint | Unreadable>;

/** Where the checkpoints of a connection lie, for ever: a feed whose checkpoint is not found counts as new. */
export interface Shard {
  readonly partition: string;
  /** By {@link feedKey}; as fresh as the checkpoints that were read last. */
  readonly scanClocks: InterestedScanClocks;
  checkpointsOf(connection: string): Promise<Checkpoints>;
  /** A connection's feeds were polled. */
  polled(): Promise<void>;
}

function storedCheckpoint(store: Store, document: Document): StoredCheckpoint | Unreadable {
  const read = checkpointDocuments.read(store, document);
  return read instanceof Unreadable ? read : { checkpoint: read.value, version: read.version };
}

/** The only shard of one machine, read with a Query for each connection. Its clocks are read once: no other process writes them. */
export function localShard(store: Store): Shard {
  const scanClocks = new InterestedScanClocks(store, scanClocksPartition(0));
  let clocksRead = false;
  return {
    partition: LOCAL_SHARD,
    scanClocks,
    polled: () => scanClocks.save(),
    async checkpointsOf(connection) {
      const prefix = feedKey(connection, '');
      if (!clocksRead) await scanClocks.refresh();
      clocksRead = true;
      const documents = await store.list(LOCAL_SHARD, prefix);
      return new Map(
        documents.map((document) => [document.key.slice(prefix.length), storedCheckpoint(store, document)]),
      );
    },
  };
}

/** A shard of many connections, read with two Queries for all of them before a round, its clocks written after it. */
export class WholeShard implements Shard {
  readonly partition: string;
  readonly scanClocks: InterestedScanClocks;
  readonly #store: Store;
  #checkpoints = new Map<string, Map<string, StoredCheckpoint | Unreadable>>();

  constructor(store: Store, shard: number) {
    this.#store = store;
    this.partition = shardPartition(shard);
    this.scanClocks = new InterestedScanClocks(store, scanClocksPartition(shard));
  }

  async refresh(): Promise<void> {
    const checkpoints = new Map<string, Map<string, StoredCheckpoint | Unreadable>>();
    const [documents] = await Promise.all([this.#store.list(this.partition), this.scanClocks.refresh()]);
    for (const document of documents) {
      const { connection, feed } = feedOfKey(document.key);
      const own = checkpoints.get(connection) ?? new Map<string, StoredCheckpoint | Unreadable>();
      own.set(feed, storedCheckpoint(this.#store, document));
      checkpoints.set(connection, own);
    }
    this.#checkpoints = checkpoints;
  }

  async checkpointsOf(connection: string): Promise<Checkpoints> {
    return this.#checkpoints.get(connection) ?? new Map();
  }

  /** The clocks of all connections are written together at the end of the round. */
  async polled(): Promise<void> {}
}
