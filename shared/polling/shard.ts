import type { Document, Store } from '../store/store.ts';
import type { Head, StoredHead } from './state.ts';
import { TailClocks } from './tail-clocks.ts';

/** One partition holds the heads of up to 1,000 feeds, so that one Query reads them. */
export const shardPartition = (shard: number) => `SHARD#${shard}`;
const clocksPartition = (shard: number) => `TAILS#${shard}`;
/** One machine needs one. */
export const LOCAL_SHARD = shardPartition(0);

/** A feed's name among those of its shard. */
export const feedKey = (connection: string, feed: string) => `${connection}/${feed}`;

/** Every head of one connection, by feed. */
export type Heads = ReadonlyMap<string, StoredHead>;

/** Where the heads of a connection lie, for ever: a feed whose head is not found counts as new. */
export interface Shard {
  readonly partition: string;
  /** By {@link feedKey}; as fresh as the heads that were read last. */
  readonly tails: TailClocks;
  headsOf(connection: string): Promise<Heads>;
  /** A connection's feeds were polled. */
  polled(): Promise<void>;
}

const storedHead = ({ value, version }: Document): StoredHead => ({ head: value as unknown as Head, version });

/** The only shard of one machine, read with a Query for each connection. Its clocks are read once: no other process writes them. */
export function localShard(store: Store): Shard {
  const tails = new TailClocks(store, clocksPartition(0));
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
      return new Map(documents.map((document) => [document.key.slice(prefix.length), storedHead(document)]));
    },
  };
}

/** A shard of many connections, read with two Queries for all of them before a round, its clocks written after it. */
export class WholeShard implements Shard {
  readonly partition: string;
  readonly tails: TailClocks;
  readonly #store: Store;
  #heads = new Map<string, Map<string, StoredHead>>();

  constructor(store: Store, shard: number) {
    this.#store = store;
    this.partition = shardPartition(shard);
    this.tails = new TailClocks(store, clocksPartition(shard));
  }

  async refresh(): Promise<void> {
    const heads = new Map<string, Map<string, StoredHead>>();
    const [documents] = await Promise.all([this.#store.list(this.partition), this.tails.refresh()]);
    for (const document of documents) {
      const slash = document.key.indexOf('/');
      const connection = document.key.slice(0, slash);
      const own = heads.get(connection) ?? new Map<string, StoredHead>();
      own.set(document.key.slice(slash + 1), storedHead(document));
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
