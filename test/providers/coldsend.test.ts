import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../shared/failure.ts';
import type { Thread } from '../../shared/model.ts';
import { type Capabilities, need } from '../../shared/provider.ts';
import { pageAround } from '../../shared/providers/coldsend/feeds.ts';
import { coldsend } from '../../shared/providers/coldsend/index.ts';
import { open, posted } from './connect.ts';
import { fixture, json, params, type Reply } from './scripted.ts';

const LIST = fixture('coldsend/list-conversations.json') as { conversations: [Record<string, unknown>] };
const DETAILS = fixture('coldsend/thread-details.json') as Record<string, unknown>;
const MESSAGES = fixture('coldsend/thread-messages.json') as { messages: Record<string, unknown>[] };
const [ROW] = LIST.conversations;
const ID = '550e8400-e29b-41d4-a716-446655440000';
const BASE = 'https://api.coldsend.pro/api/public/v1';

const list = (rows: readonly unknown[], fields: Record<string, unknown> = {}) =>
  json({ conversations: rows, ...fields });
const THREAD: Thread = {
  id: ID,
  key: ID,
  campaign: { name: 'Q1 Product Launch' },
  lead: { email: 'jane@acme.com', name: 'Jane Doe' },
  box: 'reply',
  interested: true,
  tags: [],
  lastActivityAt: 0,
  vendor: {},
};
const draft = { threadId: ID, html: '', text: 'Hi', cc: [], bcc: [], attachments: [] };

async function failing(run: Promise<unknown>) {
  const error = await run.catch((thrown: unknown) => thrown);
  if (!(error instanceof ProviderError)) throw error;
  return error;
}

