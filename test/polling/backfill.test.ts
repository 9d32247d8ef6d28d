import { describe, expect, it } from 'vitest';
import type { Switches } from '../../sandbox/switches.ts';
import { askedBackfill, askForBackfill, holdBackfill, stopBackfill } from '../../shared/polling/backfill/asked.ts';
import { backfill } from '../../shared/polling/backfill/backfill.ts';
import { backfillSome } from '../../shared/polling/backfill/piece.ts';
import { POLL_LIMITS } from '../../shared/polling/feed/limits.ts';
import { createPoller } from '../../shared/polling/poller.ts';
import { shardPartition } from '../../shared/store/keys.ts';
import { VENDOR_NAMES } from '../vendors/index.ts';
import type { Row } from '../vendors/test-vendor.ts';
import { backfillBench, HOUR, START } from './backfill-bench.ts';
import { timed, timeOf } from './row-times.ts';

const bench = (configured?: 'all' | number, switches: Partial<Switches> = {}, vendor = 'coldsend') =>
  backfillBench({ vendor, switches, ...(configured !== undefined && { configured }) });

/** Deep in the list. */
const DEEP = 'lead120@customer.example';

/** Its row as nobody can read it. */
const withoutDeep = (rows: readonly Row[]): readonly Row[] =>
  rows.map((row) => (JSON.stringify(row).includes(DEEP) ? {} : row));

