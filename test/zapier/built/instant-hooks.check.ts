import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { httpServer, type Loopback } from '../../adapters/node/loopback.ts';
import { agrees } from '../lint.ts';
import { type Driven, drive, ending } from './driven.ts';

const ZIP = join(import.meta.dirname, '../../../zapier/build/replybus.zip');
const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes, yes').toString('base64')}`;
const TRIGGER = 'triggers.new_reply_instant.operation';

type Item = Readonly<Record<string, unknown>>;

let app: Driven;
let deployment: Loopback;
let answers: Record<string, { readonly status: number; readonly body: unknown }>;
let asked: { readonly method: string; readonly path: string; readonly body: string; readonly headers: Item }[];

beforeAll(async () => {
  deployment = await httpServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const [path = ''] = (request.url ?? '').split('?');
    asked.push({
      method: request.method ?? '',
      path,
      body: Buffer.concat(chunks).toString(),
      headers: request.headers,
    });
    const { status, body } = answers[`${request.method} ${path}`] ?? {
      status: 404,
      body: { detail: 'There is none.' },
    };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  app = await drive(ZIP, { COLDSEND_BASE_URL: deployment.url });
});

afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await deployment?.[Symbol.asyncDispose]();
});

beforeEach(() => {
  app.memory = {};
  answers = {};
  asked = [];
});

const authData = () => ({ replybusUrl: deployment.url, replybusToken: 'rb_token' });
const subscribeData = { id: 'sub_a', secret: SECRET };

const person = { email: 'jane@acme.example', name: 'Jane Doe' };
const event = {
  type: 'reply.received',
  timestamp: '2025-01-20T14:33:00.000Z',
  data: {
    connection: 'sales',
    provider: 'coldsend',
    campaign: { id: 'c1', name: 'Spring' },
    lead: person,
    thread: {
      id: 'sales/t1',
      subject: 'Onboarding',
      intent: 'meeting_booked',
      interested: false,
      starred: false,
      read: false,
      tags: [],
      preview: 'Yes',
      lastActivityAt: '2025-01-20T14:32:05.000Z',
      messageCount: 2,
    },
    message: {
      id: 'm1',
      isFirst: true,
      mailbox: 'me@acme.example',
      from: person,
      to: [{ email: 'me@acme.example', name: null }],
      cc: [],
      bcc: [],
      subject: 'Re: Onboarding',
      preview: 'Yes',
      text: 'Yes, "please" – 10 €.',
      html: null,
      sentAt: '2025-01-20T14:32:05.000Z',
      attachments: [
        { filename: 'a.pdf', contentType: 'application/pdf', sizeBytes: 12, url: 'https://files.acme.example/a.pdf' },
      ],
    },
    vendor: {},
  },
};

/** A call as a deployment signs it, of whenever. */
function signed(body: unknown, { id = 'evt_one', secret = SECRET, at = '1500000000' } = {}) {
  const content = JSON.stringify(body, null, 1);
  const key = Buffer.from(secret.slice(6), 'base64');
  const mac = createHmac('sha256', key).update(`${id}.${at}.${content}`).digest('base64');
  const headers = {
    'Http-Webhook-Id': id,
    'Http-Webhook-Timestamp': at,
    'Http-Webhook-Signature': `v1,AAAA v1,${mac}`,
  };
  return { method: 'POST', querystring: '', headers, content };
}

const receive = (rawRequest: Item, inputData: Item = {}) =>
  app.run(`${TRIGGER}.perform`, { authData: authData(), inputData, subscribeData, rawRequest }) as Promise<Item[]>;

