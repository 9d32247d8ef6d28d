import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpServer, type Loopback } from '../../adapters/node/loopback.ts';
import { agrees } from '../lint.ts';
import { type Driven, drive } from './driven.ts';
import { openStage, type Stage, VENDORS } from './stage.ts';

const ZIP = join(import.meta.dirname, '../../../zapier/build/build.zip');
const HOUR = 3_600_000;

let stage: Stage;
let app: Driven;

type Item = Readonly<Record<string, unknown>>;

beforeAll(async () => {
  expect(existsSync(ZIP), 'npm run zapier:build writes it').toBe(true);
  stage = await openStage();
  app = await drive(ZIP, stage.environment);
});

afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

const items = async (method: string, call: Parameters<Driven['run']>[1]) => (await app.run(method, call)) as Item[];

describe.each(VENDORS)('the built app on %s', (vendor) => {
  const authOf = () => stage.auth(vendor);
  const trigger = (key: string, meta: Item = {}, inputData: Item = {}) =>
    items(`triggers.${key}.operation.perform`, { authData: authOf(), meta, inputData });

  it('connects', async () => {
    const account = await app.run('authentication.test', { authData: authOf() });
    expect(account).toMatchObject({ provider: vendor, campaigns: '2 campaigns', replybus: 'no' });
  });

  it('tells what is new since the Zap was switched on', async () => {
    app.memory = {};
    const old = stage.lead(`old@${vendor}.example`, HOUR);
    const seen = new Set((await trigger('new_reply', { isPopulatingDedupe: true })).map(({ id }) => id));
    stage.says(old.id, 'One more thing.');
    const fresh = (await trigger('new_reply')).filter(({ id }) => !seen.has(id));
    expect(fresh).toMatchObject([{ text: 'One more thing.', lead_email: `old@${vendor}.example`, provider: vendor }]);
    expect(String(fresh[0]?.campaign_id)).toBe(stage.campaignId);
  });

  it('tells of a label once, however late', async () => {
    app.memory = {};
    const lead = stage.lead(`late@${vendor}.example`, 100 * HOUR);
    const seen = new Set((await trigger('new_interested_reply', { isPopulatingDedupe: true })).map(({ id }) => id));
    stage.sandbox.world.setLabel(lead.id, 'interested');
    const fresh = (await trigger('new_interested_reply')).filter(({ id }) => !seen.has(id));
    expect(fresh).toMatchObject([{ text: `It would. late@${vendor}.example`, interested: true }]);
  });

  it('fills the dropdowns', async () => {
    expect((await trigger('campaigns')).map(({ name }) => name)).toEqual(['Q1 Product Launch', 'Autumn (completed)']);
    expect(String((await trigger('threads'))[0]?.name)).toContain('Jane Doe');
  });

  it('finds a thread by address, and its messages', async () => {
    const lead = stage.lead(`found@${vendor}.example`, HOUR);
    const threads = await items('searches.find_thread.operation.perform', {
      authData: authOf(),
      inputData: { search: `found@${vendor}.example` },
    });
    expect(threads[0]).toMatchObject({ id: stage.threadId(vendor, lead), lead_email: `found@${vendor}.example` });
    const messages = await items('searches.find_messages.operation.perform', {
      authData: authOf(),
      inputData: { thread_id: threads[0]?.id, direction: 'inbound' },
    });
    expect(messages.map(({ text }) => text)).toEqual([`It would. found@${vendor}.example`]);
  });

  it('sends a reply once, however often the step is run', async () => {
    const lead = stage.lead(`once@${vendor}.example`, HOUR);
    const inputData = { thread_id: stage.threadId(vendor, lead), text: 'Happy to. {{first_name}} {{bundle.x}} 👋' };
    const call = { authData: authOf(), inputData };
    const first = await app.run('creates.send_reply.operation.perform', call);
    const second = await app.run('creates.send_reply.operation.perform', call);
    expect(first).toMatchObject({ status: 'sent', was_sent_before: false });
    expect(second).toMatchObject({ status: 'sent', was_sent_before: true });
    const sent = stage.sandbox.world.outbox.filter(({ threadId }) => threadId === lead.id);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.html).toContain('{{first_name}} {{bundle.x}} 👋');
  });

  it('shows forms that fit the provider', async () => {
    const form = async (key: string, authData: Item) =>
      (await items(`creates.${key}.operation.inputFields`, { authData })).map((field) => String(field.key));
    const own = await form('star_thread', authOf());
    expect(own.includes('notice')).toBe(vendor === 'cohesive');
    expect((await form('forward_thread', authOf())).includes('notice')).toBe(vendor === 'coldsend');
    expect((await form('send_reply', authOf())).includes('cc')).toBe(vendor === 'cohesive');
  });

  it('gives the history of a thread when a later step asks', async () => {
    const lead = stage.lead(`history@${vendor}.example`, HOUR);
    const history = await app.run('hydrators.threadHistory', {
      authData: authOf(),
      inputData: { thread_id: stage.threadId(vendor, lead) },
    });
    expect(history).toMatch(/Would this help you\?[\s\S]*It would\./);
  });
});

