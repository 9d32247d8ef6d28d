import { dueBuckets } from '../../../adapters/dynamodb/table.ts';
import type { MemoryStore } from '../../../shared/store/memory.ts';
import type { Document, Store } from '../../../shared/store/store.ts';
import { eventualReadUnits, itemBytes, readUnits, refusedUnits, writeUnits } from './units.ts';

/** What a store was asked for, as DynamoDB would charge it. */
export interface Metered {
  readonly gets: number;
  readonly queries: number;
  readonly puts: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

const NOTHING: Metered = {
  gets: 0,
  queries: 0,
  puts: 0,
  readUnits: 0,
  writeUnits: 0,
};

export function addMetered(sum: Metered, more: Partial<Metered>): Metered {
  const keys = Object.keys(NOTHING) as (keyof Metered)[];
  return Object.fromEntries(keys.map((key) => [key, sum[key] + (more[key] ?? 0)])) as unknown as Metered;
}

/** Since `before`. */
export function spentSince(before: Metered, now: Metered): Metered {
  const keys = Object.keys(NOTHING) as (keyof Metered)[];
  return Object.fromEntries(keys.map((key) => [key, now[key] - before[key]])) as unknown as Metered;
}

/** A store that counts what the DynamoDB store would be charged for the same calls. */
export class MeteredStore implements Store {
  readonly #memory: MemoryStore;
  #spent = NOTHING;

  constructor(memory: MemoryStore) {
    this.#memory = memory;
  }

  get spent(): Metered {
    return this.#spent;
  }

  #add(more: Partial<Metered>): void {
    this.#spent = addMetered(this.#spent, more);
  }

  #write(units: number | undefined, before: Document | undefined): void {
    this.#add({ puts: 1, writeUnits: units ?? refusedUnits(before) });
  }

  get: Store['get'] = async (address) => {
    const document = await this.#memory.get(address);
    this.#add({ gets: 1, readUnits: readUnits(document ? itemBytes(document) : 0) });
    return document;
  };

  list: Store['list'] = async (partition, prefix) => {
    const documents = await this.#memory.list(partition, prefix);
    const sum = documents.reduce((total, document) => total + itemBytes(document), 0);
    this.#add({ queries: 1, readUnits: readUnits(sum) });
    return documents;
  };

  put: Store['put'] = async (put, expected) => {
    const before = await this.#memory.get(put);
    const written = await this.#memory.put(put, expected);
    const after = await this.#memory.get(put);
    this.#write(written ? writeUnits(before, after) : undefined, before);
    return written;
  };

  remove: Store['remove'] = async (address, expected) => {
    const before = await this.#memory.get(address);
    const removed = await this.#memory.remove(address, expected);
    this.#write(removed ? writeUnits(before, undefined) : undefined, before);
    return removed;
  };

  /** Each bucket of the index is asked, eventually consistent; what it finds is small. */
  due: Store['due'] = async (before, limit) => {
    this.#add({ queries: dueBuckets.length, readUnits: dueBuckets.length * eventualReadUnits(0) });
    return await this.#memory.due(before, limit);
  };

  /** Read to its end; what it finds is small. */
  dueAfter: Store['dueAfter'] = (after) => {
    this.#add({ queries: dueBuckets.length, readUnits: dueBuckets.length * eventualReadUnits(0) });
    return this.#memory.dueAfter(after);
  };

  timeline: Store['timeline'] = (from, page) => this.#memory.timeline(from, page);
}
