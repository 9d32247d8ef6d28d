import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { applyConfig } from '../../../lambdas/admin/apply.ts';
import { checkForCloud } from '../../../lambdas/admin/cloud-config.ts';
import { examineStage } from '../../../lambdas/admin/stage-doctor.ts';
import { createStageToken } from '../../../lambdas/admin/stage-tokens.ts';
import type { Config } from '../../../shared/config/schema.ts';

const dynamo = mockClient(DynamoDBClient);
const ssm = mockClient(SSMClient);
const sts = mockClient(STSClient);
const clients = { dynamo: new DynamoDBClient({}), ssm: new SSMClient({}), sts: new STSClient({}) };
const meta = { $metadata: {}, message: 'arn:aws:secret-of-somebody' };

const config: Config = {
  connections: [{ id: 'sales', provider: 'coldsend', apiKey: 'ssm:/replybus/sales' }],
  sinks: [{ id: 'crm', type: 'webhook', url: 'https://crm.example/hooks', secret: 'ssm:/replybus/crm' }],
  poll: { everySeconds: 10 },
};

/** Two connections whose keys lie in one parameter. */
const shared: Partial<Config> = {
  connections: ['sales', 'Support_2.a-b'].map((id, index) => ({
    id: `c${index}`,
    provider: 'coldsend',
    apiKey: `ssm:/replybus/keys#${id}`,
  })),
};

const apply = async (change: Partial<Config> = {}, stage = 'dev') => {
  const warnings: string[] = [];
  const options = { config: { ...config, ...change }, file: 'my.json', stage, clients };
  const result = await applyConfig({ ...options, warn: (sentence) => void warnings.push(sentence) });
  return { result, warnings };
};

