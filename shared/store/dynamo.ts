import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Instant } from '../model.ts';
import { boundAfter, boundBefore, compareText, cursorOf, instantOf, placeOf, valueText } from './order.ts';
import type { Address, Put, Store } from './store.ts';
import {
  addressOf,
  DUE_INDEX,
  dayBucket,
  dayOf,
  documentOf,
  dueAttributes,
  dueBuckets,
  GONE_ATTRIBUTE,
  type Item,
  keyOf,
  TIMELINE_INDEX,
  timelineAttributes,
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

function versionIs(expected: number): { ConditionExpression: string; values: Item } {
  return expected === 0
    ? { ConditionExpression: `attribute_not_exists(pk) OR attribute_exists(${GONE_ATTRIBUTE})`, values: {} }
    : {
        ConditionExpression: `#version = :expected AND attribute_not_exists(${GONE_ATTRIBUTE})`,
        values: { ':expected': { N: String(expected) } },
      };
}

/** UpdateItem and not PutItem: `if_not_exists` keeps a recordedAt that is already stored without reading it first. */
function updateOf(table: Table, put: Put, expected: number): UpdateItemCommandInput {
  const { ConditionExpression, values } = versionIs(expected);
  const { dueAt, recordedAt } = put;
  const set = ['#version = :version', '#value = :value'];
  if (dueAt !== undefined) set.push('dueBucket = :dueBucket', 'dueAt = :dueAt');
  if (recordedAt !== undefined) {
    set.push('#day = if_not_exists(#day, :day)', 'recordedAt = if_not_exists(recordedAt, :recordedAt)');
  }
  return {
    TableName: table.name,
    Key: keyOf(put),
    UpdateExpression: `SET ${set.join(', ')} REMOVE ${[GONE_ATTRIBUTE, ...(dueAt === undefined ? ['dueBucket', 'dueAt'] : [])].join(', ')}`,
    ConditionExpression,
    ExpressionAttributeNames: {
      '#version': 'version',
      '#value': 'value',
      ...(recordedAt !== undefined && { '#day': 'day' }),
    },
    ExpressionAttributeValues: {
      ...values,
      ':version': { N: String(expected + 1) },
      ':value': { S: valueText(put.value) },
      ...(dueAt !== undefined && dueAttributes(put, dueAt)),
      ...(recordedAt !== undefined && timelineAttributes(put, recordedAt)),
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

/** A page ends at 1 MB even when more matches, so every Query and Scan goes on from where the last one stopped. */
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

async function* scan(table: Table, input: Omit<ScanCommandInput, 'TableName'>): AsyncGenerator<Item> {
  let from: Item | undefined;
  do {
    const page = await table.client.send(
      new ScanCommand({ TableName: table.name, ...input, ...(from && { ExclusiveStartKey: from }) }),
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

const DAY_QUERY = {
  IndexName: TIMELINE_INDEX,
  KeyConditionExpression: '#day = :day AND recordedAt > :after',
  ExpressionAttributeNames: { '#day': 'day' },
};

/** Every day from the start until now is asked for its events, so a start long ago costs a Query for each day since. */
async function* daysInOrder(table: Table, after: string, lastDay: number, limit: number): AsyncGenerator<Item> {
  let day = dayOf(instantOf(after));
  for (let width = 1; day <= lastDay; width = Math.min(width * 2, DAYS_AT_ONCE_MAX)) {
    const days = Array.from({ length: Math.min(width, lastDay - day + 1) }, (_, index) => day + index);
    const pages = await Promise.all(
      days.map((one) => {
        const values = { ':day': { S: dayBucket(one) }, ':after': { S: after } };
        return first(query(table, { ...DAY_QUERY, Limit: limit, ExpressionAttributeValues: values }), limit);
      }),
    );
    yield* pages.flat();
    day += days.length;
  }
}

function timelineOf(table: Table, now: () => Instant): Store['timeline'] {
  return async (from, { limit, after }) => {
    const bound = boundBefore(from);
    const place = after === undefined ? bound : placeOf(after);
    const start = compareText(place, bound) > 0 ? place : bound;
    // One more than asked for tells whether there is a next page.
    const items = await first(daysInOrder(table, start, dayOf(now() + CLOCK_SKEW_MS), limit + 1), limit + 1);
    const page = items.slice(0, limit);
    const last = page.at(-1)?.recordedAt?.S;
    const more = last !== undefined && items.length > limit;
    return { addresses: page.map(addressOf), ...(more && { cursor: cursorOf(last) }) };
  };
}

async function* scanDue(table: Table): AsyncGenerator<Address> {
  const filter = { FilterExpression: 'attribute_exists(dueAt)', ProjectionExpression: 'pk, sk' };
  for await (const item of scan(table, { ...filter, ConsistentRead: true })) yield addressOf(item);
}

function documents(table: Table): Pick<Store, 'get' | 'list' | 'put' | 'remove'> {
  return {
    async get(address) {
      const input = { TableName: table.name, Key: keyOf(address), ConsistentRead: true };
      const { Item: item } = await table.client.send(new GetItemCommand(input));
      return item && isThere(item) ? documentOf(item) : undefined;
    },
    async list(partition, prefix = '') {
      const starts = prefix === '' ? '' : ' AND begins_with(sk, :prefix)';
      const found = query(table, {
        ConsistentRead: true,
        KeyConditionExpression: `pk = :pk${starts}`,
        ExpressionAttributeValues: { ':pk': { S: partition }, ...(prefix !== '' && { ':prefix': { S: prefix } }) },
      });
      return (await first(found, Number.POSITIVE_INFINITY)).filter(isThere).map(documentOf);
    },
    async put(document, expected) {
      return conditionally(table.client.send(new UpdateItemCommand(updateOf(table, document, expected))));
    },
    async remove(address, expected) {
      if (expected === 0) return false;
      const { ConditionExpression, values } = versionIs(expected);
      const input = { TableName: table.name, Key: keyOf(address), ConditionExpression };
      const names = { ExpressionAttributeNames: { '#version': 'version' }, ExpressionAttributeValues: values };
      if (table.removing === 'delete')
        return conditionally(table.client.send(new DeleteItemCommand({ ...input, ...names })));
      return conditionally(table.client.send(new UpdateItemCommand(markOf({ ...input, ...names }, table.now()))));
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
    timeline: timelineOf(table, now),
    scanDue: () => scanDue(table),
  };
}
