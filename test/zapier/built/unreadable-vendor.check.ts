import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Vendor } from '../../../sandbox/switches.ts';
import { ending } from './driven.ts';
import { VENDORS } from './stage.ts';
import { openVendorStage, type VendorStage } from './vendor-stage.ts';

type Item = Readonly<Record<string, unknown>>;

let open: VendorStage;

beforeAll(async () => {
  open = await openVendorStage();
});

afterAll(async () => {
  await open?.[Symbol.asyncDispose]();
});

beforeEach(() => open.reset());

const run = async (vendor: Vendor, method: string, inputData: Item = {}, meta: Item = {}) =>
  (await open.app.run(method, { authData: open.stage.auth(vendor), inputData, meta })) as Item[];
const poll = (vendor: Vendor, key: string, inputData: Item = {}, meta: Item = {}) =>
  run(vendor, `triggers.${key}.operation.perform`, inputData, meta);
const find = (vendor: Vendor, key: string, inputData: Item) =>
  run(vendor, `searches.${key}.operation.perform`, inputData);

const OPENING = /\/conversation|\/messages/;
const LIST = /\/inbox\/|\/replies\?/;

/** Every value under one of these names, wherever it stands. */
function withValues(body: string, names: RegExp, change: (value: unknown) => unknown): string {
  return JSON.stringify(JSON.parse(body, (name, value) => (names.test(name) ? change(value) : value)));
}

describe.each(VENDORS)('what a vendor says in a form of its own, on %s,', (vendor) => {
  const rewrites = (where: RegExp, change: (body: string) => string) => {
    open.between[vendor].rewrites = (path, body) => (where.test(path) ? change(body) : body);
  };

  it('is no empty conversation', async () => {
    const { threadId } = open.asking(vendor);
    rewrites(OPENING, () => JSON.stringify({ message: 'Unauthorized' }));
    const asked = [
      find(vendor, 'find_messages', { thread_id: threadId }),
      poll(vendor, 'messages', { thread_id: threadId }),
      run(vendor, 'hydrators.threadHistory', { thread_id: threadId }),
      run(vendor, 'creates.send_reply.operation.perform', { thread_id: threadId, text: 'Gladly, on Monday.' }),
    ];
    const endings = await Promise.all(asked.map(ending));
    expect(endings.map(({ name }) => name)).toEqual(['AppError', 'AppError', 'AppError', 'AppError']);
    expect(open.sentTo(threadId)).toEqual([]);
  });

  it('hides no reply: the poll fails, and the next one tells it', async () => {
    const { lead } = open.asking(vendor);
    const seen = new Set((await poll(vendor, 'new_reply', {}, { isPopulatingDedupe: true })).map(({ id }) => id));
    for (const each of [lead, open.asking(vendor).lead]) open.stage.says(each.id, 'Are you there?');
    rewrites(OPENING, () => JSON.stringify({ message: 'Unauthorized' }));
    expect((await ending(poll(vendor, 'new_reply'))).name).toBe('AppError');
    open.reset();
    const told = (await poll(vendor, 'new_reply')).filter(({ id, text }) => !seen.has(id) && text === 'Are you there?');
    expect(told).toHaveLength(2);
  });

  it('is no empty list: rows none of which can be read fail polls, searches and dropdowns', async () => {
    open.asking(vendor);
    rewrites(LIST, (body) => withValues(body, /^(leadEmail|thread_id)$/, () => 7));
    const where = { campaign_id: open.stage.campaignId };
    const asked = [
      poll(vendor, 'new_reply', where),
      poll(vendor, 'new_reply', where, { isPopulatingDedupe: true }),
      find(vendor, 'find_thread', { search: 'jane', ...where }),
      poll(vendor, 'threads', where, { isFillingDynamicDropdown: true }),
    ];
    const endings = await Promise.all(asked.map(ending));
    expect(endings.map(({ name }) => name)).toEqual(['AppError', 'AppError', 'AppError', 'AppError']);
  });

  it('is no empty list of campaigns either', async () => {
    rewrites(/\/campaigns/, (body) => withValues(body, /^(id|campaign_id)$/, () => 7));
    const asked = [
      poll(vendor, 'campaigns', {}, { isFillingDynamicDropdown: true }),
      poll(vendor, 'campaign_status_changed'),
      find(vendor, 'find_campaign', { search: 'Autumn' }),
    ];
    const endings = await Promise.all(asked.map(ending));
    expect(endings.map(({ name }) => name)).toEqual(['AppError', 'AppError', 'AppError']);
  });

  it('leaves replies to be told though no row of a list shows a time that can be read', async () => {
    const { lead } = open.asking(vendor);
    rewrites(LIST, (body) => withValues(body, /^(lastTimestamp|last_message_at)$/, () => 'yesterday'));
    const seen = new Set((await poll(vendor, 'new_reply', {}, { isPopulatingDedupe: true })).map(({ id }) => id));
    open.stage.says(lead.id, 'Without a time.');
    const told = (await poll(vendor, 'new_reply')).filter(({ id }) => !seen.has(id));
    expect(told.map(({ text }) => text)).toEqual(['Without a time.']);
  });

  it('is each thing once, though it came twice', async () => {
    const { lead } = open.asking(vendor);
    rewrites(/./, (body) =>
      JSON.stringify(JSON.parse(body, (_, value) => (Array.isArray(value) ? [...value, ...value] : value))),
    );
    const lists = [
      await poll(vendor, 'campaigns'),
      await poll(vendor, 'threads'),
      await poll(vendor, 'campaign_status_changed'),
      await find(vendor, 'find_thread', { search: lead.leadEmail }),
      await find(vendor, 'find_campaign', { search: 'Autumn' }),
    ];
    for (const items of lists) expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
  });
});

describe('a trigger whose campaign is gone', () => {
  it('fails, for a halt would be no word at all', async () => {
    const asked = poll('cohesive', 'new_reply', { campaign_id: 'c0ffee00-0000-4000-8000-000000000000' });
    const { name, sentence } = await ending(asked);
    expect([name, sentence]).toEqual(['AppError', expect.stringContaining('does not know')]);
  });
});

describe('an account in which no campaign is visible', () => {
  it.each([
    ['searches.find_thread', { search: 'jane' }],
    ['searches.find_campaign', { search: 'Autumn' }],
    ['triggers.campaigns', {}],
    ['triggers.threads', {}],
    ['triggers.campaign_status_changed', {}],
  ])('asks to check the key, for %s, for that may be all that a revoked one shows', async (key, inputData) => {
    open.between.cohesive.rewrites = (path, body) => (path.endsWith('/campaigns') ? '[]' : body);
    const { name, sentence } = await ending(run('cohesive', `${key}.operation.perform`, inputData));
    expect([name, sentence]).toEqual(['AppError', expect.stringContaining('check that the API key is right')]);
  });
});
