import { once } from 'node:events';
import type { Server } from 'node:http';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { tableDefinition } from '../../adapters/dynamodb/table.ts';

export interface Dynalite {
  readonly client: DynamoDBClient;
  readonly endpoint: string;
  close(): Promise<void>;
}

const TABLE_POLLS_MAX = 500;
const TABLE_POLL_MS = 10;

/** Makes the table unless it is there. The SDK's waiter sleeps at least a second; dynalite needs a few milliseconds. */
export async function ensureTable(client: DynamoDBClient, tableName: string): Promise<void> {
  for (let polls = 0; polls < TABLE_POLLS_MAX; polls += 1) {
    try {
      const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
      if (Table?.TableStatus === 'ACTIVE') return;
      await new Promise((resolve) => setTimeout(resolve, TABLE_POLL_MS));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
      await createTable(client, tableName);
    }
  }
  throw new Error('Dynalite did not make its table in time.');
}

async function createTable(client: DynamoDBClient, tableName: string): Promise<void> {
  try {
    await client.send(new CreateTableCommand(tableDefinition(tableName)));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Dynalite has no port.');
  return `http://127.0.0.1:${address.port}`;
}

/** DynamoDB's emulator in this process; on disk where a folder is given, else in memory. */
export async function openDynalite(folder?: string): Promise<Dynalite> {
  const server = dynalite({ createTableMs: 0, ...(folder !== undefined && { path: folder }) });
  const endpoint = await listen(server);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint, region: 'eu-west-1', credentials });
  return {
    client,
    endpoint,
    async close() {
      client.destroy();
      server.closeIdleConnections();
      await new Promise<void>((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
    },
  };
}
