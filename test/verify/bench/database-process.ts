import { fork } from 'node:child_process';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoStore } from '../../../adapters/dynamodb/store.ts';
import type { Store } from '../../../shared/store/store.ts';
import { TABLE } from './database-child.ts';

export interface DatabaseProcess {
  readonly store: Store;
  stop(): void;
}

/** The embedded database in a process of its own, so that its work is not counted as ours. */
export async function startDatabase(): Promise<DatabaseProcess> {
  const child = fork(new URL('./database-child.ts', import.meta.url), ['serve']);
  const endpoint = await new Promise<string>((resolve) => child.once('message', (value) => resolve(String(value))));
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const client = new DynamoDBClient({ endpoint, region: 'local', credentials });
  return {
    store: dynamoStore(client, TABLE, Date.now),
    stop() {
      client.destroy();
      child.kill();
    },
  };
}
