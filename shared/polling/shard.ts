import type { Document, Store } from '../store/store.ts';
import type { Head, StoredHead } from './state.ts';

/** One partition holds the heads of up to 1,000 feeds, so that one Query reads them. */
export const shardPartition = (shard: number) => `SHARD#${shard}`;
/** One machine needs one. */
export const LOCAL_SHARD = shardPartition(0);

/** Every head of one connection, by feed. */
export type Heads = ReadonlyMap<string, StoredHead>;

/** Where the heads of a connection lie, for ever: a feed whose head is not found counts as new. */
export interface Shard {
  readonly partition: string;
  headsOf(connection: string): Promise<Heads>;
}

const storedHead = ({ value, version }: Document): StoredHead => ({ head: value as unknown as Head, version });

/** The only shard of one machine, read with a Query for each connection. */
export function localShard(store: Store): Shard {
  return {
    partition: LOCAL_SHARD,
    async headsOf(connection) {
      const prefix = `${connection}/`;
      const documents = await store.list(LOCAL_SHARD, prefix);
      return new Map(documents.map((document) => [document.key.slice(prefix.length), storedHead(document)]));
    },
  };
}

/** A shard of many connections, read with one Query for all of them each time it is refreshed. */
export class WholeShard implements Shard {
  readonly partition: string;
  readonly #store: Store;
  #heads = new Map<string, Map<string, StoredHead>>();

  constructor(store: Store, shard: number) {
    this.#store = store;
    this.partition = shardPartition(shard);
  }

  async refresh(): Promise<void> {
    const heads = new Map<string, Map<string, StoredHead>>();
    for (const document of await this.#store.list(this.partition)) {
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
}
