import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SWITCHES, DEMO_KEYS, type Switches, type Vendor } from '../../../sandbox/switches.ts';
import { type Driven, drive, ending } from './driven.ts';
import { openStage, type Stage, VENDORS } from './stage.ts';

const ZIP = join(import.meta.dirname, '../../../zapier/build/build.zip');
const HOUR = 3_600_000;
const REPLY = 'creates.send_reply.operation.perform';
const POLL = 'triggers.new_reply.operation.perform';

let stage: Stage;
let app: Driven;

beforeAll(async () => {
  stage = await openStage();
  app = await drive(ZIP, stage.environment);
});

afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

afterEach(() => {
  Object.assign(stage.sandbox.switches, DEFAULT_SWITCHES);
  app.memory = {};
});

const misbehave = (changes: Partial<Switches>) => Object.assign(stage.sandbox.switches, changes);
let leads = 0;

function answerable(vendor: Vendor) {
  leads += 1;
  const lead = stage.lead(`lead${leads}@acme.example`, HOUR);
  return { lead, inputData: { thread_id: stage.threadId(vendor, lead), text: `Gladly, how about ${leads} o'clock?` } };
}
const sentTo = (threadId: string) => stage.sandbox.world.outbox.filter((sent) => sent.threadId === threadId).length;

describe.each(VENDORS)('trouble at %s', (vendor) => {
  const poll = () => ending(app.run(POLL, { authData: stage.auth(vendor) }));

  it.each(['retry-after', 'x-ratelimit'] as const)('waits as long as a 429 asks by %s', async (throttledSignal) => {
    misbehave({ throttledRate: 1, throttledSignal, throttledSeconds: 40 });
    const { name, delay = 0 } = await poll();
    expect(name).toBe('ThrottledError');
    expect(delay).toBeGreaterThan(30);
    expect(delay).toBeLessThan(70);
  });

  it('asks to reconnect when the key is not accepted', async () => {
    const authData = { ...stage.auth(vendor), apiKey: 'wrong' };
    const { name, sentence } = await ending(app.run(POLL, { authData }));
    // Cohesive shows a wrong key as an account without campaigns.
    const [kind, words] = {
      coldsend: ['ExpiredAuthError', 'does not accept this API key; create a new one'],
      cohesive: ['AppError', 'no campaigns are visible; check that the API key is right'],
    }[vendor];
    expect(name).toBe(kind);
    expect(sentence).toContain(words);
  });

  it('says in a sentence that the vendor fails', async () => {
    misbehave({ errorRate: 1 });
    const { name, sentence } = await poll();
    expect(name).toBe('AppError');
    expect(sentence).toContain('could not be reached or answered with an error (HTTP 500)');
  });

  it('says in a sentence that the vendor answers with a page', async () => {
    misbehave({ htmlRate: 1 });
    expect((await poll()).sentence).toContain('answered in a form we cannot read: the answer is not JSON');
  });

  it('halts for a thread that is gone', async () => {
    const unknown = stage.threadId(vendor, { ...answerable(vendor).lead, id: 'none', leadEmail: 'none@acme.example' });
    const inputData = {
      thread_id: vendor === 'coldsend' ? '8d1c2f4e-0000-4000-8000-000000000000' : unknown,
      text: 'Hello',
    };
    const { name } = await ending(app.run(REPLY, { authData: stage.auth(vendor), inputData }));
    expect(vendor === 'coldsend' ? ['HaltedError'] : ['HaltedError', 'AppError']).toContain(name);
  });

  it('never lets Zapier repeat a reply whose fate is unknown', async () => {
    const { lead, inputData } = answerable(vendor);
    misbehave({ faultScope: 'writes', resetAfterRate: 1, sentDelayMs: HOUR });
    const call = { authData: stage.auth(vendor), inputData };
    const first = await ending(app.run(REPLY, call));
    expect(first).toMatchObject({ name: 'HaltedError', sentence: expect.stringContaining('It may have been sent') });
    misbehave({ faultScope: 'all', resetAfterRate: 0 });
    expect(await ending(app.run(REPLY, call))).toMatchObject({ name: 'HaltedError' });
    expect(sentTo(lead.id)).toBe(1);
  });

  it.each(['errorAfterRate', 'resetAfterRate', 'htmlRate'] as const)(
    'finds a reply that arrived despite %s',
    async (rate) => {
      const { lead, inputData } = answerable(vendor);
      misbehave({ faultScope: 'writes', [rate]: 1 });
      const sent = await app.run(REPLY, { authData: stage.auth(vendor), inputData });
      expect(sent).toMatchObject({ status: 'sent', meaning: 'Sent, and seen in the conversation.' });
      expect(sentTo(lead.id)).toBe(1);
    },
  );

  it('lets Zapier repeat a reply of which nothing left', async () => {
    const { lead, inputData } = answerable(vendor);
    misbehave({ faultScope: 'writes', throttledRate: 1, throttledSeconds: 30, throttledSignal: 'retry-after' });
    const call = { authData: stage.auth(vendor), inputData };
    expect(await ending(app.run(REPLY, call))).toMatchObject({ name: 'ThrottledError', delay: 30 });
    misbehave({ faultScope: 'all', throttledRate: 0 });
    expect(await app.run(REPLY, call)).toMatchObject({ was_sent_before: false });
    expect(sentTo(lead.id)).toBe(1);
  });

  it('keeps merge tags, emoji and whatever else is in a text', async () => {
    const { lead, inputData } = answerable(vendor);
    const text = '{{first_name}}, {{bundle.inputData.x}} {{process.env.PATH}} {{{raw}}} 👩‍🚀 "quotes" \\ \u0007 end';
    await app.run(REPLY, { authData: stage.auth(vendor), inputData: { ...inputData, text } });
    const sent = stage.sandbox.world.outbox.filter(({ threadId }) => threadId === lead.id);
    expect(sent[0]?.html).toContain('{{first_name}}, {{bundle.inputData.x}} {{process.env.PATH}} {{{raw}}} 👩‍🚀');
  });

  it('refuses a body that is too long in a sentence', async () => {
    const { lead, inputData } = answerable(vendor);
    const call = { authData: stage.auth(vendor), inputData: { ...inputData, text: 'a'.repeat(1_000_000) } };
    expect((await ending(app.run(REPLY, call))).sentence).toBe(
      'The reply is longer than 100000 characters; shorten it.',
    );
    expect(sentTo(lead.id)).toBe(0);
  });

  it('reads a reply of a megabyte', async () => {
    const { lead } = answerable(vendor);
    stage.says(lead.id, `Long. ${'word '.repeat(200_000)}`);
    const replies = (await app.run(POLL, { authData: stage.auth(vendor) })) as { text: string }[];
    expect(replies.some(({ text }) => text.startsWith('Long. word'))).toBe(true);
    expect(JSON.stringify(replies).length).toBeLessThan(5_500_000);
  });
});

