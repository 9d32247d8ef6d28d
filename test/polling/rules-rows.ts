import assert from 'node:assert/strict';
import type { Row } from '../vendors/test-vendor.ts';
import { Bench, DAY, type Engine, HOUR, MINUTE } from './harness.ts';
import { of, ofVendorsThatOpen } from './rule.ts';

/** A vendor whose rows keep the time of their thread's first message for ever. */
const stillBench = (engine: Engine, vendor: string) => new Bench(engine, { vendor, activity: 'first' });

/** Threads whose rows are days old, newest first on page 1 alone, and at rest. */
async function stillThreads(bench: Bench, count: number) {
  const threads = bench.oldLeads(count, { from: 3 * DAY });
  for (const thread of threads) {
    bench.reply(thread, { sentAt: bench.now - 30 * MINUTE, text: 'Zero.' });
    bench.world.look();
    bench.world.setRead(thread.id, true);
  }
  await bench.pollWell();
  await bench.run(2 * HOUR, 5 * MINUTE);
  return threads;
}

/** From now on these fields of rows stay as they are in a thread's first row from here on. */
function freeze(bench: Bench, fields: readonly string[]): void {
  const first = new Map<unknown, Row>();
  bench.onAnswer = ({ url }, answer) => {
    if (!bench.vendor.lists.test(url)) return answer;
    const frozen = (row: Row): Row => {
      const name = row.thread_id ?? row.leadEmail;
      const before = first.get(name) ?? row;
      first.set(name, before);
      return {
        ...row,
        ...Object.fromEntries(fields.flatMap((field) => (field in row ? [[field, before[field]]] : []))),
      };
    };
    return { ...answer, body: bench.vendor.withRows(answer.body, (rows) => rows.map(frozen)) };
  };
}

/** Whatever of a row changes when a reply comes, the reply is told; without its time. */
async function rowsThatStandStill(engine: Engine, vendor: string): Promise<void> {
  const kept = [
    ['last_message_preview', 'is_read'],
    ['reply_count', 'is_read'],
    ['reply_count', 'last_message_preview'],
  ];
  for (const fields of kept) {
    const bench = stillBench(engine, vendor);
    const [thread] = await stillThreads(bench, 15);
    assert(thread);
    freeze(bench, fields);
    await bench.run(MINUTE);
    const ids: string[] = [];
    for (const text of ['One.', 'Two.', 'Three.']) {
      bench.world.setRead(thread.id, true);
      await bench.run(5 * MINUTE);
      ids.push(bench.reply(thread, { text }));
      await bench.run(HOUR + 5 * MINUTE, 5 * MINUTE);
      bench.assertReceived(
        ids,
        `a reply behind a row that keeps its time and ${fields} was not recorded within the hour`,
      );
    }
  }
}

/** The first reply of a thread that was begun long ago: its row is new, and older than everything that is looked at. */
async function newRowsThatAreOld(engine: Engine, vendor: string): Promise<void> {
  const bench = stillBench(engine, vendor);
  await stillThreads(bench, 15);
  const thread = bench.lead();
  bench.world.addMessage(thread.id, { direction: 'outbound', sentAt: bench.now - 4 * DAY, text: 'Hello?' });
  const ids = [bench.reply(thread)];
  await bench.run(2 * MINUTE);
  bench.assertReceived(ids, 'a new row of an old time was passed over');
}

/** A person reads a thread: nothing is to be looked for in it. */
async function readByAPerson(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  await bench.pollWell();
  const thread = bench.lead();
  bench.reply(thread);
  await bench.run(2 * HOUR, 5 * MINUTE);
  let openings = 0;
  bench.onRequest = ({ url }) => {
    if (bench.vendor.openings?.(thread).test(url)) openings += 1;
  };
  bench.world.setRead(thread.id, true);
  await bench.run(2 * HOUR, 5 * MINUTE);
  assert.equal(openings, 0, 'a thread was opened because a person had read it');
}

/** Rows that never come twice alike: they are news of nothing, and cost no more than an opening an hour each. */
async function rowsThatAlwaysChange(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  bench.oldLeads(10);
  await bench.pollWell();
  let count = 0;
  bench.onAnswer = ({ url }, answer) => {
    if (!bench.vendor.lists.test(url)) return answer;
    count += 1;
    const changed = (row: Row): Row =>
      'tagline' in row ? { ...row, tagline: `${count}` } : { ...row, last_message_preview: `${count}` };
    return { ...answer, body: bench.vendor.withRows(answer.body, (rows) => rows.map(changed)) };
  };
  let openings = 0;
  bench.onRequest = ({ url }) => {
    if (!bench.vendor.lists.test(url) && !/campaigns/.test(url)) openings += 1;
  };
  await bench.run(6 * HOUR);
  // ColdSend is asked for details as well when a thread is opened for the first time.
  assert(openings <= 10 * 8, `${openings} openings of 10 threads in six hours, whose rows change with each answer`);
}

/** Nothing of a row moves: the newest 30 threads of the list are opened once a day all the same. */
async function rowsOfWhichNothingMoves(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, {
    vendor,
    activity: 'first',
    limits: { pageRows: 100 },
    switches: { cohesivePageSize: 50 },
  });
  const threads = (await stillThreads(bench, 40)).toReversed();
  freeze(bench, ['last_message_preview', 'is_read', 'reply_count', 'tagline']);
  await bench.run(MINUTE);
  const ids = threads.map((thread) => bench.reply(thread, { text: 'Tell me.' }));
  await bench.run(2 * HOUR, 5 * MINUTE);
  bench.assertReceived([], 'a row moved');
  await bench.run(3 * DAY, 5 * MINUTE);
  bench.assertReceived(ids.slice(0, 30), 'the daily reading opened others than the newest 30 threads of the list');
}

export const ROW_RULES = {
  'P12 a row that keeps its time has its thread opened for whatever else changes':
    ofVendorsThatOpen(rowsThatStandStill),
  'P12 a new row of an old time is opened': ofVendorsThatOpen(newRowsThatAreOld),
  'P12 what nothing of a row shows is found daily in the newest 30 threads': ofVendorsThatOpen(rowsOfWhichNothingMoves),
  'P12 rows that change with each answer cost an opening an hour': ofVendorsThatOpen(rowsThatAlwaysChange),
  // Cohesive has no read marks.
  'P12 a thread that a person read is not opened for it': of('coldsend', readByAPerson),
};