describe('ColdSend’s list', () => {
  it('maps the documented sample', async () => {
    const { connection, world } = open(coldsend, [json(LIST)]);
    const page = await connection.threads.list({});
    expect(page.threads).toEqual([
      {
        id: ID,
        key: ID,
        campaign: { name: 'Q1 Product Launch' },
        lead: { email: 'jane@acme.com', name: 'Jane Doe' },
        box: 'reply',
        subject: 'Re: Quick question about Acme',
        intent: 'interested',
        interested: true,
        starred: false,
        read: false,
        tags: [],
        preview: "Thanks for reaching out, I'd like to learn more...",
        lastActivityAt: Date.UTC(2024, 0, 15, 14, 30),
        messageCount: 2,
        vendor: { lead_id: ROW.lead_id, inbox_id: ROW.inbox_id },
      },
    ]);
    expect(world.requests[0]?.url).toBe(`${BASE}/replies?page=1&limit=50`);
  });

  it('sends every documented filter, and none that is not set', async () => {
    const { connection, world } = open(coldsend, [list([])]);
    await connection.threads.list({ campaign: 'c-1', unread: true, starred: false, intent: 'not_interested' });
    expect(params(world.requests[0])).toEqual({
      page: '1',
      limit: '50',
      campaign_id: 'c-1',
      is_read: 'false',
      is_starred: 'false',
      category: 'not_interested',
    });
  });

  it.each(['interested', 'Interested', 'INTERESTED ', ' Interested'])(
    'reads the label %j as interested',
    async (category) => {
      const { connection } = open(coldsend, [list([{ ...ROW, category }])]);
      expect((await connection.threads.list({})).threads[0]).toMatchObject({ interested: true, intent: category });
    },
  );

  it.each(['not_interested', 'Not Interested', 'out-of-office', null, '', 7])(
    'does not read %j as interested',
    async (category) => {
      const { connection } = open(coldsend, [list([{ ...ROW, category }])]);
      expect((await connection.threads.list({})).threads[0]).toMatchObject({ interested: false });
    },
  );

  it('filters the inbox by the spelling that rows showed last', async () => {
    const { connection, world } = open(coldsend, [
      list([
        { ...ROW, category: 'out_of_office' },
        { ...ROW, thread_id: 't2', category: 'Out-Of-Office' },
      ]),
      list([]),
    ]);
    await connection.threads.list({});
    await connection.threads.list({ intent: 'out_of_office' });
    expect(world.requests.map((request) => params(request).category)).toEqual([undefined, 'Out-Of-Office']);
  });

  it('takes of a filter that lists everything the rows that say themselves that they are interested', async () => {
    const rows = [
      { ...ROW, category: 'interested' },
      { ...ROW, thread_id: 't2', category: null },
    ];
    const { connection } = open(coldsend, [list(rows)]);
    const feed = { id: 'workspace', campaign: null };
    const page = (await connection.feeds.rows(feed, { rows: 10, interested: true })).page();
    expect(page.rows.map(({ id }) => id)).toEqual([ROW?.thread_id]);
    expect(page.received).toBe(2);
  });

  it('asks the interested list of a feed as it is documented while rows show nothing else', async () => {
    const { connection, world } = open(coldsend, [list([]), list([])]);
    const feed = { id: 'workspace', campaign: null };
    for (let poll = 0; poll < 2; poll += 1) await connection.feeds.rows(feed, { rows: 10, interested: true });
    expect(world.requests.map((request) => params(request).category)).toEqual(['interested', 'interested']);
  });

  it('goes past a spelling that brings nothing, in whichever turn, and leaves it alone for a day', async () => {
    const shown = { ...ROW, category: 'Interested' };
    const { connection, world } = open(coldsend, (request) => {
      const { category } = params(request);
      return list(category === 'Interested' ? [] : [shown]);
    });
    const feed = { id: 'workspace', campaign: null };
    (await connection.feeds.rows(feed, { rows: 10 })).page();
    const asked = async () => {
      const before = world.requests.length;
      const answer = await connection.feeds.rows(feed, { rows: 10, interested: true });
      const spellings = world.requests.slice(before).map((request) => params(request).category);
      expect(answer.calls).toBe(spellings.length);
      expect(answer.label).toBe('interested');
      expect(answer.page().received).toBe(1);
      return spellings;
    };
    const first = await asked();
    world.time += 60 * 60_000;
    const second = await asked();
    expect([first, second]).toContainEqual(['Interested', 'interested']);
    world.time += 60 * 60_000;
    expect(await asked()).toEqual(['interested']);
  });

  it('goes on below a page of the interested list under the spelling it began with', async () => {
    const rows = Array.from({ length: 10 }, (_, index) => ({ ...ROW, thread_id: `t${index}`, category: 'Interested' }));
    const { connection, world } = open(coldsend, () => list(rows, { page: 1, limit: 10, total_count: 40 }));
    const feed = { id: 'workspace', campaign: null };
    (await connection.feeds.rows(feed, { rows: 10 })).page();
    const top = await connection.feeds.rows(feed, { rows: 10, interested: true });
    const position = top.page().next ?? '';
    world.time += 60 * 60_000;
    await connection.feeds.rows(feed, { rows: 10, interested: true, position }).catch(() => undefined);
    const spellings = world.requests.slice(1).map((request) => params(request).category);
    expect(new Set(spellings)).toEqual(new Set([top.label]));
  });

  it.each([true, false])('believes a total only of a page that could hold more (full page: %s)', async (isFull) => {
    const rows = Array.from({ length: isFull ? 10 : 9 }, (_, index) => ({ ...ROW, thread_id: `t${index}` }));
    const { connection } = open(coldsend, [list(rows, { page: 1, limit: 10, total_count: rows.length })]);
    const page = (await connection.feeds.rows({ id: 'workspace', campaign: null }, { rows: 10 })).page();
    expect(page.next === undefined).toBe(!isFull);
  });

  it('knows the campaign id of rows listed by campaign', async () => {
    const { connection } = open(coldsend, [list([ROW])]);
    const [thread] = (await connection.threads.list({ campaign: 'c-1' })).threads;
    expect(thread?.campaign).toEqual({ id: 'c-1', name: 'Q1 Product Launch' });
  });

  it('knows the campaign id of a row that carries one', async () => {
    const { connection } = open(coldsend, [list([{ ...ROW, campaign_id: 'c-1' }])]);
    const [thread] = (await connection.threads.list({})).threads;
    expect(thread?.campaign).toEqual({ id: 'c-1', name: 'Q1 Product Launch' });
  });

  it('takes External for no campaign', async () => {
    const { connection } = open(coldsend, [list([{ ...ROW, campaign_name: 'External' }])]);
    expect((await connection.threads.list({})).threads[0]?.campaign).toBeNull();
  });

  it('sets one bad row aside by its id and goes on', async () => {
    const rows = [ROW, { ...ROW, thread_id: 't2', lead_email: 42 }, 'no row', { ...ROW, thread_id: 42 }];
    const { connection } = open(coldsend, [list(rows)]);
    const page = await connection.threads.list({});
    expect(page.threads.map(({ id }) => id)).toEqual([ID]);
    const at = Date.parse(String(ROW.last_message_at));
    expect(page.unreadable).toEqual([
      { id: 't2', issues: ['lead_email: expected string'], place: 1, at },
      { id: expect.stringMatching(/^[0-9a-f]{32}$/), issues: ['the answer: expected object'], place: 2 },
      { id: expect.stringMatching(/^[0-9a-f]{32}$/), issues: ['thread_id: expected string'], place: 3, at },
    ]);
  });

  it('takes a row whose time cannot be read to be as old as the one below it', async () => {
    const untimed = { ...ROW, thread_id: 't2', last_message_at: 'soon' };
    const older = { ...ROW, thread_id: 't3', last_message_at: '2024-01-10T00:00:00Z' };
    const last = { ...ROW, thread_id: 't4', last_message_at: null };
    const { connection } = open(coldsend, [list([ROW, untimed, older, last])]);
    const { threads, unreadable } = await connection.threads.list({});
    const [first, second, third, fourth] = threads;
    expect(unreadable).toEqual([]);
    expect(first?.changeHint).toBeUndefined();
    expect([second, fourth].map((row) => row?.lastActivityAt)).toEqual(Array(2).fill(third?.lastActivityAt));
    expect(second?.changeHint).not.toBe(fourth?.changeHint);
  });

  it('reads what it can do without as absent', async () => {
    const bare = {
      thread_id: 't2',
      lead_email: 'a@b.example',
      last_message_at: '2024-01-15T14:30:00',
      tags: 'x',
      is_read: 'perhaps',
    };
    const { connection } = open(coldsend, [list([bare], { total_count: 'many' })]);
    expect((await connection.threads.list({})).threads).toEqual([
      {
        id: 't2',
        key: 't2',
        campaign: null,
        lead: { email: 'a@b.example' },
        box: 'reply',
        interested: false,
        tags: [],
        lastActivityAt: Date.UTC(2024, 0, 15, 14, 30),
        vendor: {},
      },
    ]);
  });

  it('refuses to sort, in one sentence', async () => {
    const { connection } = open(coldsend, []);
    const error = await failing(connection.threads.list({ sort: 'date' }));
    expect(error.message).toBe('ColdSend does not offer sorting of threads.');
  });

  it('walks by cursor to the end and refuses a foreign cursor', async () => {
    const rows = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...ROW, thread_id: `t${from + index}` }));
    const { connection, world } = open(coldsend, [
      list(rows(0, 50), { total_count: 60 }),
      list(rows(50, 10), { total_count: 60 }),
    ]);
    const first = await connection.threads.list({});
    const second = await connection.threads.list({}, first.cursor);
    expect([first.threads.length, second.threads.length, second.cursor]).toEqual([50, 10, undefined]);
    expect(params(world.requests[1])).toEqual({ page: '2', limit: '50' });
    expect((await failing(connection.threads.list({}, 'bogus'))).failure.kind).toBe('invalid');
  });

  it('searches at most ten pages a request, then gives a cursor', async () => {
    const { connection, world } = open(coldsend, (request) => {
      const page = Number(params(request).page);
      return list(
        Array.from({ length: 100 }, (_, index) => ({
          ...ROW,
          thread_id: `t${page}-${index}`,
          subject: page === 3 && index === 7 ? 'The NEEDLE' : 'hay',
        })),
      );
    });
    const page = await connection.threads.list({ search: 'needle' });
    expect(page.threads.map(({ id }) => id)).toEqual(['t3-7']);
    expect(world.requests).toHaveLength(10);
    expect(page.cursor).toBe('11.100');
  });

  it('ends a search when the vendor repeats a page', async () => {
    const rows = Array.from({ length: 100 }, (_, index) => ({ ...ROW, thread_id: `t${index}` }));
    const { connection, world } = open(coldsend, () => list(rows, { page: 1, limit: 100 }));
    await connection.threads.list({ search: 'nothing' });
    expect(world.requests).toHaveLength(2);
  });

  it('filters "not interested" itself, since no such value is documented', async () => {
    const rows = [ROW, { ...ROW, thread_id: 't2', category: null }];
    const { connection, world } = open(coldsend, [list(rows, { total_count: 2 })]);
    const page = await connection.threads.list({ interested: false });
    expect(page.threads.map(({ id }) => id)).toEqual(['t2']);
    expect(params(world.requests[0])).not.toHaveProperty('category');
  });
});