describe('addresses', () => {
  it.each([
    ['a line break', 'boss@acme.example\r\nBcc: everybody@acme.example'],
    ['a name', 'Boss <boss@acme.example>'],
    ['no domain', 'boss'],
  ])('with %s are refused before anything is sent', async (_, to) => {
    const { lead, inputData } = answerable('cohesive');
    const call = { authData: stage.auth('cohesive'), inputData: { ...inputData, to: [to] } };
    const { sentence } = await ending(app.run('creates.forward_thread.operation.perform', call));
    expect(sentence).toContain('is not a plain e-mail address');
    expect(sentence).not.toContain('everybody');
    expect(sentTo(lead.id)).toBe(0);
  });
});

describe('what a connection lacks', () => {
  it('is named: a scope of the key', async () => {
    misbehave({ coldsendKeys: { [DEMO_KEYS.coldsend]: ['replies:read'] } });
    const { inputData } = answerable('coldsend');
    const { name, sentence } = await ending(app.run(REPLY, { authData: stage.auth('coldsend'), inputData }));
    expect(name).toBe('AppError');
    expect(sentence).toContain('lacks a scope: replies:create');
  });

  it('does not keep a key out that may only read replies', async () => {
    misbehave({ coldsendKeys: { [DEMO_KEYS.coldsend]: ['replies:read'] } });
    const account = await app.run('authentication.test', { authData: stage.auth('coldsend') });
    expect(account).toMatchObject({ campaigns: 'campaigns not readable' });
  });

  it('is named: no scope at all, no campaigns, no key', async () => {
    const test = (authData: Readonly<Record<string, string>>) => ending(app.run('authentication.test', { authData }));
    misbehave({ coldsendKeys: { [DEMO_KEYS.coldsend]: ['campaigns:read'] } });
    const scope = await test(stage.auth('coldsend'));
    const wrong = await test({ ...stage.auth('coldsend'), apiKey: 'wrong' });
    const { campaigns } = stage.sandbox.world;
    const kept = [...campaigns];
    campaigns.clear();
    const empty = await test(stage.auth('cohesive'));
    for (const [id, campaign] of kept) campaigns.set(id, campaign);
    expect([scope.name, wrong.name, empty.name]).toEqual(['AppError', 'ExpiredAuthError', 'AppError']);
    expect(scope.sentence).toContain('lacks a scope: replies:read');
    expect(empty.sentence).toContain('no campaigns are visible');
  });

  it.each([
    ['replybusUrl', 'http://replybus.acme.example', 'The Deployment URL of this connection cannot be used. Only https'],
    ['replybusUrl', 'https://169.254.169.254/', 'This address is private or reserved'],
    ['replybusUrl', 'https://replybus.acme.example', 'A Deployment URL needs a Deployment Token'],
    ['smtpUrl', 'mail.acme.example', 'The SMTP URL cannot be used. This is not the address of a mail server'],
  ])('is refused: %s %s', async (field, value, words) => {
    const authData = { ...stage.auth('coldsend'), [field]: value };
    expect((await ending(app.run('authentication.test', { authData }))).sentence).toContain(words);
  });
});
