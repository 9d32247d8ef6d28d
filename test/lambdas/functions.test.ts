import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ParameterSecrets } from '../../lambdas/services/secrets.ts';
import { SCOPES } from '../../shared/api/scopes.ts';
import { createToken } from '../../shared/api/tokens.ts';
import { readEventLog } from '../../shared/outbox/outbox.ts';
import { askedBackfill, askForBackfill } from '../../shared/polling/backfill/asked.ts';
import { eventOfAddress, shardPartition } from '../../shared/store/keys.ts';
import type { Address } from '../../shared/store/store.ts';
import { mailServer } from '../forwarding/mail-server.ts';
import { plainOf } from '../store/plain.ts';
import { type CloudWorld, DEAD_LETTERS, KEY_PARAMETERS, startCloudWorld } from './cloud-world.ts';
import { context, type HttpCall, httpEvent, queueEvent, streamEvent } from './invocations.ts';

let world: CloudWorld;
let lines: string[];
let thread: string;

type Handler = (event: never, context: never) => Promise<unknown>;
type Name = 'tick' | 'poll' | 'deliver' | 'sweep' | 'api';

/** Everything the functions wrote to their log. */
function logged(event: string): readonly Record<string, unknown>[] {
  return lines.map((line) => JSON.parse(line)).filter((line) => line.event === event);
}

async function invoke(name: Name, event: unknown = {}, remainingMs?: number): Promise<unknown> {
  const { handler } = (await import(`../../lambdas/functions/${name}/handler.ts`)) as { readonly handler: Handler };
  return await handler(event as never, context(remainingMs) as never);
}

/** Containers are thrown away and started anew. */
function restart(): void {
  vi.resetModules();
}

async function events(): Promise<readonly Address[]> {
  const { addresses } = await world.store.timeline(Date.now() - 3_600_000, { limit: 1_000 });
  return addresses;
}

async function call(request: HttpCall): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const result = (await invoke('api', httpEvent(request))) as { readonly statusCode: number; readonly body: string };
  return { status: result.statusCode, body: JSON.parse(result.body) };
}

async function token(): Promise<string> {
  const clock = { now: () => Date.now(), sleep: async () => {} };
  const newSecret = () => randomBytes(24).toString('base64url');
  return (await createToken({ store: world.store, clock, newSecret } as never, { name: 'test', scopes: SCOPES })).token;
}

beforeAll(async () => {
  lines = [];
  world = await startCloudWorld();
  for (const [name, value] of Object.entries(world.environment)) vi.stubEnv(name, value);
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  const campaign = world.sandbox.world.addCampaign({ vendor: 'coldsend' });
  const lead = { leadEmail: 'jane@lead.example', leadName: 'Jane', vendor: 'coldsend' } as const;
  thread = world.sandbox.world.addThread({ campaignId: campaign.id, ...lead }).id;
  const sentAt = world.sandbox.world.now() - 86_400_000;
  world.sandbox.world.addMessage(thread, { direction: 'inbound', sentAt, text: 'An old reply.' });
});

afterAll(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await world.stop();
});

