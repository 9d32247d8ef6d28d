import type { Instant } from '../model.ts';
import {
  boundAfter,
  boundBefore,
  checkedPut,
  compareText,
  cursorOf,
  indexKey,
  parsedValue,
  placeOf,
  valueText,
  wellFormed,
} from './order.ts';
import type { Address, Document, Put, Store } from './store.ts';

export interface MemoryStore extends Store {
  /** Every document as it is now, in no order; for the oracles of tests. */
  items(): Iterable<Document>;
}

/** A document whose value is JSON text, so that neither side can change the other's copy. */
interface Row extends Address {
  readonly version: number;
  readonly text: string;
  readonly dueAt?: Instant;
  readonly recordedAt?: Instant;
}

interface Partition {
  readonly rows: Map<string, Row>;
  /** The keys in order; absent after a key came or went. */
  sorted?: readonly string[];
}

interface Place {
  readonly place: string;
  readonly address: Address;
}

function documentOf({ text, ...rest }: Row): Document {
  return { ...rest, value: parsedValue(text) };
}

function addressOf({ partition, key }: Address): Address {
  return { partition, key };
}

function rowOf(put: Put, before: Row | undefined): Row {
  const { partition, key, dueAt } = put;
  const recordedAt = before?.recordedAt ?? put.recordedAt;
  const row = { partition, key, version: (before?.version ?? 0) + 1, text: valueText(put.value) };
  return { ...row, ...(dueAt !== undefined && { dueAt }), ...(recordedAt !== undefined && { recordedAt }) };
}

/** Rows by place in one index; sorted when read, and again only after a change. */
function index(instantOf: (row: Row) => Instant | undefined) {
  const members = new Map<Row, Place>();
  let sorted: Place[] | undefined;
  return {
    /** Also checks the instant, so a put that is refused for it has written nothing. */
    placeOf(row: Row): Place | undefined {
      const instant = instantOf(row);
      return instant === undefined ? undefined : { place: indexKey(instant, row), address: addressOf(row) };
    },
    replace(before: Row | undefined, after: Row | undefined, place?: Place): void {
      if (before !== undefined && members.delete(before)) sorted = undefined;
      if (after === undefined || place === undefined) return;
      members.set(after, place);
      sorted = undefined;
    },
    inOrder(): readonly Place[] {
      sorted ??= [...members.values()].sort((left, right) => compareText(left.place, right.place));
      return sorted;
    },
  };
}

/** First position whose place is after `bound`, or at it unless `exclusive`. */
function position(places: readonly Place[], bound: string, exclusive: boolean): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = compareText(places[middle]?.place ?? '', bound);
    if (order < 0 || (exclusive && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

type Index = ReturnType<typeof index>;

function readIndexes(due: Index, timeline: Index): Pick<Store, 'due' | 'dueAfter' | 'timeline'> {
  return {
    async due(before, limit) {
      const places = due.inOrder();
      const end = Math.min(position(places, boundAfter(before), false), limit);
      return places.slice(0, end).map(({ address }) => address);
    },
    async *dueAfter(after) {
      const places = due.inOrder();
      for (const { address } of places.slice(position(places, boundAfter(after), false))) yield address;
    },
    async timeline(from, { limit, after, order = 'oldest' }) {
      const places = timeline.inOrder();
      const first = position(places, boundBefore(from), false);
      const isNewest = order === 'newest';
      const end = after !== undefined && isNewest ? position(places, placeOf(after), false) : places.length;
      const start = after !== undefined && !isNewest ? Math.max(first, position(places, placeOf(after), true)) : first;
      const left = places.slice(start, end);
      const page = (isNewest ? left.reverse() : left).slice(0, limit);
      const last = page.at(-1);
      const more = last !== undefined && left.length > limit;
      return { addresses: page.map(({ address }) => address), ...(more && { cursor: cursorOf(last.place) }) };
    },
  };
}

/** The store without a database: for tests and simulations; gives the answers that DynamoDB gives. */
export function memoryStore(): MemoryStore {
  const partitions = new Map<string, Partition>();
  const due = index((row) => row.dueAt);
  const timeline = index((row) => row.recordedAt);

  function find(address: Address): Row | undefined {
    const { partition, key } = wellFormed(address);
    return partitions.get(partition)?.rows.get(key);
  }

  function replace(address: Address, before: Row | undefined, after: Row | undefined): void {
    const duePlace = after && due.placeOf(after);
    const timelinePlace = after && timeline.placeOf(after);
    const held = partitions.get(address.partition) ?? { rows: new Map<string, Row>() };
    partitions.set(address.partition, held);
    if (after === undefined) held.rows.delete(address.key);
    else held.rows.set(address.key, after);
    if (before === undefined || after === undefined) delete held.sorted;
    due.replace(before, after, duePlace);
    timeline.replace(before, after, timelinePlace);
  }

  return {
    async get(address) {
      const row = find(address);
      return row && documentOf(row);
    },
    async list(name, start = '') {
      const { partition, key: prefix } = wellFormed({ partition: name, key: start });
      const held = partitions.get(partition);
      if (held === undefined) return [];
      held.sorted ??= [...held.rows.keys()].sort(compareText);
      const keys = held.sorted.filter((key) => key.startsWith(prefix));
      return keys.flatMap((key) => held.rows.get(key) ?? []).map(documentOf);
    },
    async put(put, expected) {
      const document = checkedPut(put);
      const before = find(document);
      const after = rowOf(document, before);
      if ((before?.version ?? 0) !== expected) return false;
      replace(document, before, after);
      return true;
    },
    async remove(address, expected) {
      const before = find(address);
      if (before === undefined || before.version !== expected) return false;
      replace(before, before, undefined);
      return true;
    },
    ...readIndexes(due, timeline),
    *items() {
      for (const { rows } of partitions.values()) for (const row of rows.values()) yield documentOf(row);
    },
  };
}