interface Declared {
  readonly key: string;
  readonly operation: { readonly sample: Item; readonly outputFields: readonly Item[] };
}

describe.each(VENDORS)('what the built app gives out on %s', (vendor) => {
  const method = (kind: string, key: string) => `${kind}.${key}.operation.perform`;
  const CALLS = [
    ['triggers', 'new_reply', {}],
    ['triggers', 'new_interested_reply', {}],
    ['searches', 'find_thread', { search: 'shape' }],
    ['searches', 'find_messages', {}],
    ['creates', 'send_reply', { text: 'A word of thanks for your answer.' }],
    ...(vendor === 'coldsend' ? ([['creates', 'star_thread', { starred: true }]] as const) : []),
    ...(vendor === 'coldsend' ? ([['creates', 'mark_read', {}]] as const) : []),
    ...(vendor === 'cohesive' ? ([['creates', 'forward_thread', { to: ['boss@acme.example'] }]] as const) : []),
  ] as const;

  it.each(CALLS)('%s.%s has every field of its sample, in the types it declares', async (kind, key, fields) => {
    app.memory = {};
    const lead = stage.lead(`shape.${key}@${vendor}.example`, HOUR, { intent: 'interested' });
    const inputData = { thread_id: stage.threadId(vendor, lead), ...fields };
    const found = await app.run(method(kind, key), { authData: stage.auth(vendor), inputData });
    const all = (await app.definition()) as Readonly<Record<string, Readonly<Record<string, Declared>>>>;
    const { sample = {}, outputFields = [] } = all[kind]?.[key]?.operation ?? {};
    const given = (Array.isArray(found) ? found : [found]) as Item[];
    expect(given.length).toBeGreaterThan(0);
    for (const item of given) {
      expect(Object.keys(sample).filter((name) => !(name in item))).toEqual([]);
      expect(agrees(outputFields, item), JSON.stringify(item)).toBe(true);
    }
  });
});

describe('files', () => {
  let files: Loopback;
  beforeAll(async () => {
    files = await httpServer((_, response) => response.setHeader('content-type', 'text/plain').end('the offer'));
  });
  afterAll(() => files[Symbol.asyncDispose]());

  it.each(VENDORS)('go with a reply on %s as the vendor takes them', async (vendor) => {
    const lead = stage.lead(`files@${vendor}.example`, HOUR);
    const attachments = [`${files.url}offer.txt`];
    const inputData = { thread_id: stage.threadId(vendor, lead), text: 'Here is what you asked for.', attachments };
    await app.run('creates.send_reply.operation.perform', { authData: stage.auth(vendor), inputData });
    const sent = stage.sandbox.world.outbox.find(({ threadId }) => threadId === lead.id);
    const file =
      vendor === 'coldsend'
        ? { filename: 'offer.txt', content_type: 'text/plain', content_base64: btoa('the offer') }
        : { filename: 'offer.txt', contentType: 'text/plain', url: attachments[0] };
    expect(sent?.request).toMatchObject({ attachments: [file] });
  });
});

