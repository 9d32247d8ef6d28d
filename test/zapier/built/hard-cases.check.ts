import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Vendor } from '../../../sandbox/switches.ts';
import { httpServer } from '../../adapters/node/loopback.ts';
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

const run = async (method: string, authData: Item, inputData: Item = {}, meta: Item = {}) =>
  (await app.run(`${method}.operation.perform`, { authData, inputData, meta })) as Item[];
const search = (key: string, vendor: Vendor, inputData: Item) => run(`searches.${key}`, stage.auth(vendor), inputData);
const trigger = (key: string, vendor: Vendor, inputData: Item = {}, meta: Item = {}) =>
  run(`triggers.${key}`, stage.auth(vendor), inputData, meta);

const isOpening = (path: string) => /\/conversation|\/messages|\/threads\//.test(path);

describe.each(VENDORS)('what could not be read is no "nothing", on %s', (vendor) => {
  it('when a search is bound to a campaign that does not exist', async () => {
    const { name } = await ending(search('find_thread', vendor, { search: 'jane', campaign_id: 'no-such-campaign' }));
    expect(['AppError', 'HaltedError']).toContain(name);
  });

  it('when the messages of a thread cannot be read', async () => {
    const { threadId } = asking(vendor);
    between[vendor].fails = isOpening;
    expect((await ending(search('find_messages', vendor, { thread_id: threadId }))).name).toBe('AppError');
  });

  it('when no campaign can be listed', async () => {
    between[vendor].fails = (path) => path.includes('/campaigns');
    expect((await ending(search('find_campaign', vendor, { search: 'autumn' }))).name).toBe('AppError');
  });

  it('when the only thread of a sample cannot be opened', async () => {
    const campaignId = stage.sandbox.world.addCampaign({ name: `Only ${vendor}`, vendor }).id;
    stage.lead(`only.${vendor}@acme.example`, HOUR, { campaignId, vendor });
    between[vendor].fails = isOpening;
    const sample = trigger('new_reply', vendor, { campaign_id: campaignId }, { isLoadingSample: true });
    expect((await ending(sample)).name).toBe('AppError');
  });

  it('when what is new cannot be opened and what is old is remembered, once an hour', async () => {
    const known = asking(vendor);
    const words = `Something new on ${vendor}.`;
    await trigger('new_reply', vendor, {}, { isPopulatingDedupe: true });
    for (const { lead } of [known, asking(vendor), asking(vendor)]) stage.says(lead.id, words);
    between[vendor].fails = isOpening;
    expect((await ending(trigger('new_reply', vendor))).name).toBe('AppError');
    expect((await ending(trigger('new_reply', vendor))).name).toBe('none');
    between[vendor].fails = () => false;
    const told = (await trigger('new_reply', vendor)).filter(({ text }) => text === words);
    expect(told).toHaveLength(3);
  });
});

describe('a dropdown of threads', () => {
  it('shows those of the other campaigns while one cannot be read', async () => {
    const bad = stage.sandbox.world.addCampaign({ name: 'Broken', vendor: 'cohesive' }).id;
    const { lead } = asking('cohesive');
    between.cohesive.fails = (path) => path.includes(`/${bad}/`);
    const found = await trigger('threads', 'cohesive', {}, { isFillingDynamicDropdown: true });
    expect(found.map(({ name }) => String(name)).join()).toContain(lead.leadEmail);
  });

  it('says why when none can be read', async () => {
    for (const vendor of VENDORS) {
      between[vendor].fails = (path) => /inbox|replies/.test(path);
      expect((await ending(trigger('threads', vendor, {}, { isFillingDynamicDropdown: true }))).name).toBe('AppError');
    }
  });
});

describe('a dropdown of labels', () => {
  it('shows those that are known while the list cannot be read', async () => {
    stage.lead('labelled@acme.example', HOUR, { intent: 'meeting_booked' });
    await trigger('intents', 'coldsend');
    between.coldsend.fails = () => true;
    expect((await trigger('intents', 'coldsend')).map(({ id }) => id)).toContain('meeting_booked');
  });
});

describe.each(VENDORS)('files of a reply through %s', (vendor) => {
  const names = async (attachments: unknown, headers: Record<string, string> = {}) => {
    const { lead, threadId, authData } = asking(vendor);
    await using files = await httpServer((_, response) => response.writeHead(200, headers).end('the offer'));
    const urls = JSON.parse(JSON.stringify(attachments).replaceAll('HOST/', files.url));
    const inputData = { thread_id: threadId, text: 'Here is what you asked for, in full.', attachments: urls };
    await app.run(REPLY, { authData, inputData });
    const { attachments: sent = [] } = (sentTo(lead.id)[0]?.request ?? {}) as { attachments?: readonly Item[] };
    return sent.map(({ filename }) => filename);
  };

  it.each([
    ['one in each entry', ['HOST/a.pdf', 'HOST/b.pdf']],
    ['joined by commas', ['HOST/a.pdf,HOST/b.pdf']],
    ['joined by commas and spaces', 'HOST/a.pdf, HOST/b.pdf'],
    ['in lines', 'HOST/a.pdf\nHOST/b.pdf\n'],
    ['between empty entries', ['', 'HOST/a.pdf', null, 'HOST/b.pdf']],
  ])('are each fetched when they come %s', async (_, attachments) => {
    expect(await names(attachments)).toEqual(['a.pdf', 'b.pdf']);
  });

  it('keep a comma of their address', async () => {
    expect(await names(['HOST/a,b.pdf'])).toEqual(['a,b.pdf']);
  });

  it.each(['attachment; filename=""', 'attachment; filename=" "', "attachment; filename*=UTF-8''", 'inline'])(
    'are named by their address where the server names nothing: %s',
    async (disposition) => {
      expect(await names(['HOST/offer.pdf'], { 'content-disposition': disposition })).toEqual(['offer.pdf']);
    },
  );
});