describe('ColdSend’s feed', () => {
  it('is one workspace', async () => {
    const { connection } = open(coldsend, []);
    expect(await connection.feeds.feeds(['c-1'])).toEqual([{ id: 'workspace', campaign: null }]);
    expect(connection.feeds).toMatchObject({ pageRowsMax: 100, interestedScanMs: 3_600_000 });
  });

  it.each([
    [0, 100, { page: 1, limit: 100 }],
    [0, 10, { page: 1, limit: 10 }],
    [99, 100, { page: 2, limit: 99 }],
    [100, 100, { page: 2, limit: 100 }],
    [5, 1_000, { page: 1, limit: 100 }],
  ])('finds the page around row %i', (offset, rows, expected) => {
    expect(pageAround(offset, rows)).toEqual(expected);
  });

  it('always finds a page that holds the row', () => {
    for (let offset = 0; offset < 3_000; offset += 7) {
      const { page, limit } = pageAround(offset, 100);
      expect((page - 1) * limit).toBeLessThanOrEqual(offset);
      expect(page * limit).toBeGreaterThan(offset);
      expect(limit).toBeLessThanOrEqual(100);
    }
  });

  const feed = { id: 'workspace', campaign: null };
  const rowsFrom = (first: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({ ...ROW, thread_id: `t${first + index}` }));
  const page = (first: number, count: number, limit: number) =>
    list(rowsFrom(first, count), { page: Math.floor(first / limit) + 1, limit, total_count: 120 });
  const asked = (world: ReturnType<typeof open>['world']) =>
    world.requests.map((request) => `${params(request).page} × ${params(request).limit}`);

  it('goes on below a page with one that begins with its last row', async () => {
    const { connection, world } = open(coldsend, [page(0, 100, 100), page(99, 21, 99)]);
    const { next } = (await connection.feeds.rows(feed, { rows: 100 })).page();
    const below = await connection.feeds.rows(feed, { rows: 100, position: next ?? '' });
    expect(asked(world)).toEqual(['1 × 100', '2 × 99']);
    expect(below.page().rows[0]).toMatchObject({ id: 't99' });
    expect(below.page().next).toBeUndefined();
    expect(below.calls).toBe(1);
  });

  it('goes on below a page of a vendor that puts fewer rows on one than it was asked for', async () => {
    const { connection, world } = open(coldsend, [page(0, 50, 50), page(49, 49, 49)]);
    const { next } = (await connection.feeds.rows(feed, { rows: 100 })).page();
    const below = await connection.feeds.rows(feed, { rows: 100, position: next ?? '' });
    expect(asked(world)).toEqual(['1 × 100', '2 × 49']);
    expect(below.page().rows.at(-1)).toMatchObject({ id: 't97' });
  });

  it('goes by what it asked for where the answer names another page or limit', async () => {
    const { connection, world } = open(coldsend, [
      list(rowsFrom(0, 10), { page: 1, limit: 100, total_count: 25 }),
      list(rowsFrom(9, 9), { page: 1, limit: 100, total_count: 25 }),
    ]);
    const { next } = (await connection.feeds.rows(feed, { rows: 100 })).page();
    const below = (await connection.feeds.rows(feed, { rows: 100, position: next ?? '' })).page();
    expect(asked(world)).toEqual(['1 × 100', '2 × 9']);
    expect(below.rows.map(({ id }) => id)).toEqual(rowsFrom(9, 9).map((row) => row.thread_id));
    expect(below.next).toBeDefined();
  });
});