describe('backfill', () => {
  it('records every old reply once, marked as backfill, and who was interested', async () => {
    const { polled, ports, events, count } = bench();
    await createPoller(polled, ports).poll();
    expect(events()).toEqual([]);
    const result = await backfill(polled, ports, { since: 'all', onProgress: () => {} });
    expect(result).toMatchObject({ threads: 130, recorded: 140, total: 130, done: true });
    expect([count('reply.received'), count('reply.interested')]).toEqual([130, 10]);
    expect(events().every((event) => event.backfill)).toBe(true);
  });

  it('records interest once where a thread has a row for each of its messages, pages apart', async () => {
    const { world, of, polled, ports, events } = bench(undefined, {}, 'outfinch');
    const threads = [...world.threads.values()].filter(({ intent }) => intent === 'interested');
    for (const { id } of threads)
      world.addMessage(id, { direction: 'inbound', sentAt: START - 100 * HOUR, text: 'An older reply.' });
    const newest = threads.flatMap(({ messages: [first] }) => (first ? [of.messageId(first)] : []));
    await createPoller(polled, ports).poll();
    await backfill(polled, ports, { since: 'all', onProgress: () => {} });
    const interested = events().filter(({ type }) => type === 'reply.interested');
    expect(interested.map(({ message }) => message).sort()).toEqual(newest.sort());
  });

  it('records nothing older than it is asked for', async () => {
    const { polled, ports, count } = bench();
    await createPoller(polled, ports).poll();
    await backfill(polled, ports, { since: START - 24 * HOUR, onProgress: () => {} });
    expect(count('reply.received')).toBe(24);
  });

  it.each(['coldsend', 'cohesive'].flatMap((name) => [3, 8].map((hours) => [name, hours] as const)))(
    'records as much where rows are behind their messages: %s, by %i hours',
    async (name, hours) => {
      const { of, polled, ports, vendor, count } = bench(undefined, {}, name);
      vendor.answers = ({ url }, answer) => {
        const change = (rows: readonly Row[]) => rows.map((row) => timed(row, timeOf(row) - hours * HOUR));
        return of.lists.test(url) ? { ...answer, body: of.withRows(answer.body, change) } : answer;
      };
      await createPoller(polled, ports).poll();
      await backfill(polled, ports, { since: START - 24 * HOUR, onProgress: () => {} });
      expect(count('reply.received')).toBe(24);
    },
  );

  it.each(['coldsend', 'cohesive'])(
    'records a thread whose row has no time and stands above an older one: %s',
    async (name) => {
      const { of, world, polled, ports, vendor, events } = bench(undefined, {}, name);
      const thread = [...world.threads.values()][20];
      vendor.answers = (request, answer) => {
        const isList = of.lists.test(request.url) && thread !== undefined;
        const change = (row: Row) =>
          Object.values(row).some((value) => value === thread?.id || value === thread?.leadEmail)
            ? (of.withoutTime?.(row) ?? row)
            : row;
        return isList ? { ...answer, body: of.withRows(answer.body, (rows) => rows.map(change)) } : answer;
      };
      await createPoller(polled, ports).poll();
      await backfill(polled, ports, { since: START - 21.5 * HOUR, onProgress: () => {} });
      const [message] = thread?.messages ?? [];
      expect(events().map((event) => event.message)).toContain(message && of.messageId(message));
    },
  );

  it('records as much of a list that is out of order', async () => {
    const { polled, ports, count } = bench(undefined, { listOrder: 'oldest' });
    await createPoller(polled, ports).poll();
    await backfill(polled, ports, { since: START - 24 * HOUR, onProgress: () => {} });
    expect(count('reply.received')).toBe(24);
  });

  describe.each(VENDOR_NAMES)('below a group of %s that stands above all others', (vendor) => {
    const switches = { coldsendPageRows: 20 };
    /** Longer than a page, or than what shows that a list is in order. */
    const pinned = ({ world }: ReturnType<typeof bench>, group: number) =>
      [...world.threads.values()].slice(-group).map(({ id }) => id);

    it.each([30, 110])('records as much: %i rows', async (group) => {
      const of = backfillBench({ vendor, threads: 200, switches });
      of.switches.standingRowIds = pinned(of, group);
      await createPoller(of.polled, of.ports).poll();
      const result = await backfill(of.polled, of.ports, { since: START - 24 * HOUR, onProgress: () => {} });
      expect([result.done, of.count('reply.received')]).toEqual([true, 24]);
    });

    it('records what rose meanwhile', async () => {
      const of = backfillBench({ vendor, threads: 200, switches });
      of.switches.standingRowIds = pinned(of, 110);
      await createPoller(of.polled, of.ports).poll();
      let answered = false;
      const onProgress = () => {
        const last = [...of.world.threads.values()][22];
        if (answered || !last) return;
        answered = true;
        of.pass(1_000);
        of.world.addMessage(last.id, { direction: 'inbound', sentAt: START + 2_000, text: 'A new reply.' });
      };
      const result = await backfill(of.polled, of.ports, { since: START - 24 * HOUR, onProgress });
      expect([result.done, of.count('reply.received')]).toEqual([true, 24]);
    });
  });

  it('reads no further than it must where the list is known to be in order', async () => {
    const of = backfillBench({ threads: 900, switches: { coldsendPageRows: 20 } });
    const poller = createPoller(of.polled, of.ports);
    for (let polls = 0; polls < 30; polls += 1) {
      await poller.poll();
      of.pass(60_000);
    }
    let pages = 0;
    of.vendor.answers = ({ url }, answer) => {
      if (of.of.lists.test(url)) pages += 1;
      return answer;
    };
    await backfill(of.polled, of.ports, { since: START - 24 * HOUR, onProgress: () => {} });
    expect(pages).toBeLessThan(10);
  });

  it('that the config asks for leaves live replies the calls that they need', async () => {
    const { polled, ports, world, pass, events } = backfillBench({
      threads: 300,
      configured: 'all',
      switches: { coldsendRateLimits: true },
    });
    const poller = createPoller(polled, ports);
    await poller.poll();
    const [thread] = [...world.threads.values()];
    for (let minutes = 0; minutes < 4 * 60; minutes += 1) {
      pass(60_000);
      const isTime = minutes % 10 === 5;
      const at = ports.clock.now();
      if (isTime) world.addMessage(thread?.id ?? '', { direction: 'inbound', sentAt: at, text: `New, at ${at}.` });
      const news = () => events().filter(({ type, backfill: old }) => type === 'reply.received' && !old).length;
      const before = news();
      await poller.poll();
      if (isTime) expect(news(), `after ${minutes} minutes`).toBeGreaterThan(before);
    }
  });

  it('goes on where it was stopped, also when the same span is asked for a little later', async () => {
    const { polled, ports, count, pass } = bench();
    await createPoller(polled, ports).poll();
    const stop = new AbortController();
    const since = START - 100 * HOUR - 1;
    const onProgress = () => stop.abort();
    const stopped = await backfill(polled, ports, { since, onProgress, signal: stop.signal });
    expect(stopped.done).toBe(false);
    pass(HOUR);
    const seen: number[] = [];
    const rest = await backfill(polled, ports, {
      since: since + HOUR,
      onProgress: ({ threads }) => seen.push(threads),
    });
    expect(rest).toMatchObject({ threads: 124, done: true });
    expect(seen[0]).toBeGreaterThan(stopped.threads);
    expect(count('reply.received')).toBe(100);
  });

  it('loses nothing to a swapped pair deep in a list', async () => {
    const { polled, ports, vendor, count } = bench();
    await createPoller(polled, ports).poll();
    vendor.answers = (request, answer) => {
      if (!/\/replies\?page=2/.test(request.url)) return answer;
      const page = JSON.parse(answer.body);
      const [first, second, third, fourth, ...rest] = page.conversations;
      return { ...answer, body: JSON.stringify({ ...page, conversations: [first, fourth, second, third, ...rest] }) };
    };
    await backfill(polled, ports, { since: 'all', onProgress: () => {} });
    expect(count('reply.received')).toBe(130);
  });

  it('records the old replies of threads that rise while it runs', async () => {
    const { polled, ports, world, count, pass } = bench();
    const poller = createPoller(polled, ports);
    await poller.poll();
    const deepest = [...world.threads.values()].slice(-20);
    const stop = new AbortController();
    await backfill(polled, ports, { since: 'all', onProgress: () => stop.abort(), signal: stop.signal });
    pass(1_000);
    for (const { id } of deepest)
      world.addMessage(id, { direction: 'inbound', sentAt: START + 2_000, text: 'And a new one.' });
    pass(60_000);
    const result = await backfill(polled, ports, { since: 'all', onProgress: () => {} });
    expect(result.done).toBe(true);
    await poller.poll();
    expect(count('reply.received')).toBe(130 + 20);
  });

  it.each(VENDOR_NAMES)('records the thread of a row that cannot be read at first (%s)', async (name) => {
    const { polled, ports, of, vendor, count } = bench(undefined, {}, name);
    await createPoller(polled, ports).poll();
    let shown = 0;
    vendor.answers = ({ url }, answer) => {
      if (!of.lists.test(url) || !answer.body.includes(DEEP)) return answer;
      shown += 1;
      return shown === 1 ? { ...answer, body: of.withRows(answer.body, withoutDeep) } : answer;
    };
    await backfill(polled, ports, { since: 'all', onProgress: () => {} });
    expect(count('reply.received')).toBe(130);
  });

  it('asks thrice at the most for a page with a row that can never be read', async () => {
    const { polled, ports, of, vendor } = bench();
    await createPoller(polled, ports).poll();
    let shown = 0;
    vendor.answers = ({ url }, answer) => {
      if (!of.lists.test(url) || !answer.body.includes(DEEP)) return answer;
      shown += 1;
      return { ...answer, body: of.withRows(answer.body, withoutDeep) };
    };
    const result = await backfill(polled, ports, { since: 'all', onProgress: () => {} });
    expect(result.done).toBe(true);
    expect(shown).toBe(3);
  });

  it('is not done while threads cannot be opened, and records them when they can', async () => {
    const { polled, ports, vendor, count, pass } = bench();
    await createPoller(polled, ports).poll();
    vendor.answers = (request, answer) =>
      request.url.includes('/messages') ? { ...answer, status: 502, body: '' } : answer;
    const left: number[] = [];
    const first = await backfill(polled, ports, { since: 'all', onProgress: (progress) => left.push(progress.left) });
    expect(first).toMatchObject({ recorded: 0, done: false });
    expect(left.at(-1)).toBeGreaterThan(0);
    delete vendor.answers;
    pass(HOUR);
    const second = await backfill(polled, ports, { since: 'all', onProgress: () => {} });
    expect(second).toMatchObject({ left: 0, done: true });
    expect(count('reply.received')).toBe(130);
  });

  it('waits an hour for details that fail, and then records their threads without them', async () => {
    const { polled, ports, vendor, count } = bench();
    await createPoller(polled, ports).poll();
    vendor.answers = (request, answer) =>
      /\/replies\/threads\/[^/?]+$/.test(request.url) && /[0-4]$/.test(request.url)
        ? { ...answer, status: 500, body: '' }
        : answer;
    const began = ports.clock.now();
    const result = await backfill(polled, ports, { since: 'all', onProgress: () => {} });
    expect(result).toMatchObject({ left: 0, done: true });
    expect(ports.clock.now() - began).toBeGreaterThan(HOUR);
    expect(count('reply.received')).toBe(130);
  });

  it.each([401, 403, 429])('records all others where the opening of one thread answers %i for ever', async (status) => {
    const { polled, ports, world, of, vendor, count, pass } = bench();
    await createPoller(polled, ports).poll();
    const refused = [...world.threads.values()][20];
    vendor.answers = (request, answer) =>
      refused && of.openings?.(refused).test(request.url) ? { ...answer, status, body: '{"error":"no"}' } : answer;
    for (let piece = 0; piece < 3; piece += 1) {
      pass(2 * 60_000);
      await backfill(polled, ports, { since: 'all', onProgress: () => {} });
    }
    expect(count('reply.received')).toBe(129);
  });

  it('is not done where the vendor answers with the same page again and again', async () => {
    const { polled, ports, vendor, count } = bench();
    await createPoller(polled, ports).poll();
    let rows: unknown[] = [];
    vendor.answers = (request, answer) => {
      const [, page = '', limit = ''] = /\/replies\?page=(\d+)&limit=(\d+)$/.exec(request.url) ?? [];
      if (page === '') return answer;
      const read = JSON.parse(answer.body);
      if (rows.length === 0) rows = read.conversations;
      const conversations = rows.slice(0, Number(limit));
      return {
        ...answer,
        body: JSON.stringify({ ...read, conversations, page: Number(page), limit: Number(limit), total_count: 900 }),
      };
    };
    const result = await backfill(polled, ports, { since: 'all', onProgress: () => {} });
    expect(result).toMatchObject({ recorded: 110, done: false });
    expect(count('reply.received')).toBe(100);
  });

  it.each([
    ['is empty for once', 200, '{"messages":[],"total_count":0}'],
    ['is not there for once', 404, '{"detail":"Not found"}'],
  ])('looks again at a thread that %s, before it is done', async (_, status, body) => {
    const { polled, ports, vendor, count } = bench();
    await createPoller(polled, ports).poll();
    let odd = 0;
    vendor.answers = (request, answer) => {
      if (!request.url.includes('/messages') || odd > 0) return answer;
      odd += 1;
      return { ...answer, status, body };
    };
    const result = await backfill(polled, ports, { since: 'all', onProgress: () => {} });
    expect(result).toMatchObject({ done: true, left: 0 });
    expect([odd, count('reply.received')]).toEqual([1, 130]);
  });

  it.each([
    ['is empty', 200, '{"messages":[],"total_count":0}'],
    ['is not there', 404, '{"detail":"Not found"}'],
  ])('is not done while a thread %s, until that has lasted for an hour', async (_, status, body) => {
    // Few enough to be read in minutes.
    const { polled, ports, vendor, count, pass } = backfillBench({ threads: 30 });
    await createPoller(polled, ports).poll();
    let odd = '';
    vendor.answers = (request, answer) => {
      if (!request.url.includes('/messages')) return answer;
      odd ||= request.url;
      return request.url === odd ? { ...answer, status, body } : answer;
    };
    const asked = () => backfill(polled, ports, { since: 'all', onProgress: () => {} });
    expect(await asked()).toMatchObject({ done: false, left: 1 });
    pass(HOUR / 2);
    expect(await asked()).toMatchObject({ done: false, left: 1 });
    pass(HOUR / 2);
    expect(await asked()).toMatchObject({ done: true, left: 0 });
    expect(count('reply.received')).toBe(29);
  });

  it('records what threads hold that were empty for half an hour', async () => {
    const { polled, ports, vendor, count, pass } = bench();
    await createPoller(polled, ports).poll();
    const until = ports.clock.now() + HOUR / 2;
    vendor.answers = (request, answer) =>
      request.url.includes('/messages') && ports.clock.now() < until
        ? { ...answer, body: '{"messages":[],"total_count":0}' }
        : answer;
    let done = false;
    for (let asked = 0; asked < 12 && !done; asked += 1) {
      ({ done } = await backfill(polled, ports, { since: 'all', onProgress: () => {} }));
      pass(10 * 60_000);
    }
    expect(done).toBe(true);
    expect(count('reply.received')).toBe(130);
  });

  /** Begun by hand, by somebody who is gone after the first piece. */
  async function begun(configured?: number) {
    const world = bench(configured);
    const { polled, ports } = world;
    await createPoller({ ...polled }, ports).poll();
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    await backfill(polled, ports, { since: 'all', onProgress, signal: stop.signal });
    const poller = createPoller(polled, ports);
    const minutes = async (count: number) => {
      for (let minute = 0; minute < count; minute += 1) {
        await poller.poll();
        world.pass(60_000);
      }
    };
    return { ...world, poller, minutes };
  }

  it('goes on with the polls when who asked for it is gone, and tells new replies meanwhile', async () => {
    const { ports, world, events, count, poller, minutes } = await begun();
    const before = count('reply.received');
    expect(before).toBeLessThan(100);
    await minutes(7);
    const thread = [...world.threads.values()][90];
    const fresh = { direction: 'inbound', sentAt: ports.clock.now(), text: 'A new reply.' } as const;
    world.addMessage(thread?.id ?? '', fresh);
    await minutes(1);
    expect(events().filter((event) => !event.backfill)).toHaveLength(1);
    expect(count('reply.received')).toBeLessThan(130);
    await minutes(50);
    expect(count('reply.received')).toBe(131);
    expect(new Set(events().map(({ type, message }) => `${type} ${message}`)).size).toBe(events().length);
    expect((await poller.poll()).calls).toBe(2);
    expect(await askedBackfill(ports.store, { shard: shardPartition(0), connection: 'sales' })).toBeUndefined();
  });

  it('that somebody works on is left to him by the polls, for as long as he shows himself', async () => {
    const { count, minutes, ports, pass } = await begun();
    const before = count('reply.received');
    for (let minute = 0; minute < 20; minute += 1) {
      await holdBackfill(ports.store, { shard: shardPartition(0), connection: 'sales' }, ports.clock.now());
      await minutes(1);
    }
    expect(count('reply.received')).toBe(before);
    pass(5 * 60_000);
    await minutes(1);
    expect(count('reply.received')).toBeGreaterThan(before);
  });

  it.each(['coldsend', 'cohesive'])('is done a thread at a time where a vendor allows no more: %s', async (vendor) => {
    // As many as fill pages.
    const { polled, ports, world, count, pass } = backfillBench({ vendor, threads: 100 });
    await createPoller(polled, ports).poll();
    const work = { polled, ports, limits: POLL_LIMITS, on: START, since: 0, shard: shardPartition(0) };
    const pieces: boolean[] = [];
    while (!pieces.includes(true) && pieces.length < 300) {
      const { done } = await backfillSome(work, { threadsMax: 1, onThread: () => {} });
      pieces.push(done);
      pass(60_000);
      const risen = pieces.length % 20 === 0 ? [...world.threads.values()][pieces.length] : undefined;
      const fresh = { direction: 'inbound', sentAt: ports.clock.now(), text: 'A new reply.' } as const;
      if (risen) world.addMessage(risen.id, fresh);
    }
    expect(count('reply.received')).toBe(100);
    expect(pieces.length).toBeLessThan(120);
  });

  it('that is stopped stands still until it is asked for again', async () => {
    const { polled, ports, count, minutes } = await begun();
    expect(await stopBackfill(ports.store, { shard: shardPartition(0), connection: 'sales' })).toBe(true);
    expect(await stopBackfill(ports.store, { shard: shardPartition(0), connection: 'sales' })).toBe(false);
    const before = count('reply.received');
    await minutes(20);
    expect(count('reply.received')).toBe(before);
    const result = await backfill(polled, ports, { since: 'all', onProgress: () => {} });
    expect(result).toMatchObject({ threads: 130, done: true });
    expect(count('reply.received')).toBe(130);
  });

  it('is worked on by one of several who wait for it, and taken over when he leaves', async () => {
    const { polled, ports, vendor, count } = backfillBench({ threads: 40 });
    await createPoller(polled, ports).poll();
    const opened: string[] = [];
    vendor.answers = ({ url }, answer) => {
      if (url.includes('/messages')) opened.push(url);
      return answer;
    };
    const abort = new AbortController();
    const seen: number[] = [];
    const asked = await Promise.all([
      backfill(polled, ports, { since: 'all', onProgress: () => abort.abort(), signal: abort.signal }),
      backfill(polled, ports, { since: 'all', onProgress: ({ threads }) => seen.push(threads) }),
      backfill(polled, ports, { since: START - 24 * HOUR, onProgress: ({ threads }) => seen.push(threads) }),
    ]);
    expect(asked.map(({ done }) => done)).toEqual([false, true, true]);
    expect(seen.at(-1)).toBe(40);
    expect([count('reply.received'), new Set(opened).size, opened.length]).toEqual([40, 40, 40]);
  });

  it('takes neighbours that are refused, missing and empty for no refused key', async () => {
    const { polled, ports, vendor, count } = backfillBench({ vendor: 'cohesive', threads: 60 });
    await createPoller(polled, ports).poll();
    const answers = [404, 500, 403, 429, 401, 410, 422, 403];
    const sick = new Map<string, number>();
    vendor.answers = ({ url }, answer) => {
      const lead = /lead(\d+)(?:%40|@)/i.exec(url)?.[1];
      const status = lead === undefined ? undefined : answers[Number(lead) - 10];
      if (status === undefined) return answer;
      sick.set(url, status);
      return { ...answer, status, body: '{"error":"no"}' };
    };
    const result = await backfill(polled, ports, { since: 'all', onProgress: () => {} });
    expect(sick.size).toBe(8);
    expect(result).toMatchObject({ done: false });
    expect(count('reply.received')).toBe(52);
  });

  it('ends for who works on it when another one stops it', async () => {
    const { polled, ports, count, pass } = await begun();
    pass(60_000);
    const stopping = {
      since: 'all',
      onProgress: () => void stopBackfill(ports.store, { shard: shardPartition(0), connection: 'sales' }),
    } as const;
    const before = count('reply.received');
    expect(await backfill(polled, ports, stopping)).toMatchObject({ done: false, stopped: true });
    expect(count('reply.received')).toBeLessThan(130);
    expect(count('reply.received')).toBeGreaterThan(before);
  });

  it('is noticed at the next poll by who polls in another process', async () => {
    const { polled, ports, count, pass } = bench();
    const poller = createPoller(polled, ports);
    const minutes = async (number: number) => {
      for (let minute = 0; minute < number; minute += 1) {
        await poller.poll();
        pass(60_000);
      }
    };
    await minutes(200);
    await askForBackfill(ports.store, { shard: shardPartition(0), connection: 'sales' }, 0);
    await minutes(1);
    expect(count('reply.received')).toBeGreaterThan(0);
    await minutes(60);
    expect(count('reply.received')).toBe(130);
  });

  it('goes on as far back as the config or a person wants, whichever is further', async () => {
    const { polled, ports, count, minutes } = await begun(10 * HOUR);
    await minutes(60);
    expect(count('reply.received')).toBe(130);
    await createPoller(polled, ports).poll();
    expect(await askedBackfill(ports.store, { shard: shardPartition(0), connection: 'sales' })).toBeUndefined();
  });

  it('is carried out once per connection when the config asks for it, a piece after each poll', async () => {
    const { polled, ports, count, pass } = bench(48 * HOUR + 60_000);
    const poller = createPoller(polled, ports);
    for (let poll = 0; poll < 36; poll += 1) {
      await poller.poll();
      pass(60_000);
    }
    expect(count('reply.received')).toBe(48);
    const { calls } = await poller.poll();
    expect(calls).toBe(2);
  });
});
