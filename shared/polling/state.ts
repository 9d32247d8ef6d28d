import { hash as digest } from 'node:crypto';
import type { Instant, Message, Thread } from '../model.ts';
import type { RowPage } from '../provider.ts';
import { type Collection, Unreadable } from '../store/collection.ts';
import { chunkKey, chunkOfKey } from '../store/keys.ts';
import type { Document, Store } from '../store/store.ts';
import {
  type Checkpoint,
  type InterestWatermark,
  interestWatermarkChunks,
  type SeenThread,
  seenThreadChunks,
} from './documents.ts';

export { feedPartition } from '../store/keys.ts';
export type { Checkpoint, InterestedScanUnderWay, InterestWatermark, Resume, SeenThread } from './documents.ts';

/** Sorts after every message id. */
export const AFTER_EVERY_ID = '\uffff';

/** Somebody else wrote the state this poll started from; nothing is lost, the next poll reads again. */
export class StateConflict extends Error {
  override readonly name = 'StateConflict';
}

/** The same fields with the same values, in whatever order: what was read has its schema's, what was made another. */
export function isSame(left: unknown, right: unknown): boolean {
  const inOrder = (value: unknown) =>
    JSON.stringify(value, (_, each) =>
      typeof each === 'object' && each !== null && !Array.isArray(each)
        ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
        : each,
    );
  return inOrder(left) === inOrder(right);
}

const CHUNKS = 16;
/** 32 bytes that stand for a text. */
export const hash = (text: string) => digest('sha256', text, 'buffer');
const chunkOf = (key: string) => hash(key).readUInt8(0) % CHUNKS;

type Chunk<Value> = Readonly<Record<string, Value>>;

/** A map kept in chunks of one partition, so that a change rewrites little. Each chunk is written on its own version. */
export class ChunkedMap<Value> {
  readonly #store: Store;
  readonly #partition: string;
  readonly #name: string;
  readonly #chunks: Collection<Chunk<Value>>;
  readonly #entries = new Map<string, Value>();
  readonly #versions = new Map<number, number>();
  readonly #dirty = new Set<number>();

  constructor(store: Store, partition: string, name: string, chunks: Collection<Chunk<Value>>) {
    this.#store = store;
    this.#partition = partition;
    this.#name = name;
    this.#chunks = chunks;
  }

  /**
   * Takes in what is the map's own of the whole partition. Throws where a chunk cannot be read: without it, what was recorded
   * would look new.
   */
  load(documents: readonly Document[]): this {
    for (const document of documents) {
      const chunk = chunkOfKey(this.#name, document.key);
      if (chunk === undefined) continue;
      const read = this.#chunks.read(this.#store, document);
      if (read instanceof Unreadable) throw read;
      this.#versions.set(chunk, read.version);
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
    if (isSame(this.#entries.get(key), value)) return;
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
    const address = { partition: this.#partition, key: chunkKey(this.#name, chunk) };
    if (!(await this.#chunks.put(this.#store, { ...address, value }, expected))) return false;
    this.#versions.set(chunk, expected + 1);
    this.#dirty.delete(chunk);
    return true;
  }
}

export type SeenThreads = ChunkedMap<SeenThread>;
export type InterestWatermarks = ChunkedMap<InterestWatermark>;

export interface StoredCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly version: number;
}

export async function loadState(
  store: Store,
  partition: string,
): Promise<{ seenThreads: SeenThreads; interestWatermarks: InterestWatermarks }> {
  const documents = await store.list(partition);
  return {
    interestWatermarks: new ChunkedMap<InterestWatermark>(store, partition, 'covers', interestWatermarkChunks).load(
      documents,
    ),
    seenThreads: new ChunkedMap<SeenThread>(store, partition, 'ledger', seenThreadChunks).load(documents),
  };
}

const short = (text: string) => hash(text).toString('base64url').slice(0, 16);

/** Equal rows give equal digests in whatever order a vendor lists ties. */
function digestOf(lines: readonly string[]): string {
  return short([...lines].sort().join('\n'));
}

const rowLine = (key: string, at: Instant, count: number, interested: boolean) =>
  `${key}|${at}|${count}|${interested ? 1 : 0}`;

/** Beside its time, what shows that a row has changed. */
export const countOf = (row: Thread) => row.changeHint ?? row.messageCount ?? -1;

/** Of a page as the vendor sent it. */
export function readDigest(page: RowPage): string {
  return digestOf([
    ...page.rows.map((row) => rowLine(row.key, row.lastActivityAt, countOf(row), row.interested)),
    ...page.unreadable.map(({ id }) => `?${id}`),
  ]);
}

/** Of the same page, from what was handled: empty while a row of it is not. */
export function handledDigest(page: RowPage, seenThreads: SeenThreads): string {
  const lines: string[] = [];
  for (const row of page.rows) {
    const known = seenThreads.get(row.key);
    if (!known || (known.pending && !awaitsRetry(known))) return '';
    lines.push(rowLine(row.key, known.at, known.count, known.interested === 1));
  }
  return digestOf([...lines, ...page.unreadable.map(({ id }) => `?${id}`)]);
}

export const readInterestedDigest = (page: RowPage) =>
  digestOf([...page.rows.map(({ key }) => key), ...page.unreadable.map(({ id }) => `?${id}`)]);

/** As {@link readInterestedDigest}, but empty while a thread listed as interested has no watermark and is not opened by itself. */
export const handledInterestedDigest = (
  page: RowPage,
  { interestWatermarks, seenThreads }: { interestWatermarks: InterestWatermarks; seenThreads: SeenThreads },
) =>
  page.rows.every(({ key }) => interestWatermarks.get(key) || awaitsRetry(seenThreads.get(key)))
    ? readInterestedDigest(page)
    : '';

const listedLine = (key: string, at: Instant, count: number) => rowLine(key, at, count, true);

/** Of the rows of the whole interested list, as read. */
export const readInterestedScanDigest = (rows: Iterable<Thread>) =>
  digestOf([...rows].map((row) => listedLine(row.key, row.lastActivityAt, countOf(row))));

/** As {@link readInterestedScanDigest}, but from what was handled where the seen threads knows it, and empty while a row of it is not. */
export function handledInterestedScanDigest(
  rows: Iterable<Thread>,
  seenThreads: SeenThreads,
  interestWatermarks: InterestWatermarks,
): string {
  const lines: string[] = [];
  for (const row of rows) {
    const known = seenThreads.get(row.key);
    if (!awaitsRetry(known) && (!interestWatermarks.get(row.key) || known?.pending)) return '';
    lines.push(listedLine(row.key, known?.at ?? row.lastActivityAt, known?.count ?? countOf(row)));
  }
  return digestOf(lines);
}

/** It will be opened by itself, so that no list has to be read again for it, and no page is unhandled because of it. */
export const awaitsRetry = (known: SeenThread | undefined): boolean =>
  known?.pending === 1 && known.retry !== undefined;

const compare = (left: InterestWatermark, right: InterestWatermark) =>
  left[0] - right[0] || (left[1] < right[1] ? -1 : left[1] > right[1] ? 1 : 0);

export const isNewer = (message: Message, watermark: InterestWatermark) =>
  compare([message.sentAt, message.id], watermark) > 0;

/** Of equal times the greatest id is newest. */
export function newestInbound(messages: readonly Message[]): Message | undefined {
  let newest: Message | undefined;
  for (const message of messages) {
    if (message.direction !== 'inbound') continue;
    if (!newest || isNewer(message, [newest.sentAt, newest.id])) newest = message;
  }
  return newest;
}
