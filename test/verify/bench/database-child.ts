import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { ensureTable } from '../../store/dynalite.ts';

export const TABLE = 'bench';

async function serve(): Promise<void> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  await ensureTable(new DynamoDBClient({ endpoint, region: 'local', credentials }), TABLE);
  process.on('disconnect', () => process.exit());
  process.send?.(endpoint);
}

if (process.argv[2] === 'serve') await serve();
