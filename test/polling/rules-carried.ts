import assert from 'node:assert/strict';
import type { WorldThread } from '../../sandbox/world-model.ts';
import { Bench, DAY, type Engine, HOUR, LATE_WINDOW, MINUTE, SECOND } from './harness.ts';
import { ofEveryVendor, ofVendorsThatCarry } from './rule.ts';

/** Rules that an engine breaks which takes one message's row for its whole thread. */

/** A thread, one late message of it, and everything that is due until now. */
interface Late {
  readonly bench: Bench;
  readonly thread: WorldThread;
  readonly ids: string[];
}

/** Few rows on a page, and yet the whole window within what one poll reads and opens. */
const SMALL_PAGES = { pageRows: 8 };
/** More than a page, at once. */
const MANY = 9;

/** Many in the first minute, so that nothing later needs a page with what was before it. */
async function othersWrite({ bench, ids }: Omit<Late, 'thread'>, minutes: number): Promise<void> {
  for (let others = 0; others < MANY; others += 1) {
    bench.now += SECOND;
    ids.push(bench.reply(bench.lead()));
  }
  for (let minute = 0; minute < minutes; minute += 2) {
    ids.push(bench.reply(bench.lead()));
    await bench.run(2 * MINUTE);
  }
}

/**
 * A message that is late, one of the same thread that is not, and so many others between the two that no page holds both. The
 * window has passed the late one by, and the thread was not looked at since it can be seen.
 */
async function passedBy(engine: Engine, vendor: string): Promise<Late> {
  const bench = new Bench(engine, { vendor, limits: SMALL_PAGES });
  bench.oldLeads(10);
  await bench.pollWell();
  await bench.run(5 * MINUTE);
  const thread = bench.lead();
  const late = { bench, thread, ids: [bench.reply(thread, { visibleAt: bench.now + 58 * MINUTE })] };
  await othersWrite(late, 40);
  late.ids.push(bench.reply(thread));
  await othersWrite(late, 30);
  return late;
}

async function lateInAnotherRow(engine: Engine, vendor: string): Promise<void> {
  const { bench, ids } = await passedBy(engine, vendor);
  await bench.run(LATE_WINDOW + 2 * MINUTE);
  bench.assertReceived(ids, 'a late message whose row stands far below the newest of its thread was not recorded');
}

/** The next message is met when it is older than the late window. */
async function lateBeforeARest(engine: Engine, vendor: string): Promise<void> {
  const { bench, thread, ids } = await passedBy(engine, vendor);
  ids.push(bench.reply(thread));
  bench.now += 2 * HOUR;
  await bench.run(5 * MINUTE);
  bench.assertReceived(ids, 'a row that came late itself was taken for a look at its whole thread');
}

/** Until the thread is looked at whole, more has come than is verified one by one. */
async function lateBelowMany(engine: Engine, vendor: string): Promise<void> {
  const { bench, thread, ids } = await passedBy(engine, vendor);
  for (let count = 0; count < 30; count += 1) {
    ids.push(bench.reply(thread));
    await bench.run(2 * MINUTE);
  }
  await bench.run(LATE_WINDOW + 2 * MINUTE);
  bench.assertReceived(ids, 'a late message below many of its thread was not recorded');
}

async function laterThanPromised(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor, limits: SMALL_PAGES });
  bench.oldLeads(10);
  await bench.pollWell();
  await bench.run(5 * MINUTE);
  const thread = bench.lead();
  const late = { bench, ids: [bench.reply(thread, { visibleAt: bench.now + 5 * HOUR })] };
  await othersWrite(late, 40);
  late.ids.push(bench.reply(thread));
  await bench.run(DAY + HOUR, 5 * MINUTE);
  bench.assertReceived(late.ids, 'the daily reconcile looked at rows, and not at their threads');
}

/** Threads have rows on several pages, more of them than a poll may open, and what is new comes last. */
async function oldestFirst(engine: Engine, vendor: string): Promise<void> {
  const limits = { callsPerPoll: 6, pageRows: 5 };
  const bench = new Bench(engine, { vendor, limits, switches: { listOrder: 'oldest' } });
  bench.oldLeads(10);
  await bench.pollWell();
  await bench.run(5 * MINUTE);
  const threads = Array.from({ length: 30 }, () => bench.lead({ intent: 'interested' }));
  const ids: string[] = [];
  for (let round = 0; round < 2; round += 1) {
    for (const thread of threads) {
      bench.now += SECOND;
      ids.push(bench.reply(thread));
    }
    await bench.run(40 * MINUTE);
  }
  ids.push(bench.reply(bench.lead()));
  await bench.run(HOUR);
  bench.assertReceived(ids, 'a reading that meets older rows of known threads never came to its end');
}