describe('opening a ColdSend thread', () => {
  it('reads messages and, on first sight, details before', async () => {
    const { connection, world } = open(coldsend, [json(DETAILS), json(MESSAGES)]);
    const content = await connection.feeds.open(THREAD);
    expect(content.campaign).toEqual({ id: DETAILS.campaign_id, name: 'Q1 Product Launch' });
    expect(content.mailbox).toBe('you@company.com');
    expect(content.messages.map(({ direction }) => direction)).toEqual(['outbound', 'inbound']);
    expect(content.messages[1]).toEqual({
      id: MESSAGES.messages[1]?.reply_id,
      direction: 'inbound',
      from: { email: 'jane@acme.com' },
      to: [{ email: 'you@company.com' }],
      cc: [],
      bcc: [],
      subject: 'Quick question about Acme',
      text: 'Hello',
      html: '<p>Hello</p>',
      sentAt: Date.UTC(2024, 0, 15, 14, 30, 0, 123),
      attachments: [
        {
          filename: 'deck.pdf',
          contentType: 'application/pdf',
          sizeBytes: 1024,
          url: 'https://files.example/deck.pdf',
        },
      ],
      vendor: { is_read: true, message_id: '<m2@mail.example>' },
    });
    expect(world.requests.map(({ url }) => url)).toEqual([
      `${BASE}/replies/threads/${ID}`,
      `${BASE}/replies/threads/${ID}/messages?page=1&limit=100`,
    ]);
  });

  it('saves the details call when the campaign is known', async () => {
    const { connection, world } = open(coldsend, [json(MESSAGES), json(MESSAGES)]);
    const known = await connection.feeds.open(THREAD, { campaignId: 'c-1' });
    expect(known.campaign).toEqual({ id: 'c-1', name: 'Q1 Product Launch' });
    expect(known.mailbox).toBe('you@company.com');
    const external = await connection.feeds.open({ ...THREAD, campaign: null }, { campaignId: '' });
    expect(external.campaign).toBeNull();
    expect(world.requests).toHaveLength(2);
  });

  it('does without details that are gone, and without a list of campaigns', async () => {
    const gone = { status: 404, body: '{"detail":"Not found"}' };
    const { connection } = open(coldsend, [gone, json(MESSAGES), gone]);
    const content = await connection.feeds.open(THREAD);
    expect(content.messages).toHaveLength(2);
    expect(content.campaign).toEqual({ name: 'Q1 Product Launch' });
  });

  it('reads every page of messages, sorts them and keeps each once', async () => {
    const message = (id: number) => ({
      ...MESSAGES.messages[0],
      reply_id: `m${id}`,
      created_at: `2024-01-${id}T00:00:00Z`,
    });
    const { connection, world } = open(coldsend, [
      json({ messages: [message(12), message(11)], has_next: true }),
      json({ messages: [message(12), message(10)], has_next: false }),
    ]);
    const { messages } = await connection.feeds.open(THREAD, { campaignId: '' });
    expect(messages.map(({ id }) => id)).toEqual(['m10', 'm11', 'm12']);
    expect(params(world.requests[1])).toEqual({ page: '2', limit: '100' });
  });

  it('ends when has_next is always true, and says so', async () => {
    const { connection, world } = open(coldsend, () => json({ ...MESSAGES, has_next: true }));
    expect((await connection.feeds.open(THREAD, { campaignId: '' })).messages).toHaveLength(2);
    expect(world.requests).toHaveLength(2);
    expect(world.logged).toEqual([{ event: 'coldsend.messages.cut', fields: { thread: ID, pages: 2 } }]);
  });

  it('keeps the newest pages of a thread that is too long, and says so', async () => {
    const { connection, world } = open(coldsend, (request) => {
      const page = Number(params(request).page);
      const messages = [{ ...MESSAGES.messages[0], reply_id: `m${page}` }];
      return json({ messages, total_pages: 1_000, has_next: page < 1_000 });
    });
    const { messages } = await connection.feeds.open(THREAD, { campaignId: '' });
    expect(messages).toHaveLength(50);
    expect(messages.some(({ id }) => id === 'm1000')).toBe(true);
    expect(world.logged).toHaveLength(1);
  });

  it('names a message without an id by what it says, the same at each reading', async () => {
    const messages = [
      { ...MESSAGES.messages[0], reply_id: null },
      { ...MESSAGES.messages[1], reply_id: null },
    ];
    const { connection } = open(coldsend, () => json({ messages }));
    const first = await connection.feeds.open(THREAD, { campaignId: '' });
    const second = await connection.feeds.open(THREAD, { campaignId: '' });
    expect(new Set(first.messages.map(({ id }) => id)).size).toBe(2);
    expect(second.messages).toEqual(first.messages);
  });

  it('keeps two different messages under one id', async () => {
    const messages = MESSAGES.messages.map((message) => ({ ...message, reply_id: 'same' }));
    const { connection } = open(coldsend, [json({ messages })]);
    expect((await connection.feeds.open(THREAD, { campaignId: '' })).messages).toHaveLength(2);
  });

  it('sets one bad message aside', async () => {
    const bad = { ...MESSAGES.messages[0], reply_id: 'bad', created_at: '2025-02-30T00:00:00Z' };
    const { connection } = open(coldsend, [json({ messages: [bad, MESSAGES.messages[1]] })]);
    const content = await connection.feeds.open(THREAD, { campaignId: '' });
    expect(content.messages).toHaveLength(1);
    expect(content.unreadable).toEqual([{ id: 'bad', issues: ['created_at: not a time'], place: 0 }]);
  });

  it('reads a thread from its id alone', async () => {
    const { connection } = open(coldsend, [json(DETAILS), json(MESSAGES)]);
    const { thread, content } = await connection.threads.read(ID);
    expect(thread).toMatchObject({
      id: ID,
      campaign: { id: DETAILS.campaign_id, name: 'Q1 Product Launch' },
      interested: true,
      tags: ['warm'],
      lastActivityAt: Date.UTC(2024, 0, 15, 14, 30, 0, 123),
      vendor: { ai_confidence: 0.93, is_archived: false },
    });
    expect(content.messages).toHaveLength(2);
  });
});

