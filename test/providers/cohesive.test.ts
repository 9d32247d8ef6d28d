import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../shared/failure.ts';
import type { Campaign, Thread } from '../../shared/model.ts';
import { need } from '../../shared/provider.ts';
import { cohesive } from '../../shared/providers/cohesive/index.ts';
import { conversationOf, threadId, threadKey } from '../../shared/providers/cohesive/thread-id.ts';
import { open, posted } from './connect.ts';
import { fixture, json, params } from './scripted.ts';

const CAMPAIGNS = fixture('cohesive/campaigns.json') as Record<string, unknown>[];
const REPLIES = fixture('cohesive/inbox-replies.json') as [Record<string, unknown>];
const CONVERSATION = fixture('cohesive/conversation.json') as {
  history: [Record<string, unknown>, Record<string, unknown>];
};
const [SENT, REPLY] = CONVERSATION.history;
const BASE = 'https://getcohesiveai.com/api';
const ID = threadId({ campaignId: 'camp_1', leadEmail: 'Jane+news@Example.com' });
const FEED = {
  id: 'camp_1',
  campaign: { id: 'camp_1', name: 'Active', status: 'active', vendor: {} } satisfies Campaign,
};
const THREAD: Thread = {
  id: ID,
  key: threadKey({ campaignId: 'camp_1', leadEmail: 'Jane+news@Example.com' }),
  campaign: { id: 'camp_1', name: 'Active' },
  lead: { email: 'Jane+news@Example.com', name: 'Jane Doe' },
  box: 'reply',
  interested: true,
  tags: ['demo'],
  preview: 'Wants a demo',
  lastActivityAt: 1736937000000,
  vendor: {},
};
const draft = { threadId: ID, html: '<p>Hi</p>', text: 'Hi', cc: [], bcc: [], attachments: [] };

async function failing(run: Promise<unknown>) {
  const error = await run.catch((thrown: unknown) => thrown);
  if (!(error instanceof ProviderError)) throw error;
  return error;
}

const conversation = (...history: readonly unknown[]) => json({ ...CONVERSATION, history });

describe('a Cohesive thread id', () => {
  it.each([
    'jane@example.com',
    'Jane+x@Example.com',
    'bücher@exämple.de',
    'a/b?c=d&e@f.example',
    '"odd name"@x.example',
  ])('survives the round trip for %s', (leadEmail) => {
    const names = { campaignId: 'camp/ünï', leadEmail };
    expect(threadId(names)).toMatch(/^[\w-]+$/);
    expect(conversationOf(threadId(names))).toEqual(names);
  });

  it('has one key whatever the letter case of the address', () => {
    const key = (leadEmail: string) => threadKey({ campaignId: 'c', leadEmail });
    expect(key('Jane@Example.com')).toBe(key('jane@example.com'));
  });

  it('has one key in either letter case of a campaign whose id is a number, and in no other', () => {
    const key = (campaignId: string) => threadKey({ campaignId, leadEmail: 'jane@example.com' });
    const campaign = '8706c4eb-a087-4c6c-9a54-1e0d6c7c1a2b';
    expect(key(campaign.toUpperCase())).toBe(key(campaign));
    expect(key(campaign)).toBe(Buffer.from(JSON.stringify([campaign, 'jane@example.com'])).toString('base64url'));
    expect(key('Spring')).not.toBe(key('spring'));
  });

  it.each([
    '',
    'x',
    '%%%',
    'e30',
    Buffer.from('["a"]').toString('base64url'),
    Buffer.from('["",""]').toString('base64url'),
  ])('refuses %j as unknown', async (id) => {
    const { connection, world } = open(cohesive, []);
    expect((await failing(connection.threads.read(id))).failure.kind).toBe('not-found');
    expect(world.requests).toEqual([]);
  });
});