describe('a call of a deployment', () => {
  it('starts the Zap once, under the id of its event, whatever Zapier makes of the time', async () => {
    expect(await receive(signed(event))).toMatchObject([
      {
        id: 'evt_one',
        thread_id: 'sales/t1',
        text: event.data.message.text,
        lead_first_name: 'Jane',
        lead_last_name: 'Doe',
      },
    ]);
    expect(await receive(signed(event))).toEqual([]);
    expect(await receive(signed(event, { id: 'evt_two' }))).toHaveLength(1);
  });

  it('with headers as they were sent starts it, too', async () => {
    const { headers, ...rest } = signed(event);
    const plain = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.slice(5).toLowerCase(), value]),
    );
    expect(await receive({ ...rest, headers: plain })).toHaveLength(1);
  });

  it.each([
    ['signed with another secret', () => signed(event, { secret: `whsec_${btoa('another secret')}` })],
    [
      'changed on its way',
      () => ({ ...signed(event), content: JSON.stringify({ ...event, timestamp: '2026-01-01T00:00:00Z' }) }),
    ],
    ['put into another form', () => ({ ...signed(event), content: JSON.stringify(event) })],
    ['not signed', () => ({ ...signed(event), headers: {} })],
    ['without a body', () => ({ ...signed(event), content: '' })],
  ])('that is %s starts nothing', async (_, call) => {
    const { name, sentence } = await ending(receive(call()));
    expect([name, sentence]).toEqual(['HaltedError', expect.stringContaining('not signed by your Replybus')]);
  });

  it('starts nothing for another event, for one that was read in later, and for one that the Zap left out', async () => {
    expect(await receive(signed({ ...event, type: 'reply.interested' }))).toEqual([]);
    expect(await receive(signed({ ...event, data: { ...event.data, backfill: true } }))).toEqual([]);
    expect(await receive(signed(event), { intents: ['Not Interested'] })).toEqual([]);
    expect(await receive(signed(event), { connection: 'other' })).toEqual([]);
    expect(
      await receive(signed(event), { intents: ['Meeting Booked'], connection: 'sales', interest: 'not_interested' }),
    ).toHaveLength(1);
  });

  it('starts the Zap that wants the intent "interested" for whoever is so without a label', async () => {
    const thread = { ...event.data.thread, intent: null, interested: true };
    const call = signed({ ...event, data: { ...event.data, thread } }, { id: 'evt_without_label' });
    expect(await receive(call, { intents: ['interested'] })).toHaveLength(1);
  });

  it('gives what the editor shows, in the same fields', async () => {
    answers['GET /v1/events'] = {
      status: 200,
      body: {
        items: [
          { id: 'evt_one', event },
          { id: 'evt_gone', event: null },
        ],
        cursor: null,
      },
    };
    const shown = (await app.run(`${TRIGGER}.performList`, { authData: authData() })) as Item[];
    const [fired] = await receive(signed(event));
    expect(shown.map(({ id }) => id)).toEqual(['evt_one']);
    expect(Object.keys(shown[0] ?? {})).toEqual(Object.keys(fired ?? {}));
    const all = (await app.definition()) as {
      triggers: Record<string, { operation: { sample: Item; outputFields: Item[] } }>;
    };
    const { sample = {}, outputFields = [] } = all.triggers.new_reply_instant?.operation ?? {};
    expect(Object.keys(fired ?? {}).toSorted()).toEqual(Object.keys(sample).toSorted());
    expect(agrees(outputFields, fired ?? {})).toBe(true);
  });
});

describe('what the editor shows', () => {
  it.each([
    ['new_reply_instant', 'reply.received'],
    ['new_interested_reply_instant', 'reply.interested'],
  ])('of %s is what its filter lets through, newest first, and no more than three', async (key, type) => {
    const at = (number: number, campaign: string, connection = 'sales') => ({
      id: `evt_${number}`,
      event: { ...event, type, data: { ...event.data, connection, campaign: { id: campaign, name: campaign } } },
    });
    const others = Array.from({ length: 90 }, (_, number) => at(number, 'other'));
    const items = [...others, at(90, 'c1', 'acme'), ...[91, 92, 93, 94].map((number) => at(number, 'c1'))];
    answers['GET /v1/events'] = { status: 200, body: { items, cursor: null } };
    const inputData = { connection: 'sales', campaign_id: 'c1' };
    const shown = await app.run(`triggers.${key}.operation.performList`, { authData: authData(), inputData });
    expect((shown as Item[]).map(({ id }) => id)).toEqual(['evt_91', 'evt_92', 'evt_93']);
  });

  it('is nothing where nothing matches, however many pages there are', async () => {
    answers['GET /v1/events'] = { status: 200, body: { items: [{ id: 'evt_one', event }], cursor: 'on' } };
    const call = { authData: authData(), inputData: { campaign_id: 'elsewhere' } };
    expect(await app.run(`${TRIGGER}.performList`, call)).toEqual([]);
    expect(asked.filter(({ path }) => path === '/v1/events').length).toBeLessThanOrEqual(5);
  });

  it('is an error where the deployment cannot be read', async () => {
    answers['GET /v1/events'] = { status: 500, body: {} };
    expect((await ending(app.run(`${TRIGGER}.performList`, { authData: authData() }))).name).toBe('AppError');
  });
});

