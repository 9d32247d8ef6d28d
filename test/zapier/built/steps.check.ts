import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Vendor } from '../../../sandbox/switches.ts';
import type { WorldMessage } from '../../../sandbox/world-model.ts';
import { httpServer, type Loopback } from '../../adapters/node/loopback.ts';
import { type Driven, ending } from './driven.ts';
import { type Stage, VENDORS } from './stage.ts';
import { openVendorStage, type VendorStage } from './vendor-stage.ts';

const HOUR = 3_600_000;
const REPLY = 'creates.send_reply.operation.perform';

type Item = Readonly<Record<string, unknown>>;

let open: VendorStage;
let stage: Stage;
let app: Driven;
let between: VendorStage['between'];

beforeAll(async () => {
  open = await openVendorStage();
  ({ stage, app, between } = open);
});

afterAll(async () => {
  await open?.[Symbol.asyncDispose]();
});

beforeEach(() => open.reset());

const asking = (vendor: Vendor) => open.asking(vendor);
const sentTo = (thread: string) => open.sentTo(thread);

const step = (authData: Item, inputData: Item) => ({ authData, inputData });

describe.each(VENDORS)('a reply through %s that is run again', (vendor) => {
  const UNKNOWN = { faultScope: 'writes', resetAfterRate: 1, sentDelayMs: HOUR } as const;

  it('goes out once though its fate is unknown and the lead has written again', async () => {
    const { lead, threadId, authData } = asking(vendor);
    Object.assign(stage.sandbox.switches, UNKNOWN);
    const call = step(authData, { thread_id: threadId, text: 'Thursday at ten suits us very well.' });
    expect((await ending(app.run(REPLY, call))).name).toBe('HaltedError');
    Object.assign(stage.sandbox.switches, { faultScope: 'all', resetAfterRate: 0 });
    stage.says(lead.id, 'Are you there?');
    expect((await ending(app.run(REPLY, call))).name).toBe('HaltedError');
    expect(sentTo(lead.id)).toHaveLength(1);
  });

  it('goes out once though its file has another address', async () => {
    const { lead, threadId, authData } = asking(vendor);
    await using files = await httpServer((_, response) => response.end('the offer'));
    Object.assign(stage.sandbox.switches, UNKNOWN);
    const call = (at: string) =>
      step(authData, {
        thread_id: threadId,
        text: 'Here is our offer, as you asked.',
        attachments: [`${files.url}${at}/offer.pdf`],
      });
    expect((await ending(app.run(REPLY, call('one')))).name).toBe('HaltedError');
    Object.assign(stage.sandbox.switches, { faultScope: 'all', resetAfterRate: 0 });
    expect((await ending(app.run(REPLY, call('two')))).name).toBe('HaltedError');
    expect(sentTo(lead.id)).toHaveLength(1);
  });

  it('goes out once for the message it names, though all that was remembered is gone and the lead has written again', async () => {
    const { lead, threadId, authData } = asking(vendor);
    const found = (await app.run(
      'searches.find_messages.operation.perform',
      step(authData, { thread_id: threadId }),
    )) as Item[];
    const { id } = found.find(({ direction }) => direction === 'inbound') ?? {};
    const call = step(authData, { thread_id: threadId, message_id: id, text: 'Gladly, we shall call you on Monday.' });
    expect(await app.run(REPLY, call)).toMatchObject({ was_sent_before: false, lead_email: lead.leadEmail });
    stage.says(lead.id, 'One more question.');
    app.memory = {};
    expect(await app.run(REPLY, call)).toMatchObject({ was_sent_before: true });
    expect(sentTo(lead.id)).toHaveLength(1);
  });

  it('goes out again with the same words once the lead has written again', async () => {
    const { lead, threadId, authData } = asking(vendor);
    const call = step(authData, { thread_id: threadId, text: 'Thank you, we shall come back to you.' });
    await app.run(REPLY, call);
    await sleep(20);
    stage.says(lead.id, 'And this?');
    expect(await app.run(REPLY, call)).toMatchObject({ was_sent_before: false });
    expect(sentTo(lead.id)).toHaveLength(2);
  });
});

