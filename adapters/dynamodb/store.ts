import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Instant } from '../../shared/model.ts';
import { dayNumber } from '../../shared/store/keys.ts';
import {
  boundAfter,
  boundBefore,
  checkedPut,
  compareText,
  cursorOf,
  instantOf,
  isFit,
  placeOf,
  wellFormed,
} from '../../shared/store/order.ts';
import type { Address, Document, Store } from '../../shared/store/store.ts';
import {
  addressOf,
  attributesOf,
  DUE_INDEX,
  dayBucket,
  documentOf,
  dueBuckets,
  GONE_ATTRIBUTE,
  type Item,
  keyOf,
  TIMELINE_INDEX,
} from './table.ts';

/** Days of the timeline asked for at once: one, then twice as many each time nothing filled the page. */
const DAYS_AT_ONCE_MAX = 16;
/** Another machine's clock may be ahead of ours, and its events must not hide in a day we think is not there yet. */
const CLOCK_SKEW_MS = 3_600_000;

/**
 * `delete`, or `mark` as gone and leave deleting to the table's time to live: then no caller needs the right to delete,
 * and nobody's mistake can take a send's record away.
 */
export type Removing = 'delete' | 'mark';

interface Table {
  readonly client: DynamoDBClient;
  readonly name: string;
  readonly removing: Removing;
  readonly now: () => Instant;
}

