import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { Webhook } from 'standardwebhooks';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FRESH_MS, ParameterSecrets, ssmParameters } from '../../lambdas/services/secrets.ts';
import { openActing } from '../../shared/app/acting.ts';
import { Connections } from '../../shared/app/connections.ts';
import { examine } from '../../shared/app/doctor/doctor.ts';
import type { AppPorts } from '../../shared/app/ports.ts';
import { openSink } from '../../shared/app/sinks.ts';
import type { ConnectionConfig, SinkConfig } from '../../shared/config/schema.ts';
import type { Event } from '../../shared/events/event.ts';
import type { HttpRequest, LogFields } from '../../shared/ports.ts';
import { memoryStore } from '../../shared/store/memory.ts';
import { sinkPorts } from '../sinks/opened.ts';

const PATH = '/replybus/keys';
const signingKey = (name: string) => `whsec_${Buffer.from(name.padEnd(32, '.')).toString('base64')}`;

/** The parameter store as the functions see it. Values change by a new version, as there. */
function parameterStore() {
  const held = new Map<string, { readonly value: string; readonly version: number }>();
  const decrypted: (readonly string[])[] = [];
  const found = <T>(paths: readonly string[], of: (path: string) => T | undefined) =>
    new Map(paths.flatMap((path) => (held.has(path) ? [[path, of(path) as T] as const] : [])));
  return {
    decrypted,
    put: (path: string, value: unknown) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      held.set(path, { value: text, version: (held.get(path)?.version ?? 0) + 1 });
    },
    parameters: {
      versions: async (paths: readonly string[]) => found(paths, (path) => held.get(path)?.version),
      values: async (paths: readonly string[]) => {
        decrypted.push(paths);
        return found(paths, (path) => held.get(path));
      },
    },
  };
}

function unused(): never {
  throw new Error('not asked for here');
}

function world() {
  const store = parameterStore();
  const logged: { readonly event: string; readonly fields?: LogFields | undefined }[] = [];
  const line = (event: string, fields?: LogFields) => void logged.push({ event, fields });
  const time = { now: Date.now() };
  const secrets = new ParameterSecrets(store.parameters, { now: () => time.now });
  const requests: HttpRequest[] = [];
  const accepted = new Set<string>();
  const ports: AppPorts = {
    clock: { now: () => time.now, sleep: async () => {} },
    random: () => 0.5,
    store: memoryStore(),
    checkUrl: () => undefined,
    mail: { checkUrl: () => undefined, open: async () => unused(), greet: async () => undefined },
    fetchFile: async () => unused(),
    putOnBus: async () => unused(),
    sendToQueue: async () => unused(),
    newOwner: () => unused(),
    wakeSend: () => {},
    http: async (request) => {
      requests.push(request);
      const isAccepted = accepted.has(request.headers['x-api-key'] ?? '');
      return { status: isAccepted ? 200 : 401, headers: {}, body: '{"conversations":[]}' };
    },
    log: { info: line, warn: line },
    secrets,
  };
  return { ...store, logged, time, secrets, requests, accepted, ports, connections: new Connections(ports, 1) };
}

const whole = `ssm:${PATH}`;
const entry = (name: string) => `${whole}#${name}`;
const connection = (id: string, apiKey = `ssm:${PATH}#${id}`): ConnectionConfig => ({
  id,
  provider: 'coldsend',
  apiKey,
});

/** What is wrong with the parameter, what it holds, and the reason that stands in the log. */
const unusable: readonly (readonly [string, unknown, string])[] = [
  ['is not JSON', 'canary-1,canary-2', 'secret: not JSON'],
  ['is JSON cut off halfway', '{"sales":"canary', 'secret: not JSON'],
  ['is a list', ['canary'], 'secret: not an object'],
  ['is a text', '"canary"', 'secret: not an object'],
  ['is null', 'null', 'secret: not an object'],
  ['lacks the entry', { canary: 'canary' }, 'secret: no such entry'],
  ['has an empty entry', { sales: '', support: 'canary' }, 'secret: entry is empty or no text'],
  ['has a blank entry', { sales: ' \n' }, 'secret: entry is empty or no text'],
  ['has an object for an entry', { sales: { key: 'canary' } }, 'secret: entry is empty or no text'],
  ['has a number for an entry', { sales: 4_711 }, 'secret: entry is empty or no text'],
];