describe('a subscription', () => {
  const inputData = { connection: 'sales', campaign_id: 'c1', interest: 'interested', intents: ['meeting_booked'] };

  it('says what the Zap wants, and remembers how it is signed', async () => {
    answers['PUT /v1/subscriptions'] = { status: 201, body: { id: 'sub_a', secret: SECRET, expiresAt: null } };
    const call = { authData: authData(), inputData, targetUrl: 'https://hooks.zapier.com/hooks/standard/1/2/' };
    expect(await app.run(`${TRIGGER}.performSubscribe`, call)).toEqual({ id: 'sub_a', secret: SECRET });
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
      url: call.targetUrl,
      events: ['reply.received'],
      connections: ['sales'],
      campaigns: ['c1'],
      interested: true,
      intents: ['meeting_booked'],
    });
    expect(asked[0]?.headers).toMatchObject({
      authorization: 'Bearer rb_token',
      'user-agent': expect.stringContaining('Replybus-Zapier/'),
    });
  });

  it('that is refused keeps the Zap off, with the sentence of the deployment', async () => {
    answers['PUT /v1/subscriptions'] = { status: 409, body: { detail: 'There are 100 subscriptions already.' } };
    const call = { authData: authData(), inputData, targetUrl: 'https://hooks.zapier.com/hooks/standard/1/2/' };
    const { sentence } = await ending(app.run(`${TRIGGER}.performSubscribe`, call));
    expect(sentence).toContain('There are 100 subscriptions already.');
  });

  it.each([
    ['is gone', () => ({})],
    [
      'belongs to a token that was revoked',
      () => ({ 'DELETE /v1/subscriptions/sub_a': { status: 401, body: { detail: 'No.' } } }),
    ],
    ['breaks the deployment', () => ({ 'DELETE /v1/subscriptions/sub_a': { status: 500, body: {} } })],
  ])('that %s ends without an error', async (_, given) => {
    answers = given();
    await app.run(`${TRIGGER}.performUnsubscribe`, { authData: authData(), subscribeData });
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toContain('DELETE /v1/subscriptions/sub_a');
  });

  it('of a deployment that is dead ends without an error', async () => {
    const dead = { replybusUrl: 'http://127.0.0.1:9', replybusToken: 'rb_token' };
    await app.run(`${TRIGGER}.performUnsubscribe`, { authData: dead, subscribeData });
    await app.run(`${TRIGGER}.performUnsubscribe`, { authData: { ...dead, replybusUrl: 'nonsense' }, subscribeData });
  });
});

describe('the connection test', () => {
  const connections = { status: 200, body: { items: [{ id: 'sales', provider: 'coldsend', can: can() }] } };

  function can() {
    const attachments = { by: 'url', countMax: null, bytesMax: null };
    return { reply: { copies: true, attachments, sideEffect: null }, forward: null, read: true };
  }

  it('names the deployment', async () => {
    answers['GET /v1/whoami'] = { status: 200, body: { name: 'zapier', scopes: ['read', 'act', 'subscribe'] } };
    answers['GET /v1/connections'] = connections;
    const host = new URL(deployment.url).host;
    expect(await app.run('authentication.test', { authData: authData() })).toMatchObject({
      connection_name: `${host} (1 connection)`,
      deployment: host,
    });
    const named = { ...authData(), connectionName: 'Ours' };
    expect(await app.run('authentication.test', { authData: named })).toMatchObject({ connection_name: 'Ours' });
  });

  it.each([
    [401, { detail: 'No valid token.' }, 'ExpiredAuthError', 'create a new one and reconnect'],
    [302, {}, 'AppError', 'is not Replybus'],
    [404, { message: 'Not Found' }, 'AppError', 'is not Replybus'],
    [404, { detail: 'There is no such thread.' }, 'AppError', 'There is no such thread.'],
    [409, { detail: 'There are too many.' }, 'AppError', 'There are too many.'],
    [429, { detail: 'The vendor asks us to wait.' }, 'ThrottledError', 'Try again in 60 s.'],
    [502, {}, 'AppError', 'it answered HTTP 502.'],
  ])(
    'says what is wrong where it is answered %i %j, and whether to reconnect or to wait',
    async (status, body, name, words) => {
      answers['GET /v1/connections'] = { status, body };
      const ended = await ending(app.run('triggers.connections.operation.perform', { authData: authData() }));
      expect([ended.name, ended.sentence]).toEqual([name, expect.stringContaining(words)]);
    },
  );

  it('takes a page that is not there for no conversation that is gone', async () => {
    const find = () =>
      app.run('searches.find_messages.operation.perform', {
        authData: authData(),
        inputData: { thread_id: 'sales/a' },
      });
    answers['GET /v1/threads/sales/a'] = { status: 404, body: { detail: 'There is no such thread.' } };
    expect(await find()).toEqual([]);
    answers['GET /v1/threads/sales/a'] = { status: 404, body: { message: 'Not Found' } };
    expect((await ending(find())).sentence).toContain('is not Replybus');
  });

  it('says what is wrong: address, token, scope', async () => {
    answers['GET /v1/connections'] = connections;
    const test = async (auth: Item) => (await ending(app.run('authentication.test', { authData: auth }))).sentence;
    answers['GET /v1/whoami'] = { status: 401, body: { detail: 'No valid token.' } };
    expect(await test(authData())).toContain('does not accept the Deployment Token');
    answers['GET /v1/whoami'] = { status: 200, body: { hello: 'world' } };
    expect(await test(authData())).toContain('is not Replybus');
    answers['GET /v1/whoami'] = { status: 200, body: { name: 'x', scopes: ['act'] } };
    expect(await test(authData())).toContain('lacks read and subscribe');
    expect(await test({ ...authData(), replybusUrl: 'http://127.0.0.1:9' })).toContain('could not be reached');
    expect(await test({ ...authData(), replybusUrl: 'http://replybus.acme.example' })).toContain('Only https');
    expect(await test({ ...authData(), replybusToken: '' })).toContain('needs a Deployment Token');
  });
});
