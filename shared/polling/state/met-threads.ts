import type { Instant, Thread } from '../../model.ts';
import type { Store } from '../../store/store.ts';
import { ChunkedMap, type ChunkedMapDefinition, lettersOf } from './chunked-map.ts';
import { metChunks } from './documents.ts';

/** 100,000 threads take some 30 KB a chunk. */
const MET: ChunkedMapDefinition<readonly [first: number, last: number]> = {
  name: 'met',
  count: 64,
  chunks: metChunks,
  savesWork: true,
};

const NAME_LETTERS = 8;

/** A row that carries messages stands for these alone. */
const nameOf = ({ key, lastActivityAt, messages }: Thread): string =>
  lettersOf(messages ? `${lastActivityAt} ${key}` : key, NAME_LETTERS);

/** What a pass over a list has come to. */
export interface Tally {
  /** Threads met in any pass. */
  readonly known: number;
  /** Threads met in this one. */
  readonly again: number;
  /** This one met threads that none before it had met. */
  readonly isNews: boolean;
}

/** Stands for no pass: what came after the connection was switched on tells nothing of what the passes missed. */
const NO_PASS = 0;

/** In which passes over a list its threads were met, first and last: of a list in which no place tells that. */
export class MetThreads {
  readonly #map: ChunkedMap<readonly [first: number, last: number]>;

  constructor(map: ChunkedMap<readonly [first: number, last: number]>) {
    this.#map = map;
  }

  has(row: Thread): boolean {
    return this.#map.get(nameOf(row)) !== undefined;
  }

  isMetIn(pass: number, row: Thread): boolean {
    return this.#map.get(nameOf(row))?.[1] === pass;
  }

  meet(pass: number, row: Thread, on: Instant): void {
    const name = nameOf(row);
    const [first = row.lastActivityAt <= on ? pass : NO_PASS] = this.#map.get(name) ?? [];
    this.#map.set(name, [first, pass]);
  }

  tally(pass: number): Tally {
    const met = [...this.#map.entries()].map(([, passes]) => passes);
    return {
      known: met.length,
      again: met.filter(([, last]) => last === pass).length,
      isNews: met.some(([first]) => first === pass),
    };
  }

  forgetAll(): void {
    this.#map.clear();
  }

  async save(): Promise<void> {
    await this.#map.save();
  }
}

export const loadMet = async (store: Store, partition: string): Promise<MetThreads> =>
  new MetThreads(new ChunkedMap(store, partition, MET).load(await store.list(partition)));