/** Our own mail is the newest of the thread, and what the lead wrote stands pages below it. */
async function labelOnOurMail(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const [thread] = bench.oldLeads(1, { from: 30 * DAY });
  assert(thread);
  bench.oldLeads(45, { intent: 'interested' });
  bench.world.addMessage(thread.id, { direction: 'outbound', sentAt: bench.now - 5 * HOUR, text: 'Shall we talk?' });
  // The list shows more than a page above it.
  bench.oldLeads(25, { from: 2 * HOUR, step: MINUTE });
  bench.reply(bench.lead(), { sentAt: bench.now - 10 * MINUTE });
  await bench.pollWell();
  await bench.run(3 * HOUR, 5 * MINUTE);
  bench.world.setLabel(thread.id, 'interested');
  await bench.run(bench.interestedScanMs + 3 * MINUTE);
  const [message] = thread.messages;
  assert(message);
  bench.assertInterested(
    [bench.idOf(message)],
    'a label was not recorded of the lead, but of our own mail, or not at all',
  );
}

/** The label comes while the interested list is read, between the two rows of its thread. */
async function labelBetweenRows(engine: Engine, vendor: string): Promise<void> {
  // Four pages at once, of six.
  const bench = new Bench(engine, { vendor, limits: { callsPerPoll: 8 } });
  bench.oldLeads(100, { from: 10 * DAY, intent: 'interested' });
  const thread = bench.lead();
  bench.reply(thread, { sentAt: bench.now - 10 * DAY - 90 * HOUR + SECOND });
  const newest = bench.reply(thread, { sentAt: bench.now - 10 * DAY - 30 * HOUR + SECOND });
  await bench.pollWell();
  await bench.run(3 * HOUR);
  let pages = 0;
  bench.onRequest = ({ url }) => {
    if (!bench.vendor.interestedLists.test(url)) return;
    pages += 1;
    if (pages === 4 && thread.intent === null) bench.world.setLabel(thread.id, 'interested');
  };
  for (let polls = 0; polls < 120; polls += 1) {
    // The first page is asked for at each poll; what is more is a scan.
    pages = 0;
    await bench.run(MINUTE);
  }
  assert.equal(thread.intent, 'interested', 'the interested list was not read');
  bench.assertInterested([newest], 'a label was recorded of a message that is not the newest of its thread');
}

/** The thread is opened once, when nothing can be late any more. */
async function carriedRowsRest(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  bench.oldLeads(10);
  await bench.pollWell();
  await bench.run(5 * MINUTE);
  bench.reply(bench.lead());
  await bench.run(LATE_WINDOW + 2 * MINUTE);
  Object.assign(bench.counts, { http: 0, puts: 0, lists: 0 });
  await bench.run(10 * MINUTE);
  assert.deepEqual(
    [bench.counts.http, bench.counts.puts, bench.counts.lists],
    [20, 0, 10],
    'a row that carries its messages is looked at for ever',
  );
}

async function carriedAtNoCost(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor, limits: { callsPerPoll: 8 } });
  await bench.pollWell();
  const ids = Array.from({ length: 60 }, () => {
    bench.now += SECOND;
    return bench.reply(bench.lead());
  });
  await bench.run(MINUTE);
  bench.assertReceived(ids, 'rows that carry their messages waited for calls that they do not need');
}

/** More than the vendor lists in some minutes, by the calls that it allows. */
async function longBacklog(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor, limits: { pageRows: 100 } });
  await bench.pollWell();
  await bench.run(5 * MINUTE);
  const ids = Array.from({ length: 1_500 }, () => {
    bench.now += SECOND;
    return bench.reply(bench.lead());
  });
  await bench.pollFor(15 * MINUTE);
  bench.assertReceived(ids, 'a backlog of many pages was not worked off in a quarter of an hour');
}

export const CARRIED_RULES = {
  'P2 a late message is recorded however far its row stands from the newest of its thread':
    ofEveryVendor(lateInAnotherRow),
  'P2 a late message is recorded though the next one is met late': ofEveryVendor(lateBeforeARest),
  'P2 a late message is recorded below many of its thread': ofEveryVendor(lateBelowMany),
  'P2 the daily reconcile looks at threads, not at rows': ofEveryVendor(laterThanPromised),
  'P4 a label on a thread whose newest mail is ours is recorded of the lead': ofEveryVendor(labelOnOurMail),
  'P4 a label that comes while the list is read is recorded of the newest message': ofEveryVendor(labelBetweenRows),
  'P14 a list out of order is read past older rows of threads that are known': ofEveryVendor(oldestFirst),
  'P2 rows that carry their messages come to rest': ofVendorsThatCarry(carriedRowsRest),
  'P11 rows that carry their messages wait for no call': ofVendorsThatCarry(carriedAtNoCost),
  'P11 many rows that carry their messages are worked off, whatever calls a minute has':
    ofVendorsThatCarry(longBacklog),
};