describe.each(VENDORS)('an answer through %s that is only sent while nobody has answered', (vendor) => {
  it.each(['a person', 'the lead'])('is not sent once %s has written', async (who) => {
    const { lead, threadId, authData } = asking(vendor);
    const { world } = stage.sandbox;
    const direction = who === 'a person' ? 'outbound' : 'inbound';
    const found = (await app.run(
      'searches.find_messages.operation.perform',
      step(authData, { thread_id: threadId }),
    )) as Item[];
    const { id } = found.find((message) => message.direction === 'inbound') ?? {};
    await sleep(20);
    world.addMessage(lead.id, { direction, sentAt: world.now(), text: 'I have taken care of it.' });
    world.look();
    const fields = {
      thread_id: threadId,
      text: 'We have received your mail.',
      only_if_unanswered: true,
      message_id: id,
    };
    const { name, sentence } = await ending(app.run(REPLY, step(authData, fields)));
    expect([name, sentence]).toEqual(['HaltedError', expect.stringContaining('has gone on since')]);
    expect(sentTo(lead.id)).toHaveLength(0);
  });

  async function guarded(words: string) {
    const { lead, threadId, authData } = asking(vendor);
    const [asked] = (await app.run(
      'searches.find_messages.operation.perform',
      step(authData, { thread_id: threadId, direction: 'inbound' }),
    )) as Item[];
    const fields = { thread_id: threadId, text: words, only_if_unanswered: 'yes', message_id: asked?.id };
    const writes = (message: Partial<WorldMessage>) => {
      const { world } = stage.sandbox;
      world.addMessage(lead.id, { direction: 'outbound', sentAt: world.now(), text: 'I have seen to it.', ...message });
      world.look();
    };
    const replies = (more: Item = {}) => ending(app.run(REPLY, step(authData, { ...fields, ...more })));
    return { lead, writes, replies };
  }

  it.each([
    ['a colleague by another mailbox', { from: 'colleague@acme.example' }],
    ["the vendor's own sequence", { sequenceNumber: 2 }],
  ] as const)('is not sent once %s has', async (_, message) => {
    const { lead, writes, replies } = await guarded('Somebody will be with you shortly.');
    await sleep(20);
    writes(message);
    expect(await replies()).toMatchObject({ name: 'HaltedError', sentence: expect.stringContaining('has gone on') });
    expect(sentTo(lead.id)).toHaveLength(0);
  });

  it('is not sent by the second try where a colleague has between the two', async () => {
    const { lead, writes, replies } = await guarded('We have your mail and shall come back to you.');
    Object.assign(stage.sandbox.switches, { faultScope: 'writes', throttledRate: 1, throttledSeconds: 60 });
    expect((await replies()).name).toBe('ThrottledError');
    Object.assign(stage.sandbox.switches, { faultScope: 'all', throttledRate: 0 });
    await sleep(20);
    writes({});
    expect(await replies()).toMatchObject({ name: 'HaltedError', sentence: expect.stringContaining('has gone on') });
    expect(sentTo(lead.id)).toHaveLength(0);
  });

  it('is not sent while the message it names does not show, whoever wrote last', async () => {
    const { lead, writes, replies } = await guarded('We shall come back to you on this.');
    await sleep(20);
    writes({});
    await sleep(20);
    stage.says(lead.id, 'Thank you!');
    const { name, sentence } = await replies({ message_id: 'no-such-message' });
    expect([name, sentence]).toEqual(['HaltedError', expect.stringContaining('does not show the message')]);
    expect(sentTo(lead.id)).toHaveLength(0);
  });

  it('is sent while that is so', async () => {
    const { lead, threadId, authData } = asking(vendor);
    const fields = { thread_id: threadId, text: 'We have received your mail.', only_if_unanswered: true };
    expect(await app.run(REPLY, step(authData, fields))).toMatchObject({ status: 'sent' });
    expect(sentTo(lead.id)).toHaveLength(1);
  });
});