describe('ColdSend’s campaigns', () => {
  it('are no empty list where none of them can be read', async () => {
    const { connection } = open(coldsend, [json({ campaigns: [{ campaign_id: 7 }, null] })]);
    await expect(connection.campaigns.list()).rejects.toThrow('campaign_id: expected string');
  });

  it('are read with their own pagination', async () => {
    const page = (id: string, hasNext: boolean) =>
      json({
        campaigns: [{ campaign_id: id, name: id, status: 'PAUSED', sent_count: 5 }],
        pagination: { has_next: hasNext },
      });
    const { connection, world } = open(coldsend, [page('a', true), page('b', false)]);
    expect(await connection.campaigns.list()).toEqual([
      { id: 'a', name: 'a', status: 'paused', vendor: { sent_count: 5 } },
      { id: 'b', name: 'b', status: 'paused', vendor: { sent_count: 5 } },
    ]);
    expect(params(world.requests[1])).toEqual({ page: '2', limit: '100' });
  });

  it.each([
    ['DRAFT', 'draft'],
    ['ACTIVE', 'active'],
    ['PAUSED', 'paused'],
    ['COMPLETED', 'completed'],
    ['FAILED', 'failed'],
    ['SOMETHING_NEW', 'unknown'],
  ])('have the status %s', async (status, expected) => {
    const { connection } = open(coldsend, [json({ campaigns: [{ campaign_id: 'a', status }] })]);
    expect((await connection.campaigns.list())[0]?.status).toBe(expected);
  });

  it('end when the vendor repeats a page', async () => {
    const { connection, world } = open(coldsend, () =>
      json({ campaigns: [{ campaign_id: 'a' }], pagination: { has_next: true } }),
    );
    expect(await connection.campaigns.list()).toHaveLength(1);
    expect(world.requests).toHaveLength(2);
  });
});

