import { describe, expect, it } from 'vitest';
import { cursorAt } from '../../shared/api/cursors.ts';
import { EventList, ThreadList } from '../../shared/api/shapes.ts';
import { eventId } from '../../shared/events/event.ts';
import type { Thread } from '../../shared/model.ts';
import { recordEvent } from '../../shared/outbox/record.ts';
import type { Connection } from '../../shared/provider.ts';
import { type ApiWorld, apiWorld } from './world.ts';

const MINUTE = 60_000;

async function page(world: ApiWorld, path: string) {
  return ThreadList.parse((await world.ask('GET', path)).body);
}

const idsOf = ({ items }: { readonly items: readonly { readonly id: string }[] }) => items.map(({ id }) => id);

describe('a connection that fails on one page of the unified inbox', () => {
  it('is shown from its start by a later page', async () => {
    const world = apiWorld();
    const { switches } = world.vendors.sales;
    const keys = switches.coldsendKeys;
    switches.coldsendKeys = {};
    const first = await page(world, '/v1/threads');
    expect(first.failures).toMatchObject([{ connection: 'sales' }]);
    switches.coldsendKeys = keys;
    const second = await page(world, `/v1/threads?cursor=${first.cursor}`);
    expect(second.items.map(({ connection }) => connection)).toEqual(Array(second.items.length).fill('sales'));
    expect(idsOf(second).sort()).toEqual(idsOf(await page(world, '/v1/threads?connection=sales')).sort());
    expect(second.cursor).toBeNull();
  });

  it('goes on where it was, so that each thread is shown once', async () => {
    const world = apiWorld();
    world.vendors.acme.switches.cohesivePageSize = 2;
    const { switches } = world.vendors.sales;
    const keys = switches.coldsendKeys;
    const seen: string[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null && pages < 20; pages += 1) {
      switches.coldsendKeys = pages % 2 === 0 ? {} : keys;
      const list: ThreadList = await page(world, `/v1/threads${cursor === '' ? '' : `?cursor=${cursor}`}`);
      seen.push(...idsOf(list));
      cursor = list.cursor;
    }
    expect(seen).toHaveLength(10);
    expect(new Set(seen).size).toBe(10);
  });

  it('for it can never do what is asked ends there', async () => {
    const world = apiWorld();
    const first = await page(world, '/v1/threads?sent=true');
    expect(first.failures).toMatchObject([{ connection: 'sales' }]);
    expect(JSON.stringify(first.cursor)).not.toContain('sales');
    if (first.cursor !== null)
      expect((await page(world, `/v1/threads?sent=true&cursor=${first.cursor}`)).failures).toEqual([]);
  });
});

const THREAD: Thread = {
  id: 't',
  key: 't',
  campaign: null,
  lead: { email: 'jane@customer.example' },
  box: 'reply',
  interested: false,
  tags: [],
  lastActivityAt: Date.UTC(2026, 0, 5),
  vendor: {},
};

it('a threads cursor over 300 connections fits an address, and leads to each thread once', async () => {
  const rows = 5;
  const world = apiWorld(({ connections: [given] }) => {
    if (!given) throw new Error('no connection');
    const connections = Array.from({ length: 300 }, (_, index) => {
      const id = `a-connection-with-a-long-name-${index}`;
      const list: Connection['threads']['list'] = async (_query, at = `${'p'.repeat(120)}0`) => {
        const row = Number(at.slice(120));
        const thread = { ...THREAD, id: `${row}` };
        const next = row + 1 < rows ? { cursor: `${'p'.repeat(120)}${row + 1}` } : {};
        return { threads: [thread], unreadable: [], ...next };
      };
      return { ...given, id, connection: { ...given.connection, threads: { ...given.connection.threads, list } } };
    });
    return { connections };
  });
  const seen: string[] = [];
  let path = '/v1/threads';
  for (let pages = 0; path !== '' && pages < 200; pages += 1) {
    const list = await page(world, path);
    if (pages === 0) expect(list.items).toHaveLength(300);
    seen.push(...idsOf(list));
    path = list.cursor === null ? '' : `/v1/threads?cursor=${list.cursor}`;
    expect(path.length).toBeLessThan(8_192);
  }
  expect(path).toBe('');
  expect(seen).toHaveLength(300 * rows);
  expect(new Set(seen).size).toBe(300 * rows);
});

