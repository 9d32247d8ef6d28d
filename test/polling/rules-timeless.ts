import assert from 'node:assert/strict';
import type { WorldThread } from '../../sandbox/world-model.ts';
import type { Row } from '../vendors/test-vendor.ts';
import { Bench, type BenchOptions, DAY, type Engine, HOUR, MINUTE } from './harness.ts';
import { ofVendorsThatOpen } from './rule.ts';

type IsUntimed = (lead: number, isTop: boolean) => boolean;

const ALL: IsUntimed = () => true;

/** The number of the bench's lead, by the address in its row. */
const leadOf = (row: Row): number => Number(/lead(\d+)@/i.exec(JSON.stringify(row))?.[1]);

/** The rows of these leads come without a time that can be read. */
function withoutTimes(bench: Bench, isUntimed: IsUntimed): void {
  const changed = (url: string) => (row: Row) =>
    isUntimed(leadOf(row), bench.vendor.topInUrl.test(url)) ? (bench.vendor.withoutTime?.(row) ?? row) : row;
  bench.onAnswer = ({ url }, answer) =>
    bench.vendor.lists.test(url)
      ? { ...answer, body: bench.vendor.withRows(answer.body, (rows) => rows.map(changed(url))) }
      : answer;
}

/** A vendor that gives no row a time that can be read, and threads that were there before. */
function timelessList(engine: Engine, vendor: string, count: number, options: Omit<BenchOptions, 'vendor'> = {}) {
  const bench = new Bench(engine, { vendor, ...options });
  withoutTimes(bench, ALL);
  return { bench, threads: bench.oldLeads(count, { from: DAY }) };
}

const isMarked = (bench: Bench) => bench.state().some(({ value }) => JSON.stringify(value).includes('"stands"'));

interface Burst {
  readonly received: readonly string[];
  readonly interested: readonly string[];
}

/** So many replies at once, of those that are known and of new leads, every second one interested. */
function burst(bench: Bench, count: number, known: readonly WorldThread[]): Burst {
  const received: string[] = [];
  const interested: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const thread = known[index] ?? bench.lead();
    const id = bench.reply(thread, { sentAt: bench.now - index, text: `Of ${index}, at ${bench.now}.` });
    received.push(id);
    if (index % 2 === 1) continue;
    bench.world.setLabel(thread.id, 'interested');
    interested.push(id);
  }
  return { received, interested };
}

/** By ordinary polling, which is before the threads on page 1 have their recheck. */
const SOON = 50 * MINUTE;

async function assertTold(bench: Bench, bursts: readonly Burst[], when: string): Promise<void> {
  await bench.pollFor(SOON);
  const told = (of: keyof Burst) => bursts.flatMap((each) => each[of]);
  bench.assertReceived(told('received'), `replies of a burst were lost ${when}`);
  bench.assertInterested(told('interested'), `labels of a burst were lost ${when}`);
}

/** More replies than a page holds come between two polls, to a list of a page, of three and of many. */
async function burstsAreTold(engine: Engine, vendor: string): Promise<void> {
  for (const count of [0, 10, 60, 260]) {
    const { bench, threads } = timelessList(engine, vendor, count);
    await bench.pollWell();
    await bench.run(2 * HOUR, 5 * MINUTE);
    const bursts = [burst(bench, 200, threads.slice(0, 70))];
    await bench.pollFor(HOUR);
    bursts.push(burst(bench, 90, threads.slice(-30)));
    await assertTold(bench, bursts, `where ${count} threads were there and no row has a time`);
  }
}

/** A few more replies than a page holds, none of them interested: no other list tells of those below the first page. */
async function smallBurstIsToldSoon(engine: Engine, vendor: string): Promise<void> {
  const { bench } = timelessList(engine, vendor, 60);
  await bench.pollWell();
  await bench.run(3 * HOUR, 5 * MINUTE);
  const ids = Array.from({ length: 28 }, (_, index) => bench.reply(bench.lead(), { sentAt: bench.now - index }));
  await bench.run(20 * MINUTE);
  bench.assertReceived(ids, 'replies below the first page were not told soon where no row has a time');
}

/** A list of many pages is read a slice a poll, and a burst comes while it is read for the first time. */
async function burstDuringTheFirstReading(engine: Engine, vendor: string): Promise<void> {
  for (const polls of [1, 3, 8]) {
    const { bench, threads } = timelessList(engine, vendor, 260, { limits: { callsPerPoll: 8 } });
    for (let poll = 0; poll < polls; poll += 1) {
      await bench.pollWell();
      bench.now += MINUTE;
    }
    const told = burst(bench, 100, threads.slice(0, 50));
    await bench.pollFor(2 * HOUR);
    await assertTold(bench, [told], `after ${polls} polls of a list of many pages without any time`);
  }
}