describe('ColdSend’s errors', () => {
  const errors = fixture('coldsend/errors.json') as { status: number; body: unknown; kind: string }[];
  it.each(errors)('reads $status $body as $kind', async ({ status, body, kind }) => {
    const { connection } = open(coldsend, () => ({ status, body: JSON.stringify(body) }));
    expect((await failing(connection.verify())).failure.kind).toBe(kind);
  });

  it('names the scopes that are missing, in all three variants', async () => {
    for (const { status, body } of errors.filter((error) => error.kind === 'scope')) {
      const { connection } = open(coldsend, [{ status, body: JSON.stringify(body) }]);
      expect((await failing(connection.verify())).failure).toEqual({ kind: 'scope', needed: ['replies:read'] });
    }
  });

  it('names the field of a 422', async () => {
    const body = JSON.stringify({ detail: [{ loc: ['body', 'name'], msg: 'field required', type: 'x' }] });
    const { connection } = open(coldsend, [{ status: 422, body }]);
    expect((await failing(connection.verify())).message).toBe('ColdSend refused the request: name: field required.');
  });

  it('waits as the 429 says', async () => {
    const body = JSON.stringify({ detail: 'Rate limit exceeded. Retry after 90 seconds.' });
    const { connection } = open(coldsend, [{ status: 429, body }]);
    expect((await failing(connection.verify())).failure).toEqual({ kind: 'throttled', retryAfterMs: 90_000 });
    expect(connection.budget.available()).toBe(0);
    expect(connection.budget.waitMs()).toBe(90_000);
  });

  it('says the cheapest thing to ask is one row', async () => {
    const { connection, world } = open(coldsend, [list([])]);
    expect(await connection.verify()).toEqual({});
    expect(params(world.requests[0])).toEqual({ page: '1', limit: '1' });
  });
});