describe('entries of one parameter', () => {
  const ssm = mockClient(SSMClient);
  beforeEach(() => ssm.reset());

  it('are asked for by its path, once, and cost one decryption', async () => {
    const Value = JSON.stringify({ sales: 'key-1', support: 'key-2' });
    ssm.on(GetParametersCommand).resolves({ Parameters: [{ Name: PATH, Value, Version: 1 }] });
    const secrets = new ParameterSecrets(ssmParameters(), { now: () => 0 });
    await secrets.refresh([entry('sales'), entry('support')]);
    expect([secrets.get(entry('sales')), secrets.get(entry('support'))]).toEqual([
      { value: 'key-1' },
      { value: 'key-2' },
    ]);
    const inputs = ssm.commandCalls(GetParametersCommand).map(({ args }) => args[0].input);
    expect(inputs).toEqual([{ Names: [PATH], WithDecryption: true }]);
  });

  it('are not decrypted again while the parameter stays as it is', async () => {
    const { put, decrypted, secrets, time } = world();
    put(PATH, { sales: 'key-1', support: 'key-2' });
    for (const ms of [0, FRESH_MS, FRESH_MS]) {
      time.now += ms;
      await secrets.refresh([whole]);
    }
    expect(decrypted).toEqual([[PATH]]);
    expect(secrets.get(entry('support'))).toEqual({ value: 'key-2' });
  });

  it('are read as JSON once for each value, and not for each secret', async () => {
    const { put, secrets, time } = world();
    put(PATH, { sales: 'key-1', support: 'key-2' });
    await secrets.refresh([whole]);
    const parse = vi.spyOn(JSON, 'parse');
    for (const name of ['sales', 'support', 'sales']) secrets.get(entry(name));
    time.now += FRESH_MS;
    await secrets.refresh([whole]);
    secrets.get(entry('sales'));
    expect(parse).toHaveBeenCalledTimes(1);
    parse.mockRestore();
  });

  it('are those of the newest value', async () => {
    const { put, secrets, time } = world();
    put(PATH, { sales: 'key-1' });
    await secrets.refresh([whole]);
    secrets.get(entry('sales'));
    put(PATH, { sales: 'key-2' });
    time.now += FRESH_MS;
    await secrets.refresh([whole]);
    expect(secrets.get(entry('sales'))).toEqual({ value: 'key-2' });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', '0'])(
    'do not have %s unless it is there',
    async (name) => {
      const { put, secrets } = world();
      put(PATH, { sales: 'key-1' });
      put('/replybus/other', `{"${name}":"key-2"}`);
      await secrets.refresh([whole, 'ssm:/replybus/other']);
      expect(secrets.get(entry(name))).toEqual({ lack: 'secret: no such entry' });
      expect(secrets.get(`ssm:/replybus/other#${name}`)).toEqual({ value: 'key-2' });
    },
  );

  it('do not change what a parameter used whole is, though it holds JSON', async () => {
    const { put, secrets } = world();
    put(PATH, '{"sales":"key-1"}');
    await secrets.refresh([whole]);
    expect(secrets.get(entry('sales'))).toEqual({ value: 'key-1' });
    expect(secrets.get(whole)).toEqual({ value: '{"sales":"key-1"}' });
  });

  it('and parameters used whole are read without what a file put around them', async () => {
    const { put, secrets } = world();
    put(PATH, { sales: ' key-1\n' });
    put('/replybus/other', 'key-2\r\n');
    await secrets.refresh([whole, 'ssm:/replybus/other']);
    expect(secrets.get(entry('sales'))).toEqual({ value: 'key-1' });
    expect(secrets.get('ssm:/replybus/other')).toEqual({ value: 'key-2' });
  });

  it('that no header carries open no connection, and are not in the log', async () => {
    const { put, secrets, connections, logged, requests } = world();
    put(PATH, { sales: 'canary\nkey' });
    await secrets.refresh([whole]);
    expect(connections.open(connection('sales'))).toBeUndefined();
    expect(logged).toEqual([{ event: 'connection.closed', fields: { connection: 'sales', reason: 'apiKey' } }]);
    expect(requests).toEqual([]);
  });

  it('are missing like any secret when the parameter is', async () => {
    const { secrets } = world();
    await secrets.refresh([whole]);
    expect(secrets.get(entry('sales'))).toEqual({ lack: 'secret' });
  });
});

describe('a connection whose key is an entry', () => {
  it.each(unusable)('is closed when the parameter %s, and the log says so without a word of it', async (...row) => {
    const [, value, reason] = row;
    const { put, secrets, connections, logged } = world();
    put(PATH, value);
    await secrets.refresh([whole]);
    expect(connections.open(connection('sales'))).toBeUndefined();
    expect(logged).toEqual([{ event: 'connection.closed', fields: { connection: 'sales', reason } }]);
    expect(JSON.stringify(logged)).not.toMatch(/canary|4711/);
  });

  it('that is missing leaves those of the other entries open', async () => {
    const { put, secrets, connections } = world();
    put(PATH, { sales: 7, support: 'key-2' });
    await secrets.refresh([whole]);
    const opened = ['sales', 'support', 'other'].map((id) => connections.open(connection(id)) !== undefined);
    expect(opened).toEqual([false, true, false]);
  });

  it('is opened again when that entry has changed, and those of the others are not', async () => {
    const { put, secrets, connections, time } = world();
    put(PATH, { sales: 'key-1', support: 'key-2' });
    await secrets.refresh([whole]);
    const [sales, support] = [connections.open(connection('sales')), connections.open(connection('support'))];
    put(PATH, { support: 'key-2', sales: 'key-3', third: 'key-4' });
    time.now += FRESH_MS;
    const before = secrets.version;
    await secrets.refresh([whole]);
    expect(secrets.version).toBeGreaterThan(before);
    expect(connections.open(connection('support'))).toBe(support);
    const again = connections.open(connection('sales'));
    expect(again).toBeDefined();
    expect(again).not.toBe(sales);
  });

  it('goes on with the entry read again when the vendor refuses the key', async () => {
    const { put, secrets, connections, accepted, requests, decrypted } = world();
    put(PATH, { sales: 'key-1', support: 'key-2' });
    await secrets.refresh([whole]);
    const sales = connections.open(connection('sales'));
    put(PATH, { sales: 'key-3', support: 'key-2' });
    accepted.add('key-3');
    await sales?.verify();
    expect(requests.map(({ headers }) => headers['x-api-key'])).toEqual(['key-1', 'key-3']);
    expect(decrypted).toEqual([[PATH], [PATH]]);
  });

  it('decrypts the parameter once when all its keys are refused at once, and not at all while it is as it was', async () => {
    const { put, secrets, connections, accepted, decrypted } = world();
    const ids = ['sales', 'support', 'partners'];
    const keys = (suffix: string) => Object.fromEntries(ids.map((id) => [id, `${id}-${suffix}`]));
    put(PATH, keys('old'));
    await secrets.refresh([whole]);
    const refused = ids.map((id) => connections.open(connection(id))?.verify());
    expect((await Promise.allSettled(refused)).map(({ status }) => status)).toEqual(ids.map(() => 'rejected'));
    expect(decrypted).toEqual([[PATH]]);
    put(PATH, keys('new'));
    for (const key of Object.values(keys('new'))) accepted.add(key);
    await Promise.all(ids.map((id) => connections.open(connection(id))?.verify()));
    expect(decrypted).toEqual([[PATH], [PATH]]);
  });

  it('keeps the key it has when the entry is not there any more as the vendor refuses it', async () => {
    const { put, secrets, connections, requests } = world();
    put(PATH, { sales: 'key-1' });
    await secrets.refresh([whole]);
    const sales = connections.open(connection('sales'));
    put(PATH, 'no JSON');
    await expect(sales?.verify()).rejects.toThrow();
    expect(requests.map(({ headers }) => headers['x-api-key'])).toEqual(['key-1']);
  });

  it('is shown as closed with the entry to make', async () => {
    const { ports, connections, secrets } = world();
    const config = { connections: [connection('sales'), connection('other', 'ssm:/replybus/other')] };
    await secrets.refresh([whole, 'ssm:/replybus/other']);
    const acting = await openActing(config, connections, ports);
    const checks = await examine({ ...acting, connections: [], shardOf: () => 0, secrets, mail: ports.mail });
    expect(checks).toEqual(
      [
        `Its key cannot be read; make it the entry "sales" of the JSON object in the parameter ${PATH}.`,
        'Its key cannot be read; put it into the parameter store under /replybus/other.',
      ].map((detail) => expect.objectContaining({ state: 'broken', detail })),
    );
  });
});

describe('a webhook whose secrets are entries', () => {
  const hook: SinkConfig = {
    id: 'crm',
    type: 'webhook',
    url: 'https://crm.example/hooks',
    secret: [`ssm:${PATH}#new`, `ssm:${PATH}#old`],
  };
  const event: Event = {
    type: 'connection.unauthorized',
    timestamp: '2026-01-01T00:00:00.000Z',
    data: { connection: 'sales', provider: 'coldsend', episode: 'e', reason: 'The key is refused.' },
  };
  async function open(value: unknown) {
    const { put, secrets, ports, logged, requests } = world();
    put(PATH, value);
    await secrets.refresh([whole]);
    return { sink: openSink(hook, sinkPorts(ports)), logged, requests };
  }

  it.each(['new', 'old'] as const)('is signed with the %s one', async (name) => {
    const pair = { new: signingKey('first'), old: signingKey('other') };
    const { sink, requests } = await open(pair);
    await sink.deliver('evt_a', event, 1);
    const [request] = requests;
    expect(() => new Webhook(pair[name]).verify(request?.body ?? '', { ...request?.headers })).not.toThrow();
  });

  it('waits when one of the two cannot be had, and the log says why', async () => {
    const { sink, logged } = await open({ new: signingKey('first') });
    const reason = 'secret: no such entry';
    expect(logged).toEqual([{ event: 'sink.waiting', fields: { sink: 'crm', reason } }]);
    expect(await sink.deliver('evt_a', event, 1)).toEqual({ kind: 'retry', error: reason });
  });
});

describe('a mail server whose address is an entry', () => {
  it('is not used when it cannot be had, and the log says why', async () => {
    const { put, secrets, ports, connections, logged } = world();
    put(PATH, 'smtps://me:canary@mail.example');
    put('/replybus/sales', 'key-1');
    await secrets.refresh([whole, 'ssm:/replybus/sales']);
    const forwarding = { smtp: `ssm:${PATH}#smtp`, from: 'me@acme.example' };
    await openActing({ connections: [connection('sales', 'ssm:/replybus/sales')], forwarding }, connections, ports);
    expect(logged).toEqual([{ event: 'forwarding.closed', fields: { reason: 'secret: not JSON' } }]);
  });
});
