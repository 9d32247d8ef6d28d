import assert from 'node:assert/strict';
import type { WorldThread } from '../../sandbox/world-model.ts';
import type { Row } from '../vendors/test-vendor.ts';
import { Bench, type BenchOptions, DAY, type Engine, HOUR, MINUTE } from './harness.ts';
import { timed, timeOf } from './row-times.ts';
import { ofVendorsThatOpen } from './rule.ts';

const LONG_AGO = Date.UTC(2025, 5, 1);

/** What a vendor may write as the time of a row instead of that of its newest message. */
const TIMES: Readonly<Record<string, (row: Row, bench: Bench) => Row>> = {
  'no time': (row, { vendor }) => vendor.withoutTime?.(row) ?? row,
  'the day alone': (row) => timed(row, Math.floor(timeOf(row) / DAY) * DAY),
  'one time for all': (row) => timed(row, LONG_AGO),
  'the time of 8 hours before': (row) => timed(row, timeOf(row) - 8 * HOUR),
};

/** A vendor that writes its rows' times so; `created`: the time of a thread's first message. */
function benchWith(engine: Engine, vendor: string, times: string, options: Omit<BenchOptions, 'vendor'> = {}): Bench {
  const bench = new Bench(engine, { vendor, ...(times === 'created' && { activity: 'first' }), ...options });
  const change = TIMES[times];
  bench.onAnswer = ({ url }, answer) =>
    change && bench.vendor.lists.test(url)
      ? { ...answer, body: bench.vendor.withRows(answer.body, (rows) => rows.map((row) => change(row, bench))) }
      : answer;
  return bench;
}

const HOW = [...Object.keys(TIMES), 'created'];

/** Leads who wrote weeks ago and again within the hour before now, every second one interested. */
function writtenWithinTheHour(bench: Bench, count = 4): readonly WorldThread[] {
  return Array.from({ length: count }, (_, index) => {
    const thread = bench.lead(index % 2 === 0 ? { intent: 'interested' } : {});
    bench.reply(thread, { sentAt: bench.now - 9 * DAY });
    bench.world.look();
    bench.reply(thread, { sentAt: bench.now - (17 + 11 * index) * MINUTE });
    bench.world.look();
    return thread;
  });
}

/** The daily reading opens threads that were passed over: what was there tells nothing new, whatever their rows say of times. */
async function oldWhateverTheTimes(engine: Engine, vendor: string): Promise<void> {
  for (const [times, clockMs] of HOW.flatMap((each) => [0, -8 * HOUR + 20 * MINUTE].map((ms) => [each, ms] as const))) {
    const bench = benchWith(engine, vendor, times);
    bench.now += clockMs;
    bench.oldLeads(30, { intent: 'interested' });
    writtenWithinTheHour(bench);
    await bench.pollWell();
    await bench.run(DAY + 2 * HOUR, 5 * MINUTE);
    bench.assertReceived([], `mail from before switching on was told where rows have ${times}`);
    bench.assertInterested([], `a label from before switching on was told where rows have ${times}`);
    const thread = bench.lead({ intent: 'interested' });
    const ids = [bench.reply(thread)];
    await bench.run(HOUR + 5 * MINUTE, 5 * MINUTE);
    bench.assertReceived(ids, `new mail was not told where rows have ${times}`);
    bench.assertInterested(ids, `a new label was not told where rows have ${times}`);
  }
}

/** Sent before switching on, shown after it: the row changes in whatever it has beside a time. */
async function lateWhateverTheTimes(engine: Engine, vendor: string): Promise<void> {
  for (const times of HOW) {
    const bench = benchWith(engine, vendor, times);
    const [thread, labelled] = bench.oldLeads(10, { from: DAY }).slice(-2);
    if (!thread || !labelled) return;
    bench.reply(bench.lead(), { sentAt: bench.now - 10 * MINUTE });
    bench.world.setLabel(labelled.id, 'interested');
    const late = { sentAt: bench.now - 20 * MINUTE, visibleAt: bench.now + 10 * MINUTE, text: 'Late.' };
    const ids = [bench.reply(thread, late), bench.reply(labelled, late)];
    await bench.pollWell();
    await bench.run(DAY + HOUR, 5 * MINUTE);
    bench.assertReceived(ids, `late mail was lost where rows have ${times}`);
    bench.assertInterested(ids.slice(1), `a label on late mail was lost where rows have ${times}`);
  }
}