describe('replying on ColdSend', () => {
  it('sends the documented bodies', async () => {
    const { connection, world } = open(coldsend, () => json(fixture('coldsend/reply-answer.json')));
    const sample = fixture('coldsend/reply-request.json') as { body: string; html_body: string };
    expect(await posted(connection.replies, { ...draft, text: sample.body, html: sample.html_body })).toEqual({});
    const plain = fixture('coldsend/reply-request-text.json') as { body: string };
    await posted(connection.replies, { ...draft, text: plain.body });
    expect(world.requests.map(({ method, url, body }) => [method, url, JSON.parse(body ?? '')])).toEqual([
      ['POST', `${BASE}/replies/threads/${ID}/reply`, sample],
      ['POST', `${BASE}/replies/threads/${ID}/reply`, plain],
    ]);
  });

  it('sends files and returns the vendor’s message id', async () => {
    const { connection, world } = open(coldsend, [json({ success: true, message_id: 'm1' })]);
    const attachments = [{ filename: 'a.txt', contentType: 'text/plain', contentBase64: 'aGk=' }];
    expect(await posted(connection.replies, { ...draft, attachments })).toEqual({ messageId: 'm1' });
    expect(JSON.parse(world.requests[0]?.body ?? '').attachments).toEqual([
      { filename: 'a.txt', content_type: 'text/plain', content_base64: 'aGk=' },
    ]);
  });

  it('refuses what the vendor cannot, before anything leaves', async () => {
    const { connection, world } = open(coldsend, []);
    const file = { filename: 'a', contentType: 'text/plain', contentBase64: 'aGk=' };
    const big = { ...file, contentBase64: 'A'.repeat(15_000_000) };
    const cases: [Partial<typeof draft> & object, string][] = [
      [{ cc: ['a@b.example'] as never[] }, 'ColdSend does not offer cc and bcc on replies.'],
      [
        { attachments: Array(6).fill(file) as never[] },
        'ColdSend refused the request: at most 5 attachments are taken.',
      ],
      [
        { attachments: [big] as never[] },
        'ColdSend refused the request: the attachments are larger than 10 MB together.',
      ],
      [
        { attachments: [{ filename: 'a', contentType: 'x', url: 'https://f.example' }] as never[] },
        'ColdSend refused the request: attachments are taken as files, not by URL.',
      ],
    ];
    for (const [change, message] of cases) {
      expect((await failing(posted(connection.replies, { ...draft, ...change }))).message).toBe(message);
    }
    expect(world.requests).toEqual([]);
  });

  it('says what else a reply does', () => {
    expect(open(coldsend, []).connection.replies.sideEffect).toContain('follow-ups');
  });
});

