import assert from 'node:assert/strict';
import type { WorldThread } from '../../sandbox/world-model.ts';
import type { Row } from '../vendors/test-vendor.ts';
import { Bench, type BenchOptions, DAY, type Engine, HOUR, MINUTE } from './harness.ts';
import { ofVendorsThatOpen } from './rule.ts';

/** A vendor that sorts by a time which stays that of a thread's first message; its newest row first. */
async function stillList(engine: Engine, vendor: string, count: number) {
  const bench = new Bench(engine, { vendor, activity: 'first' });
  const threads = bench.oldLeads(count, { from: DAY }).toReversed();
  await bench.pollWell();
  await bench.run(2 * HOUR, 5 * MINUTE);
  const answer = async (indices: readonly number[]): Promise<string[]> => {
    const ids: string[] = [];
    for (const index of indices) {
      const thread = threads[index];
      assert(thread);
      ids.push(bench.reply(thread, { text: `Of ${index}, at ${bench.now}.` }));
      await bench.run(3 * MINUTE);
    }
    return ids;
  };
  return { bench, threads, answer };
}

const isMarked = (bench: Bench) => bench.state().some(({ value }) => JSON.stringify(value).includes('"stands"'));

/** One answer on page 1 shows that the list is sorted by something else; from then on answers are found however deep their rows stand. */
async function answersBelowPageOne(engine: Engine, vendor: string): Promise<void> {
  const { bench, answer } = await stillList(engine, vendor, 260);
  const ids = [...(await answer([2])), ...(await answer([25, 45, 110, 190, 250, 12, 25, 250]))];
  await bench.run(HOUR + 20 * MINUTE);
  bench.assertReceived(ids, 'an answer below page 1, behind a row that keeps its time, was not recorded');
}

/** As above, and a thread gets its first reply long after it was begun: its row is new deep in the list. */
async function newRowsBelowPageOne(engine: Engine, vendor: string): Promise<void> {
  const { bench, answer } = await stillList(engine, vendor, 60);
  const ids = await answer([2]);
  await bench.run(30 * MINUTE);
  const thread = bench.lead();
  bench.world.addMessage(thread.id, { direction: 'outbound', sentAt: bench.now - 3 * DAY, text: 'Hello?' });
  ids.push(bench.reply(thread));
  await bench.run(30 * MINUTE);
  bench.assertReceived(ids, 'a new row of an old time below page 1 was passed over');
}

/** Once the rows are remembered, what does not change is not opened and not written again. */
async function unchangedRowsCostNothing(engine: Engine, vendor: string): Promise<void> {
  const { bench, answer, threads } = await stillList(engine, vendor, 260);
  await answer([2]);
  await bench.run(3 * HOUR);
  let openings = 0;
  bench.onRequest = (request) => {
    if (bench.opens(request, threads)) openings += 1;
  };
  bench.written.length = 0;
  await bench.run(2 * HOUR);
  assert.equal(openings, 0, 'rows that did not change were opened');
  const rows = bench.written.filter(({ partition }) => partition.startsWith('ROWS#'));
  assert.equal(rows.length, 0, 'rows that did not change were written again');
  await answer([200]);
  await bench.run(20 * MINUTE);
  const changed = bench.written.filter(({ partition }) => partition.startsWith('ROWS#'));
  assert.equal(changed.length, 1, 'one row that changed made more than its part of the rows be written');
}

/** A vendor like others, but that the row of this thread keeps its time, and its place by that. */
function withStillRow(bench: Bench, { leadEmail, id }: WorldThread, at: number): void {
  const timeOf = ({ lastTimestamp, last_message_at }: Row) =>
    typeof lastTimestamp === 'number' ? lastTimestamp : Date.parse(String(last_message_at));
  const still = (row: Row): Row => {
    if (row.thread_id !== id && row.leadEmail !== leadEmail) return row;
    return 'lastTimestamp' in row
      ? { ...row, lastTimestamp: at }
      : { ...row, last_message_at: new Date(at).toISOString() };
  };
  const sorted = (rows: readonly Row[]) => rows.map(still).sort((one, other) => timeOf(other) - timeOf(one));
  bench.onAnswer = ({ url }, answer) =>
    bench.vendor.lists.test(url) ? { ...answer, body: bench.vendor.withRows(answer.body, sorted) } : answer;
}

/** Rows without a time that can be read, now and then: theirs is that of a neighbour, and to have their own again is no rise. */
async function timesThatComeAndGo(engine: Engine, vendor: string): Promise<void> {
  const { bench, answer } = await stillList(engine, vendor, 60);
  const ids = await answer([2]);
  let requests = 0;
  bench.onAnswer = ({ url }, given) => {
    if (!bench.vendor.lists.test(url)) return given;
    requests += 1;
    const some = (row: Row, index: number) =>
      requests % 4 < 2 && index % 3 === 1 ? bench.vendor.withoutTime?.(row) : row;
    return {
      ...given,
      body: bench.vendor.withRows(given.body, (rows) => rows.map((row, index) => some(row, index) ?? row)),
    };
  };
  await bench.run(HOUR);
  assert(isMarked(bench), 'a row that has its own time again passed for one that rose');
  ids.push(...(await answer([45])));
  await bench.run(30 * MINUTE);
  bench.assertReceived(ids, 'a reply below page 1 was lost where some rows have no time now and then');
}