describe('what Cohesive answers in a form of its own', () => {
  it.each([{}, { message: 'Unauthorized' }, { data: CONVERSATION }, null])(
    'is no empty conversation: %j',
    async (body) => {
      const { connection } = open(cohesive, [json(body)]);
      expect((await failing(connection.threads.content(ID))).failure.kind).toBe('wire');
    },
  );

  it('may be a conversation of nothing', async () => {
    const { connection } = open(cohesive, [json({ ...CONVERSATION, history: null })]);
    expect((await connection.threads.content(ID)).messages).toEqual([]);
  });
});

describe('Cohesive’s campaigns', () => {
  it('are each listed once', async () => {
    const { connection } = open(cohesive, [json([...CAMPAIGNS, ...CAMPAIGNS])]);
    expect(await connection.campaigns.list()).toHaveLength(CAMPAIGNS.length);
  });

  it('are no empty list where none of them can be read', async () => {
    const { connection } = open(cohesive, [json([{ id: 7 }, null])]);
    expect((await failing(connection.campaigns.list())).message).toContain('id: expected string');
  });

  it('have the six documented statuses', async () => {
    const { connection } = open(cohesive, [json(CAMPAIGNS)]);
    const listed = await connection.campaigns.list();
    expect(listed.map(({ status }) => status)).toEqual([
      'active',
      'draft',
      'completed',
      'stopped',
      'paused',
      'archived',
    ]);
    expect(listed[0]?.vendor).toEqual({
      createdAt: 1736899200000,
      updatedAt: 1736985600000,
      creationStatus: 'COMPLETED',
    });
  });

  it('make a feed each but for drafts, or just the ones named', async () => {
    const { connection } = open(cohesive, () => json(CAMPAIGNS));
    expect((await connection.feeds.feeds(['*'])).map(({ id }) => id)).toEqual([
      'camp_1',
      'camp_3',
      'camp_4',
      'camp_5',
      'camp_6',
    ]);
    const named = await connection.feeds.feeds(['camp_2', 'gone']);
    expect(named.map(({ campaign }) => campaign?.status)).toEqual(['draft', 'unknown']);
  });

  it('warn at connecting when there are none: a wrong key may read so', async () => {
    const { connection } = open(cohesive, [json([]), json(CAMPAIGNS)]);
    expect(await connection.verify()).toEqual({ warning: expect.stringContaining('API key') });
    expect(await connection.verify()).toEqual({});
  });
});

