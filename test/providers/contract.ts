import { describe, expect, it } from 'vitest';
import type { Switches } from '../../sandbox/switches.ts';
import { ProviderError } from '../../shared/failure.ts';
import { cameAt, type Thread } from '../../shared/model.ts';
import {
  type CapabilityName,
  type Feed,
  need,
  type Provider,
  type RowPage,
  type RowQuery,
  type ThreadQuery,
} from '../../shared/provider.ts';
import { posted } from './connect.ts';
import { AWKWARD_LEADS, NOW, type Sandboxed, sandboxed } from './sandboxed.ts';

const NAMES: readonly CapabilityName[] = [
  'campaigns',
  'feeds',
  'threads',
  'sent',
  'replies',
  'forwards',
  'stars',
  'readMarks',
];

async function failing(run: Promise<unknown>): Promise<ProviderError> {
  const error = await run.then(
    (value) => new Error(`should have failed, gave ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProviderError)) throw error;
  return error;
}

async function allThreads({ connection }: Sandboxed, query: ThreadQuery = {}): Promise<readonly Thread[]> {
  const threads: Thread[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const page = await connection.threads.list(query, cursor);
    threads.push(...page.threads);
    cursor = page.cursor;
    pages += 1;
  } while (cursor !== undefined && pages < 100);
  expect(pages).toBeLessThan(100);
  return threads;
}

async function firstFeed({ connection }: Sandboxed) {
  const [feed] = await connection.feeds.feeds(['*']);
  if (!feed) throw new Error('the sandbox shows no feed');
  return feed;
}

/** Fewer than there are threads. */
const SMALL_PAGE = 2;
const PAGES_MAX = 20;

/** The pages of a feed from one of them on, to the provider's own end. */
async function pagesFrom(
  { connection }: Sandboxed,
  feed: Feed,
  query: Partial<RowQuery> = {},
): Promise<readonly RowPage[]> {
  const pages: RowPage[] = [];
  for (let { position } = query; pages.length < PAGES_MAX; position = pages.at(-1)?.next) {
    if (pages.length > 0 && position === undefined) return pages;
    const at = position === undefined ? {} : { position };
    pages.push((await connection.feeds.rows(feed, { rows: SMALL_PAGE, ...query, ...at })).page());
  }
  throw new Error('the list has no end');
}

/** A row as it is told from others: a list of messages names a thread once for each. */
const nameOf = ({ key, lastActivityAt }: Thread) => `${key} ${lastActivityAt}`;

const leadsOf = (pages: readonly RowPage[]) => pages.flatMap(({ rows }) => rows.map(({ lead }) => lead.email));

/** The leads of a page that shows no row twice. */
function leadsOn(page: RowPage): ReadonlySet<string> {
  expect(new Set(page.rows.map(nameOf)).size).toBe(page.rows.length);
  return new Set(leadsOf([page]));
}

function removeLead({ world }: Sandboxed, leadEmail: string): void {
  for (const thread of [...world.threads.values()]) if (thread.leadEmail === leadEmail) world.removeThread(thread.id);
}

const draft = (threadId: string) => ({ threadId, html: '<p>Hi</p>', text: 'Hi', cc: [], bcc: [], attachments: [] });

function offers(provider: Provider): void {
  it('gives exactly the capabilities it says it supports', () => {
    const { connection } = sandboxed(provider);
    for (const name of NAMES) expect(name in connection).toBe(provider.supports.has(name));
    for (const name of NAMES.filter((one) => !provider.supports.has(one)))
      expect(() => need(connection, name)).toThrow(`${provider.label} does not offer ${name}.`);
    const { id, label, labels } = provider;
    expect(connection.provider).toEqual({ id, label, ...(labels && { labels }) });
  });

  it('connects with a good key and shows a bad one', async () => {
    const open = sandboxed(provider);
    expect(await open.connection.verify()).toEqual({});
    const bad = await open
      .connect('cs_live_wrong')
      .verify()
      .catch((error: unknown) => error);
    if (bad instanceof ProviderError) expect(bad.failure.kind).toBe('auth');
    else expect(bad).toHaveProperty('warning');
  });
}

type Fault = readonly [string, Partial<Switches>, string];

const FAULTS: readonly Fault[] = [
  ['429', { throttledRate: 1, throttledSeconds: 30, throttledSignal: 'retry-after' }, 'throttled'],
  ['429 in prose', { throttledRate: 1 }, 'throttled'],
  ['500', { errorRate: 1 }, 'unavailable'],
  ['503', { errorRate: 1, errorStatus: 503 }, 'unavailable'],
  ['a refused connection', { refusedRate: 1 }, 'unavailable'],
  ['a reset', { resetBeforeRate: 1 }, 'unavailable'],
  ['an HTML page', { htmlRate: 1 }, 'wire'],
  ['half an answer', { truncatedRate: 1 }, 'wire'],
];

function fails(provider: Provider): void {
  it.each(FAULTS)('reads %s for what it is, whatever is asked', async (_name, change, kind) => {
    const open = sandboxed(provider);
    const [thread] = await allThreads(open);
    if (!thread) throw new Error('no thread');
    const feed = await firstFeed(open);
    Object.assign(open.switches, change);
    const { connection } = open;
    const runs = [
      connection.verify(),
      connection.campaigns.list(),
      connection.feeds.rows(feed, { rows: 10 }).then((answer) => answer.page()),
      connection.feeds.open(thread),
      connection.threads.list({}),
      connection.threads.read(thread.id),
    ];
    for (const error of await Promise.all(runs.map(failing))) {
      expect(error.failure.kind).toBe(kind);
      expect(error.failure).not.toMatchObject({ mayHaveHappened: true });
    }
  });

  it('misses a thread that is not there', async () => {
    const open = sandboxed(provider);
    const [thread] = await allThreads(open);
    for (const one of [...open.world.threads.keys()]) open.world.removeThread(one);
    expect((await failing(open.connection.threads.read(thread?.id ?? ''))).failure.kind).toBe('not-found');
  });

  it('puts neither key nor address into an error or a log', async () => {
    for (const [, change] of FAULTS) {
      const open = sandboxed(provider);
      const [thread] = await allThreads(open);
      Object.assign(open.switches, change);
      const error = await failing(open.connection.threads.read(thread?.id ?? ''));
      const told = JSON.stringify([error.message, error.failure, error.place, error.stack, open.logged]);
      for (const sent of Object.values(provider.keyHeaders(open.apiKey))) expect(told).not.toContain(sent);
      expect(told).not.toContain(open.apiKey);
      for (const lead of AWKWARD_LEADS) expect(told).not.toContain(lead);
    }
  });
}

function lists(provider: Provider): void {
  it('lists every thread once, with its lead letter by letter', async () => {
    const threads = await allThreads(sandboxed(provider));
    expect(threads.map(({ lead }) => lead.email).sort()).toEqual([...AWKWARD_LEADS].sort());
    expect(new Set(threads.map(({ id }) => id)).size).toBe(AWKWARD_LEADS.length);
    for (const thread of threads) expect(thread.lastActivityAt).toBeLessThan(NOW);
  });

  it('filters by campaign, interest and text', async () => {
    const open = sandboxed(provider);
    const campaigns = await open.connection.campaigns.list();
    const named = (name: string) => campaigns.find((campaign) => campaign.name === name)?.id ?? '';
    const leads = async (query: ThreadQuery) => (await allThreads(open, query)).map(({ lead }) => lead.email);
    expect(await leads({ campaign: named('First') })).toHaveLength(AWKWARD_LEADS.length);
    expect(await leads({ campaign: named('Second') })).toEqual([]);
    expect(await leads({ interested: true })).toEqual([AWKWARD_LEADS[0]]);
    expect(await leads({ interested: false })).toHaveLength(AWKWARD_LEADS.length - 1);
    expect(await leads({ search: 'JO.BIG' })).toEqual([AWKWARD_LEADS[1]]);
  });

  it('serves a feed page by page, none left out, to an end of its own', async () => {
    const open = sandboxed(provider);
    Object.assign(open.switches, open.vendor.smallPages(SMALL_PAGE));
    const pages = await pagesFrom(open, await firstFeed(open));
    expect(pages[0]).toMatchObject({ date: NOW, unreadable: [] });
    expect(pages.length).toBeGreaterThan(1);
    expect(new Set(leadsOf(pages))).toEqual(new Set(AWKWARD_LEADS));
  });

  it('goes on from a stored position, also over another connection', async () => {
    const open = sandboxed(provider);
    Object.assign(open.switches, open.vendor.smallPages(SMALL_PAGE));
    const feed = await firstFeed(open);
    const first = (await open.connection.feeds.rows(feed, { rows: SMALL_PAGE })).page();
    expect(first.next).toMatch(/^.{1,200}$/s);
    const { feeds } = open.connect(open.apiKey);
    const below = (await feeds.rows(feed, { rows: SMALL_PAGE, position: first.next ?? '' })).page();
    const met = new Set(first.rows.map(nameOf));
    expect(below.rows.some((row) => !met.has(nameOf(row)))).toBe(true);
  });

  it.each([false, true])(
    'leaves none out though rows above leave while it is read (unordered: %s)',
    async (unordered) => {
      const open = sandboxed(provider);
      Object.assign(open.switches, open.vendor.smallPages(SMALL_PAGE));
      const feed = await firstFeed(open);
      const { rows } = open.connection.feeds;
      const first = (await rows(feed, { rows: SMALL_PAGE })).page();
      for (const gone of first.rows.slice(0, 2)) removeLead(open, gone.lead.email);
      const below = await pagesFrom(open, feed, { position: first.next ?? '', ...(unordered && { unordered }) });
      expect(new Set(leadsOf([first, ...below]))).toEqual(new Set(AWKWARD_LEADS));
    },
  );

  it('begins at the top at a position that it cannot read', async () => {
    const open = sandboxed(provider);
    const feed = await firstFeed(open);
    const top = (await open.connection.feeds.rows(feed, { rows: 100 })).page();
    const page = (await open.connection.feeds.rows(feed, { rows: 100, position: '\u0000 no position' })).page();
    expect(page.rows.map(({ id }) => id)).toEqual(top.rows.map(({ id }) => id));
  });

  it('filters a feed by interest', async () => {
    const open = sandboxed(provider);
    const interested = await open.connection.feeds.rows(await firstFeed(open), { rows: 100, interested: true });
    expect([...leadsOn(interested.page())]).toEqual([AWKWARD_LEADS[0]]);
  });

  it('marks the same page with the same fingerprint, and another with another', async () => {
    const open = sandboxed(provider);
    const feed = await firstFeed(open);
    const fingerprint = async () => (await open.connection.feeds.rows(feed, { rows: 100 })).fingerprint();
    const before = await fingerprint();
    expect(await fingerprint()).toBe(before);
    const [thread] = open.world.threads.values();
    open.world.addMessage(thread?.id ?? '', { direction: 'inbound', sentAt: NOW - 1, text: 'One more.' });
    expect(await fingerprint()).not.toBe(before);
  });

  it('sets a bad row aside and serves the others', async () => {
    const open = sandboxed(provider);
    const feed = await firstFeed(open);
    const whole = (await open.connection.feeds.rows(feed, { rows: 100 })).page();
    expect(leadsOn(whole)).toEqual(new Set(AWKWARD_LEADS));
    const [bad] = open.world.threads.values();
    open.switches.badRowIds = bad ? [open.vendor.rowId(bad)] : [];
    const page = (await open.connection.feeds.rows(feed, { rows: 100 })).page();
    expect(page.rows).toHaveLength(whole.rows.length - 1);
    expect(page.unreadable).toHaveLength(1);
    expect(page.received).toBe(whole.received);
  });
}

function opens(provider: Provider): void {
  it('opens every thread: oldest first, directions right, ids the same at each reading', async () => {
    const open = sandboxed(provider);
    for (const thread of await allThreads(open)) {
      const { messages, unreadable, mailbox } = await open.connection.feeds.open(thread);
      expect(unreadable).toEqual([]);
      expect(messages.map(({ direction }) => direction)).toEqual(['outbound', 'inbound', 'outbound', 'inbound']);
      expect(messages.map(cameAt)).toEqual(messages.map(cameAt).sort((one, other) => one - other));
      expect(new Set(messages.map(({ id }) => id)).size).toBe(4);
      expect(mailbox).toBe(messages[0]?.from.email);
      const read = await open.connection.threads.read(thread.id);
      expect(read.content.messages).toEqual(messages);
      expect(read.thread).toMatchObject({ id: thread.id, key: thread.key, interested: thread.interested });
    }
  });

  it('sets a bad message aside and serves the others', async () => {
    const open = sandboxed(provider);
    const [thread] = [...open.world.threads.values()];
    open.switches.badRowIds = [thread?.messages[1]?.replyId ?? ''];
    const listed = (await allThreads(open)).find(({ lead }) => lead.email === thread?.leadEmail);
    if (!listed) throw new Error('no thread');
    const content = await open.connection.feeds.open(listed);
    expect(content.messages).toHaveLength(3);
    expect(content.unreadable).toHaveLength(1);
  });
}

function writes(provider: Provider): void {
  const posts = ({ requests }: Sandboxed) => requests.filter(({ method }) => method === 'POST');

  it('sends a reply to every awkward lead, seen in the thread afterwards', async () => {
    const open = sandboxed(provider);
    for (const thread of await allThreads(open)) {
      await posted(open.connection.replies, draft(thread.id));
      const { messages } = await open.connection.feeds.open(thread);
      expect(messages.at(-1)).toMatchObject({ direction: 'outbound' });
      expect(open.world.outbox.at(-1)?.to).toEqual([thread.lead.email]);
    }
    expect(open.world.outbox).toHaveLength(AWKWARD_LEADS.length);
  });

  const LOST: readonly (readonly [string, Partial<Switches>, boolean, number])[] = [
    ['a 500 after it was sent', { errorAfterRate: 1 }, true, 1],
    ['a 500 before it was sent', { errorRate: 1 }, true, 0],
    ['a reset after it was sent', { resetAfterRate: 1 }, true, 1],
    ['an HTML page', { htmlRate: 1 }, true, 1],
    ['a refused connection', { refusedRate: 1 }, false, 0],
  ];
  it.each(LOST)(
    'posts once whatever happens, and tells truly whether it may have: %s',
    async (_name, change, may, sent) => {
      const open = sandboxed(provider);
      const [thread] = await allThreads(open);
      Object.assign(open.switches, change, { faultScope: 'writes' });
      const { failure } = await failing(posted(open.connection.replies, draft(thread?.id ?? '')));
      expect(failure).toMatchObject({ mayHaveHappened: may });
      expect(posts(open)).toHaveLength(1);
      expect(open.world.outbox).toHaveLength(sent);
    },
  );

  if (provider.supports.has('forwards'))
    it('forwards to several people at once', async () => {
      const open = sandboxed(provider);
      const [thread] = await allThreads(open);
      const to = ['a@team.example', 'b@team.example'];
      const forwarding = { threadId: thread?.id ?? '', to, cc: [], bcc: [], attachments: [] };
      await posted(need(open.connection, 'forwards'), forwarding);
      expect(open.world.outbox).toMatchObject([{ kind: 'forward', to }]);
    });

  if (provider.supports.has('stars'))
    it('stars and unstars as a setter, also when answers are lost', async () => {
      const open = sandboxed(provider);
      const [thread] = await allThreads(open);
      const id = thread?.id ?? '';
      Object.assign(open.switches, { errorAfterRate: 1, faultScope: 'writes' });
      const stars = need(open.connection, 'stars');
      for (const wanted of [true, true, false, false, true]) {
        expect(await stars.setStarred(id, wanted)).toBe(wanted);
        expect(open.world.thread(id)?.starred).toBe(wanted);
      }
    });

  if (provider.supports.has('readMarks'))
    it('marks read as a setter and admits when unread is ignored', async () => {
      const open = sandboxed(provider);
      const [thread] = await allThreads(open);
      const marks = need(open.connection, 'readMarks');
      expect(await marks.setRead(thread?.id ?? '', true)).toBe(true);
      expect(await marks.setRead(thread?.id ?? '', true)).toBe(true);
      expect(await marks.setRead(thread?.id ?? '', false)).toBe(true);
    });
}

/** What every provider owes its callers. A capability is tested if and only if it is offered. */
export function providerContract(provider: Provider): void {
  describe(`${provider.label}, as every provider,`, () => {
    offers(provider);
    fails(provider);
    lists(provider);
    opens(provider);
    writes(provider);
  });
}
