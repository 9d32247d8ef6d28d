import assert from 'node:assert/strict';
import { Bench, DAY, type Engine, HOUR, LATE_WINDOW, MINUTE, SECOND } from './harness.ts';
import { ofEveryVendor, ofVendorsThatCarry } from './rule.ts';

/** Rules that an engine breaks which takes one message's row for its whole thread. */

/** The late message, the one seen before it, and others between the two, so that no page holds both. */
async function lateInAnotherRow(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  bench.oldLeads(10);
  await bench.pollWell();
  await bench.run(5 * MINUTE);
  const thread = bench.lead();
  const ids = [bench.reply(thread, { visibleAt: bench.now + 58 * MINUTE })];
  for (let minute = 0; minute < 40; minute += 1) {
    ids.push(bench.reply(bench.lead()));
    await bench.run(MINUTE);
  }
  ids.push(bench.reply(thread));
  // Others go on writing, so that the window passes the late message by.
  for (let minute = 0; minute < LATE_WINDOW / MINUTE; minute += 4) {
    await bench.run(4 * MINUTE);
    ids.push(bench.reply(bench.lead()));
  }
  await bench.run(5 * MINUTE);
  bench.assertReceived(ids, 'a late message whose row stands far below the newest of its thread was not recorded');
}

/** Our own mail is the newest of the thread, and what the lead wrote stands pages below it. */
async function labelOnOurMail(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const [thread] = bench.oldLeads(1, { from: 30 * DAY });
  assert(thread);
  bench.oldLeads(45, { intent: 'interested' });
  bench.world.addMessage(thread.id, { direction: 'outbound', sentAt: bench.now - 5 * HOUR, text: 'Shall we talk?' });
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
  const bench = new Bench(engine, { vendor, limits: { callsPerPoll: 4 } });
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
  'P4 a label on a thread whose newest mail is ours is recorded of the lead': ofEveryVendor(labelOnOurMail),
  'P4 a label that comes while the list is read is recorded of the newest message': ofEveryVendor(labelBetweenRows),
  'P11 rows that carry their messages wait for no call': ofVendorsThatCarry(carriedAtNoCost),
  'P11 a backlog of rows that carry their messages is worked off, whatever calls a minute has':
    ofVendorsThatCarry(longBacklog),
};