describe('Cohesive’s inbox', () => {
  it('maps a row', async () => {
    const date = 'Mon, 20 Jan 2025 12:00:00 GMT';
    const { connection, world } = open(cohesive, [json(REPLIES, { date })]);
    const page = (await connection.feeds.rows(FEED, { rows: 100, interested: true })).page();
    const next = expect.any(String);
    expect(page).toEqual({ rows: [THREAD], unreadable: [], received: 1, date: Date.parse(date), next });
    expect(world.requests[0]?.url).toBe(`${BASE}/camp_1/inbox/replies?offset=0&isInterested=true`);
    expect(connection.feeds).toMatchObject({ pageRowsMax: 0, interestedScanMs: 1_800_000 });
  });

  it.each(['data', 'items', 'results', 'replies', 'conversations', 'emails', 'inbox', 'messages'])(
    'finds the list under %s',
    async (key) => {
      const { connection } = open(cohesive, [json({ [key]: REPLIES, total: 1 })]);
      expect((await connection.feeds.rows(FEED, { rows: 1 })).page().rows).toEqual([THREAD]);
    },
  );

  it.each([null, { replies: null }])('takes %j for an empty list', async (body) => {
    const { connection } = open(cohesive, [json(body)]);
    const page = (await connection.feeds.rows(FEED, { rows: 1 })).page();
    expect(page).toMatchObject({ rows: [], received: 0 });
  });

  it.each([{}, { rows: [] }, 'none', 7])('takes %j for an error, never for an empty list', async (body) => {
    const { connection } = open(cohesive, [json(body)]);
    expect((await failing(connection.feeds.rows(FEED, { rows: 1 }).then((answer) => answer.page()))).failure.kind).toBe(
      'wire',
    );
  });

  it.each([1736937000000, 1736937000, '1736937000000', '2025-01-15T10:30:00Z'])(
    'reads lastTimestamp %s',
    async (lastTimestamp) => {
      const { connection } = open(cohesive, [json([{ ...REPLIES[0], lastTimestamp }])]);
      const [row] = (await connection.feeds.rows(FEED, { rows: 1 })).page().rows;
      expect(row?.lastActivityAt).toBe(1736937000000);
    },
  );

  it('sets a row without a lead aside under an id that holds nothing of it', async () => {
    const { connection } = open(cohesive, [json([{ ...REPLIES[0], leadEmail: 42 }, REPLIES[0]])]);
    const page = (await connection.feeds.rows(FEED, { rows: 1 })).page();
    expect(page.rows).toHaveLength(1);
    expect(page.unreadable).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        issues: ['leadEmail: expected string'],
        place: 0,
        at: Date.UTC(2025, 0, 15, 10, 30),
      },
    ]);
  });

  it('takes a row whose time cannot be read to be as old as its neighbour, and sees it change', async () => {
    const untimed = { ...REPLIES[0], leadEmail: 'joe@example.com', lastTimestamp: 'soon' };
    const { connection } = open(cohesive, [
      json([untimed, REPLIES[0]]),
      json([{ ...untimed, tagline: 'changed' }, REPLIES[0]]),
    ]);
    const first = (await connection.feeds.rows(FEED, { rows: 1 })).page().rows;
    const second = (await connection.feeds.rows(FEED, { rows: 1 })).page().rows;
    expect(first[0]?.lastActivityAt).toBe(first[1]?.lastActivityAt);
    expect(second[0]?.changeHint).not.toBe(first[0]?.changeHint);
  });

  it.each([
    [true, 1],
    [undefined, 1],
    [false, 0],
  ])('takes of a filter that lists everything no row that says isInterested %s', async (isInterested, rows) => {
    const { connection } = open(cohesive, [json([{ ...REPLIES[0], isInterested }])]);
    const page = (await connection.feeds.rows(FEED, { rows: 1, interested: true })).page();
    expect(page.rows).toHaveLength(rows);
  });

  it('does without everything but lead and time', async () => {
    const { connection } = open(cohesive, [
      json([{ leadEmail: 'a@b.example', lastTimestamp: 1736937000000, tags: null }]),
    ]);
    expect((await connection.feeds.rows(FEED, { rows: 1 })).page().rows[0]).toMatchObject({
      interested: false,
      tags: [],
    });
  });

  it('sends every documented filter of a list', async () => {
    const { connection, world } = open(cohesive, () => json([]));
    await connection.threads.list({ campaign: 'camp_1', interested: false, search: 'a c', sort: 'date' });
    await need(connection, 'sent').list({ campaign: 'camp_1', search: 'acme', sort: 'date' });
    expect(world.requests.map(({ url }) => url)).toEqual([
      `${BASE}/camp_1/inbox/replies?offset=0&sortBy=date&search=a%20c&isInterested=false`,
      `${BASE}/camp_1/inbox/all?offset=0&sortBy=date&search=acme`,
    ]);
  });

  it('maps the two intents it has and refuses others in a sentence', async () => {
    const { connection, world } = open(cohesive, () => json([]));
    await connection.threads.list({ campaign: 'c', intent: 'Interested' });
    await connection.threads.list({ campaign: 'c', intent: 'not interested' });
    expect(world.requests.map((request) => params(request).isInterested)).toEqual(['true', 'false']);
    const other = await failing(connection.threads.list({ campaign: 'c', intent: 'meeting' }));
    expect(other.message).toBe('Cohesive refused the request: the only intents are interested and not_interested.');
    expect((await failing(connection.threads.list({ starred: true }))).message).toBe('Cohesive does not offer stars.');
    expect((await failing(connection.threads.list({ unread: true }))).message).toBe(
      'Cohesive does not offer a read state.',
    );
  });

  it('lists sent mail as such', async () => {
    const { connection } = open(cohesive, [json(fixture('cohesive/inbox-all.json'))]);
    expect((await need(connection, 'sent').list({ campaign: 'camp_1' })).threads[0]).toMatchObject({ box: 'sent' });
  });
});