/** A thread with mail of the hour before switching on is answered later: its row says nothing of when that mail came. */
async function answeredLater(engine: Engine, vendor: string): Promise<void> {
  for (const times of ['no time', 'the time of 8 hours before']) {
    const bench = benchWith(engine, vendor, times);
    bench.oldLeads(30, { from: DAY, intent: 'interested' });
    const threads = writtenWithinTheHour(bench);
    await bench.pollWell();
    const ids: string[] = [];
    for (const thread of threads) {
      await bench.run(HOUR, 5 * MINUTE);
      ids.push(bench.reply(thread, { text: 'Again.' }));
    }
    await bench.run(HOUR, 5 * MINUTE);
    bench.assertReceived(ids, `mail from before switching on was told with that of later where rows have ${times}`);
    const labelled = threads.flatMap((_, index) => (index % 2 === 0 ? [ids[index] ?? ''] : []));
    bench.assertInterested(
      labelled,
      `a label on mail from before switching on was told with that of later where rows have ${times}`,
    );
  }
}

/** Rows without times, more of them recent than a poll opens: the baseline goes on, and tells what is new meanwhile. */
async function longBaselineWithoutTimes(engine: Engine, vendor: string): Promise<void> {
  const bench = benchWith(engine, vendor, 'no time', { limits: { callsPerPoll: 6 } });
  bench.oldLeads(10, { from: DAY });
  const threads = writtenWithinTheHour(bench, 4);
  await bench.pollWell();
  bench.now += MINUTE;
  const ids = threads.slice(2).map((thread) => bench.reply(thread, { text: 'Meanwhile.' }));
  await bench.run(DAY + HOUR, 5 * MINUTE);
  bench.assertReceived(ids, 'a baseline longer than a poll told what was there, or lost what came');
}

/** Rows without times cost a baseline a few openings, however many they are. */
async function baselineWithoutTimesIsShort(engine: Engine, vendor: string): Promise<void> {
  const bench = benchWith(engine, vendor, 'no time', { limits: { pageRows: 100 }, switches: { cohesivePageSize: 50 } });
  const threads = bench.oldLeads(300, { from: DAY, intent: 'interested' });
  let openings = 0;
  bench.onRequest = (request) => {
    if (bench.opens(request, threads)) openings += 1;
  };
  await bench.pollWell();
  await bench.run(HOUR, 5 * MINUTE);
  assert(openings <= 25, `${openings} openings of 300 threads without times, of which none is recent`);
}

/** A campaign that the config names later is as old as that moment, whatever its rows say of times. */
async function namedLater(engine: Engine, vendor: string): Promise<void> {
  for (const times of HOW) {
    const bench = benchWith(engine, vendor, times);
    const other = bench.world.addCampaign({ vendor }).id;
    bench.campaigns = [bench.campaign];
    bench.restart();
    bench.oldLeads(10, { from: DAY });
    await bench.pollWell();
    await bench.run(5 * HOUR, 5 * MINUTE);
    const thread = bench.lead({ campaignId: other, intent: 'interested' });
    bench.reply(thread, { sentAt: bench.now - 30 * MINUTE, text: 'Before.' });
    await bench.run(10 * MINUTE, 5 * MINUTE);
    bench.campaigns = ['*'];
    bench.restart();
    await bench.run(DAY + HOUR, 5 * MINUTE);
    bench.assertReceived([], `mail from before its campaign was named was told where rows have ${times}`);
    bench.assertInterested([], `a label from before its campaign was named was told where rows have ${times}`);
    const ids = [bench.reply(thread, { text: 'After.' })];
    await bench.run(HOUR + 5 * MINUTE, 5 * MINUTE);
    bench.assertReceived(ids, `mail of a campaign that was named later was lost where rows have ${times}`);
  }
}

export const PASSED_OVER_RULES = {
  'P5 what was there at switching on is old, whatever its row says of times': ofVendorsThatOpen(oldWhateverTheTimes),
  'P5 what is shown late is told, whatever its row says of times': ofVendorsThatOpen(lateWhateverTheTimes),
  'P5 mail of before switching on is not told with a later answer': ofVendorsThatOpen(answeredLater),
  'P5 a baseline of rows without times goes on beside polling': ofVendorsThatOpen(longBaselineWithoutTimes),
  'P5 a baseline of rows without times opens a few threads': ofVendorsThatOpen(baselineWithoutTimesIsShort),
  'P7 what was there when its campaign was named is old, whatever its row says of times': ofVendorsThatOpen(namedLater),
};