describe.each(VENDORS)('fields that hold nothing, on %s', (vendor) => {
  it.each(['', ' ', 'sales/', '/'])('name no thread: "%s"', async (thread_id) => {
    const { authData } = asking(vendor);
    const { name, sentence } = await ending(app.run(REPLY, { authData, inputData: { thread_id, text: 'Hello.' } }));
    expect([name, sentence]).toEqual(['AppError', expect.stringContaining('"Thread"')]);
  });

  it.each([{ text: '', html: '' }, { text: ' \n' }, { html: '<p> </p>' }, { text: '\u200b' }])(
    'are no words: %o',
    async (words) => {
      const { lead, threadId, authData } = asking(vendor);
      expect((await ending(app.run(REPLY, { authData, inputData: { thread_id: threadId, ...words } }))).name).toBe(
        'AppError',
      );
      expect(sentTo(lead.id)).toEqual([]);
    },
  );

  it('filter nothing', async () => {
    asking(vendor);
    const empty = { campaign_id: '', interest: '', intent: ' ', first_only: '' };
    const ids = async (fields: Item) => (await trigger('new_reply', vendor, fields)).map(({ id }) => String(id));
    expect((await ids(empty)).toSorted()).toEqual((await ids({})).toSorted());
  });

  it('are neither yes nor no, said in a sentence', async () => {
    const { sentence } = await ending(trigger('new_reply', vendor, { first_only: 'perhaps' }));
    expect(sentence).toContain('"First Reply Only" is neither yes nor no');
  });
});

describe.each(VENDORS)('HTML with hidden words, from %s', (vendor) => {
  it('is without them, in the trigger and in the search alike', async () => {
    const { lead, threadId } = asking(vendor);
    const { world } = stage.sandbox;
    const html = '<style>.x{display:none}</style><div class="x">Open me</div><p>Gladly, on Thursday.</p>';
    world.addMessage(lead.id, { direction: 'inbound', sentAt: world.now(), text: 'Gladly, on Thursday.', html });
    world.look();
    const fired = await trigger('new_reply', vendor);
    const found = await search('find_messages', vendor, { thread_id: threadId, direction: 'inbound' });
    const wanted = { thread_id: threadId, html: '<p>Gladly, on Thursday.</p>' };
    expect(fired).toContainEqual(expect.objectContaining(wanted));
    expect(found[0]).toMatchObject(wanted);
  });
});

describe.each(VENDORS)('a message that is named in another way, on %s', (vendor) => {
  it('is the same with blanks around it', async () => {
    const { lead, threadId, authData } = asking(vendor);
    const [message] = await search('find_messages', vendor, { thread_id: threadId, direction: 'inbound' });
    const call = (message_id: string) => ({
      authData,
      inputData: { thread_id: threadId, message_id, text: 'We shall send you the terms on Friday.' },
    });
    await app.run(REPLY, call(String(message?.id)));
    app.memory = {};
    expect(await app.run(REPLY, call(` ${message?.id}\n`))).toMatchObject({ was_sent_before: true });
    expect(sentTo(lead.id)).toHaveLength(1);
  });
});

describe('a label', () => {
  it.each(['meeting-booked', ' Meeting Booked ', 'MEETING_BOOKED', 'meeting  booked'])(
    'is the same as it is spelled by the provider: "%s"',
    async (intent) => {
      const { leadEmail } = stage.lead('spelled@acme.example', HOUR, { intent: 'meeting_booked' });
      for (const key of ['new_reply', 'new_labelled_reply']) {
        const sample = await trigger(key, 'coldsend', { intent }, { isLoadingSample: true });
        expect(sample.map(({ lead_email }) => lead_email)).toContain(leadEmail);
      }
    },
  );
});

describe('a search', () => {
  it.each(VENDORS)('for nobody makes no more than 10 calls, on %s', async (vendor) => {
    for (const key of ['find_thread', 'find_campaign']) {
      between[vendor].asked.length = 0;
      await ending(search(key, vendor, { search: 'nobody.at.all' }));
      expect(between[vendor].asked.length).toBeLessThanOrEqual(10);
    }
  });
});

describe('a forward of unknown fate', () => {
  it('goes out once though the lead has written again and the step is run again', async () => {
    const { lead, threadId, authData } = asking('cohesive');
    Object.assign(stage.sandbox.switches, { faultScope: 'writes', resetAfterRate: 1, sentDelayMs: HOUR });
    const call = { authData, inputData: { thread_id: threadId, to: 'boss@acme.example' } };
    const forward = () => ending(app.run('creates.forward_thread.operation.perform', call));
    expect((await forward()).name).toBe('HaltedError');
    Object.assign(stage.sandbox.switches, { faultScope: 'all', resetAfterRate: 0 });
    stage.says(lead.id, 'Are you there?');
    expect((await forward()).name).toBe('HaltedError');
    expect(sentTo(lead.id)).toHaveLength(1);
  });
});

describe('a file at a public address', () => {
  it.each(VENDORS)('is fetched under the name of the app and without a key, for %s', async (vendor) => {
    const { threadId, authData } = asking(vendor);
    const asked: Item[] = [];
    await using files = await httpServer((request, response) => {
      asked.push(request.headers);
      response.end('the offer');
    });
    const attachments = `${files.url}offer.pdf`;
    await app.run(REPLY, {
      authData,
      inputData: { thread_id: threadId, text: 'The offer you asked for.', attachments },
    });
    expect(asked).toMatchObject([{ 'user-agent': expect.stringMatching(/^Replybus-Zapier\/\d/) }]);
    expect(JSON.stringify(asked)).not.toContain(String(authData.apiKey));
  });
});