describe('the functions', () => {
  it('do nothing before a config is applied', async () => {
    await invoke('tick');
    await invoke('sweep');
    expect(logged('config.missing')).toHaveLength(2);
    expect(world.aws.calls).toEqual([]);
  });

  it('switch on without telling what is old', async () => {
    await world.apply();
    await invoke('tick');
    expect(await events()).toEqual([]);
    expect(logged('poll.round').at(-1)).toMatchObject({ feeds: 1, polled: 1, recorded: 0, failed: 0, broken: 0 });
  });

  it('deliver a new reply once, through tick and the stream, however often both come', async () => {
    const { sandbox, receiver } = world;
    sandbox.world.addMessage(thread, { direction: 'inbound', sentAt: sandbox.world.now(), text: 'A new reply.' });
    await Promise.all([invoke('tick'), invoke('tick')]);
    const recorded = await events();
    expect(recorded).toHaveLength(1);
    await invoke('deliver', streamEvent([...recorded, ...recorded]));
    await invoke('deliver', streamEvent(recorded));
    await invoke('sweep');
    expect(receiver.receipts).toHaveLength(1);
    expect(receiver.badSignatures()).toBe(0);
  });

  it('puts an interested reply on the bus', async () => {
    world.sandbox.world.setLabel(thread, 'interested');
    await invoke('tick');
    await invoke('sweep');
    expect(world.aws.events).toHaveLength(1);
    expect(world.aws.events[0]).toMatchObject({ Source: 'replybus', DetailType: 'reply.interested' });
    expect(JSON.parse(world.aws.events[0]?.Detail ?? '{}').id).toMatch(/^evt_/);
  });

  it('put a job for each shard on the queue when there is more than one', async () => {
    const { store } = world;
    await store.put({ partition: 'PLACES', key: 'far', value: { shard: 3 } }, 0);
    const far = {
      id: 'far',
      provider: 'coldsend',
      apiKey: 'ssm:/replybus/far/key',
      baseUrl: world.sandbox.urls.coldsend,
    };
    const { config } = await world.apply();
    await world.apply({ connections: [...config.connections, far] });
    await invoke('tick');
    expect(world.aws.messages.map(({ body }) => JSON.parse(body).shard)).toEqual([0, 3]);
  });

  it('poll the shard of a job, and dead-letter what is no job with its reason', async () => {
    const { sandbox, aws } = world;
    sandbox.world.addMessage(thread, { direction: 'inbound', sentAt: sandbox.world.now(), text: 'Another one.' });
    const before = (await events()).length;
    const bodies = ['not a job', ...aws.messages.splice(0).map(({ body }) => body)];
    expect(await invoke('poll', queueEvent(bodies))).toEqual({ batchItemFailures: [] });
    expect((await events()).length).toBeGreaterThan(before);
    expect(aws.messages).toHaveLength(1);
    expect(aws.messages[0]).toMatchObject({
      url: expect.stringContaining(DEAD_LETTERS),
      attributes: { reason: expect.stringMatching(/not a job/) },
    });
    // The connection whose key is not in the parameter store leaves the others alone.
    expect(logged('connection.closed').at(-1)).toMatchObject({ connection: 'far', reason: 'secret' });
    aws.messages.length = 0;
  });

  it('hands back a job that fails, and only that', async () => {
    const jobs = [0, 3].map((shard) => JSON.stringify({ shard, calledAt: Date.now() }));
    const list = vi.spyOn(ParameterSecrets.prototype, 'refresh').mockRejectedValueOnce(new Error('down'));
    expect(await invoke('poll', queueEvent(jobs))).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    list.mockRestore();
  });

  it('buries a stream record nobody can read, and delivers the rest of its batch', async () => {
    const { aws, receiver } = world;
    const before = receiver.receipts.length;
    const { Records } = streamEvent(await events());
    await invoke('deliver', { Records: [{ eventID: 'bad', dynamodb: { Keys: {} } }, ...Records] });
    expect(receiver.receipts.length).toBe(before + 1);
    expect(aws.messages).toMatchObject([
      { url: expect.stringContaining(DEAD_LETTERS), attributes: { reason: expect.any(String) } },
    ]);
    expect(JSON.parse(aws.messages[0]?.body ?? '{}')).toEqual({ source: 'deliver', id: 'bad' });
    aws.messages.length = 0;
  });

  it('reads a key again when the vendor refuses it, and goes on with the new one', async () => {
    const { aws, sandbox } = world;
    await world.apply();
    restart();
    aws.parameters.set(KEY_PARAMETERS.coldsend, 'an-old-key');
    await invoke('tick');
    expect(logged('poll.round').at(-1)).toMatchObject({ unauthorized: 1 });
    aws.parameters.set(KEY_PARAMETERS.coldsend, Object.keys(sandbox.switches.coldsendKeys)[0] ?? '');
    await invoke('tick');
    expect(logged('poll.round').at(-1)).toMatchObject({ unauthorized: 0, failed: 0 });
  });

  it('polls with an entry of a parameter, and reads it again when the vendor refuses it', async () => {
    const { aws, sandbox } = world;
    const { config } = await world.apply();
    const connections = config.connections.map((each) =>
      each.id === 'sales' ? { ...each, apiKey: 'ssm:/replybus/keys#sales' } : each,
    );
    await world.apply({ connections });
    aws.parameters.set('/replybus/keys', JSON.stringify({ other: 'x', sales: 'an-old-key' }));
    await invoke('tick');
    expect(logged('poll.round').at(-1)).toMatchObject({ unauthorized: 1 });
    const sales = Object.keys(sandbox.switches.coldsendKeys)[0] ?? '';
    aws.parameters.set('/replybus/keys', JSON.stringify({ other: 'x', sales }));
    await invoke('tick');
    expect(logged('poll.round').at(-1)).toMatchObject({ unauthorized: 0, failed: 0, broken: 0 });
    await world.apply();
  });

  it('stops clean when the time is short, and goes on with the next run', async () => {
    const { sandbox } = world;
    restart();
    sandbox.world.addMessage(thread, { direction: 'inbound', sentAt: sandbox.world.now(), text: 'In a short minute.' });
    const before = (await events()).length;
    await invoke('tick', {}, 4_100);
    expect((await events()).length).toBe(before);
    expect(logged('function.failed')).toEqual([]);
    await invoke('tick');
    expect((await events()).length).toBe(before + 2);
  });

  it('fail with the name of an error, and not a word of it', async () => {
    restart();
    const { CurrentConfig } = await import('../../lambdas/runtime/current-config.ts');
    const secret = new TypeError('the key of jane@lead.example');
    vi.spyOn(CurrentConfig.prototype, 'read').mockRejectedValueOnce(secret);
    const error = await invoke('sweep').catch((each: unknown) => each);
    expect(error).toMatchObject({ message: 'failed: TypeError', stack: 'failed: TypeError' });
    expect((error as Error).cause).toBeUndefined();
    expect(logged('function.failed').at(-1)).toMatchObject({ level: 'error', error: 'TypeError' });
  });

  it('write nothing at all when nothing has happened', async () => {
    restart();
    await invoke('tick');
    const before = await allVersions();
    await invoke('tick');
    await invoke('sweep');
    expect(await allVersions()).toEqual(before);
  });
});