/** The vendor writes times that can be read until the moment of the burst. */
async function burstAsTimesVanish(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const threads = bench.oldLeads(260, { from: DAY });
  await bench.pollWell();
  await bench.run(3 * HOUR, 5 * MINUTE);
  withoutTimes(bench, ALL);
  await assertTold(bench, [burst(bench, 200, threads.slice(0, 70))], 'as the times of all rows vanished');
}

/** Times that can be read again end it: the list is read by them, and nothing is lost in between. */
async function timesComeBack(engine: Engine, vendor: string): Promise<void> {
  const { bench, threads } = timelessList(engine, vendor, 100);
  await bench.pollWell();
  await bench.run(3 * HOUR, 5 * MINUTE);
  assert(isMarked(bench), 'a list without any time is not read whole');
  bench.onAnswer = undefined;
  const openings = openingsOf(bench, threads);
  const told = burst(bench, 60, threads.slice(0, 30));
  await bench.pollFor(30 * MINUTE);
  assert(!isMarked(bench), 'rows whose times can be read again still pass for rows without times');
  assert(openings() <= 120, `${openings()} openings of 130 threads as their times could be read again`);
  await assertTold(bench, [told], 'as times could be read again');
}

function openingsOf(bench: Bench, threads: readonly WorldThread[]): () => number {
  let openings = 0;
  bench.onRequest = (request) => {
    if (bench.opens(request, threads)) openings += 1;
  };
  return () => openings;
}

/** A list that is longer than its baseline can read at once, of which no thread is recent: its place tells that, not its time. */
async function firstReadingOpensFew(engine: Engine, vendor: string): Promise<void> {
  const { bench, threads } = timelessList(engine, vendor, 300, { limits: { callsPerPoll: 6 } });
  const openings = openingsOf(bench, threads);
  await bench.pollWell();
  await bench.run(3 * HOUR, 5 * MINUTE);
  assert(isMarked(bench), 'a list without any time is not read whole');
  assert(openings() <= 40, `${openings()} openings of 300 threads without times, of which none is recent`);
}

/** Calls and writes of an hour in which nothing happens. */
async function costAtRest(bench: Bench) {
  bench.oldLeads(15, { from: DAY });
  await bench.pollWell();
  await bench.run(3 * HOUR);
  const { http, puts } = bench.counts;
  await bench.run(HOUR);
  return { calls: bench.counts.http - http, writes: bench.counts.puts - puts };
}

/** A list of one page costs as much as one with times. */
async function onePageCostsNothing(engine: Engine, vendor: string): Promise<void> {
  const timeless = await costAtRest(timelessList(engine, vendor, 0).bench);
  assert.deepEqual(timeless, await costAtRest(new Bench(engine, { vendor })), 'a list of one page costs more');
}