describe('a file under an address that names nothing', () => {
  const HYDRATED = 'engine/hydrate/17/.eJwtzLsOwiAUANB_uXMhQEsL3RwcHExcXIlSWgk8IpDGGP_dDu7nnA-4:1tX/';
  let files: Loopback;
  const headers: Record<string, string> = {};
  beforeAll(async () => {
    files = await httpServer((_, response) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      response.end('the contract');
    });
  });
  afterAll(() => files[Symbol.asyncDispose]());

  it.each([
    ['attachment; filename="contract.pdf"', 'contract.pdf'],
    [`attachment; filename="x.pdf"; filename*=UTF-8'de'Angebot%20f%C3%BCr%20Jane.pdf`, 'Angebot für Jane.pdf'],
    ['attachment; filename=contract.pdf', 'contract.pdf'],
    ['attachment; filename="a \\"b\\".pdf"', 'a "b".pdf'],
  ])('is named by what its server says: %s', async (disposition, filename) => {
    headers['content-disposition'] = disposition;
    headers['content-type'] = 'application/pdf';
    for (const vendor of VENDORS) {
      const { lead, threadId, authData } = asking(vendor);
      const fields = {
        thread_id: threadId,
        text: 'Here is the contract that you asked for.',
        attachments: [`${files.url}${HYDRATED}`],
      };
      await app.run(REPLY, step(authData, fields));
      const sent = JSON.stringify(sentTo(lead.id)[0]?.request);
      expect(sent).toContain(JSON.stringify(filename).slice(1, -1));
      expect(sent).toContain('application/pdf');
      expect(sent).not.toMatch(/"(filename|name)":"\.eJ/);
    }
  });
});

describe.each(VENDORS)('files that come slowly, for %s', (vendor) => {
  it('end the step with a sentence before Zapier cuts it off, and nothing is sent', async () => {
    const { lead, threadId, authData } = asking(vendor);
    await using files = await httpServer((_, response) => {
      response.write('begin');
      setTimeout(() => response.end('end'), 14_000);
    });
    const attachments = [1, 2, 3, 4].map((file) => `${files.url}${file}.pdf`);
    const from = Date.now();
    const { sentence } = await ending(
      app.run(REPLY, step(authData, { thread_id: threadId, text: 'Four files for you.', attachments })),
    );
    expect(Date.now() - from).toBeLessThan(28_000);
    expect(sentence).toContain('could not be fetched');
    expect(sentTo(lead.id)).toHaveLength(0);
  });
});

describe('Find Thread', () => {
  const find = (vendor: Vendor, search: string) =>
    app.run('searches.find_thread.operation.perform', step(stage.auth(vendor), { search }));

  it('asks once for one of the newest threads of a single list', async () => {
    const { lead } = asking('coldsend');
    for (let at = 0; at < 3; at += 1) asking('coldsend');
    between.coldsend.asked.length = 0;
    expect(await find('coldsend', lead.leadEmail)).toMatchObject([{ lead_email: lead.leadEmail }]);
    expect(between.coldsend.asked).toHaveLength(1);
  });

  it('never says that there is nothing where it could not look, and goes on where it stopped', async () => {
    const { world, switches } = stage.sandbox;
    const campaigns = Array.from(
      { length: 62 },
      (_, at) => world.addCampaign({ name: `Zone ${at}`, vendor: 'cohesive' }).id,
    );
    const campaignId = campaigns.at(-1) ?? '';
    stage.lead('last@acme.example', HOUR, { campaignId, vendor: 'cohesive' });
    switches.latencyMs = 300;
    const sentences: string[] = [];
    let found: unknown;
    for (let runs = 0; runs < 12 && found === undefined; runs += 1) {
      between.cohesive.asked.length = 0;
      const call = find('cohesive', 'last@acme.example');
      const { name, sentence } = await ending(call);
      expect(between.cohesive.asked.length).toBeLessThanOrEqual(10);
      if (name === 'none') found = await call;
      else sentences.push(sentence);
    }
    for (const sentence of sentences)
      expect(sentence).toContain('as far as one search may go, and nothing was found in');
    expect(found).toMatchObject([{ lead_email: 'last@acme.example' }]);
  });

  it('says a sentence, not nothing, when its lists cannot be read', async () => {
    stage.sandbox.switches.errorRate = 1;
    for (const vendor of VENDORS) expect((await ending(find(vendor, 'nobody@acme.example'))).name).toBe('AppError');
  });

  it('finds nothing where there is nothing', async () => {
    expect(await find('coldsend', 'nobody@acme.example')).toEqual([]);
  });
});

describe('Find Campaign', () => {
  it.each(VENDORS)('finds by a part of the name, with the status, on %s', async (vendor) => {
    const call = step(stage.auth(vendor), { search: 'autu' });
    const found = await app.run('searches.find_campaign.operation.perform', call);
    expect(found).toMatchObject([{ name: 'Autumn', status: 'completed' }]);
  });
});

