import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoStore, type Removing } from '../../adapters/dynamodb/store.ts';
import { ensureTable, openEmbedded } from '../../local/embedded.ts';
import type { Store } from '../../shared/store/store.ts';

export interface World {
  readonly client: DynamoDBClient;
  /** An empty store on a table of its own. */
  fresh(removing?: Removing): Promise<Store>;
  end(): Promise<void>;
}

export async function embeddedWorld(now: () => number): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'replybus-store-'));
  const { client, close } = await openEmbedded(folder, { tableName: 'table-0' });
  let tables = 0;
  return {
    client,
    async fresh(removing = 'delete') {
      tables += 1;
      const name = `table-${tables}`;
      await ensureTable(client, name);
      return dynamoStore(client, name, now, removing);
    },
    async end() {
      await close();
      await rm(folder, { recursive: true });
    },
  };
}
