import assert from 'node:assert/strict';
import type { WorldThread } from '../../sandbox/world-model.ts';
import type { Row } from '../vendors/test-vendor.ts';
import { Bench, DAY, type Engine, HOUR, MINUTE, SECOND } from './harness.ts';
import { ofEveryVendor, ofVendorsThatOpen } from './rule.ts';

/** More than two pages of any vendor. */
const GROUP = 60;

/** Old threads, of which the oldest are pinned. */
function inbox(engine: Engine, vendor: string, group = GROUP) {
  // A poll looks through two pages.
  const bench = new Bench(engine, { vendor, limits: { callsPerPoll: 6 } });
  const pinned = bench.oldLeads(group, { from: 20 * DAY });
  const others = bench.oldLeads(150, { from: DAY });
  return { bench, pinned, others };
}

const pin = (bench: Bench, threads: readonly WorldThread[]): void => {
  bench.switches.standingRowIds = threads.map(({ id }) => id);
};

const answers = (bench: Bench, threads: readonly WorldThread[]): string[] =>
  threads.map((thread) => {
    bench.now += SECOND;
    return bench.reply(thread, { text: `At ${bench.now}.` });
  });

/** What is below a group that is longer than a page is met by no first page. */
async function groupFromTheStart(engine: Engine, vendor: string): Promise<void> {
  // It ends with a page, or with the last one that a poll reads, or a row before or after it.
  for (const group of [GROUP - 20, GROUP - 1, GROUP, GROUP + 1]) {
    const { bench, pinned, others } = inbox(engine, vendor, group);
    pin(bench, pinned);
    await bench.pollWell();
    await bench.run(HOUR);
    const ids = answers(bench, [...others.slice(10, 14), ...pinned.slice(5, 7), bench.lead(), bench.lead()]);
    await bench.run(30 * MINUTE);
    bench.assertReceived(ids, `a group of ${group} above all others hid what came below it`);
  }
}

/** Mail of the hour before switching on is late when it is shown later, and old when it is met later. */
async function oldMailBelow(engine: Engine, vendor: string): Promise<void> {
  const { bench, pinned, others } = inbox(engine, vendor);
  pin(bench, pinned);
  for (const thread of others.slice(0, 30)) {
    bench.now += MINUTE;
    bench.reply(thread, { text: `Before, at ${bench.now}.` });
  }
  bench.now += SECOND;
  await bench.pollWell();
  await bench.run(5 * HOUR);
  const ids = answers(bench, others.slice(20, 40));
  await bench.run(DAY + 2 * HOUR, 5 * MINUTE);
  bench.assertReceived(ids, 'what was there below a group was told as new');
}

/** Meanwhile threads of the group go on, so that the newest time of page 1 does. */
async function answersBeforeItIsKnown(engine: Engine, vendor: string): Promise<void> {
  const { bench, pinned, others } = inbox(engine, vendor);
  await bench.pollWell();
  await bench.run(2 * HOUR);
  pin(bench, pinned);
  const ids: string[] = [];
  for (let hour = 0; hour < 10; hour += 1) {
    ids.push(...answers(bench, others.slice(hour, hour + 2)), ...answers(bench, pinned.slice(hour, hour + 1)));
    await bench.run(HOUR, 5 * MINUTE);
  }
  await bench.run(14 * HOUR, 5 * MINUTE);
  bench.assertReceived(ids, 'what came below a group before it was known was lost');
  const [label] = others.slice(0, 1);
  assert(label);
  bench.world.setLabel(label.id, 'interested');
  const more = answers(bench, others.slice(40, 42));
  await bench.run(2 * HOUR, 5 * MINUTE);
  bench.assertReceived([...ids, ...more], 'a group that is known hid what came below it');
}

/** The group is gone: the list is polled as ever. */
async function groupThatEnds(engine: Engine, vendor: string): Promise<void> {
  const { bench, pinned, others } = inbox(engine, vendor);
  pin(bench, pinned);
  await bench.pollWell();
  await bench.run(HOUR);
  assert(isUnordered(bench), 'a group above all others was not noticed');
  bench.switches.standingRowIds = [];
  await bench.run(HOUR);
  assert(!isUnordered(bench), 'a list that is in order is read whole for ever');
  const ids = answers(bench, others.slice(0, 40));
  await bench.run(30 * MINUTE);
  bench.assertReceived(ids, 'a list that is in order again hid a reply');
}

const isUnordered = (bench: Bench) => bench.state().some(({ value }) => JSON.stringify(value).includes('unorderedAt'));

/** The rows of two threads show each other's time. */
function exchangeTimes(bench: Bench, one: WorldThread, other: WorldThread): void {
  const shown = (row: Row, { id, leadEmail }: WorldThread, at: number): Row => {
    if (row.thread_id !== id && row.leadEmail !== leadEmail) return row;
    const isNumber = 'lastTimestamp' in row;
    return isNumber ? { ...row, lastTimestamp: at } : { ...row, last_message_at: new Date(at).toISOString() };
  };
  const timeOf = ({ messages: [first] }: WorldThread) => first?.sentAt ?? 0;
  const [oneAt, otherAt] = [timeOf(one), timeOf(other)];
  bench.onAnswer = ({ url }, answer) => {
    if (!bench.vendor.lists.test(url)) return answer;
    const exchanged = (row: Row) =>
      shown(row, one, otherAt) === row ? shown(row, other, oneAt) : shown(row, one, otherAt);
    return { ...answer, body: bench.vendor.withRows(answer.body, (rows) => rows.map(exchanged)) };
  };
}

/** Wherever on its page such a pair stands, deep in the list it hides nothing, and costs nothing. */
async function slipFarBelow(engine: Engine, vendor: string): Promise<void> {
  for (const place of [50, 55, 57, 58, 59, 60, 76, 77, 78, 79, 80]) {
    const bench = new Bench(engine, { vendor });
    const [newer, older] = bench
      .oldLeads(150, { from: DAY })
      .toReversed()
      .slice(place, place + 2);
    assert(newer && older);
    exchangeTimes(bench, newer, older);
    await bench.pollWell();
    await bench.run(HOUR);
    assert(!isUnordered(bench), `two rows in each other's place at ${place} had the list read whole`);
  }
}

/** Whether it is in order is looked at once a day. */
async function dailyPages(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  bench.oldLeads(150, { from: DAY });
  await bench.pollWell();
  await bench.run(2 * HOUR);
  const before = bench.counts.http;
  await bench.run(DAY);
  const calls = (bench.counts.http - before) / (DAY / MINUTE);
  assert(calls < 2.7, `an idle poll took ${calls} calls`);
}

export const STANDING_RULES = {
  'P14 a group that stands above all others hides nothing': ofEveryVendor(groupFromTheStart),
  'P5 what was there below a group is not told': ofEveryVendor(oldMailBelow),
  'P14 what came below a group before it was known is told': ofEveryVendor(answersBeforeItIsKnown),
  'P14 a list is polled as ever once no group stands above others': ofEveryVendor(groupThatEnds),
  "P14 two old rows in each other's place have no list read whole": ofVendorsThatOpen(slipFarBelow),
  'P14 a list that is in order is looked through once a day': ofEveryVendor(dailyPages),
};