describe('the log at Zapier', () => {
  it('holds a line for each call, and nothing of mail, people or keys', async () => {
    const lead = stage.lead('private@coldsend.example', HOUR);
    const authData = stage.auth('coldsend');
    const inputData = { thread_id: lead.id, text: 'Nobody else may read these words.' };
    app.logs.length = 0;
    await app.run('creates.send_reply.operation.perform', { authData, inputData, services: 'http://127.0.0.1:9/' });
    const log = app.logs.join('\n');
    expect(log).toMatch(/call.*POST.*200/);
    expect(log).not.toMatch(/Nobody else|It would|private@|jane|Jane/);
    expect(log).not.toContain(authData.apiKey);
  });
});

describe('a file of a reply', () => {
  it('is kept at Zapier when a later step uses it', async () => {
    const uploads: string[] = [];
    await using files = await httpServer((_, response) => response.end('the contract'));
    await using zapier = await httpServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString();
      if (request.url === '/storage') {
        uploads.push(body);
        return response.writeHead(204).end();
      }
      const result = { url: `${zapier.url}storage`, fields: { key: 'kept' } };
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ id: JSON.parse(body).id, result }));
    });
    const lead = stage.lead('file@coldsend.example', HOUR);
    const url = `${files.url}contract.pdf`;
    const attachments = [{ filename: 'contract.pdf', contentType: 'application/pdf', sizeBytes: 12, url }];
    stage.says(lead.id, 'Here it is.', attachments);
    const replies = await items('triggers.new_reply.operation.perform', { authData: stage.auth('coldsend') });
    const [file] = (replies.find(({ text }) => text === 'Here it is.')?.attachments ?? []) as Item[];
    expect(file).toMatchObject({ filename: 'contract.pdf', file: expect.stringContaining('hydrate|||') });
    const { method, bundle } = JSON.parse(String(file?.file).split('|||')[1] ?? '{}');
    expect(method).toBe('hydrators.attachment');
    const kept = await app.run(method, { authData: stage.auth('coldsend'), inputData: bundle, services: zapier.url });
    expect(kept).toBe(`${zapier.url}kept`);
    expect(uploads[0]).toMatch(/filename="contract\.pdf"[\s\S]*the contract/);
  });
});

describe('what only one of the vendors does by itself', () => {
  it('forwards on Cohesive', async () => {
    const lead = stage.lead('forward@cohesive.example', HOUR);
    const inputData = { thread_id: stage.threadId('cohesive', lead), to: ['boss@acme.example'] };
    const sent = await app.run('creates.forward_thread.operation.perform', {
      authData: stage.auth('cohesive'),
      inputData,
    });
    expect(sent).toMatchObject({ status: 'sent' });
    expect(stage.sandbox.world.outbox.at(-1)).toMatchObject({ kind: 'forward', to: ['boss@acme.example'] });
  });

  it('stars, unstars and marks read on ColdSend', async () => {
    const lead = stage.lead('star@coldsend.example', HOUR);
    const call = (inputData: Item) => ({
      authData: stage.auth('coldsend'),
      inputData: { thread_id: lead.id, ...inputData },
    });
    const star = 'creates.star_thread.operation.perform';
    expect(await app.run(star, call({ starred: true }))).toEqual({ id: lead.id, starred: true });
    expect(await app.run(star, call({ starred: true }))).toEqual({ id: lead.id, starred: true });
    expect(await app.run(star, call({ starred: false }))).toEqual({ id: lead.id, starred: false });
    expect(await app.run('creates.mark_read.operation.perform', call({}))).toEqual({ id: lead.id, read: true });
    expect(stage.sandbox.world.thread(lead.id)).toMatchObject({ starred: false, read: true });
  });
});
