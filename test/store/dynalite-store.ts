import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoStore, type Removing } from '../../adapters/dynamodb/store.ts';
import type { Store } from '../../shared/store/store.ts';
import { ensureTable, openDynalite } from './dynalite.ts';

export interface World {
  readonly client: DynamoDBClient;
  /** An empty store on a table of its own. */
  fresh(removing?: Removing): Promise<Store>;
  end(): Promise<void>;
}

export async function dynaliteWorld(now: () => number): Promise<World> {
  const { client, close } = await openDynalite();
  let tables = 0;
  return {
    client,
    async fresh(removing = 'delete') {
      tables += 1;
      const name = `table-${tables}`;
      await ensureTable(client, name);
      return dynamoStore(client, name, now, removing);
    },
    end: close,
  };
}
