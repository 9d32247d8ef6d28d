import { hash as digest } from 'node:crypto';
import type { Instant, JsonObject, Message, Thread } from '../model.ts';
import type { RowPage } from '../provider.ts';
import type { Document, Store } from '../store/store.ts';

/** What an idle poll reads of a feed, at most 250 bytes. A feed without a head is not switched on yet. */
export interface Head {
  /** H: every inbound message sent before this was handled, or lies in `resume`. */
  readonly floor: Instant;
  /** Of page 1, computed from rows that were handled; empty while anything on it is not. */
  readonly digest: string;
  /** Of page 1 of the interested list, when every thread on it is in `covers`; empty otherwise. */
  readonly interestedDigest: string;
  /** Rows of the interested list at its last complete reading, where the vendor counts them. */
  readonly interestedTotal?: number;
  /** The window was read whole at or after its newest row + V: nothing can still slip in below page 1. */
  readonly closed?: true;
  /** When a thread must be opened once more, so that nothing late hides behind an unchanged row. */
  readonly wakeAt?: Instant;
  /**
   * Of the whole interested list, when it was read to its end and everything on it is handled. Dropped by each poll that loads
   * the state and does not read the list whole, so while it is here, ledger and covers are as they were then.
   */
  readonly tailDigest?: string;
  /** Pages of the interested list at its last whole reading, when more than one. */
  readonly tailPages?: number;
  readonly deepAt: Instant;
  /** A scan that ran out of budget: rows older than `at` are still to be read. */
  readonly resume?: Resume;
  /** The list was seen out of order: it is read whole on an interval of its own, last at this time. */
  readonly unorderedAt?: Instant;
}

export interface Resume {
  readonly at: Instant;
  readonly offset: number;
  /** The floor that holds once the scan is complete. */
  readonly nextFloor: Instant;
}

/** What is known of one thread in the window. */
export interface LedgerRow {
  /** The row's last activity and count when it was handled. */
  readonly at: Instant;
  readonly count: number;
  /** Vendor time of the last opening; 0: never opened, because it was old enough not to need it. */
  readonly openedAt: Instant;
  readonly interested: 0 | 1;
  /** '' for none; absent while unknown. */
  readonly campaign?: string;
  /** The opening failed; it is tried again at every poll. */
  readonly pending?: 1;
  /** The opening that failed was the baseline's: what was sent up to `on` is not to be told. */
  readonly baseline?: 1;
  /** The row left the list before it settled; it is opened when it comes back. */
  readonly gone?: 1;
}

/** The newest inbound message already told interested, or seen at the baseline. */
export type Cover = readonly [sentAt: Instant, id: string];
/** Sorts after every message id. */
export const AFTER_EVERY_ID = '\uffff';

/** Somebody else wrote the state this poll started from; nothing is lost, the next poll reads again. */
export class StateConflict extends Error {
  override readonly name = 'StateConflict';
}

const CHUNKS = 16;
/** 32 bytes that stand for a text. */
export const hash = (text: string) => digest('sha256', text, 'buffer');
const chunkOf = (key: string) => hash(key).readUInt8(0) % CHUNKS;

/** A map kept in chunks of one partition, so that a change rewrites little. Each chunk is written on its own version. */
export class ChunkedMap<Value> {
  readonly #store: Store;
  readonly #partition: string;
  readonly #name: string;
  readonly #entries = new Map<string, Value>();
  readonly #versions = new Map<number, number>();
  readonly #dirty = new Set<number>();

  private constructor(store: Store, partition: string, name: string) {
    this.#store = store;
    this.#partition = partition;
    this.#name = name;
  }

