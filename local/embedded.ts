import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { tableDefinition } from '../adapters/dynamodb/table.ts';
import { lockFolder } from './folder-lock.ts';
import { dropStaleIndexEntries } from './stale-index.ts';

export interface Embedded {
  readonly client: DynamoDBClient;
  readonly endpoint: string;
  /** Lets what is under way finish, then frees the folder. */
  close(): Promise<void>;
}

const TABLE_POLLS_MAX = 500;
const TABLE_POLL_MS = 10;

/**
 * Dynalite checks no signature, and every user of the machine reaches its port: only calls that name this process's
 * random access key are let through.
 */
function admitOnly(accessKeyId: string, server: Server): void {
  const handlers = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (request.headers.authorization?.includes(`Credential=${accessKeyId}/`)) {
      for (const handle of handlers) handle(request, response);
    } else {
      response.writeHead(403).end();
    }
  });
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The embedded database has no port.');
  return `http://127.0.0.1:${address.port}`;
}

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
  throw new Error('The embedded database did not make its table in time.');
}

async function createTable(client: DynamoDBClient, tableName: string): Promise<void> {
  try {
    await client.send(new CreateTableCommand(tableDefinition(tableName)));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeIdleConnections();
  });
}

/** DynamoDB in this process, kept in `<dataDir>/database`, with its table made. One process a folder. */
export async function openEmbedded(dataDir: string, { tableName }: { readonly tableName: string }): Promise<Embedded> {
  const lock = await lockFolder(dataDir);
  const accessKeyId = randomBytes(16).toString('hex');
  const database = join(dataDir, 'database');
  if (!lock.endedWell) await dropStaleIndexEntries(database, tableName);
  const server = dynalite({ path: database, createTableMs: 0 });
  admitOnly(accessKeyId, server);
  const endpoint = await listen(server);
  const client = new DynamoDBClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId, secretAccessKey: accessKeyId },
  });
  async function close(): Promise<void> {
    client.destroy();
    await closeServer(server);
    await lock.release();
  }
  try {
    await ensureTable(client, tableName);
  } catch (error) {
    await close();
    throw error;
  }
  return { client, endpoint, close };
}
