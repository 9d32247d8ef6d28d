import assert from 'node:assert/strict';
import { loadConnection } from '../../shared/polling/state/connection.ts';
import type { HttpResponse } from '../../shared/ports.ts';
import { Bench, DAY, type Engine, HOUR, MINUTE, SECOND } from './harness.ts';
import { of, ofEveryVendor, ofEveryVendorBut } from './rule.ts';

async function equalTimesLongerThanAPage(engine: Engine, vendor: string): Promise<void> {
  for (const seed of [1, 2, 3, 4]) {
    const switches = { shuffleTies: true };
    const bench = new Bench(engine, { vendor, limits: { callsPerPoll: 300 }, switches, seed });
    bench.oldLeads(25);
    await bench.pollWell();
    await bench.run(5 * MINUTE);
    const ids = Array.from({ length: 50 }, () => bench.reply(bench.lead()));
    await bench.run(MINUTE);
    bench.assertReceived(ids, 'a group of equal times longer than a page was not read whole by one poll');
    const { calls } = await bench.pollWell();
    assert(calls < 300, `a group of equal times took ${calls} calls`);
  }
}

async function backlog(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor, limits: { callsPerPoll: 10 } });
  bench.oldLeads(5);
  await bench.pollWell();
  await bench.run(5 * MINUTE);
  const ids = Array.from({ length: 120 }, () => {
    bench.now += 10 * MINUTE;
    return bench.reply(bench.lead());
  });
  bench.now += SECOND;
  bench.restart();
  const first = await bench.pollWell();
  assert(first.calls <= 25, `one poll of a budget of 10 made ${first.calls} calls`);
  assert(bench.received().length < ids.length, 'the backlog was not deeper than a budget');
  await bench.run(50 * MINUTE);
  bench.assertReceived(ids, `${vendor}: a backlog deeper than a poll's budget was not worked off`);
}

/** Rows that leave a page before the next one is read pull unread rows up into the part that was read. */
async function rowsLeaveWhileRead(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor, limits: { callsPerPoll: 300 } });
  bench.oldLeads(5);
  await bench.pollWell();
  await bench.run(5 * MINUTE);
  const threads = Array.from({ length: 60 }, () => bench.lead());
  const ids = threads.map((thread) => {
    bench.now += 20 * MINUTE;
    return bench.reply(thread);
  });
  bench.now += SECOND;
  bench.restart();
  const onPageTwo = threads.slice(-35, -20);
  // Page 1, the interested list, page 2.
  let lists = 0;
  bench.switches.onListPage = () => {
    lists += 1;
    if (lists === 3) for (const { id } of onPageTwo) bench.world.archive(id);
  };
  // ColdSend's budget of a minute may end a poll early; the next goes on.
  for (let poll = 0; poll < 5; poll += 1) {
    bench.now += MINUTE;
    await bench.poll();
  }
  bench.assertReceived(ids, `${vendor}: rows that left the list while it was read hid their neighbours`);
}

async function anotherOrder(engine: Engine, vendor: string, listOrder: 'oldest' | 'by-id'): Promise<void> {
  const bench = new Bench(engine, { vendor, switches: { listOrder } });
  bench.oldLeads(45);
  await bench.pollWell();
  await bench.run(5 * MINUTE);
  const recorded: string[] = [];
  const interested: string[] = [];
  for (let round = 0; round < 4; round += 1) {
    interested.push(bench.reply(bench.lead({ intent: 'interested' })));
    recorded.push(bench.reply(bench.lead()));
    await bench.run(12 * MINUTE);
    bench.assertReceived([...recorded, ...interested], `${vendor}: a list ${listOrder} hid new mail`);
    bench.assertInterested(interested, `${vendor}: a list ${listOrder} hid a label`);
  }
  await bench.run(2 * HOUR, 5 * MINUTE);
  bench.assertReceived([...recorded, ...interested], `${vendor}: a list ${listOrder} recorded old mail`);
}