async function allVersions(): Promise<readonly string[]> {
  const partitions = ['SHARD#0', 'CONNECTIONS', 'FEED#sales/workspace', 'CONFIG', 'SINKS', 'PLACES'];
  const documents = await Promise.all(partitions.map((partition) => world.store.list(partition)));
  return documents.flat().map(({ partition, key, version }) => `${partition} ${key} ${version}`);
}

describe('the api function', () => {
  it('answers only those who have a token', async () => {
    expect((await call({ method: 'GET', path: '/v1/threads' })).status).toBe(401);
    expect((await call({ method: 'GET', path: '/v1/threads', token: await token() })).status).toBe(200);
  });

  it('sends a reply once, and says in its answer what became of it, however often it is asked', async () => {
    const { outbox } = world.sandbox.world;
    const request: HttpCall = {
      method: 'POST',
      path: `/v1/threads/sales/${thread}/reply`,
      token: await token(),
      key: 'once',
      body: { text: 'Thank you, Jane.' },
    };
    const [first, second] = await Promise.all([call(request), call(request)]);
    const third = await call(request);
    expect([first?.status, second?.status, third.status]).toEqual([202, 202, 202]);
    expect(['sent', 'confirmed']).toContain(third.body.state);
    expect(outbox).toHaveLength(1);
  });

  it('is well while its feeds are polled', async () => {
    expect(await call({ method: 'GET', path: '/health' })).toMatchObject({
      status: 200,
      body: { status: 'ok', late: 0 },
    });
  });

  it('looks at its shards once for many who ask how polling is', async () => {
    const { WholeShard } = await import('../../shared/polling/state/shard.ts');
    await call({ method: 'GET', path: '/health' });
    const looks = [
      vi.spyOn(WholeShard.prototype, 'refresh'),
      vi.spyOn(world.store, 'list'),
      vi.spyOn(world.store, 'get'),
    ];
    const answers = await Promise.all(Array.from({ length: 20 }, () => call({ method: 'GET', path: '/health' })));
    expect(answers.map(({ status, body }) => [status, body.status])).toEqual(Array(20).fill([200, 'ok']));
    expect(looks.map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0]);
    for (const look of looks) look.mockRestore();
  });

  it('reads no shard for a caller without a token', async () => {
    const { WholeShard } = await import('../../shared/polling/state/shard.ts');
    const refresh = vi.spyOn(WholeShard.prototype, 'refresh');
    expect((await call({ method: 'GET', path: '/v1/connections' })).status).toBe(401);
    expect((await call({ method: 'POST', path: '/v1/poll', body: {} })).status).toBe(401);
    expect(refresh).not.toHaveBeenCalled();
    expect((await call({ method: 'GET', path: '/v1/connections', token: await token() })).status).toBe(200);
    expect(refresh).toHaveBeenCalledTimes(1);
    refresh.mockRestore();
  });

  it('polls and backfills by hand as the rounds do: what it records is composed alike', async () => {
    const { sandbox, store } = world;
    const campaign = sandbox.world.addCampaign({ vendor: 'cohesive' });
    const addReply = (leadEmail: string, sentAt: number) => {
      const { id } = sandbox.world.addThread({ campaignId: campaign.id, leadEmail, leadName: '', vendor: 'cohesive' });
      sandbox.world.addMessage(id, { direction: 'inbound', sentAt, text: 'Words.' });
    };
    const bodies = async () => {
      const stored = await Promise.all((await events()).map((address) => store.get(address)));
      return stored.map((document) => plainOf(document).body as { data?: { thread?: { starred: unknown } } });
    };
    const asked = { token: await token(), body: { connection: 'acme' } };
    await call({ method: 'POST', path: '/v1/poll', ...asked });
    const before = (await bodies()).length;
    addReply('old@lead.example', sandbox.world.now() - 2 * 86_400_000);
    addReply('new@lead.example', sandbox.world.now());
    await call({ method: 'POST', path: '/v1/poll', ...asked });
    const polled = (await bodies()).length;
    await invoke(
      'api',
      httpEvent({ method: 'POST', path: '/v1/connections/acme/backfill', ...asked, body: { since: '7d' } }),
    );
    const recorded = (await bodies()).slice(before);
    expect(polled).toBeGreaterThan(before);
    expect(recorded.length).toBeGreaterThan(polled - before);
    // Stars of this vendor are kept with us, so that each event says whether there is one.
    expect(recorded.map((body) => body.data?.thread?.starred)).toEqual(recorded.map(() => false));
  });

  it('go on with a backfill by themselves that was asked for and left', async () => {
    const { sandbox, store } = world;
    const campaign = sandbox.world.addCampaign({ vendor: 'cohesive' });
    const lead = { leadEmail: 'older@lead.example', leadName: '', vendor: 'cohesive' } as const;
    const { id } = sandbox.world.addThread({ campaignId: campaign.id, ...lead });
    const sentAt = sandbox.world.now() - 40 * 86_400_000;
    sandbox.world.addMessage(id, { direction: 'inbound', sentAt, text: 'Words.' });
    restart();
    const before = (await events()).length;
    const place = { shard: shardPartition(0), connection: 'acme' };
    await askForBackfill(store, place, 0);
    await world.apply();
    await invoke('tick');
    await vi.waitFor(async () => {
      await invoke('tick');
      expect(await askedBackfill(store, place)).toBeUndefined();
    });
    const recorded = (await events()).slice(before);
    const stored = await Promise.all(recorded.map((address) => store.get(address)));
    expect(JSON.stringify(stored)).toContain('older@lead.example');
  });

  it('deliver what a clock that was months ahead has put off', async () => {
    const { sandbox, receiver, store } = world;
    sandbox.world.addMessage(thread, { direction: 'inbound', sentAt: sandbox.world.now(), text: 'A late one.' });
    await invoke('tick');
    await invoke('sweep');
    const received = receiver.receipts.length;
    const [event] = (await events()).slice(-1);
    const [delivery] = await store.list(event?.partition ?? '', 'delivery#');
    if (!delivery) throw new Error('nothing was delivered');
    const nextAt = Date.now() + 60 * 86_400_000;
    const { partition, key, version } = delivery;
    await store.put({ partition, key, value: { state: 'pending', tries: 1, nextAt }, dueAt: nextAt }, version);
    await invoke('sweep');
    expect(receiver.receipts).toHaveLength(received);
    restart();
    await invoke('sweep');
    expect(plainOf(await store.get(delivery)).state).toBe('delivered');
    expect(receiver.receipts.length).toBeGreaterThanOrEqual(received);
  });

  it('refuses what is no request of an HTTP API', async () => {
    expect(await invoke('api', { anything: true })).toMatchObject({ statusCode: 400 });
  });
});