it.each([
  ['said', true, 'right'],
  ['not said', false, 'right'],
  ['not said, nor a total', false, 'none'],
] as const)('a vendor that puts fewer rows on a page hides none of them (%s)', async (_, isSaid, totals) => {
  const world = apiWorld();
  const all = idsOf(await page(world, '/v1/threads?connection=sales'));
  world.vendors.sales.switches.coldsendPageRows = 2;
  world.vendors.sales.switches.coldsendSaysLimit = isSaid;
  world.vendors.sales.switches.coldsendTotals = totals;
  const seen: string[] = [];
  let cursor: string | null = '';
  for (let pages = 0; cursor !== null && pages < 20; pages += 1) {
    const list: ThreadList = await page(
      world,
      `/v1/threads?connection=sales${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    seen.push(...idsOf(list));
    cursor = list.cursor;
  }
  expect(seen).toEqual(all);
});

describe('a cursor', () => {
  const threads = (places: unknown, filters = {}) =>
    cursorAt({ list: 'threads', filters: { connections: ['acme', 'sales'], ...filters } }, places);

  it.each([
    [
      'of other connections than the config names',
      `/v1/threads?cursor=${threads([0, 0], { connections: ['acme', 'gone'] })}`,
    ],
    ['of another connection', `/v1/threads?connection=acme&cursor=${threads([0, 0], { connection: 'sales' })}`],
    ['of other filters', `/v1/threads?interested=true&cursor=${threads([0, 0])}`],
    ['of another list', `/v1/events?cursor=${threads([0, 0])}`],
    ['of another form', `/v1/threads?cursor=${threads({ acme: 0 })}`],
    [
      'of another order',
      `/v1/events?order=desc&cursor=${cursorAt({ list: 'events', filters: { order: 'asc' } }, 'a')}`,
    ],
  ])('%s is refused', async (_, path) => {
    expect(await apiWorld().problem(400, 'GET', path)).toMatch(/cursor/);
  });
});

async function record(world: ApiWorld, name: string, connection = 'acme'): Promise<string> {
  const id = eventId('sink.disabled', connection, name, 'episode');
  const timestamp = new Date(world.deps.clock.now()).toISOString();
  const data = { sink: name, episode: timestamp, reason: 'It answered 410.' };
  const now = () => world.deps.clock.now();
  await recordEvent({ store: world.store, now }, id, { type: 'sink.disabled', timestamp, data }, connection);
  return id;
}

async function events(world: ApiWorld, query = '') {
  return EventList.parse((await world.ask('GET', `/v1/events${query}`)).body);
}

describe('the list of events', () => {
  async function recorded(world: ApiWorld, count: number): Promise<readonly string[]> {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      ids.push(await record(world, `sink${index}`));
      world.wait(MINUTE);
    }
    return ids;
  }

  it.each(['asc', 'desc'] as const)('comes in the order %s, page by page, each once', async (order) => {
    const world = apiWorld();
    const ids = await recorded(world, 25);
    const seen: string[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null && pages < 9; pages += 1) {
      const list: EventList = await events(world, `?order=${order}&limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...idsOf(list));
      cursor = list.cursor;
    }
    expect(seen).toEqual(order === 'asc' ? ids : ids.toReversed());
  });

  it('is oldest first unless said', async () => {
    const world = apiWorld();
    const ids = await recorded(world, 3);
    expect(idsOf(await events(world))).toEqual(ids);
  });

  it('holds one connection, one type, one span when asked', async () => {
    const world = apiWorld();
    const old = await record(world, 'old', 'acme');
    world.wait(60 * MINUTE);
    const young = await record(world, 'young', 'sales');
    expect(idsOf(await events(world, '?connection=acme'))).toEqual([old]);
    expect(idsOf(await events(world, '?since=30m'))).toEqual([young]);
    expect(idsOf(await events(world, '?type=reply.received'))).toEqual([]);
    expect(idsOf(await events(world, '?campaign=none'))).toEqual([]);
  });

  it('with a span of a thousand years costs what 90 days cost', async () => {
    const starts: number[] = [];
    const world = apiWorld(({ store }) => ({
      store: {
        ...store,
        timeline: async (from, at) => {
          starts.push(from);
          return await store.timeline(from, at);
        },
      },
    }));
    await events(world, '?since=99999w');
    await events(world);
    await world.ask('POST', '/v1/replay', { body: { failedSince: '99999w' } });
    expect(new Set(starts).size).toBe(1);
  });

  it.each(['0', '201', '-1', '1e3', 'x', ''])('refuses the limit "%s"', async (limit) => {
    expect(await apiWorld().problem(400, 'GET', `/v1/events?limit=${limit}`)).toMatch(/"limit"/);
  });
});