async function anyOtherOrder(engine: Engine, vendor: string): Promise<void> {
  await anotherOrder(engine, vendor, 'oldest');
  await anotherOrder(engine, vendor, 'by-id');
}

/** Whatever is asked for below the first page, the vendor answers with the first page. */
function repeatFirstPage(bench: Bench): void {
  const { lists, pageInUrl, topInUrl } = bench.vendor;
  const firsts = new Map<string, HttpResponse>();
  bench.onAnswer = ({ url }, good) => {
    if (!lists.test(url) || good.status !== 200) return good;
    const list = url.replace(pageInUrl, '');
    if (topInUrl.test(url)) firsts.set(list, good);
    return firsts.get(list) ?? good;
  };
}

async function listThatRepeats(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor, limits: { callsPerPoll: 300 } });
  bench.oldLeads(50, { from: DAY });
  await bench.pollWell();
  await bench.run(2 * HOUR);
  repeatFirstPage(bench);
  // More than the first page shows, so that what is below cannot be read.
  const ids = Array.from({ length: 35 }, () => {
    bench.now += SECOND;
    return bench.reply(bench.lead());
  });
  const before = bench.counts.http;
  for (let hour = 0; hour < 4; hour += 1) {
    await bench.run(HOUR);
    ids.push(bench.reply(bench.lead()));
  }
  const calls = bench.counts.http - before;
  assert(calls < 4 * 60 * 2 + 120, `a list that repeats itself took ${calls} calls in four hours`);
  assert(bench.received().length < ids.length, 'the list did not repeat itself');
  bench.onAnswer = undefined;
  await bench.run(4 * HOUR);
  bench.assertReceived(ids, 'what lay below a page that came again and again was taken for read');
}

/** The rows read last may be gone when the list is gone on with, and no time says where they were. */
async function rowsLeaveUnordered(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, {
    vendor,
    limits: { callsPerPoll: 300 },
    switches: { listOrder: 'by-id' },
  });
  const threads = bench.oldLeads(60, { from: DAY });
  await bench.pollWell();
  await bench.run(15 * MINUTE);
  bench.now += SECOND;
  const ids = threads.map((thread) => bench.reply(thread));
  bench.restart();
  const listed = [...threads].sort((left, right) => (left.id < right.id ? -1 : 1));
  let lists = 0;
  bench.switches.onListPage = () => {
    lists += 1;
    if (lists === 3) for (const { id } of listed.slice(5, 12)) bench.world.archive(id);
  };
  bench.now += SECOND;
  await bench.pollWell();
  bench.assertReceived(ids, 'rows that left a list without order hid their neighbours');
}

/** Pages of a vendor that counts them by number stand elsewhere each time their size changes. */
async function pagesOfTwoSizes(engine: Engine, vendor: string): Promise<void> {
  const switches = { pageRowsDrawn: [20, 20, 20, 10], coldsendHeedsLimit: false, coldsendEchoesLimit: true };
  const bench = new Bench(engine, { vendor, limits: { pageRows: 100, callsPerPoll: 300 }, switches });
  bench.oldLeads(90);
  bench.backfill = 'all';
  bench.restart();
  await bench.pollFor(HOUR);
  assert.equal(bench.received().length, 90, `${vendor}: a backfill of pages of two sizes ended early, or never`);
  const before = bench.received();
  const ids = Array.from({ length: 60 }, () => {
    bench.now += 1;
    return bench.reply(bench.lead());
  });
  await bench.pollFor(2 * HOUR);
  bench.assertReceived([...before, ...ids], `${vendor}: a page of another size hid what was below`);
}

