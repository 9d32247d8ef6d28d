import type { AttributeValue, CreateTableCommandInput, KeySchemaElement } from '@aws-sdk/client-dynamodb';
import type { Instant } from '../../shared/model.ts';
import { dayNumber, dayText } from '../../shared/store/keys.ts';
import { indexKey, instantOf, parsedValue, valueText } from '../../shared/store/order.ts';
import type { Address, Document } from '../../shared/store/store.ts';

/**
 * One table. `pk` and `sk` are a document's address, `value` its JSON text, `version` a number.
 * `due`: `dueBucket` (`DUE#0` to `DUE#7`) and `dueAt`; `timeline`: `day` (`EVENTS#yyyy-mm-dd`, UTC) and `recordedAt`.
 * Both sort keys are the time in 15 digits, then the address, so that equal times have an order.
 * `goneAt`: when the document was removed, in seconds, where removing marks instead of deleting.
 */
export type Item = Record<string, AttributeValue>;

export const DUE_INDEX = 'due';
export const TIMELINE_INDEX = 'timeline';
/** The deployed table's time to live: the database deletes what is marked as removed, and nothing else. */
export const GONE_ATTRIBUTE = 'goneAt';

/**
 * One key of an index takes 1,000 writes a second. Source: Amazon DynamoDB, key range throttling; eight keys share
 * the load of everything that is due.
 */
const DUE_BUCKETS = 8;

const schema = (partition: string, sort: string): KeySchemaElement[] => [
  { AttributeName: partition, KeyType: 'HASH' },
  { AttributeName: sort, KeyType: 'RANGE' },
];

/** What CreateTable takes; the deployed table has the same keys and indexes. */
export function tableDefinition(tableName: string): CreateTableCommandInput {
  const names = ['pk', 'sk', 'dueBucket', 'dueAt', 'day', 'recordedAt'];
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: schema('pk', 'sk'),
    GlobalSecondaryIndexes: [
      { IndexName: DUE_INDEX, KeySchema: schema('dueBucket', 'dueAt'), Projection: { ProjectionType: 'KEYS_ONLY' } },
      {
        IndexName: TIMELINE_INDEX,
        KeySchema: schema('day', 'recordedAt'),
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  };
}

export const dueBuckets: readonly string[] = Array.from({ length: DUE_BUCKETS }, (_, bucket) => `DUE#${bucket}`);

/** FNV-1a: spreads addresses over the buckets; nothing depends on which bucket it is, only that it stays the same. */
export function dueBucket({ partition, key }: Address): string {
  let hash = 0x811c9dc5;
  for (const char of `${partition}#${key}`) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return `DUE#${hash % DUE_BUCKETS}`;
}

export function dayBucket(day: number): string {
  return `EVENTS#${dayText(day)}`;
}

export function keyOf({ partition, key }: Address): Item {
  return { pk: { S: partition }, sk: { S: key } };
}

export function addressOf(item: Item): Address {
  return { partition: item.pk?.S ?? '', key: item.sk?.S ?? '' };
}

export function documentOf(item: Item): Document {
  const due = item.dueAt?.S;
  const recorded = item.recordedAt?.S;
  return {
    ...addressOf(item),
    version: Number(item.version?.N),
    value: parsedValue(item.value?.S ?? ''),
    ...(due !== undefined && { dueAt: instantOf(due) }),
    ...(recorded !== undefined && { recordedAt: instantOf(recorded) }),
  };
}

function dueAttributes(address: Address, dueAt: Instant): Item {
  return { dueBucket: { S: dueBucket(address) }, dueAt: { S: indexKey(dueAt, address) } };
}

function timelineAttributes(address: Address, recordedAt: Instant): Item {
  return { day: { S: dayBucket(dayNumber(recordedAt)) }, recordedAt: { S: indexKey(recordedAt, address) } };
}

/** A document as the table holds it, without its key. Throws when its value is too large, or an instant is none. */
export function attributesOf({ version, value, dueAt, recordedAt, ...address }: Document): Item {
  return {
    version: { N: String(version) },
    value: { S: valueText(value) },
    ...(dueAt !== undefined && dueAttributes(address, dueAt)),
    ...(recordedAt !== undefined && timelineAttributes(address, recordedAt)),
  };
}