describe('what came since', () => {
  it.each(['?order=desc&limit=2', '', '?order=desc'])('a first answer to "%s" is told, once', async (query) => {
    const world = apiWorld();
    await record(world, 'before');
    const first = await events(world, query);
    expect((await events(world, `?after=${first.latest}`)).items).toEqual([]);
    const next = await record(world, 'next');
    const second = await events(world, `?after=${first.latest}`);
    expect(idsOf(second)).toEqual([next]);
    world.wait(MINUTE / 2);
    const last = await record(world, 'last');
    const third = await events(world, `?after=${second.latest}`);
    expect(idsOf(third)).toEqual([last]);
    expect((await events(world, `?after=${third.latest}`)).items).toEqual([]);
  });

  it('holds what another machine recorded with a clock that is slow', async () => {
    const world = apiWorld();
    await record(world, 'quick');
    const { latest } = await events(world, '?order=desc');
    world.wait(-MINUTE / 2);
    const slow = await record(world, 'slow');
    expect(idsOf(await events(world, `?after=${latest}`))).toEqual([slow]);
  });

  it('is all there in a rush of a thousand in one second', async () => {
    const world = apiWorld();
    let { latest } = await events(world, '?order=desc');
    const ids = new Set<string>();
    for (let index = 0; index < 1_000; index += 1) {
      ids.add(await record(world, `sink${index}`));
      if (index % 100 === 0) world.wait(10);
    }
    const seen = new Set<string>();
    for (let asked = 0; asked < 20 && seen.size < ids.size; asked += 1) {
      const list = await events(world, `?after=${latest}`);
      for (const id of idsOf(list)) seen.add(id);
      latest = list.latest;
    }
    expect(seen).toEqual(ids);
  });

  it.each([1, 7])('is all there, each once, when %s are asked for at a time', async (limit) => {
    const world = apiWorld();
    let { latest } = await events(world, '?order=desc');
    const ids: string[] = [];
    for (let index = 0; index < 130; index += 1) {
      ids.push(await record(world, `sink${index}`));
      world.wait(100);
    }
    const seen: string[] = [];
    for (let asked = 0; asked < 130 / limit + 1; asked += 1) {
      const list = await events(world, `?after=${latest}&limit=${limit}`);
      seen.push(...idsOf(list));
      latest = list.latest;
    }
    expect(seen).toEqual(ids);
  });

  it('is not told newest first', async () => {
    const world = apiWorld();
    const { latest } = await events(world);
    await world.problem(400, 'GET', `/v1/events?order=desc&after=${latest}`);
  });
});