function deployed(): void {
  dynamo.on(DescribeTableCommand).resolves({
    Table: { TableStatus: 'ACTIVE', DeletionProtectionEnabled: true, StreamSpecification: { StreamEnabled: true } },
  });
  dynamo.on(DescribeContinuousBackupsCommand).resolves({
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' },
    },
  });
  dynamo.on(DescribeTimeToLiveCommand).resolves({ TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED' } });
  dynamo.on(GetItemCommand).resolves({}).on(QueryCommand).resolves({ Items: [] }).on(PutItemCommand).resolves({});
}

beforeEach(() => {
  for (const mock of [dynamo, ssm, sts]) mock.reset();
  sts.on(GetCallerIdentityCommand).resolves({ Account: '123456789012' });
  ssm.on(GetParametersCommand).resolves({ Parameters: [{ Name: '/replybus/sales', Type: 'SecureString' }] });
  deployed();
});

describe('apply', () => {
  it('writes to the table of the stage and says what is in force', async () => {
    const { result } = await apply();
    expect(result).toEqual({ stage: 'dev', generation: 1, connections: 1, sinks: 1, shards: 1 });
    const tables = dynamo.commandCalls(PutItemCommand).map(({ args }) => args[0].input.TableName);
    expect(new Set(tables)).toEqual(new Set(['replybus-dev']));
  });

  it('warns of secrets that are not there yet, and of an interval the cloud does not have', async () => {
    expect((await apply()).warnings).toEqual([
      'poll.everySeconds is 10; a deployment polls every 60 seconds.',
      'The parameter /replybus/crm does not exist yet; what needs it waits until it does.',
    ]);
  });

  it('warns once of a parameter that holds the keys of several connections', async () => {
    const missing = (await apply(shared)).warnings.filter((sentence) => sentence.includes('/replybus/keys'));
    expect(missing).toEqual(['The parameter /replybus/keys does not exist yet; what needs it waits until it does.']);
  });

  it('asks for a parameter by its path, and has nothing decrypted', async () => {
    await apply(shared);
    const inputs = ssm.commandCalls(GetParametersCommand).map(({ args }) => args[0].input);
    expect(inputs).toEqual([{ Names: ['/replybus/keys', '/replybus/crm'], WithDecryption: false }]);
  });

  it('says that the stage must be deployed first', async () => {
    dynamo.on(GetItemCommand).rejects(new ResourceNotFoundException(meta));
    await expect(apply()).rejects.toThrow(
      'There is no table replybus-dev in this account and region; deploy dev first.',
    );
  });

  it.each([
    ['CredentialsProviderError', /sign in with "aws sso login"/],
    ['ExpiredTokenException', /sign in again/],
    ['AccessDeniedException', /may not write to the table replybus-dev/],
    ['TimeoutError', /TimeoutError.*check the network/],
  ])('says what to do after %s, without the words of AWS', async (name, sentence) => {
    dynamo.on(GetItemCommand).rejects(Object.assign(new Error('arn:aws:secret-of-somebody'), { name }));
    const error = await apply().catch((each: unknown) => each);
    expect(String(error)).toMatch(sentence);
    expect(String(error)).not.toContain('somebody');
  });

  it('refuses a stage that could not be part of a name', async () => {
    await expect(apply({}, 'my stage')).rejects.toThrow(/no name for a stage/);
  });
});

describe('a config for the cloud', () => {
  const connection = config.connections[0] as Config['connections'][number];
  const noEntry = /^my\.json, connections\[0\]\.apiKey: after one "#" goes the name of an entry, [^\n]*\.$/;
  const refused: readonly (readonly [string, Partial<Config>, RegExp])[] = [
    [
      'a key of this machine',
      { connections: [{ ...connection, apiKey: 'env:KEY' }] },
      /connections\[0\]\.apiKey: .*environment/,
    ],
    [
      'a key itself',
      { connections: [{ ...connection, apiKey: 'sk_live_1' }] },
      /connections\[0\]\.apiKey: the secret itself/,
    ],
    [
      'a parameter the functions may not read',
      { connections: [{ ...connection, apiKey: 'ssm:/other/key' }] },
      /under \/replybus\//,
    ],
    ['an entry without a name', { connections: [{ ...connection, apiKey: 'ssm:/replybus/keys#' }] }, noEntry],
    ['an entry of an entry', { connections: [{ ...connection, apiKey: 'ssm:/replybus/keys#a#b' }] }, noEntry],
    ['an entry with a sign', { connections: [{ ...connection, apiKey: 'ssm:/replybus/keys#a b' }] }, noEntry],
    [
      'a key pasted after the path',
      { connections: [{ ...connection, apiKey: 'ssm:/replybus/keys#sk_live_1=' }] },
      noEntry,
    ],
    ['private addresses', { allowPrivateUrls: true }, /allowPrivateUrls: this is for one machine only/],
    [
      'mail in a log',
      { sinks: [{ id: 'out', type: 'stdout' }] },
      /sinks\[0\]: a stdout sink would put mail into the log/,
    ],
    [
      'a webhook on a private address',
      { sinks: [{ id: 'crm', type: 'webhook', url: 'https://10.0.0.1/', secret: 'ssm:/replybus/crm' }] },
      /sinks\[0\]\.url/,
    ],
    [
      'an automation that could never work',
      {
        connections: [{ ...connection, provider: 'cohesive' }],
        sinks: [{ id: 'hot', type: 'automation', do: [{ read: true }] }],
      },
      /sinks\[0\]\.do\[0\]: this can never work/,
    ],
    [
      'a mail server with its password',
      { forwarding: { smtp: 'smtps://me:secret@mail.example', from: 'me@acme.example' } },
      /forwarding\.smtp/,
    ],
  ];

  it.each(refused)('does not hold %s', (_name, change, sentence) => {
    const check = () => checkForCloud({ ...config, ...change }, 'my.json');
    expect(check).toThrow(sentence);
    expect(check).not.toThrow(/sk_live_1|me:secret/);
  });

  it('needs the parameters it names, each once', () => {
    const twice = { ...config, connections: [connection, { ...connection, id: 'other' }] };
    expect(checkForCloud(twice, 'my.json')).toEqual([
      { path: '/replybus/sales', isObject: false },
      { path: '/replybus/crm', isObject: false },
    ]);
  });

  it('needs a parameter once for all entries of it', () => {
    expect(checkForCloud({ ...config, ...shared }, 'my.json')).toEqual([
      { path: '/replybus/keys', isObject: true },
      { path: '/replybus/crm', isObject: false },
    ]);
  });
});

describe('doctor of a stage', () => {
  const examine = async (change: Partial<Config> = {}) =>
    await examineStage({ stage: 'dev', clients, config: { config: { ...config, ...change }, file: 'my.json' } });
  const states = async () => Object.fromEntries((await examine()).map(({ subject, state }) => [subject, state]));

  it('says what is missing before a deploy', async () => {
    dynamo.on(DescribeTableCommand).rejects(new ResourceNotFoundException(meta));
    expect(await states()).toEqual({
      region: 'ok',
      identity: 'ok',
      'parameter /replybus/sales': 'ok',
      'parameter /replybus/crm': 'broken',
      'table replybus-dev': 'warning',
    });
  });

  it('says that a config is to be applied', async () => {
    expect(await states()).toMatchObject({ 'table replybus-dev': 'ok', 'config of dev': 'warning' });
  });

  it('goes no further without a region', async () => {
    const region = async () => Promise.reject(new Error('Region is missing'));
    const lost = { ...clients, dynamo: new DynamoDBClient({ region }) };
    expect(await examineStage({ stage: 'dev', clients: lost })).toEqual([
      {
        subject: 'region',
        state: 'broken',
        detail: 'No AWS region is set; set AWS_REGION, for example to eu-west-1.',
      },
    ]);
  });

  it('goes no further without an identity', async () => {
    sts.on(GetCallerIdentityCommand).rejects(Object.assign(new Error('x'), { name: 'ExpiredToken' }));
    expect(await examine()).toEqual([
      expect.objectContaining({ subject: 'region' }),
      {
        subject: 'identity',
        state: 'broken',
        detail: 'AWS does not accept these credentials; sign in again, then try again.',
      },
    ]);
  });

  it('says that a secret lies in the clear', async () => {
    ssm.on(GetParametersCommand).resolves({ Parameters: [{ Name: '/replybus/sales', Type: 'String' }] });
    expect(await states()).toMatchObject({ 'parameter /replybus/sales': 'warning' });
  });

  it('names a missing parameter of several keys once, and how to make it', async () => {
    const checks = (await examine(shared)).filter(({ subject }) => subject === 'parameter /replybus/keys');
    expect(checks).toMatchObject([
      { state: 'broken', detail: expect.stringContaining('--name /replybus/keys --value file://keys.json') },
    ]);
  });

  it('says of a parameter of several keys that nobody looked into it, and has it not decrypted', async () => {
    ssm.on(GetParametersCommand).resolves({ Parameters: [{ Name: '/replybus/keys', Type: 'SecureString' }] });
    const checks = (await examine(shared)).filter(({ subject }) => subject === 'parameter /replybus/keys');
    expect(checks).toMatchObject([{ state: 'ok', detail: 'It is there; its entries were not looked at.' }]);
    const decrypted = ssm.commandCalls(GetParametersCommand).map(({ args }) => args[0].input.WithDecryption);
    expect(decrypted).toEqual([false]);
  });

  it('says that a protection of the table was switched off', async () => {
    dynamo.on(DescribeTableCommand).resolves({ Table: { TableStatus: 'ACTIVE' } });
    const details = (await examine()).map(({ detail }) => detail);
    expect(details).toContain('deletion protection is off, though the deployment turns it on; deploy again.');
  });
});

describe('a token for a deployment', () => {
  it('is stored hashed in its table', async () => {
    const { token, id } = await createStageToken('dev', { name: 'first' }, clients);
    const [call] = dynamo.commandCalls(PutItemCommand);
    expect(call?.args[0].input.Item).toMatchObject({ pk: { S: 'TOKENS' }, sk: { S: id } });
    expect(JSON.stringify(call?.args[0].input)).not.toContain(token);
  });
});