  /** `documents`: the whole partition; those of other maps are left alone. */
  static of<Value>(store: Store, partition: string, name: string, documents: readonly Document[]): ChunkedMap<Value> {
    const map = new ChunkedMap<Value>(store, partition, name);
    for (const document of documents.filter(({ key }) => key.startsWith(`${name}#`))) {
      map.#versions.set(Number(document.key.slice(name.length + 1)), document.version);
      const rows = document.value as unknown as Record<string, Value>;
      for (const [key, value] of Object.entries(rows)) map.#entries.set(key, value);
    }
    return map;
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key);
  }
  entries(): Iterable<[string, Value]> {
    return this.#entries.entries();
  }
  set(key: string, value: Value): void {
    if (JSON.stringify(this.#entries.get(key)) === JSON.stringify(value)) return;
    this.#entries.set(key, value);
    this.#dirty.add(chunkOf(key));
  }
  delete(key: string): void {
    if (this.#entries.delete(key)) this.#dirty.add(chunkOf(key));
  }
  /** Drops what is not needed any more, but only from chunks that are written anyway. */
  prune(keep: (key: string, value: Value) => boolean): void {
    for (const [key, value] of this.#entries) {
      if (this.#dirty.has(chunkOf(key)) && !keep(key, value)) this.#entries.delete(key);
    }
  }

  async save(): Promise<void> {
    const values = new Map([...this.#dirty].sort((a, b) => a - b).map((chunk) => [chunk, {} as Record<string, Value>]));
    for (const [key, entry] of this.#entries) {
      const value = values.get(chunkOf(key));
      if (value) value[key] = entry;
    }
    const written = await Promise.all([...values].map(([chunk, value]) => this.#write(chunk, value)));
    if (!written.every(Boolean)) throw new StateConflict('chunk');
  }

  async #write(chunk: number, value: Record<string, Value>): Promise<boolean> {
    const expected = this.#versions.get(chunk) ?? 0;
    const key = `${this.#name}#${String(chunk).padStart(2, '0')}`;
    const document = { partition: this.#partition, key, value: value as unknown as JsonObject };
    if (!(await this.#store.put(document, expected))) return false;
    this.#versions.set(chunk, expected + 1);
    this.#dirty.delete(chunk);
    return true;
  }
}

export type Ledger = ChunkedMap<LedgerRow>;
export type Covers = ChunkedMap<Cover>;

export interface StoredHead {
  readonly head: Head;
  readonly version: number;
}

export const feedPartition = (connection: string, feed: string) => `FEED#${connection}/${feed}`;

export async function loadState(store: Store, partition: string): Promise<{ ledger: Ledger; covers: Covers }> {
  const documents = await store.list(partition);
  return {
    covers: ChunkedMap.of<Cover>(store, partition, 'covers', documents),
    ledger: ChunkedMap.of<LedgerRow>(store, partition, 'ledger', documents),
  };
}

const short = (text: string) => hash(text).toString('base64url').slice(0, 16);

/** Equal rows give equal digests in whatever order a vendor lists ties. */
function digestOf(lines: readonly string[]): string {
  return short([...lines].sort().join('\n'));
}

const rowLine = (key: string, at: Instant, count: number, interested: boolean) =>
  `${key}|${at}|${count}|${interested ? 1 : 0}`;

export const countOf = (row: Thread) => row.messageCount ?? -1;

/** Of a page as the vendor sent it. */
export function readDigest(page: RowPage): string {
  return digestOf([
    ...page.rows.map((row) => rowLine(row.key, row.lastActivityAt, countOf(row), row.interested)),
    ...page.unreadable.map(({ id }) => `?${id}`),
  ]);
}

/** Of the same page, from what was handled: empty while a row of it is not. */
export function handledDigest(page: RowPage, ledger: Ledger): string {
  const lines: string[] = [];
  for (const row of page.rows) {
    const known = ledger.get(row.key);
    if (!known || known.pending) return '';
    lines.push(rowLine(row.key, known.at, known.count, known.interested === 1));
  }
  return digestOf([...lines, ...page.unreadable.map(({ id }) => `?${id}`)]);
}

export const readInterestedDigest = (page: RowPage) =>
  digestOf([...page.rows.map(({ key }) => key), ...page.unreadable.map(({ id }) => `?${id}`)]);

/** As {@link readInterestedDigest}, but empty while a thread listed as interested is not covered. */
export const coveredDigest = (page: RowPage, covers: Covers) =>
  page.rows.every(({ key }) => covers.get(key)) ? readInterestedDigest(page) : '';

const listedLine = (key: string, at: Instant, count: number) => rowLine(key, at, count, true);

/** Of the rows of the whole interested list, as read. */
export const readTailDigest = (rows: Iterable<Thread>) =>
  digestOf([...rows].map((row) => listedLine(row.key, row.lastActivityAt, countOf(row))));

/** As {@link readTailDigest}, but from what was handled where the ledger knows it, and empty while a row of it is not. */
export function handledTailDigest(rows: Iterable<Thread>, ledger: Ledger, covers: Covers): string {
  const lines: string[] = [];
  for (const row of rows) {
    const known = ledger.get(row.key);
    if (!covers.get(row.key) || known?.pending) return '';
    lines.push(listedLine(row.key, known?.at ?? row.lastActivityAt, known?.count ?? countOf(row)));
  }
  return digestOf(lines);
}

const compare = (left: Cover, right: Cover) =>
  left[0] - right[0] || (left[1] < right[1] ? -1 : left[1] > right[1] ? 1 : 0);

export const isNewer = (message: Message, cover: Cover) => compare([message.sentAt, message.id], cover) > 0;

/** Of equal times the greatest id is newest. */
export function newestInbound(messages: readonly Message[]): Message | undefined {
  let newest: Message | undefined;
  for (const message of messages) {
    if (message.direction !== 'inbound') continue;
    if (!newest || isNewer(message, [newest.sentAt, newest.id])) newest = message;
  }
  return newest;
}