/** A thread whose star and read mark can be seen and changed, with answers that go astray. */
function markable(
  start: { starred: boolean; read: boolean },
  lose: (nth: number) => Reply | undefined = () => undefined,
) {
  const state = { ...start, patches: 0 };
  const opened = open(coldsend, ({ method, url }) => {
    if (method === 'GET') return json({ ...DETAILS, is_starred: state.starred, is_read: state.read });
    state.patches += 1;
    if (url.endsWith('/star')) state.starred = !state.starred;
    else state.read = true;
    return lose(state.patches) ?? json({ success: true, is_starred: state.starred });
  });
  return { ...opened, state };
}

const capability = <Name extends keyof Capabilities>(opened: ReturnType<typeof markable>, name: Name) =>
  need(opened.connection, name);

describe('ColdSend’s star, a toggle made a setter', () => {
  it('leaves what is right alone', async () => {
    const opened = markable({ starred: true, read: false });
    expect(await capability(opened, 'stars').setStarred(ID, true)).toBe(true);
    expect(opened.state.patches).toBe(0);
  });

  it.each([true, false])('sets it to %s with one toggle, without a body', async (wanted) => {
    const opened = markable({ starred: !wanted, read: false });
    expect(await capability(opened, 'stars').setStarred(ID, wanted)).toBe(wanted);
    expect(opened.state).toMatchObject({ starred: wanted, patches: 1 });
    expect(opened.world.requests.at(-1)?.body).toBeUndefined();
  });

  it('reads again when the answer is lost, instead of toggling twice', async () => {
    const opened = markable({ starred: false, read: false }, () => ({ status: 500 }));
    expect(await capability(opened, 'stars').setStarred(ID, true)).toBe(true);
    expect(opened.state).toMatchObject({ starred: true, patches: 1 });
  });

  it('stops after three rounds and tells the state seen last', async () => {
    const opened = open(coldsend, ({ method }) =>
      json(method === 'GET' ? DETAILS : { success: true, is_starred: false }),
    );
    expect(await need(opened.connection, 'stars').setStarred(ID, true)).toBe(false);
    expect(opened.world.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(3);
  });

  it('passes on a clear refusal', async () => {
    const opened = markable({ starred: false, read: false }, () => ({ status: 403, body: '{"detail":"no"}' }));
    expect((await failing(capability(opened, 'stars').setStarred(ID, true))).failure.kind).toBe('scope');
  });
});

describe('ColdSend’s read mark', () => {
  it('is set by one PATCH without a body, then checked', async () => {
    const opened = markable({ starred: false, read: false });
    expect(await capability(opened, 'readMarks').setRead(ID, true)).toBe(true);
    expect(opened.world.requests.map(({ method, body }) => [method, body])).toEqual([
      ['GET', undefined],
      ['PATCH', undefined],
      ['GET', undefined],
    ]);
  });

  it('tells when the vendor ignored an unread', async () => {
    const opened = markable({ starred: false, read: true });
    expect(await capability(opened, 'readMarks').setRead(ID, false)).toBe(true);
    expect(opened.state.patches).toBe(1);
  });

  it('leaves what is right alone, and checks after a lost answer', async () => {
    const opened = markable({ starred: false, read: false }, () => ({ status: 502 }));
    expect(await capability(opened, 'readMarks').setRead(ID, true)).toBe(true);
    expect(await capability(opened, 'readMarks').setRead(ID, true)).toBe(true);
    expect(opened.state.patches).toBe(1);
  });
});
