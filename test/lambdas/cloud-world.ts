import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { dynamoStore } from '../../adapters/dynamodb/store.ts';
import { type CloudConfig, storeConfig } from '../../lambdas/runtime/stored-config.ts';
import { type RunningSandbox, startSandbox } from '../../sandbox/server.ts';
import { DEMO_KEYS } from '../../sandbox/switches.ts';
import type { Config } from '../../shared/config/schema.ts';
import type { Store } from '../../shared/store/store.ts';
import { ensureTable } from '../store/dynalite.ts';
import { type Receiver, startReceiver } from '../verify/kill/receiver.ts';
import { type FakeAws, startFakeAws } from './fake-aws.ts';

export const TABLE = 'replybus-test';
/** Paths of the queues on the fake of AWS: the SDK calls a queue at its own URL. */
export const JOBS = '/jobs';
export const DEAD_LETTERS = '/dead-letters';
const SECRET = `whsec_${Buffer.from('replybus-cloud-test-signing-key-').toString('base64')}`;

/** Everything a deployed function meets: the table, the other services, both vendors, a webhook's receiver. */
export interface CloudWorld {
  readonly store: Store;
  readonly aws: FakeAws;
  readonly sandbox: RunningSandbox;
  readonly receiver: Receiver;
  /** What a function's environment holds. */
  readonly environment: Readonly<Record<string, string>>;
  apply(change?: Partial<Config>): Promise<CloudConfig>;
  stop(): Promise<void>;
}

export const KEY_PARAMETERS = { cohesive: '/replybus/acme/key', coldsend: '/replybus/sales/key' } as const;

export async function startCloudWorld(): Promise<CloudWorld> {
  const database = dynalite({ createTableMs: 0 });
  database.listen(0, '127.0.0.1');
  await once(database, 'listening');
  const endpoint = `http://127.0.0.1:${(database.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint, region: 'eu-west-1', credentials });
  await ensureTable(client, TABLE);
  const store = dynamoStore(client, TABLE, Date.now, 'mark');
  const aws = await startFakeAws();
  const sandbox = await startSandbox({ port: 0, seed: 1, lively: false });
  const receiver = await startReceiver(SECRET, () => 1, 0, 0);
  aws.parameters.set(KEY_PARAMETERS.cohesive, DEMO_KEYS.cohesive);
  aws.parameters.set(KEY_PARAMETERS.coldsend, DEMO_KEYS.coldsend);
  aws.parameters.set('/replybus/hook', SECRET);
  const config: Config = {
    connections: [
      { id: 'acme', provider: 'cohesive', apiKey: `ssm:${KEY_PARAMETERS.cohesive}`, baseUrl: sandbox.urls.cohesive },
      { id: 'sales', provider: 'coldsend', apiKey: `ssm:${KEY_PARAMETERS.coldsend}`, baseUrl: sandbox.urls.coldsend },
    ],
    sinks: [
      { id: 'hook', type: 'webhook', url: receiver.url, secret: 'ssm:/replybus/hook', events: ['reply.received'] },
      { id: 'bus', type: 'eventbridge', bus: 'default', events: ['reply.interested'] },
    ],
  };
  return {
    store,
    aws,
    sandbox,
    receiver,
    environment: {
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      AWS_ENDPOINT_URL_SSM: aws.url,
      AWS_ENDPOINT_URL_SQS: aws.url,
      AWS_ENDPOINT_URL_EVENTBRIDGE: aws.url,
      REPLYBUS_TABLE: TABLE,
      REPLYBUS_STAGE: 'test',
      REPLYBUS_JOBS_URL: `${aws.url}${JOBS}`,
      REPLYBUS_DEAD_LETTERS_URL: `${aws.url}${DEAD_LETTERS}`,
      REPLYBUS_ALLOW_PRIVATE: 'true',
    },
    apply: async (change = {}) => await storeConfig(store, { ...config, ...change }, Date.now),
    async stop() {
      receiver.stop();
      await sandbox.stop();
      await aws.stop();
      client.destroy();
      await new Promise((resolve) => database.close(resolve));
    },
  };
}
