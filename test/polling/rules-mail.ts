import assert from 'node:assert/strict';
import { Bench, DAY, type Engine, HOUR, LATE_WINDOW, MINUTE, SECOND } from './harness.ts';
import { of, ofEveryVendor, ofVendorsThatOpen } from './rule.ts';

/** A bench that is switched on over old threads, and at rest. */
async function rechecked(bench: Bench, count = 10): Promise<void> {
  bench.oldLeads(count);
  await bench.pollWell();
  await bench.run(5 * MINUTE);
}

async function failedOpening(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  await rechecked(bench);
  const thread = bench.lead();
  const id = bench.reply(thread);
  bench.failing = bench.vendor.openings?.(thread);
  for (let polls = 0; polls < 3; polls += 1) {
    bench.now += MINUTE;
    await bench.poll();
  }
  bench.assertReceived([], 'the opening did not fail');
  bench.failing = undefined;
  await bench.run(MINUTE);
  bench.assertReceived([id], `${vendor}: the opening that failed was not tried again at the next poll`);
}

async function lateBelowPageOne(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const threads = bench.oldLeads(45);
  await bench.pollWell();
  await bench.run(5 * MINUTE);
  const late = bench.reply(bench.lead(), { sentAt: bench.now, visibleAt: bench.now + 30 * MINUTE });
  const burst = threads.slice(0, 30).map((thread, index) => bench.reply(thread, { sentAt: bench.now + index + 1 }));
  bench.now += SECOND;
  await bench.run(29 * MINUTE);
  bench.assertReceived(burst, 'the burst was not recorded');
  await bench.run(2 * MINUTE);
  bench.assertReceived([...burst, late], 'a late message on page 2 was not recorded');
}

/** New replies in threads of their own, more than a page holds: what is on page 1 is looked at in any case. */
const morePages = (bench: Bench, count = 40): readonly string[] =>
  Array.from({ length: count }, () => bench.reply(bench.lead()));

/** A row newest at `sentAt`, on page 2, that the overlap alone still reaches. */
async function lateNewLead(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  await rechecked(bench);
  const late = bench.reply(bench.lead(), { visibleAt: bench.now + 55 * MINUTE });
  const recorded: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    bench.now += MINUTE;
    recorded.push(...morePages(bench, 8));
    await bench.run(10 * MINUTE);
  }
  await bench.run(2 * MINUTE);
  bench.assertReceived([...recorded, late], 'a first message that was late was not recorded');
}

/** The row does not change: neither its time nor (where there is one) its count. */
async function lateBehindUnchangedRow(engine: Engine, vendor: string): Promise<void> {
  await lateBehindUnchangedRowOf(new Bench(engine, { vendor }));
}

async function lateBehindUnchangedRowOf(bench: Bench): Promise<void> {
  bench.onAnswer = (_, answer) => ({
    ...answer,
    body: answer.body.replaceAll(/"reply_count":\d+/g, '"reply_count":1'),
  });
  await rechecked(bench);
  const thread = bench.lead();
  const late = bench.reply(thread, { sentAt: bench.now - MINUTE, visibleAt: bench.now + 50 * MINUTE });
  const seen = bench.reply(thread);
  await bench.run(LATE_WINDOW + 2 * MINUTE);
  bench.assertReceived([seen, late], 'a late message behind an unchanged row was not recorded after the late window');
}

/** The one is ahead for as long as the late window, the other right. */
async function lateByOneOfTwoClocks(engine: Engine, vendor: string): Promise<void> {
  await lateBehindUnchangedRowOf(new Bench(engine, { vendor, switches: { dateSkewMs: LATE_WINDOW } }));
  const bench = new Bench(engine, { vendor });
  bench.machineAheadMs = LATE_WINDOW;
  await lateBehindUnchangedRowOf(bench);
}

async function laterThanPromised(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  await rechecked(bench);
  const thread = bench.lead();
  const late = bench.reply(thread, { sentAt: bench.now - MINUTE, visibleAt: bench.now + 5 * HOUR });
  const seen = bench.reply(thread);
  await bench.run(DAY + HOUR, 5 * MINUTE);
  bench.assertReceived([seen, late], 'the daily reconcile did not find a message later than the late window');
}

async function mailDuringBaseline(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const [thread] = bench.oldLeads(10, { from: 0, step: 2 * MINUTE, intent: 'interested' }).slice(-1);
  assert(thread);
  const due: string[] = [];
  // A moment before, and at, the moment of switching on: baseline.
  bench.reply(thread);
  let lists = 0;
  bench.onRequest = ({ url }) => {
    if (!bench.vendor.lists.test(url)) return;
    lists += 1;
    if (lists !== 3) return;
    bench.now += 10 * SECOND;
    due.push(bench.reply(thread));
  };
  await bench.pollWell();
  bench.onRequest = undefined;
  await bench.run(2 * MINUTE);
  bench.assertReceived(due, 'mail that came while the baseline was read was not recorded, or more than that');
  bench.assertInterested(due, 'mail that came while the baseline was read was not recorded as interested');
}

async function newCampaign(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  await rechecked(bench);
  bench.now += 10 * SECOND;
  const campaignId = bench.world.addCampaign({ vendor }).id;
  const first = bench.reply(bench.lead({ campaignId, intent: 'interested' }));
  await bench.run(10 * MINUTE);
  bench.assertReceived([first], "a new campaign's first reply was not recorded");
}

async function clockOfALead(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  await rechecked(bench);
  const thread = bench.lead();
  const ahead = bench.reply(thread, { sentAt: bench.now + 20 * HOUR, visibleAt: bench.now });
  await bench.run(2 * MINUTE);
  const second = bench.reply(thread);
  await bench.run(32 * MINUTE);
  bench.assertReceived([ahead, second], 'a row dated in the future hid the next message of its thread');
  const others = morePages(bench);
  await bench.run(5 * MINUTE);
  bench.assertReceived([ahead, second, ...others], 'a row dated in the future cut what came after it');
}

