import { beforeAll, describe, expect, it } from 'vitest';
import { createPoller } from '../../shared/polling/poller.ts';
import { VENDORS } from '../vendors/index.ts';
import { Bench, DAY, HOUR, LATE_WINDOW, MINUTE } from './harness.ts';

const POLLS_A_DAY = DAY / MINUTE;
const CALLS_PER_POLL_MAX = 2.7;
const CHECKPOINT_BYTES_MAX = 230;
/** Of the store: the checkpoints. */
const IDLE_LISTS = 1;

/** 60 threads, 25 or more of them interested; switched on, some mail, then a day of rest. */
async function rested(vendor: string): Promise<Bench> {
  const bench = new Bench({ createPoller }, { vendor, limits: { pageRows: 100 } });
  const old = [...bench.oldLeads(25), ...bench.oldLeads(25, { intent: 'interested' })];
  await bench.pollWell();
  for (const thread of old.slice(0, 10)) {
    bench.now += HOUR;
    bench.reply(bench.lead());
    bench.reply(thread);
    await bench.pollWell();
  }
  await bench.run(DAY + LATE_WINDOW, 5 * MINUTE);
  return bench;
}

/** What one poll asked of the vendor and of the store. */
async function onePoll(bench: Bench) {
  const before = { ...bench.counts };
  const writtenBefore = bench.written.length;
  await bench.pollWell();
  return {
    calls: bench.counts.http - before.http,
    gets: bench.counts.gets - before.gets,
    lists: bench.counts.lists - before.lists,
    written: bench.written.slice(writtenBefore).map(({ partition }) => partition.split('#')[0]),
  };
}

async function oneDay(bench: Bench) {
  const polls: Awaited<ReturnType<typeof onePoll>>[] = [];
  for (let poll = 0; poll < POLLS_A_DAY; poll += 1) {
    bench.now += MINUTE;
    polls.push(await onePoll(bench));
  }
  return {
    callsPerPoll: polls.reduce((sum, { calls }) => sum + calls, 0) / polls.length,
    silent: polls.filter(({ written }) => written.length === 0),
    interestedScansOnly: polls.filter(({ written }) => written.join() === 'TAILS'),
    more: polls.filter(({ written }) => written.some((partition) => partition !== 'TAILS')),
  };
}

for (const { provider, callsForNews } of VENDORS) {
  const vendor = provider.id;
  describe(`an idle ${vendor} feed of 60 threads`, () => {
    let bench: Bench;
    let interestedScansADay: number;
    let day: Awaited<ReturnType<typeof oneDay>>;
    beforeAll(async () => {
      bench = await rested(vendor);
      interestedScansADay = DAY / bench.interestedScanMs;
      day = await oneDay(bench);
    });

    it(`costs at most ${CALLS_PER_POLL_MAX} calls a poll over a day of polls every minute`, () => {
      expect(day.callsPerPoll).toBeLessThanOrEqual(CALLS_PER_POLL_MAX);
    });

    it('writes the clock of the interested scan once an interval of the interested scan, and its checkpoint at the daily reconcile and at the interested scan after it', () => {
      expect(day.interestedScansOnly.length).toBeLessThanOrEqual(interestedScansADay);
      expect(day.more.map(({ written }) => written.filter((partition) => partition !== 'TAILS'))).toEqual([
        ['SHARD'],
        ['SHARD'],
      ]);
      expect(day.silent.length).toBeGreaterThanOrEqual(POLLS_A_DAY - interestedScansADay - 1);
    });

    it('loads its state when the newest threads are opened again, and at the first interested scan after that', () => {
      const loading = [...day.interestedScansOnly, ...day.more].filter(({ lists }) => lists > IDLE_LISTS);
      expect(day.interestedScansOnly.length).toBeGreaterThanOrEqual(interestedScansADay - 2);
      expect(loading.length).toBeLessThanOrEqual(2);
    });

    it('reads its checkpoints with one query, and nothing else of the store, at a poll that finds nothing', () => {
      const reads = new Set(day.silent.map(({ gets, lists }) => `${gets} gets, ${lists} lists`));
      expect([...reads]).toEqual([`0 gets, ${IDLE_LISTS} lists`]);
    });

    it(`keeps a checkpoint of at most ${CHECKPOINT_BYTES_MAX} bytes, also while mail comes`, () => {
      const checkpoints = bench.written.filter(({ partition }) => partition.startsWith('SHARD#'));
      const bytes = checkpoints.map(({ value }) => JSON.stringify(value).length);
      expect(Math.max(...bytes)).toBeLessThanOrEqual(CHECKPOINT_BYTES_MAX);
    });

    it('keeps no more after an idle week than before it', async () => {
      const before = bench.stateBytes();
      await bench.run(7 * DAY, 5 * MINUTE);
      expect(bench.stateBytes()).toBeLessThanOrEqual(before);
    });

    const { known, first } = callsForNews;
    it(`costs calls for a new message (${known}) and a new thread (${first}), and nothing at the poll after`, async () => {
      const callsAMinuteLater = async () => {
        bench.now += MINUTE;
        return (await onePoll(bench)).calls;
      };
      // Where the campaigns were just listed, the next four polls do not list them.
      bench.now += 5 * MINUTE;
      await bench.pollWell();
      const [thread] = bench.world.threads.values();
      if (thread) bench.reply(thread);
      expect(await callsAMinuteLater()).toBe(2 + known);
      expect(await callsAMinuteLater()).toBe(2);
      bench.reply(bench.lead());
      expect(await callsAMinuteLater()).toBe(2 + first);
      expect(await callsAMinuteLater()).toBe(2);
    });
  });
}