/** True, or false when the stored version was another. Every other failure, throttling included, is the SDK's to retry and then thrown. */
async function conditionally(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

const VERSION = { '#version': 'version' };

/** What was never put has no version, and what is marked as gone has none any more. */
function versionIs(expected: number) {
  return expected === 0
    ? { ConditionExpression: 'attribute_not_exists(#version)', ExpressionAttributeNames: VERSION }
    : {
        ConditionExpression: '#version = :expected',
        ExpressionAttributeNames: VERSION,
        ExpressionAttributeValues: { ':expected': { N: String(expected) } },
      };
}

/**
 * The whole item; refused where that would change a stored recordedAt. Nearly every caller has read the document and puts the
 * recordedAt it found, and the embedded database takes a third longer for an UpdateItem.
 */
function putOf(table: Table, document: Document): PutItemCommandInput {
  const attributes = attributesOf(document);
  const is = versionIs(document.version - 1);
  const input = { TableName: table.name, Item: { ...keyOf(document), ...attributes }, ...is };
  if (document.version === 1) return input;
  if (attributes.recordedAt === undefined) {
    return { ...input, ConditionExpression: `${is.ConditionExpression} AND attribute_not_exists(recordedAt)` };
  }
  return {
    ...input,
    ConditionExpression: `${is.ConditionExpression} AND recordedAt = :recordedAt`,
    ExpressionAttributeValues: { ...is.ExpressionAttributeValues, ':recordedAt': attributes.recordedAt },
  };
}

const KEPT = ['day', 'recordedAt'];

/** As {@link putOf}, but `if_not_exists` keeps a recordedAt that is already stored without reading it first. */
function updateOf(table: Table, document: Document): UpdateItemCommandInput {
  const attributes = Object.entries(attributesOf(document));
  const is = versionIs(document.version - 1);
  const set = attributes.map(([name]) =>
    KEPT.includes(name) ? `#${name} = if_not_exists(#${name}, :${name})` : `#${name} = :${name}`,
  );
  const rest = document.dueAt === undefined ? ' REMOVE dueBucket, dueAt' : '';
  return {
    ...is,
    TableName: table.name,
    Key: keyOf(document),
    UpdateExpression: `SET ${set.join(', ')}${rest}`,
    ExpressionAttributeNames: Object.fromEntries(attributes.map(([name]) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...is.ExpressionAttributeValues,
      ...Object.fromEntries(attributes.map(([name, value]) => [`:${name}`, value])),
    },
  };
}

/** Leaves the address and nothing else; whoever puts a document there again starts at version 1. */
function markOf(input: UpdateItemCommandInput, now: Instant): UpdateItemCommandInput {
  const names = { '#value': 'value', '#day': 'day', '#gone': GONE_ATTRIBUTE };
  return {
    ...input,
    UpdateExpression: 'SET #gone = :gone REMOVE #value, #version, dueBucket, dueAt, #day, recordedAt',
    ExpressionAttributeNames: { ...input.ExpressionAttributeNames, ...names },
    ExpressionAttributeValues: {
      ...input.ExpressionAttributeValues,
      ':gone': { N: String(Math.floor(now / 1_000)) },
    },
  };
}

const isThere = (item: Item) => item[GONE_ATTRIBUTE] === undefined;

/** A page ends at 1 MB even when more matches, so every Query goes on from where the last one stopped. */
async function* query(table: Table, input: Omit<QueryCommandInput, 'TableName'>): AsyncGenerator<Item> {
  let from: Item | undefined;
  do {
    const page = await table.client.send(
      new QueryCommand({ TableName: table.name, ...input, ...(from && { ExclusiveStartKey: from }) }),
    );
    yield* page.Items ?? [];
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
}

async function first(items: AsyncIterable<Item>, limit: number): Promise<Item[]> {
  const taken: Item[] = [];
  if (limit <= 0) return taken;
  for await (const item of items) {
    taken.push(item);
    if (taken.length === limit) break;
  }
  return taken;
}

const DUE_QUERY = {
  IndexName: DUE_INDEX,
  KeyConditionExpression: 'dueBucket = :bucket AND dueAt < :end',
};

async function due(table: Table, before: Instant, limit: number): Promise<readonly Address[]> {
  if (limit <= 0) return [];
  const buckets = await Promise.all(
    dueBuckets.map((bucket) => {
      const values = { ':bucket': { S: bucket }, ':end': { S: boundAfter(before) } };
      return first(query(table, { ...DUE_QUERY, Limit: limit, ExpressionAttributeValues: values }), limit);
    }),
  );
  const items = buckets.flat().sort((left, right) => compareText(left.dueAt?.S ?? '', right.dueAt?.S ?? ''));
  return items.slice(0, limit).map(addressOf);
}

async function* dueAfter(table: Table, after: Instant): AsyncGenerator<Address> {
  for (const bucket of dueBuckets) {
    const values = { ':bucket': { S: bucket }, ':from': { S: boundAfter(after) } };
    const input = { IndexName: DUE_INDEX, KeyConditionExpression: 'dueBucket = :bucket AND dueAt > :from' };
    for await (const item of query(table, { ...input, ExpressionAttributeValues: values })) yield addressOf(item);
  }
}

const DAY_QUERY = {
  IndexName: TIMELINE_INDEX,
  KeyConditionExpression: '#day = :day AND recordedAt BETWEEN :low AND :high',
  ExpressionAttributeNames: { '#day': 'day' },
};
/** Places begin with digits. */
const AFTER_EVERY_PLACE = ':';

interface Span {
  /** Both of them may be in it. */
  readonly low: string;
  readonly high: string;
  readonly newestFirst: boolean;
}

/** Every day is asked for its events, so a start long ago costs a Query for each day since. */
async function* daysInOrder(table: Table, span: Span, days: readonly number[], limit: number): AsyncGenerator<Item> {
  const { low, high, newestFirst } = span;
  for (let from = 0, width = 1; from < days.length; from += width, width = Math.min(width * 2, DAYS_AT_ONCE_MAX)) {
    const pages = await Promise.all(
      days.slice(from, from + width).map((day) => {
        const values = { ':day': { S: dayBucket(day) }, ':low': { S: low }, ':high': { S: high } };
        const input = { ...DAY_QUERY, Limit: limit, ScanIndexForward: !newestFirst, ExpressionAttributeValues: values };
        return first(query(table, input), limit);
      }),
    );
    yield* pages.flat();
  }
}

function daysOf({ low, high, newestFirst }: Span, lastDay: number): readonly number[] {
  const [from, to] = [dayNumber(instantOf(low)), high === AFTER_EVERY_PLACE ? lastDay : dayNumber(instantOf(high))];
  const days = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
  return newestFirst ? days.reverse() : days;
}

function timelineOf(table: Table, now: () => Instant): Store['timeline'] {
  return async (from, { limit, after, order = 'oldest' }) => {
    const bound = boundBefore(from);
    const place = after === undefined ? undefined : placeOf(after);
    const newestFirst = order === 'newest';
    const isLater = place !== undefined && !newestFirst && compareText(place, bound) > 0;
    const span = {
      low: isLater ? place : bound,
      high: newestFirst && place !== undefined ? place : AFTER_EVERY_PLACE,
      newestFirst,
    };
    const days = daysOf(span, dayNumber(now() + CLOCK_SKEW_MS));
    // One more than asked for tells whether there is a next page; one more is the place that the page before ended with.
    const found = await first(daysInOrder(table, span, days, limit + 2), limit + 2);
    const items = found.filter(({ recordedAt }) => recordedAt?.S !== place);
    const page = items.slice(0, limit);
    const last = page.at(-1)?.recordedAt?.S;
    const more = last !== undefined && items.length > limit;
    return { addresses: page.map(addressOf), ...(more && { cursor: cursorOf(last) }) };
  };
}

function documents(table: Table): Pick<Store, 'get' | 'list' | 'put' | 'remove'> {
  return {
    async get(given) {
      const address = wellFormed(given);
      if (!isFit(address)) return undefined;
      const input = { TableName: table.name, Key: keyOf(address), ConsistentRead: true };
      const { Item: item } = await table.client.send(new GetItemCommand(input));
      return item && isThere(item) ? documentOf(item) : undefined;
    },
    async list(name, start = '') {
      const { partition, key: prefix } = wellFormed({ partition: name, key: start });
      if (!isFit({ partition, key: prefix || 'any' })) return [];
      const starts = prefix === '' ? '' : ' AND begins_with(sk, :prefix)';
      const found = query(table, {
        ConsistentRead: true,
        KeyConditionExpression: `pk = :pk${starts}`,
        ExpressionAttributeValues: { ':pk': { S: partition }, ...(prefix !== '' && { ':prefix': { S: prefix } }) },
      });
      return (await first(found, Number.POSITIVE_INFINITY)).filter(isThere).map(documentOf);
    },
    async put(put, expected) {
      const document = { ...checkedPut(put), version: expected + 1 };
      if (await conditionally(table.client.send(new PutItemCommand(putOf(table, document))))) return true;
      // Refused for its version, or because it carries another recordedAt than the stored one, or none.
      if (expected === 0) return false;
      return conditionally(table.client.send(new UpdateItemCommand(updateOf(table, document))));
    },
    async remove(given, expected) {
      const address = wellFormed(given);
      if (expected === 0 || !isFit(address)) return false;
      const input = { TableName: table.name, Key: keyOf(address), ...versionIs(expected) };
      if (table.removing === 'delete') return conditionally(table.client.send(new DeleteItemCommand(input)));
      return conditionally(table.client.send(new UpdateItemCommand(markOf(input, table.now()))));
    },
  };
}

/** `now` is asked where the timeline ends, and when something is marked as gone. */
export function dynamoStore(
  client: DynamoDBClient,
  tableName: string,
  now: () => Instant,
  removing: Removing = 'delete',
): Store {
  const table = { client, name: tableName, removing, now };
  return {
    ...documents(table),
    due: (before, limit) => due(table, before, limit),
    dueAfter: (after) => dueAfter(table, after),
    timeline: timelineOf(table, now),
  };
}
