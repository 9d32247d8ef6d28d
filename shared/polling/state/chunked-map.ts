import { hash as digest } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Collection, Unreadable } from '../../store/collection.ts';
import { chunkKey, chunkOfKey } from '../../store/keys.ts';
import type { Document, Store } from '../../store/store.ts';

/** Somebody else wrote the state this poll started from; nothing is lost, the next poll reads again. */
export class StateConflict extends Error {
  override readonly name = 'StateConflict';
}

/** 32 bytes that stand for a text. */
export const hash = (text: string) => digest('sha256', text, 'buffer');

/** The same in few letters, six bits each. */
export const lettersOf = (text: string, count: number): string => digest('sha256', text, 'base64url').slice(0, count);

const chunkOf = (key: string, count: number) => hash(key).readUInt8(0) % count;

type Chunk<Value> = Readonly<Record<string, Value>>;

/** How a map is stored. None of it ever changes: an entry in another chunk is not there. */
export interface ChunkedMapDefinition<Value> {
  readonly name: string;
  /** At most 100. */
  readonly count: number;
  readonly chunks: Collection<Chunk<Value>>;
  /** It only saves work: a chunk that cannot be read is written anew. */
  readonly savesWork?: true;
}

/** The key of the chunk that holds an entry. */
export const chunkKeyFor = (
  { name, count }: Pick<ChunkedMapDefinition<unknown>, 'name' | 'count'>,
  key: string,
): string => chunkKey(name, chunkOf(key, count));

/** A map kept in chunks of one partition, so that a change rewrites little. Each chunk is written on its own version. */
export class ChunkedMap<Value> {
  readonly #store: Store;
  readonly #partition: string;
  readonly #definition: ChunkedMapDefinition<Value>;
  readonly #entries = new Map<string, Value>();
  readonly #versions = new Map<number, number>();
  readonly #dirty = new Set<number>();

  constructor(store: Store, partition: string, definition: ChunkedMapDefinition<Value>) {
    this.#store = store;
    this.#partition = partition;
    this.#definition = definition;
  }

  #chunkOf(key: string): number {
    return chunkOf(key, this.#definition.count);
  }

  /**
   * Takes in what is the map's own of the whole partition. Throws where a chunk cannot be read, unless the map only saves work:
   * without it, what was recorded would look new.
   */
  load(documents: readonly Document[]): this {
    const { name, chunks, savesWork } = this.#definition;
    for (const document of documents) {
      const chunk = chunkOfKey(name, document.key);
      if (chunk === undefined) continue;
      const read = chunks.read(this.#store, document);
      this.#versions.set(chunk, read.version);
      if (read instanceof Unreadable) {
        if (savesWork) continue;
        throw read;
      }
      for (const [key, value] of Object.entries(read.value)) this.#entries.set(key, value);
    }
    return this;
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key);
  }
  entries(): Iterable<[string, Value]> {
    return this.#entries.entries();
  }
  set(key: string, value: Value): void {
    if (isDeepStrictEqual(this.#entries.get(key), value)) return;
    this.#entries.set(key, value);
    this.#dirty.add(this.#chunkOf(key));
  }
  delete(key: string): void {
    if (this.#entries.delete(key)) this.#dirty.add(this.#chunkOf(key));
  }
  clear(): void {
    for (const key of [...this.#entries.keys()]) this.delete(key);
  }
  /** Drops what is not needed any more, but only from chunks that are written anyway. */
  prune(keep: (key: string, value: Value) => boolean): void {
    if (this.#dirty.size === 0) return;
    for (const [key, value] of this.#entries) {
      if (this.#dirty.has(this.#chunkOf(key)) && !keep(key, value)) this.#entries.delete(key);
    }
  }

  async save(): Promise<void> {
    if (this.#dirty.size === 0) return;
    const values = new Map([...this.#dirty].sort((a, b) => a - b).map((chunk) => [chunk, {} as Record<string, Value>]));
    for (const [key, entry] of this.#entries) {
      const value = values.get(this.#chunkOf(key));
      if (value) value[key] = entry;
    }
    const written = await Promise.all([...values].map(([chunk, value]) => this.#write(chunk, value)));
    if (!written.every(Boolean)) throw new StateConflict('chunk');
  }

  async #write(chunk: number, value: Record<string, Value>): Promise<boolean> {
    const expected = this.#versions.get(chunk) ?? 0;
    const { name, chunks } = this.#definition;
    const address = { partition: this.#partition, key: chunkKey(name, chunk) };
    if (!(await chunks.put(this.#store, { ...address, value }, expected))) return false;
    this.#versions.set(chunk, expected + 1);
    this.#dirty.delete(chunk);
    return true;
  }
}
