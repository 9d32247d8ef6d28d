import { attributesOf, type Item, keyOf } from '../../../adapters/dynamodb/table.ts';
import type { Document } from '../../../shared/store/store.ts';

/** Source: Amazon DynamoDB, read and write capacity: a write unit is 1 KB begun, a read unit 4 KB begun, half of it when eventually consistent. */
const WRITE_BYTES = 1024;
const READ_BYTES = 4096;

const bytes = (text: string) => Buffer.byteLength(text);

/** Source: Amazon DynamoDB, item sizes: a number takes a byte for two digits, and one more. */
const numberBytes = (digits: string) => Math.ceil(digits.length / 2) + 1;

const sizeOf = (item: Item) =>
  Object.entries(item).reduce(
    (sum, [name, { S, N }]) =>
      sum + bytes(name) + (S === undefined ? 0 : bytes(S)) + (N === undefined ? 0 : numberBytes(N)),
    0,
  );

/** The item as the table holds it. */
export const itemOf = (document: Document): Item => ({ ...keyOf(document), ...attributesOf(document) });

export const itemBytes = (document: Document) => sizeOf(itemOf(document));

/** Sizes are added up before they are rounded; what finds nothing costs a unit too. */
export const readUnits = (itemsBytes: number) => Math.max(1, Math.ceil(itemsBytes / READ_BYTES));
export const eventualReadUnits = (itemsBytes: number) => readUnits(itemsBytes) / 2;

/** Of an index that holds keys alone: a place that comes or goes is one unit, one that moves is two. */
function indexUnits(before: number | undefined, after: number | undefined): number {
  if (before === after) return 0;
  return before === undefined || after === undefined ? 1 : 2;
}

/** Of a write that was carried out: the larger of both items, and each index that changed. */
export function writeUnits(before: Document | undefined, after: Document | undefined): number {
  const largest = Math.max(before ? itemBytes(before) : 0, after ? itemBytes(after) : 0);
  return (
    Math.max(1, Math.ceil(largest / WRITE_BYTES)) +
    indexUnits(before?.dueAt, after?.dueAt) +
    indexUnits(before?.recordedAt, after?.recordedAt)
  );
}

/** A refused condition costs what the item there is large. */
export const refusedUnits = (there: Document | undefined) =>
  Math.max(1, Math.ceil((there ? itemBytes(there) : 0) / WRITE_BYTES));
