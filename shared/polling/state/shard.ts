import { Unreadable } from '../../store/collection.ts';
import { feedKey, feedOfKey, NO_FEED, scanClocksPartition, shardPartition } from '../../store/keys.ts';
import type { Document, Store } from '../../store/store.ts';
import { checkpoints as checkpointDocuments } from './documents.ts';
import type { StoredCheckpoint } from './feed-state.ts';
import { InterestedScanClocks } from './interested-scan-clocks.ts';

/** One machine needs one. */
const LOCAL_SHARD = shardPartition(0);

/** Every checkpoint of one connection, by feed; also one that is there and cannot be read, or its feed would count as new. */
export type Checkpoints = ReadonlyMap<string, StoredCheckpoint | Unreadable>;

/** What lies of a connection in its shard. */
export interface InShard {
  readonly checkpoints: Checkpoints;
  /** A backfill goes on, whoever asked for it. */
  readonly isBackfillAsked: boolean;
}

/** Where the checkpoints of a connection lie, for ever: a feed whose checkpoint is not found counts as new. */
export interface Shard {
  readonly partition: string;
  /** By {@link feedKey}; as fresh as the checkpoints that were read last. */
  readonly scanClocks: InterestedScanClocks;
  read(connection: string): Promise<InShard>;
  /** A connection's feeds were polled. */
  polled(): Promise<void>;
}

function storedCheckpoint(store: Store, document: Document): StoredCheckpoint | Unreadable {
  const read = checkpointDocuments.read(store, document);
  return read instanceof Unreadable ? read : { checkpoint: read.value, version: read.version };
}

function inShard(documents: readonly Document[], read: (document: Document) => StoredCheckpoint | Unreadable): InShard {
  const checkpoints = new Map<string, StoredCheckpoint | Unreadable>();
  let isBackfillAsked = false;
  for (const document of documents) {
    const { feed } = feedOfKey(document.key);
    if (feed === NO_FEED) isBackfillAsked = true;
    else checkpoints.set(feed, read(document));
  }
  return { checkpoints, isBackfillAsked };
}

/** The only shard of one machine, read with a Query for each connection. Its clocks are read once: no other process writes them. */
export function localShard(store: Store): Shard {
  const scanClocks = new InterestedScanClocks(store, scanClocksPartition(0));
  let clocksRead = false;
  return {
    partition: LOCAL_SHARD,
    scanClocks,
    polled: () => scanClocks.save(),
    async read(connection) {
      if (!clocksRead) await scanClocks.refresh();
      clocksRead = true;
      const documents = await store.list(LOCAL_SHARD, feedKey(connection, NO_FEED));
      return inShard(documents, (document) => storedCheckpoint(store, document));
    },
  };
}

/** A shard of many connections, read with two Queries for all of them before a round, its clocks written after it. */
export class WholeShard implements Shard {
  readonly partition: string;
  readonly scanClocks: InterestedScanClocks;
  readonly #store: Store;
  #documents: ReadonlyMap<string, readonly Document[]> = new Map();
  /** By key, as read last: most are not written between two rounds, and none is ever removed, so a version is of one value alone. */
  readonly #known = new Map<string, StoredCheckpoint>();

  constructor(store: Store, shard: number) {
    this.#store = store;
    this.partition = shardPartition(shard);
    this.scanClocks = new InterestedScanClocks(store, scanClocksPartition(shard));
  }

  async refresh(): Promise<void> {
    const [documents] = await Promise.all([this.#store.list(this.partition), this.scanClocks.refresh()]);
    this.#documents = Map.groupBy(documents, ({ key }) => feedOfKey(key).connection);
  }

  async read(connection: string): Promise<InShard> {
    return inShard(this.#documents.get(connection) ?? [], (document) => this.#checkpoint(document));
  }

  #checkpoint(document: Document): StoredCheckpoint | Unreadable {
    const known = this.#known.get(document.key);
    if (known?.version === document.version) return known;
    const read = storedCheckpoint(this.#store, document);
    if (!(read instanceof Unreadable)) this.#known.set(document.key, read);
    return read;
  }

  /** The clocks of all connections are written together at the end of the round. */
  async polled(): Promise<void> {}
}