/** A list of many pages: its readings write when they were made, nothing else, and open nothing. */
async function manyPagesCostReadingsAlone(engine: Engine, vendor: string): Promise<void> {
  const { bench, threads } = timelessList(engine, vendor, 260);
  await bench.pollWell();
  await bench.run(3 * HOUR);
  const openings = openingsOf(bench, threads);
  bench.written.length = 0;
  await bench.run(2 * HOUR);
  assert.equal(openings(), 0, 'rows that did not change were opened');
  const state = bench.written.filter(({ partition }) => /^(FEED|ROWS)#/.test(partition));
  assert.equal(state.length, 0, 'rows that did not change were written again');
  assert(bench.written.length <= 2 * 2 * 12, `${bench.written.length} writes in two hours in which nothing changed`);
}

/** Rows without times among others prove nothing of their list; nor does a first page of them. */
async function someTimesAreEnough(engine: Engine, vendor: string): Promise<void> {
  const some: Readonly<Record<string, IsUntimed>> = {
    'a few rows': (lead) => lead % 10 === 1,
    'the first page': (_, isTop) => isTop,
  };
  for (const [which, isUntimed] of Object.entries(some)) {
    const bench = new Bench(engine, { vendor });
    withoutTimes(bench, isUntimed);
    const threads = bench.oldLeads(100, { from: DAY });
    for (let polls = 0; polls < 60; polls += 1) {
      bench.now += MINUTE;
      await bench.pollWell();
      assert(!isMarked(bench), `a list passes for one without times where ${which} lacked one`);
    }
    await assertTold(bench, [burst(bench, 90, threads.slice(0, 30))], `where ${which} lacked a time`);
  }
}

/** Mail of the hour before switching on, in none or in many threads; older ones rise as those are archived, or are written to. */
async function oldMailIsNotTold(engine: Engine, vendor: string): Promise<void> {
  for (const count of [0, 50]) {
    const bench = new Bench(engine, { vendor });
    withoutTimes(bench, ALL);
    const [oldest] = bench.oldLeads(100, { from: DAY, intent: 'interested' });
    const recent = Array.from({ length: count }, (_, index) => {
      const thread = bench.lead(index % 2 ? { intent: 'interested' } : {});
      bench.reply(thread, { sentAt: bench.now - (index + 1) * MINUTE });
      return thread;
    });
    await bench.pollWell();
    await bench.run(2 * DAY, 5 * MINUTE);
    for (const { id } of recent) bench.world.archive(id);
    await bench.run(2 * HOUR);
    if (oldest) bench.world.addMessage(oldest.id, { direction: 'outbound', sentAt: bench.now, text: 'Shall we talk?' });
    await bench.run(HOUR);
    bench.assertReceived([], 'mail from before switching on was told where no row has a time');
    bench.assertInterested([], 'a label from before switching on was told where no row has a time');
  }
}

/** Late mail of threads that stand pages below the first one. */
async function lateMailIsTold(engine: Engine, vendor: string): Promise<void> {
  const { bench, threads } = timelessList(engine, vendor, 60);
  await bench.pollWell();
  await bench.run(2 * HOUR, 5 * MINUTE);
  const late = { sentAt: bench.now, visibleAt: bench.now + 40 * MINUTE };
  const ids = threads.slice(0, 30).map((thread, index) => bench.reply(thread, { ...late, text: `Late ${index}.` }));
  await bench.run(2 * HOUR);
  bench.assertReceived(ids, 'late mail was lost where no row has a time');
}

/** Where times can be read in some rows alone, by the number of the lead. */
const SOME_TIMES: Readonly<Record<string, IsUntimed>> = {
  'four of five': (lead) => lead % 5 !== 0,
  'thirty in a row': (lead) => Math.floor(lead / 30) % 2 === 0,
  'sixty in a row': (lead) => Math.floor(lead / 60) % 2 === 0,
  'all but one': (lead) => lead !== 40,
  'all below the first page': (_, isTop) => !isTop,
};

/** More replies than a page holds come to a list in which most rows have no time: what stands below is not taken for old. */
async function burstsAmongSomeTimes(engine: Engine, vendor: string): Promise<void> {
  for (const [which, isUntimed] of Object.entries(SOME_TIMES)) {
    const bench = new Bench(engine, { vendor });
    withoutTimes(bench, isUntimed);
    const threads = bench.oldLeads(60, { from: DAY });
    await bench.pollWell();
    await bench.run(2 * HOUR, 5 * MINUTE);
    await assertTold(bench, [burst(bench, 200, threads)], `where no time can be read in ${which}`);
  }
}

/** Replies of the hour fill more than a page, so that polls read on below it; a new lead without a time shows up after the first page was read. */
async function appearsDuringAReading(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const met = new Set<number>();
  withoutTimes(bench, (lead) => lead % 3 === 0 || met.has(lead));
  bench.oldLeads(60, { from: DAY });
  await bench.pollWell();
  await bench.run(2 * HOUR, 5 * MINUTE);
  const told = burst(bench, 50, []);
  await bench.pollFor(5 * MINUTE);
  const ids = [...told.received];
  let isBelow = false;
  bench.onRequest = ({ url }) => {
    if (!bench.vendor.lists.test(url)) return;
    if (isBelow && !bench.vendor.topInUrl.test(url)) {
      isBelow = false;
      const thread = bench.lead();
      met.add(Number(/lead(\d+)@/i.exec(thread.leadEmail)?.[1]));
      ids.push(bench.reply(thread, { text: `Met below the top, at ${bench.now}.` }));
    }
  };
  for (let times = 0; times < 8; times += 1) {
    isBelow = true;
    await bench.pollFor(4 * MINUTE);
  }
  assert(ids.length > told.received.length + 4, 'polls did not read on below the first page');
  await bench.pollFor(10 * MINUTE);
  bench.assertReceived(ids, 'a row without a time that showed up during a reading was never opened');
}

export const TIMELESS_RULES = {
  'P12 a row without a time that shows up during a reading is opened': ofVendorsThatOpen(appearsDuringAReading),
  'P14 a burst is told where no row has a time': ofVendorsThatOpen(burstsAreTold),
  'P14 a few replies below the first page are told soon where no row has a time':
    ofVendorsThatOpen(smallBurstIsToldSoon),
  'P14 a burst is told while a list without any time is first read': ofVendorsThatOpen(burstDuringTheFirstReading),
  'P14 a burst is told as the times of all rows vanish': ofVendorsThatOpen(burstAsTimesVanish),
  'P14 a long list without any time is first read with few openings': ofVendorsThatOpen(firstReadingOpensFew),
  'P14 times that can be read again are gone by': ofVendorsThatOpen(timesComeBack),
  'P14 a list of one page without any time costs nothing more': ofVendorsThatOpen(onePageCostsNothing),
  'P14 a list without any time that does not change costs its readings alone':
    ofVendorsThatOpen(manyPagesCostReadingsAlone),
  'P14 a list with some times is read by them': ofVendorsThatOpen(someTimesAreEnough),
  'P14 a burst is told where some rows have a time': ofVendorsThatOpen(burstsAmongSomeTimes),
  'P5 what was there is not told where no row has a time': ofVendorsThatOpen(oldMailIsNotTold),
  'P2 late mail is told where no row has a time': ofVendorsThatOpen(lateMailIsTold),
};