/** For a moment each page has no rows, whatever the total says. */
async function emptyOnce(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor, limits: { pageRows: 20, callsPerPoll: 300 } });
  bench.oldLeads(60);
  await bench.pollWell();
  bench.backfill = 'all';
  bench.restart();
  const asked = new Set<string>();
  bench.onAnswer = ({ url }, good) => {
    if (!bench.vendor.lists.test(url) || bench.vendor.topInUrl.test(url) || asked.has(url)) return good;
    asked.add(url);
    return { ...good, body: bench.vendor.withRows(good.body, () => []) };
  };
  await bench.pollFor(2 * HOUR);
  assert.equal(bench.received().length, 60, `${vendor}: a page that was empty once ended a backfill`);
}

/** A reading to the end of such a list meets two rows of three. */
async function drawnAnew(engine: Engine, vendor: string): Promise<void> {
  for (const seed of [1, 2, 3]) {
    const switches = { orderDrawn: true, coldsendTotals: 'none', cohesivePageSize: 40 } as const;
    const bench = new Bench(engine, { vendor, limits: { pageRows: 40 }, switches, seed });
    bench.oldLeads(120);
    bench.backfill = 'all';
    bench.restart();
    await bench.pollFor(2 * HOUR);
    assert.equal(bench.received().length, 120, `${vendor}: a backfill of a list in no order ended early`);
    const connection = await loadConnection(bench.store, 'bench');
    assert.equal(connection?.record.backfilled, true, `${vendor}: a backfill of a list in no order never ended`);
  }
}

/** Threads have a second row right above the newest one, and either may end the first page: by how many rows stand above. */
async function olderRowsAbove(engine: Engine, vendor: string): Promise<void> {
  for (const above of [0, 1]) {
    const bench = new Bench(engine, { vendor, switches: { olderRowsAbove: true } });
    const threads = bench.oldLeads(60, { from: DAY });
    bench.switches.doubledRowIds = threads.map(({ id }) => id);
    await bench.pollWell();
    await bench.run(20 * MINUTE);
    const ids = threads.slice(0, 40).map((thread, index) => bench.reply(thread, { sentAt: bench.now - index }));
    for (let count = 0; count < above; count += 1) ids.push(bench.reply(bench.lead()));
    await bench.pollFor(20 * MINUTE);
    bench.assertReceived(ids, `a burst was lost below an older row of its threads, with ${above} rows above them`);
    await bench.pollFor(3 * HOUR);
    bench.written.length = 0;
    const { http } = bench.counts;
    await bench.run(HOUR);
    bench.assertReceived(ids, 'a reply was told again by an older row of its thread');
    const calls = (bench.counts.http - http) / 60;
    assert(calls < 2.7, `${calls} calls a poll at rest where threads have a second row`);
    assert(
      bench.written.length < 20,
      `${bench.written.length} writes in an hour at rest where threads have a second row`,
    );
  }
}

export const LIST_RULES = {
  'P14 a backfill of a list that comes in another order at each request is done when all is told': ofEveryVendorBut(
    'outfinch',
    drawnAnew,
  ),
  'P11 pages of now more, now fewer rows hide nothing': ofEveryVendorBut('outfinch', pagesOfTwoSizes),
  'P11 a page that is empty once is no end': ofEveryVendorBut('outfinch', emptyOnce),
  'P4 a list that repeats itself is no list that ended': ofEveryVendor(listThatRepeats),
  // Of a list whose pages are counted in rows; ColdSend's calls of a minute end before such a poll, too.
  'P14 rows that leave a list without order hide nothing': of('cohesive', rowsLeaveUnordered),
  // ColdSend's calls of a minute end before such a poll.
  'P10 a group of equal times longer than a page is read whole': ofEveryVendorBut(
    'coldsend',
    equalTimesLongerThanAPage,
  ),
  "P11 a backlog deeper than a poll's budget is worked off": ofEveryVendor(backlog),
  'P11 rows that leave the list while it is read hide nothing': ofEveryVendor(rowsLeaveWhileRead),
  'P14 a list in another order is noticed and read whole': ofEveryVendor(anyOtherOrder),
  // Outfinch has a row for each message, and none twice.
  'P13 an older row of a thread above its newest hides nothing': ofEveryVendorBut('outfinch', olderRowsAbove),
};
