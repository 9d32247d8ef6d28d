import { describe, expect, it } from 'vitest';
import { type List, ThreadList, ThreadView } from '../../shared/api/shapes.ts';
import { apiWorld } from './world.ts';

const CONNECTIONS = ['acme', 'sales'] as const;

describe('a star', () => {
  it.each(CONNECTIONS)('is set in %s, shown in the thread and the list, filtered by, and taken off', async (id) => {
    const world = apiWorld();
    const path = await world.thread(id);
    const set = await world.ask('PUT', `${path}/star`, { body: { starred: true } });
    expect(set).toMatchObject({ status: 200, body: { starred: true } });
    const thread = ThreadView.parse(set.body);
    expect((await world.ask('GET', path)).body).toMatchObject({ thread: { starred: true } });
    expect((await world.threads(id)).filter(({ starred }) => starred).map((each) => each.id)).toEqual([thread.id]);
    expect((await world.threads(id, '&starred=true')).map((each) => each.id)).toEqual([thread.id]);
    expect((await world.threads(id, '&starred=false')).map((each) => each.id)).not.toContain(thread.id);
    expect((await world.ask('PUT', `${path}/star`, { body: { starred: false } })).body).toMatchObject({
      starred: false,
    });
    expect(await world.threads(id, '&starred=true')).toEqual([]);
  });

  it.each(CONNECTIONS)('may be set twice in %s', async (id) => {
    const world = apiWorld();
    const path = `${await world.thread(id)}/star`;
    await world.ask('PUT', path, { body: { starred: true } });
    expect((await world.ask('PUT', path, { body: { starred: true } })).body).toMatchObject({ starred: true });
  });

  it('asked for by many at once ends as one of them wished, and answers none with an error', async () => {
    const world = apiWorld();
    const path = `${await world.thread('sales')}/star`;
    const wishes = Array.from({ length: 20 }, (_, index) => index % 2 === 0);
    const answers = await Promise.all(wishes.map((starred) => world.ask('PUT', path, { body: { starred } })));
    expect(answers.map(({ status }) => status)).toEqual(wishes.map(() => 200));
    expect(answers.map(({ body }) => ThreadView.parse(body).starred)).toEqual(wishes);
    expect(await world.threads('sales', '&starred=true')).toHaveLength(0);
  });

  it.each(CONNECTIONS)('is not set in %s for a thread that does not exist', async (id) => {
    const world = apiWorld();
    const unknown = id === 'acme' ? Buffer.from('["no-campaign","x@acme.example"]').toString('base64url') : 'unknown';
    await world.problem(404, 'PUT', `/v1/threads/${id}/${unknown}/star`, { body: { starred: true } });
    expect([...world.store.items()]).toEqual([]);
  });
});

describe('a read mark', () => {
  it('is set where the vendor has one', async () => {
    const world = apiWorld();
    const set = await world.ask('PUT', `${await world.thread('sales')}/read`, { body: { read: true } });
    expect(set).toMatchObject({ status: 200, body: { read: true } });
  });

  it('that the vendor takes and ignores ends in a sentence', async () => {
    const world = apiWorld();
    const path = `${await world.thread('sales')}/read`;
    await world.ask('PUT', path, { body: { read: true } });
    expect(await world.problem(501, 'PUT', path, { body: { read: false } })).toMatch(
      /does not offer marking .* unread/,
    );
  });

  it('is refused with a sentence where the vendor has none', async () => {
    const world = apiWorld();
    const asked = { body: { read: true } };
    expect(await world.problem(501, 'PUT', `${await world.thread('acme')}/read`, asked)).toMatch(/has no read marks/);
  });
});

describe('the unified inbox', () => {
  it('goes on, page by page, until each thread was shown once', async () => {
    const world = apiWorld();
    world.vendors.acme.switches.cohesivePageSize = 2;
    const ids: string[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null && pages < 20; pages += 1) {
      const query: string = cursor === '' ? '' : `?cursor=${cursor}`;
      const page: List<ThreadView> = ThreadList.parse((await world.ask('GET', `/v1/threads${query}`)).body);
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.cursor;
    }
    expect(cursor).toBeNull();
    expect(ids).toHaveLength(10);
    expect(new Set(ids).size).toBe(10);
  });

  it('reads at most ten pages of one connection for one request, and gives a cursor to go on', async () => {
    const world = apiWorld();
    const { vendors } = world;
    const [campaign] = vendors.acme.world.campaigns.values();
    for (let index = 0; index < 40; index += 1) {
      const named = { leadEmail: `lead${index}@acme.example`, leadName: `Lead ${index}` };
      const thread = vendors.acme.world.addThread({ campaignId: campaign?.id ?? null, ...named });
      vendors.acme.world.addMessage(thread.id, { direction: 'inbound', sentAt: 1_735_700_000_000, text: 'Yes.' });
    }
    vendors.acme.switches.cohesivePageSize = 1;
    const all = await world.threads('acme');
    const [oldest] = all;
    await world.ask('PUT', `/v1/threads/${oldest?.id}/star`, { body: { starred: true } });
    vendors.acme.switches.listOrder = 'oldest';
    vendors.acme.requests.length = 0;
    const page = ThreadList.parse((await world.ask('GET', '/v1/threads?connection=acme&starred=true')).body);
    expect(page.items).toEqual([]);
    expect(page.cursor).not.toBeNull();
    expect(vendors.acme.requests.filter(({ url }) => url.includes('inbox')).length).toBeLessThanOrEqual(10);
  });

  it('tells which connection could not be asked, and shows the others', async () => {
    const world = apiWorld();
    world.vendors.sales.switches.coldsendKeys = {};
    const list = ThreadList.parse((await world.ask('GET', '/v1/threads')).body);
    expect(list.failures).toMatchObject([{ connection: 'sales', detail: expect.stringMatching(/API key/) }]);
    expect(list.items).toHaveLength(5);
  });

  it('is a problem when no connection could be asked', async () => {
    const world = apiWorld();
    world.vendors.sales.switches.coldsendKeys = {};
    expect(await world.problem(502, 'GET', '/v1/threads?connection=sales')).toMatch(/API key/);
  });

  it('passes on how long the vendor asks to wait', async () => {
    const world = apiWorld();
    Object.assign(world.vendors.sales.switches, {
      throttledRate: 1,
      throttledSignal: 'retry-after',
      throttledSeconds: 7,
    });
    const response = await world.ask('GET', '/v1/threads?connection=sales');
    expect(response).toMatchObject({ status: 503, headers: { 'retry-after': '7' } });
  });

  it('shows the sent mail where a vendor has a list of it, and says where none has', async () => {
    const world = apiWorld();
    expect((await world.threads('acme', '&sent=true')).length).toBeGreaterThan(0);
    expect(await world.problem(501, 'GET', '/v1/threads?connection=sales&sent=true')).toMatch(/list of sent mail/);
  });

  it('refuses filters that a list of sent mail would silently pass over', async () => {
    const path = '/v1/threads?connection=acme&sent=true&interested=true';
    expect(await apiWorld().problem(400, 'GET', path)).toMatch(/cannot be filtered by interested/);
  });

  it.each(['x', '%00', 'e30x', 'bnVsbA', 'WzFd', 'eyJhIjoxfQ'])('refuses the cursor %s', async (cursor) => {
    expect(await apiWorld().problem(400, 'GET', `/v1/threads?cursor=${cursor}`)).toMatch(/cursor/);
  });
});
