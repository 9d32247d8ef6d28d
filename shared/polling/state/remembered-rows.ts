import type { Thread } from '../../model.ts';
import type { Store } from '../../store/store.ts';
import { ChunkedMap, type ChunkedMapDefinition, lettersOf } from './chunked-map.ts';
import { lookOf } from './digests.ts';
import { rowChunks } from './documents.ts';

/** 100,000 rows take some 30 KB a chunk. */
const ROWS: ChunkedMapDefinition<string> = { name: 'rows', count: 64, chunks: rowChunks };

const KEY_LETTERS = 8;
const LOOK_LETTERS = 5;

const nameOf = ({ key }: Thread) => lettersOf(key, KEY_LETTERS);

/** All of a row that an answer may change, but its time: that stands still, or cannot be read now and then. */
const looksOf = (row: Thread) => lettersOf(`${row.messageCount ?? ''} ${lookOf(row)}`, LOOK_LETTERS);

/** What every row of a list looked like when it was handled last: of a list in which only that tells of an answer. */
export class RememberedRows {
  readonly #map: ChunkedMap<string>;

  constructor(map: ChunkedMap<string>) {
    this.#map = map;
  }

  /** Undefined for a row that is not remembered. That it may have been read since is no change. */
  isAsKnown(row: Thread): boolean | undefined {
    const looks = this.#map.get(nameOf(row));
    if (looks === undefined) return undefined;
    return looks === looksOf(row) || (row.read === true && looks === looksOf({ ...row, read: false }));
  }

  remember(row: Thread): void {
    this.#map.set(nameOf(row), looksOf(row));
  }

  forgetAll(): void {
    this.#map.clear();
  }

  async save(): Promise<void> {
    await this.#map.save();
  }
}

export const loadRows = async (store: Store, partition: string): Promise<RememberedRows> =>
  new RememberedRows(new ChunkedMap(store, partition, ROWS).load(await store.list(partition)));