describe('walking Cohesive’s lists', () => {
  const row = (lead: string) => ({ ...REPLIES[0], leadEmail: `${lead}@example.com` });

  async function walk(answer: (campaign: string, offset: number) => unknown[], campaign?: string) {
    const { connection, world } = open(cohesive, (request) => {
      const { pathname } = new URL(request.url);
      if (pathname.endsWith('/campaigns')) return json(CAMPAIGNS);
      return json(answer(pathname.split('/')[2] ?? '', Number(params(request).offset)));
    });
    const leads: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await connection.threads.list(campaign === undefined ? {} : { campaign }, cursor);
      leads.push(...page.threads.map(({ lead }) => lead.email));
      cursor = page.cursor;
      pages += 1;
    } while (cursor !== undefined && pages < 50);
    return { leads, pages, requests: world.requests.length };
  }

  it('goes through every campaign but drafts, by the rows received', async () => {
    const { leads } = await walk((campaign, offset) =>
      [row(`${campaign}-a`), row(`${campaign}-b`), row(`${campaign}-c`)].slice(offset, offset + 2),
    );
    expect(leads).toHaveLength(15);
    expect(new Set(leads).size).toBe(15);
    expect(leads).not.toContain('camp_2-a@example.com');
  });

  it('ends when the vendor ignores the offset', async () => {
    const { leads, pages } = await walk(() => [row('a'), row('b')], 'camp_1');
    expect(leads).toEqual(['a@example.com', 'b@example.com']);
    expect(pages).toBe(2);
  });

  it('skips a campaign that went, but not one asked for', async () => {
    const { connection } = open(cohesive, ({ url }) =>
      url.endsWith('/campaigns')
        ? json(CAMPAIGNS.slice(0, 1))
        : { status: 404, body: '{"error":"Campaign not found"}' },
    );
    expect(await connection.threads.list({})).toEqual({ threads: [], unreadable: [] });
    expect((await failing(connection.threads.list({ campaign: 'camp_1' }))).failure.kind).toBe('not-found');
  });

  it('refuses a cursor of another list', async () => {
    const { connection } = open(cohesive, [json([row('a')])]);
    const { cursor } = await connection.threads.list({ campaign: 'camp_1' });
    expect((await failing(connection.threads.list({ campaign: 'camp_2' }, cursor))).failure.kind).toBe('invalid');
    expect((await failing(connection.threads.list({}, 'bogus'))).failure.kind).toBe('invalid');
  });
});