async function oneWrongDate(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  await rechecked(bench);
  const ahead = bench.reply(bench.lead(), { sentAt: bench.now + 20 * HOUR, visibleAt: bench.now });
  bench.onAnswer = ({ url }, answer) =>
    bench.vendor.interestedLists.test(url)
      ? { ...answer, headers: { ...answer.headers, date: new Date(bench.now + DAY).toUTCString() } }
      : answer;
  // So that the machine's own clock corrects nothing.
  bench.machineAheadMs = DAY;
  await bench.run(MINUTE);
  bench.machineAheadMs = 0;
  bench.onAnswer = undefined;
  const after = morePages(bench);
  await bench.run(5 * MINUTE);
  bench.assertReceived([ahead, ...after], 'one wrong Date cut what came after it');
}

async function shownBeforeItsTime(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  bench.oldLeads(10);
  const thread = bench.lead();
  for (const lead of [thread, bench.lead({ intent: 'interested' })])
    bench.reply(lead, { sentAt: bench.now + 20 * HOUR, visibleAt: bench.now - HOUR });
  await bench.pollWell();
  bench.now += 10 * MINUTE;
  const ids = [bench.reply(thread), bench.reply(bench.lead())];
  await bench.run(DAY + 2 * HOUR, 5 * MINUTE);
  bench.assertReceived(ids, 'what the list showed at switching on was recorded, or hid what came after');
  bench.assertInterested([], 'a label that was there at switching on was recorded');
}

async function beforeItsTimeDuringBaseline(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor, limits: { callsPerPoll: 6 } });
  bench.oldLeads(40, { from: MINUTE, step: MINUTE });
  bench.reply(bench.lead(), { sentAt: bench.now + 2 * HOUR, visibleAt: bench.now });
  await bench.pollWell();
  bench.now += MINUTE;
  const ahead = { sentAt: bench.now + 5 * HOUR, visibleAt: bench.now };
  const ids = [bench.reply(bench.lead(), ahead), bench.reply(bench.lead())];
  await bench.run(3 * HOUR);
  bench.assertReceived(ids, 'mail that came while the baseline was read was taken for old, or old mail was recorded');
}

async function oneMailInTwoThreads(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  await rechecked(bench);
  const id = bench.reply(bench.lead());
  bench.reply(bench.lead(), bench.vendor.withMessageId(id));
  await bench.run(2 * MINUTE);
  bench.assertReceived([id, id], `${vendor}: one mail shown in two threads is not two events`);
}

/** For the first minutes a message has no id; labels and further answers have its thread opened again later. */
async function idsThatComeLater(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  bench.oldLeads(3, { intent: 'interested' });
  await bench.pollFor(10 * MINUTE);
  const threads = Array.from({ length: 5 }, () => bench.lead({ intent: 'interested' }));
  const opens = (url: string) => bench.opens({ url }, threads);
  const told = () => [bench.received().length, bench.interested().length];
  for (let round = 1; round <= 3; round += 1) {
    bench.onAnswer = ({ url }, answer) =>
      opens(url) ? { ...answer, body: answer.body.replace(/"(reply_id|id)":"[^"]*"/g, '"$1":null') } : answer;
    for (const thread of threads) bench.reply(thread, { text: `Answer ${round} of ${thread.id}.` });
    await bench.pollFor(5 * MINUTE);
    assert.deepEqual(told(), [5 * round, 5 * round], 'messages without ids are not told');
    bench.onAnswer = undefined;
    await bench.pollFor(5 * MINUTE);
  }
  await bench.pollFor(2 * DAY);
  assert.deepEqual(told(), [15, 15], 'a message that got its id later was told twice');
  for (const thread of threads) bench.reply(thread, { text: 'After two days.' });
  await bench.pollFor(10 * MINUTE);
  assert.deepEqual(told(), [20, 20], 'days later, a message that got its id later was told twice');
}

export const MAIL_RULES = {
  'P1 an opening that failed is tried again although the page did not change': ofVendorsThatOpen(failedOpening),
  'P2 a late message on page 2 after a burst is recorded': ofEveryVendor(lateBelowPageOne),
  'P2 a first message that was late is recorded': ofEveryVendor(lateNewLead),
  'P2 a late message behind an unchanged row is recorded': ofEveryVendor(lateBehindUnchangedRow),
  'P2 a message later than promised is recorded by the daily reconcile': ofEveryVendor(laterThanPromised),
  'P5 mail that comes while the baseline is read is recorded': ofEveryVendor(mailDuringBaseline),
  "P7 a new campaign's first replies are recorded": ofEveryVendor(newCampaign),
  "P8 a lead's clock in the future hides nothing": ofEveryVendor(clockOfALead),
  'P8 the late window is open while it is so by one of two clocks': ofEveryVendor(lateByOneOfTwoClocks),
  'P8 one wrong Date cuts nothing': ofEveryVendor(oneWrongDate),
  'P8 what a list shows before its time at switching on is old': ofEveryVendor(shownBeforeItsTime),
  'P8 what comes before its time while the baseline is read is recorded': ofEveryVendor(beforeItsTimeDuringBaseline),
  'P9 one mail in two threads is two events': ofEveryVendor(oneMailInTwoThreads),
  'P16 a message that gets its id a while after it is shown is one': ofVendorsThatOpen(idsThatComeLater),
  'P12 a count is a hint: ColdSend rows are rechecked too': of('coldsend', lateBehindUnchangedRow),
};