describe("a forward through the owner's mail server", () => {
  it('is answered as waiting, and goes out once, by the stream', async () => {
    await using mail = await mailServer();
    world.aws.parameters.set('/replybus/smtp', mail.url);
    await world.apply({ forwarding: { smtp: 'ssm:/replybus/smtp', from: 'replies@acme.example' } });
    const { status, body } = await call({
      method: 'POST',
      path: `/v1/threads/sales/${thread}/forward`,
      token: await token(),
      body: { to: ['boss@acme.example'] },
    });
    expect([status, body.state]).toEqual([202, 'waiting']);
    const record = streamEvent([{ partition: `SEND#${body.id}`, key: 'send' }]);
    await Promise.all([invoke('deliver', record), invoke('sweep')]);
    await invoke('deliver', record);
    expect(mail.taken).toHaveLength(1);
  });
});

describe('a sink whose secret is missing', () => {
  it('keeps its deliveries until it has one', async () => {
    const { sandbox, receiver } = world;
    const late = { id: 'late', type: 'webhook', url: receiver.url, secret: 'ssm:/replybus/late' } as const;
    await world.apply({ sinks: [late] });
    restart();
    sandbox.world.addMessage(thread, { direction: 'inbound', sentAt: sandbox.world.now(), text: 'Before the secret.' });
    await invoke('tick');
    const [newest] = (await events()).slice(-1);
    const before = receiver.receipts.length;
    await invoke('deliver', streamEvent(await events()));
    expect(receiver.receipts.length).toBe(before);
    const log = await readEventLog(world.store, eventOfAddress(newest ?? { partition: '', key: '' }));
    expect(log).toMatchObject({ deliveries: { late: { state: 'pending', lastError: 'secret' } } });
    expect(logged('sink.waiting').at(-1)).toMatchObject({ sink: 'late', reason: 'secret' });
  });
});

describe('what the functions write', () => {
  it('are lines of JSON without a key, an address or a word of a mail', () => {
    const all = lines.join('');
    for (const secret of [
      ...world.aws.parameters.values(),
      'an-old-key',
      'jane@lead.example',
      'A new reply',
      'Thank you',
    ]) {
      expect(all.includes(secret), secret).toBe(false);
    }
    expect(() => lines.map((line) => JSON.parse(line))).not.toThrow();
  });

  it('has the metrics that the alarms look at', () => {
    const measured = lines.map((line) => JSON.parse(line)).filter((line) => '_aws' in line);
    expect(measured.some((line) => line.PollLag >= 0 && line.Recorded >= 1 && line.Stage === 'test')).toBe(true);
    expect(measured.some((line) => line.Delivered >= 1)).toBe(true);
    expect(measured.some((line) => line.Unauthorized === 1)).toBe(true);
  });
});