describe('opening a Cohesive thread', () => {
  it('maps the conversation, asking for the lead letter by letter', async () => {
    const { connection, world } = open(cohesive, [json(CONVERSATION)]);
    const content = await connection.feeds.open(THREAD);
    expect(world.requests[0]?.url).toBe(`${BASE}/camp_1/conversation?leadEmail=Jane%2Bnews%40Example.com`);
    expect(content).toMatchObject({
      campaign: { id: 'camp_1', name: 'Active' },
      mailbox: 'you@company.com',
      unreadable: [],
    });
    expect(content.messages[1]).toEqual({
      id: '<reply1@mail.example>',
      direction: 'inbound',
      from: { email: 'jane+news@example.com', name: 'Jane Doe' },
      to: [{ email: 'you@company.com' }],
      cc: [{ email: 'boss@example.com' }],
      bcc: [],
      subject: 'Re: Hello',
      html: '<p>Original message</p>',
      sentAt: Date.UTC(2025, 0, 15, 10, 30),
      attachments: [{ filename: 'deck.pdf', contentType: 'application/pdf', url: 'https://files.example/deck.pdf' }],
      vendor: {
        type: 'REPLY',
        statsId: 'stat_123',
        campaignId: 'camp_1',
        emailSequenceNumber: null,
        openCount: null,
        clickCount: null,
      },
    });
  });

  it('says of a message that names another campaign which thread of the lead is its own', async () => {
    const { connection } = open(cohesive, [conversation({ ...REPLY, campaignId: 'camp_2' })]);
    const names = { campaignId: 'camp_2', leadEmail: 'Jane+news@Example.com' };
    expect((await connection.feeds.open(THREAD)).messages[0]?.belongsTo).toEqual({
      campaign: 'camp_2',
      id: threadId(names),
      key: threadKey(names),
    });
  });

  it.each([
    ['its own', 'camp_1'],
    ['none', undefined],
    ['an empty one', ''],
    ['what is no text', 7],
  ])('says so of no message that names %s', async (_name, campaignId) => {
    const { connection } = open(cohesive, [conversation({ ...REPLY, campaignId })]);
    expect((await connection.feeds.open(THREAD)).messages[0]).not.toHaveProperty('belongsTo');
  });

  it.each([
    ['the lead', { from: 'JANE+news@example.com', type: undefined }, 'inbound'],
    ['a colleague of the lead', { from: 'boss@example.com', type: 'REPLY' }, 'inbound'],
    ['an alias without a type', { from: 'jane@alias.example', type: undefined }, 'inbound'],
    ['our mailbox without a type', { from: 'You <YOU@company.com>', type: undefined }, 'outbound'],
    ['our mailbox, by hand', { from: 'you@company.com', type: null }, 'outbound'],
    ['an alias that fromEmail names', { from: 'you@company.com', type: 'REPLY' }, 'inbound'],
    ['another mailbox of ours', { from: 'second@company.com', type: 'sent' }, 'outbound'],
    ['an alias that fromEmail names, as INBOUND', { from: 'you@company.com', type: 'INBOUND' }, 'inbound'],
    ['an alias that fromEmail names, as lead_reply', { from: 'you@company.com', type: 'lead_reply' }, 'inbound'],
    ['an alias that fromEmail names, as Received', { from: 'you@company.com', type: 'Received' }, 'inbound'],
    ['another mailbox, as EMAIL_OUTBOUND', { from: 'second@company.com', type: 'EMAIL_OUTBOUND' }, 'outbound'],
    ['our mailbox, as MANUAL_REPLY', { from: 'you@company.com', type: 'MANUAL_REPLY' }, 'outbound'],
    ['a word that says both', { from: 'you@company.com', type: 'SENT_REPLY' }, 'outbound'],
    [
      'another mailbox, to the lead alone',
      { from: 'second@company.com', to: 'Jane+news@Example.com', type: 'EMAIL' },
      'outbound',
    ],
    [
      'a colleague, to us and the lead',
      { from: 'boss@example.com', to: 'you@company.com, Jane+news@Example.com', type: 'EMAIL' },
      'inbound',
    ],
  ])('tells the direction of a message from %s', async (_name, fields, expected) => {
    const { connection } = open(cohesive, [conversation({ ...REPLY, ...fields })]);
    expect((await connection.feeds.open(THREAD)).messages[0]?.direction).toBe(expected);
  });

  it('is not fooled when fromEmail names the lead', async () => {
    const flipped = { fromEmail: 'Jane+news@Example.com', toEmail: 'you@company.com', history: [SENT, REPLY] };
    const { connection } = open(cohesive, [json(flipped)]);
    const content = await connection.feeds.open(THREAD);
    expect(content.mailbox).toBe('you@company.com');
    expect(content.messages.map(({ direction }) => direction)).toEqual(['outbound', 'inbound']);
  });

  it('goes by the type when a campaign is tried out on oneself', async () => {
    const me = 'Jane+news@Example.com';
    const history = [
      { ...SENT, from: me },
      { ...REPLY, from: me },
    ];
    const { connection } = open(cohesive, [json({ fromEmail: me, toEmail: me, history })]);
    const { messages } = await connection.feeds.open(THREAD);
    expect(messages.map(({ direction }) => direction)).toEqual(['outbound', 'inbound']);
  });

  it('keeps messages that share a statsId apart', async () => {
    const { connection } = open(cohesive, [json(CONVERSATION)]);
    const { messages } = await connection.feeds.open(THREAD);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(2);
  });

  it('names a message without an id by what it says', async () => {
    const { connection } = open(cohesive, () =>
      conversation({ ...REPLY, id: undefined }, { ...REPLY, id: '', subject: 'Other' }),
    );
    const first = (await connection.feeds.open(THREAD)).messages.map(({ id }) => id);
    expect(new Set(first).size).toBe(2);
    expect((await connection.feeds.open(THREAD)).messages.map(({ id }) => id)).toEqual(first);
  });

  it('sorts by time and sets aside a message without a readable one', async () => {
    const { connection } = open(cohesive, [conversation(REPLY, SENT, { ...REPLY, id: 'bad', time: '15/01/2025' })]);
    const content = await connection.feeds.open(THREAD);
    expect(content.messages.map(({ direction }) => direction)).toEqual(['outbound', 'inbound']);
    expect(content.unreadable).toEqual([{ id: 'bad', issues: ['time: not a time'], place: 2 }]);
  });

  it('reads a thread from its id alone, labels from the vendor’s own search', async () => {
    const { connection, world } = open(cohesive, [json(CONVERSATION), json(REPLIES)]);
    const { thread } = await connection.threads.read(ID);
    expect(thread).toMatchObject({ id: ID, subject: 'Hello', interested: true, tags: ['demo'] });
    expect(params(world.requests[1])).toEqual({ offset: '0', search: 'Jane+news@Example.com' });
  });

  it('reads a thread that no list shows, and misses one that is not there', async () => {
    const { connection } = open(cohesive, [json(CONVERSATION), json([]), conversation(), json([])]);
    expect((await connection.threads.read(ID)).thread).toMatchObject({ box: 'reply', interested: false });
    expect((await failing(connection.threads.read(ID))).failure.kind).toBe('not-found');
  });
});

