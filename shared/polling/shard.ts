import { Unreadable } from '../store/collection.ts';
import { feedKey, feedOfKey, shardPartition, tailsPartition } from '../store/keys.ts';
import type { Document, Store } from '../store/store.ts';
import { heads as headsOfFeeds } from './documents.ts';
import type { StoredHead } from './state.ts';
import { TailClocks } from './tail-clocks.ts';

export { feedKey, shardPartition } from '../store/keys.ts';

/** One machine needs one. */
export const LOCAL_SHARD = shardPartition(0);

/** Every head of one connection, by feed; also one that is there and cannot be read, or its feed would count as new. */
export type Heads = ReadonlyMap<string, StoredHead | Unreadable>;

/** Where the heads of a connection lie, for ever: a feed whose head is not found counts as new. */
export interface Shard {
  readonly partition: string;
  /** By {@link feedKey}; as fresh as the heads that were read last. */
  readonly tails: TailClocks;
  headsOf(connection: string): Promise<Heads>;
  /** A connection's feeds were polled. */
  polled(): Promise<void>;
}

function storedHead(store: Store, document: Document): StoredHead | Unreadable {
  const read = headsOfFeeds.read(store, document);
  return read instanceof Unreadable ? read : { head: read.value, version: read.version };
}

/** The only shard of one machine, read with a Query for each connection. Its clocks are read once: no other process writes them. */
export function localShard(store: Store): Shard {
  const tails = new TailClocks(store, tailsPartition(0));
  let clocksRead = false;
  return {
    partition: LOCAL_SHARD,
    tails,
    polled: () => tails.save(),
    async headsOf(connection) {
      const prefix = feedKey(connection, '');
      if (!clocksRead) await tails.refresh();
      clocksRead = true;
      const documents = await store.list(LOCAL_SHARD, prefix);
      return new Map(documents.map((document) => [document.key.slice(prefix.length), storedHead(store, document)]));
    },
  };
}

/** A shard of many connections, read with two Queries for all of them before a round, its clocks written after it. */
export class WholeShard implements Shard {
  readonly partition: string;
  readonly tails: TailClocks;
  readonly #store: Store;
  #heads = new Map<string, Map<string, StoredHead | Unreadable>>();

  constructor(store: Store, shard: number) {
    this.#store = store;
    this.partition = shardPartition(shard);
    this.tails = new TailClocks(store, tailsPartition(shard));
  }

  async refresh(): Promise<void> {
    const heads = new Map<string, Map<string, StoredHead | Unreadable>>();
    const [documents] = await Promise.all([this.#store.list(this.partition), this.tails.refresh()]);
    for (const document of documents) {
      const { connection, feed } = feedOfKey(document.key);
      const own = heads.get(connection) ?? new Map<string, StoredHead | Unreadable>();
      own.set(feed, storedHead(this.#store, document));
      heads.set(connection, own);
    }
    this.#heads = heads;
  }

  async headsOf(connection: string): Promise<Heads> {
    return this.#heads.get(connection) ?? new Map();
  }

  /** The clocks of all connections are written together at the end of the round. */
  async polled(): Promise<void> {}
}