/** One freak row is proof until another thread rises with its answer. */
async function oneFreakRow(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const [other, freak] = bench.oldLeads(10, { from: DAY }).slice(-2);
  assert(other && freak);
  withStillRow(bench, freak, bench.now - DAY - HOUR);
  await bench.pollWell();
  await bench.run(2 * HOUR, 5 * MINUTE);
  const ids = [bench.reply(freak, { text: 'One.' })];
  await bench.run(5 * MINUTE);
  assert(isMarked(bench), 'a row that stood still while its lead answered was not noticed');
  ids.push(bench.reply(other, { text: 'Two.' }));
  await bench.run(30 * MINUTE);
  assert(!isMarked(bench), 'one row is held against a list that is in order');
  bench.assertReceived(ids, 'a row that stood still hid its answer');
}

/** Our mail changes a row, and while its thread is opened the lead answers: the row rises a moment later. */
async function answerWhileOpening(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor, activity: 'inbound' });
  const [thread] = bench.oldLeads(10, { from: DAY }).slice(-2);
  assert(thread);
  await bench.pollWell();
  await bench.run(2 * HOUR, 5 * MINUTE);
  bench.world.addMessage(thread.id, { direction: 'outbound', sentAt: bench.now, text: 'We wrote.' });
  const ids: string[] = [];
  bench.onRequest = ({ url }) => {
    if (ids.length === 0 && bench.vendor.openings?.(thread).test(url)) ids.push(bench.reply(thread, { text: 'One.' }));
  };
  await bench.run(5 * MINUTE);
  bench.assertReceived(ids, 'an answer that came while its thread was opened was not told');
  assert(!isMarked(bench), 'an answer that came while its thread was opened is held against its list');
}

interface Ordinary extends Omit<BenchOptions, 'vendor'> {
  readonly happens: (bench: Bench, thread: WorldThread) => void;
}

/** What changes a row's words while its time stands still, at vendors whose rows rise with each answer. */
const ORDINARY: Readonly<Record<string, Ordinary>> = {
  'our own mail': {
    activity: 'inbound',
    happens: (bench, thread) =>
      bench.world.addMessage(thread.id, { direction: 'outbound', sentAt: bench.now, text: 'We wrote.' }),
  },
  'late mail': {
    happens: (bench, thread) => {
      bench.reply(thread, { text: 'In time.' });
      bench.reply(thread, { sentAt: bench.now - 20 * MINUTE, visibleAt: bench.now + 10 * MINUTE, text: 'Late.' });
    },
  },
  'late mail behind our own': {
    activity: 'inbound',
    happens: (bench, thread) => {
      bench.reply(thread, { text: 'In time.' });
      bench.world.addMessage(thread.id, { direction: 'outbound', sentAt: bench.now + 1, text: 'We wrote.' });
      bench.reply(thread, { sentAt: bench.now - 20 * MINUTE, visibleAt: bench.now + 10 * MINUTE, text: 'Late.' });
    },
  },
  'late mail beside our own of a vendor whose messages are hours ahead': {
    activity: 'inbound',
    switches: { isoTimes: 'zoneless', isoZoneMinutes: 330 },
    happens: (bench, thread) => {
      const later = bench.now + 10 * MINUTE;
      bench.reply(thread, { text: 'In time.' });
      bench.reply(thread, { sentAt: bench.now - 20 * MINUTE, visibleAt: later, text: 'Late.' });
      bench.world.addMessage(thread.id, { direction: 'outbound', sentAt: later, visibleAt: later, text: 'We wrote.' });
    },
  },
  'two answers of one second': {
    switches: { cohesiveSeconds: true },
    happens: (bench, thread) => {
      const second = Math.floor(bench.now / 1_000) * 1_000;
      bench.reply(thread, { sentAt: second + 100, text: 'One.' });
      bench.reply(thread, { sentAt: second + 900, visibleAt: bench.now + 2 * MINUTE, text: 'Two.' });
    },
  },
};

async function ordinaryLists(engine: Engine, vendor: string): Promise<void> {
  for (const [name, { happens, ...options }] of Object.entries(ORDINARY)) {
    const bench = new Bench(engine, { vendor, ...options });
    const [thread] = bench.oldLeads(10, { from: DAY }).slice(-2);
    assert(thread);
    await bench.pollWell();
    await bench.run(2 * HOUR, 5 * MINUTE);
    happens(bench, thread);
    for (let minutes = 0; minutes < 90; minutes += 1) {
      await bench.run(MINUTE);
      assert(!isMarked(bench), `${name} passed for an answer whose row stood still`);
    }
  }
}

export const STILL_RULES = {
  'P14 an answer is found however deep its row stands, where rows stand still': ofVendorsThatOpen(answersBelowPageOne),
  'P14 a new row of an old time is opened however deep it stands': ofVendorsThatOpen(newRowsBelowPageOne),
  'P14 rows that stand still and do not change cost no opening and no write':
    ofVendorsThatOpen(unchangedRowsCostNothing),
  'P14 a row whose time can be read again has not risen': ofVendorsThatOpen(timesThatComeAndGo),
  'P14 one row that stands still is not held against a list for long': ofVendorsThatOpen(oneFreakRow),
  'P14 an answer that comes while its thread is opened is not held against its list':
    ofVendorsThatOpen(answerWhileOpening),
  'P14 rows that change without an answer prove nothing of their list': ofVendorsThatOpen(ordinaryLists),
};