describe('acting on Cohesive', () => {
  it('answers the newest inbound message with every field of the documented body', async () => {
    const { connection, world } = open(cohesive, [json(CONVERSATION), json(fixture('cohesive/sent-answer.json'))]);
    const files = [{ url: 'https://f.example/a.pdf', filename: 'a.pdf', contentType: 'application/pdf' }];
    expect(
      await posted(connection.replies, { ...draft, cc: ['a@b.example', 'c@d.example'], attachments: files }),
    ).toEqual({});
    const body = JSON.parse(world.requests[1]?.body ?? '');
    expect(Object.keys(body).sort()).toEqual(Object.keys(fixture('cohesive/reply-request.json') as object).sort());
    expect(world.requests[1]).toMatchObject({ method: 'POST', url: `${BASE}/camp_1/reply` });
    expect(body).toEqual({
      senderEmail: 'you@company.com',
      replyEmailBody: '<p>Hi</p>',
      originalEmailStatsId: 'stat_123',
      originalEmailMessageId: '<reply1@mail.example>',
      originalEmailTime: '2025-01-15T10:30:00Z',
      originalEmailBody: '<p>Original message</p>',
      cc: 'a@b.example,c@d.example',
      bcc: null,
      leadEmail: 'Jane+news@Example.com',
      messageId: '<reply1@mail.example>',
      attachments: files,
    });
  });

  it.each([
    ['the newest message of its campaign', 'camp_1', '<reply1@mail.example>'],
    ['one of another campaign where it has none', 'camp_2', '<newer@mail.example>'],
  ])('answers %s', async (_name, campaignId, answered) => {
    const newer = { ...REPLY, id: '<newer@mail.example>', time: '2025-01-16T10:30:00Z', campaignId: 'camp_2' };
    const history = CONVERSATION.history.map((message) => ({ ...message, campaignId }));
    const { connection, world } = open(cohesive, [conversation(...history, newer), json({ message: 'ok' })]);
    await posted(connection.replies, draft);
    expect(JSON.parse(world.requests[1]?.body ?? '').originalEmailMessageId).toBe(answered);
  });

  it('forwards with every field of the documented body', async () => {
    const { connection, world } = open(cohesive, [json(CONVERSATION), json({ message: 'ok' })]);
    const to = ['team@company.com', 'manager@company.com'];
    await posted(need(connection, 'forwards'), { threadId: ID, to, cc: [], bcc: ['x@y.example'], attachments: [] });
    expect(world.requests[1]).toMatchObject({ method: 'POST', url: `${BASE}/camp_1/forward` });
    expect(JSON.parse(world.requests[1]?.body ?? '')).toEqual({
      ...(fixture('cohesive/forward-request.json') as object),
      bcc: 'x@y.example',
      leadEmail: 'Jane+news@Example.com',
      messageId: '<reply1@mail.example>',
    });
  });

  it('answers from the mailbox the lead wrote to', async () => {
    const second = { ...SENT, from: 'second@company.com', id: '<s2>' };
    const { connection, world } = open(cohesive, [
      conversation(SENT, second, { ...REPLY, to: 'second@company.com' }),
      json({ message: 'ok' }),
    ]);
    await posted(connection.replies, draft);
    expect(JSON.parse(world.requests[1]?.body ?? '').senderEmail).toBe('second@company.com');
  });

  it('answers the newest message where there is no inbound one', async () => {
    const { connection, world } = open(cohesive, [conversation(SENT), json({ message: 'ok' })]);
    await posted(connection.replies, draft);
    expect(JSON.parse(world.requests[1]?.body ?? '')).toMatchObject({
      messageId: '<step1@mail.example>',
      senderEmail: 'you@company.com',
    });
  });

  it('refuses before anything leaves', async () => {
    const { connection, world } = open(cohesive, () => conversation({ ...REPLY, statsId: null }));
    const file = { filename: 'a', contentType: 'x', contentBase64: 'aGk=' };
    const run = [
      posted(connection.replies, draft),
      posted(connection.replies, { ...draft, attachments: [file] }),
      posted(connection.replies, { ...draft, cc: ['ok@b.example', 'x@y.example\r\nBcc: evil@z.example'] }),
      posted(need(connection, 'forwards'), { threadId: ID, to: [], cc: [], bcc: [], attachments: [] }),
    ];
    expect((await Promise.all(run.map(failing))).map(({ message }) => message)).toEqual([
      'Cohesive refused the request: the thread has no message with the ids that an answer must name.',
      'Cohesive refused the request: attachments are taken by public URL, not as files.',
      'Cohesive refused the request: cc number 2 is not a bare e-mail address.',
      'Cohesive refused the request: at least one recipient is needed.',
    ]);
    expect(world.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('says of a 500 and of a 200 without a word that the mail may have gone out', async () => {
    for (const answer of [
      { status: 500, body: '{"error":"An unexpected error occurred"}' },
      json({}),
      { body: '<html>' },
    ]) {
      const { connection, world } = open(cohesive, ({ method }) => (method === 'GET' ? json(CONVERSATION) : answer));
      expect((await failing(posted(connection.replies, draft))).failure).toMatchObject({ mayHaveHappened: true });
      expect(world.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
    }
  });
});

describe('Cohesive’s errors', () => {
  const errors = fixture('cohesive/errors.json') as { status: number; body: unknown; kind: string }[];
  it.each(errors)('reads $status $body as $kind', async ({ status, body, kind }) => {
    const { connection } = open(cohesive, () => ({ status, body: JSON.stringify(body) }));
    expect((await failing(connection.verify())).failure.kind).toBe(kind);
  });

  it('reads an HTML 404 as not found', async () => {
    const { connection } = open(cohesive, [{ status: 404, body: '<!doctype html>' }]);
    expect((await failing(connection.verify())).failure.kind).toBe('not-found');
  });

  it('obeys a 429 though no limit is documented', async () => {
    const { connection, world } = open(cohesive, [{ status: 429, headers: { 'retry-after': '30' } }]);
    expect(connection.budget.available()).toBe(Number.POSITIVE_INFINITY);
    await failing(connection.verify());
    expect((await failing(connection.verify())).failure).toEqual({ kind: 'throttled', retryAfterMs: 30_000 });
    expect(world.requests).toHaveLength(1);
  });
});