describe('Campaign Status Changed', () => {
  it.each(VENDORS)('fires for each change once, on %s', async (vendor) => {
    const { world } = stage.sandbox;
    const { id } = world.addCampaign({ name: 'Changing', vendor });
    const poll = async (meta: Item = {}) => {
      const call = { authData: stage.auth(vendor), meta, inputData: { campaign_id: id } };
      return (await app.run('triggers.campaign_status_changed.operation.perform', call)) as Item[];
    };
    const seen = new Set((await poll({ isPopulatingDedupe: true })).map((item) => item.id));
    const fired: unknown[] = [];
    for (const status of ['active', 'paused', 'active', 'completed', 'completed'] as const) {
      const campaign = world.campaigns.get(id);
      if (campaign) world.campaigns.set(id, { ...campaign, status });
      for (const item of await poll()) if (!seen.has(item.id)) fired.push(item.status);
      for (const item of await poll()) seen.add(item.id);
    }
    expect(fired).toEqual(['paused', 'active', 'completed']);
  });
});

describe('dropdowns', () => {
  it.each(VENDORS)('tell apart threads of one name, on %s', async (vendor) => {
    for (let at = 0; at < 3; at += 1) asking(vendor);
    const call = { authData: stage.auth(vendor), meta: { isFillingDynamicDropdown: true } };
    const found = (await app.run('triggers.threads.operation.perform', call)) as Item[];
    const names = found.map(({ name }) => String(name));
    expect(new Set(names).size).toBe(names.length);
    expect(names[0]).toMatch(/^Jane Doe <asking\d+@acme\.example> · Q1 Product Launch · \d{4}-\d\d-\d\d$/);
  });

  it.each(VENDORS)('show the messages of the chosen thread, on %s', async (vendor) => {
    const { threadId, authData } = asking(vendor);
    const call = { ...step(authData, { thread_id: threadId }), meta: { isFillingDynamicDropdown: true } };
    const found = (await app.run('triggers.messages.operation.perform', call)) as Item[];
    expect(found).toMatchObject([
      { name: expect.stringContaining('It would.') },
      { name: expect.stringContaining('Would this') },
    ]);
  });
});

describe('the connection test', () => {
  const test = (more: Item) =>
    ending(app.run('authentication.test', { authData: { ...stage.auth('coldsend'), ...more } }));

  it.each([
    [{ smtpUrl: 'smtps://user:word@no-such-host.invalid:465' }, 'The mail server cannot be reached'],
    [{ smtpUrl: 'smtp://127.0.0.1:9' }, 'The mail server cannot be reached'],
    [{ replybusToken: 'rb_token' }, 'A Deployment Token needs a Deployment URL'],
    [{ replybusUrl: 'https://replybus.acme.example' }, 'A Deployment URL needs a Deployment Token'],
    [{ replybusUrl: 'http://127.0.0.1:9', replybusToken: 'rb_token' }, 'could not be reached'],
  ])('tries every field: %o', async (more, words) => {
    expect(await test(more)).toMatchObject({ name: 'AppError', sentence: expect.stringContaining(words) });
  });

  it('names the connection as its owner does', async () => {
    const authData = { ...stage.auth('coldsend'), connectionName: ' Sales  team ' };
    expect(await app.run('authentication.test', { authData })).toMatchObject({ connection_name: 'Sales team' });
    const unnamed = await app.run('authentication.test', { authData: stage.auth('coldsend') });
    expect(unnamed).toMatchObject({ connection_name: expect.stringMatching(/^ColdSend \(\d+ campaigns\)$/) });
    const { authentication } = (await app.definition()) as { authentication: { connectionLabel: string } };
    expect(authentication.connectionLabel).toBe('{{connection_name}}');
  });
});

describe('a line of the log', () => {
  it('says which operation made the call', async () => {
    const { threadId, authData } = asking('coldsend');
    app.logs.length = 0;
    const call = {
      ...step(authData, { thread_id: threadId, text: 'A word for the log, no more.' }),
      services: 'http://127.0.0.1:9/',
    };
    await app.run(REPLY, call);
    expect(app.logs.join('\n')).toMatch(/info send_reply call/);
  });
});
