import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { examineRunning } from '../../lambdas/admin/running-doctor.ts';
import type { Settings } from '../../local/settings.ts';
import { openSystem } from '../../local/system.ts';
import { SCOPES } from '../../shared/api/scopes.ts';
import type { CheckView } from '../../shared/api/shapes.ts';
import { createToken } from '../../shared/api/tokens.ts';
import { eventId } from '../../shared/events/event.ts';
import { writeDelivery } from '../../shared/outbox/outbox.ts';
import { recordEvent } from '../../shared/outbox/record.ts';
import { emptyFolder } from '../cli/command-line.ts';
import { type CloudWorld, KEY_PARAMETERS, startCloudWorld } from './cloud-world.ts';
import { context, httpEvent } from './invocations.ts';

let world: CloudWorld;
const STAGE = 'test';

beforeAll(async () => {
  world = await startCloudWorld();
  for (const [name, value] of Object.entries(world.environment)) vi.stubEnv(name, value);
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await world.apply();
});
afterAll(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await world.stop();
});

async function byFunction(): Promise<readonly CheckView[]> {
  const { handler } = await import('../../lambdas/functions/api/handler.ts');
  const newSecret = () => randomBytes(24).toString('base64url');
  const clock = { now: () => Date.now(), sleep: async () => {} };
  const { token } = await createToken({ store: world.store, clock, newSecret }, { name: 'doctor', scopes: SCOPES });
  const answer = await handler(httpEvent({ method: 'GET', path: '/v1/doctor', token }), context());
  return JSON.parse((answer as { readonly body: string }).body).items;
}

function fromHere(change: { readonly ssm?: SSMClient } = {}): Promise<readonly CheckView[]> {
  const clients = { dynamo: new DynamoDBClient({}), ssm: new SSMClient({}), ...change };
  return examineRunning({ stage: STAGE, clients, allowPrivate: true });
}

/** The same config on one machine. */
async function onOneMachine(): Promise<readonly CheckView[]> {
  const { config } = await world.apply({ sinks: [hook()] });
  const literal = (text: string) => world.aws.parameters.get(text.replace('ssm:', '')) ?? '';
  const connections = config.connections.map((each) => ({ ...each, apiKey: literal(each.apiKey) }));
  const sinks = [{ ...hook(), secret: literal('/replybus/hook') }];
  const own = { ...config, connections, sinks, allowPrivateUrls: true };
  const settings: Settings = { kind: 'config', file: 'my.json', config: own, dataDir: emptyFolder() };
  const nothing = () => {};
  const system = await openSystem({
    settings,
    lively: false,
    log: { info: nothing, warn: nothing },
    show: nothing,
    warn: nothing,
    recorded: nothing,
    wake: nothing,
    wakeSend: nothing,
  });
  try {
    return await (await system.api.open()).doctor();
  } finally {
    await system.close();
  }
}

const hook = () => ({ id: 'hook', type: 'webhook', url: world.receiver.url, secret: 'ssm:/replybus/hook' }) as const;

describe('the doctor', () => {
  it('finds the same on one machine, in the cloud, and of the cloud from here', async () => {
    const local = await onOneMachine();
    expect(await byFunction()).toEqual(local);
    expect(await fromHere()).toEqual(local);
    expect(local.map(({ subject }) => subject)).toEqual([
      'connection acme',
      'connection acme, campaigns',
      'connection acme, replies',
      'connection sales',
      'connection sales, campaigns',
      'connection sales, replies',
      'sink hook',
      'forwarding',
    ]);
  });

  it('says the same of a sink at which nothing arrives, in the cloud and of the cloud from here', async () => {
    const id = eventId('sink.disabled', '', 'hook', 'e');
    const at = Date.now();
    const data = { sink: 'hook', episode: 'e', reason: 'HTTP 410' };
    const event = { type: 'sink.disabled', timestamp: new Date(at).toISOString(), data } as const;
    await recordEvent({ store: world.store, now: () => at }, id, event, '');
    const failed = { state: 'parked', tries: 10, triedAt: at, lastError: 'HTTP 404' } as const;
    await writeDelivery(world.store, { event: id, sink: 'hook', version: 0 }, failed);
    for (const checks of [await byFunction(), await fromHere()])
      expect(checks.find(({ subject }) => subject === 'sink hook')).toMatchObject({
        state: 'broken',
        detail: expect.stringMatching(
          /^Of the newest \d+ events? 1 is parked, since .* UTC: its receiver answered 404\. /,
        ),
      });
  });

  it('says of a connection without a key what to do, and examines the others', async () => {
    const { config } = await world.apply({ sinks: [] });
    const lost = { id: 'lost', provider: 'coldsend', apiKey: 'ssm:/replybus/lost' };
    await world.apply({ sinks: [], connections: [lost, ...config.connections] });
    const [first, ...rest] = await fromHere();
    expect(first).toEqual({
      subject: 'connection lost',
      state: 'broken',
      detail: 'Its key cannot be read; put it into the parameter store under /replybus/lost.',
    });
    expect(rest.map(({ state }) => state)).not.toContain('broken');
    await world.apply();
  });

  it('says of a key that the vendor refuses what to do', async () => {
    const { parameters } = world.aws;
    const key = parameters.get(KEY_PARAMETERS.coldsend) ?? '';
    parameters.set(KEY_PARAMETERS.coldsend, 'no-key');
    const checks = (await fromHere()).filter(({ subject }) => subject.startsWith('connection sales'));
    expect(checks).toMatchObject([
      { state: 'broken', detail: expect.stringContaining('does not accept this API key') },
    ]);
    parameters.set(KEY_PARAMETERS.coldsend, key);
  });

  it('says that it could not look, where the credentials may not read parameters', async () => {
    const ssm = new SSMClient({});
    const denied = Object.assign(new Error('arn:aws:of-somebody'), { name: 'AccessDeniedException' });
    vi.spyOn(ssm, 'send').mockImplementation(() => Promise.reject(denied));
    expect(await fromHere({ ssm })).toEqual([
      {
        subject: 'connections of test',
        state: 'warning',
        detail:
          'They were not asked how they are. These AWS credentials may not read and decrypt parameters; use a role that may.',
      },
    ]);
  });
});
