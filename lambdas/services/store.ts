import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoStore } from '../../adapters/dynamodb/store.ts';
import type { Store } from '../../shared/store/store.ts';

const TRIES = 5;

/** The deployed table. Nothing is ever deleted by us: what is removed is marked, and the table's time to live takes it. */
export function openStore(table: string, now: () => number): Store {
  return dynamoStore(new DynamoDBClient({ maxAttempts: TRIES }), table, now, 'mark');
}
