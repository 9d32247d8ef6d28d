import assert from 'node:assert/strict';
import { Bench, type Engine, HOUR, MINUTE } from './harness.ts';
import { ofEveryVendor } from './rule.ts';

const PUTS_MAX = 60;

/** Runs `trial` with a death before, then after, each of its puts; ends when a trial has no such put. */
async function crashEverywhere(trial: (crashAtPut: number) => Promise<boolean>): Promise<void> {
  for (let put = 1; put <= PUTS_MAX; put += 1) {
    const before = await trial(put);
    const after = await trial(-put);
    if (!before && !after) {
      assert(put > 3, 'the poll wrote less than an event, seen threads and a checkpoint');
      return;
    }
  }
  assert.fail(`more than ${PUTS_MAX} puts in one poll`);
}

async function crashWhileRecording(engine: Engine, vendor: string): Promise<void> {
  await crashEverywhere(async (crashAtPut) => {
    const bench = new Bench(engine, { vendor });
    bench.oldLeads(5);
    await bench.pollWell();
    await bench.run(5 * MINUTE);
    const interested = [bench.lead({ intent: 'interested' }), bench.lead({ intent: 'interested' })].map((thread) =>
      bench.reply(thread),
    );
    const ids = [...interested, bench.reply(bench.lead())];
    bench.now += MINUTE;
    bench.crashAtPut = crashAtPut;
    const crashed = await bench.pollUntilCrash();
    bench.restart();
    await bench.run(MINUTE);
    const where = `after a crash at put ${crashAtPut}`;
    bench.assertReceived(ids, `received is not recorded once at the next poll ${where}`);
    bench.assertInterested(interested, `interested is not recorded once at the next poll ${where}`);
    await bench.run(2 * HOUR, 5 * MINUTE);
    bench.assertReceived(ids, `received is recorded again ${where}`);
    bench.assertInterested(interested, `interested is recorded again ${where}`);
    return crashed;
  });
}

async function crashWhileSwitchingOn(engine: Engine, vendor: string): Promise<void> {
  await crashEverywhere(async (crashAtPut) => {
    const bench = new Bench(engine, { vendor });
    bench.oldLeads(8, { intent: 'interested' });
    bench.oldLeads(3, { from: 0, step: 10 * MINUTE, intent: 'interested' });
    bench.oldLeads(3, { from: 0, step: 10 * MINUTE });
    bench.now += MINUTE;
    bench.crashAtPut = crashAtPut;
    const crashed = await bench.pollUntilCrash();
    bench.restart();
    await bench.run(3 * HOUR, 5 * MINUTE);
    bench.assertReceived([], `old mail was recorded after a crash at put ${crashAtPut}`);
    bench.assertInterested([], `old labels were recorded after a crash at put ${crashAtPut}`);
    return crashed;
  });
}

/** Before each put in turn, the other poller polls: it finds one message more, and is done before the first goes on. */
async function twoPollers(engine: Engine, vendor: string): Promise<void> {
  for (let at = 1; at <= PUTS_MAX; at += 1) {
    const bench = new Bench(engine, { vendor });
    bench.oldLeads(5);
    await bench.pollWell();
    await bench.run(5 * MINUTE);
    const [one, two] = [bench.lead({ intent: 'interested' }), bench.lead({ intent: 'interested' })];
    const ids = [bench.reply(one), bench.reply(two)];
    bench.now += MINUTE;
    let puts = 0;
    bench.onPut = async () => {
      puts += 1;
      if (puts !== at) return;
      bench.onPut = undefined;
      ids.push(bench.reply(one));
      bench.now += 1;
      await bench.pollBeside();
    };
    await bench.poll();
    bench.onPut = undefined;
    await bench.run(2 * MINUTE);
    const where = `although another poller came in before put ${at}`;
    bench.assertReceived(ids, `received is not recorded once ${where}`);
    const [first = '', ...rest] = ids;
    const interested = bench.interested();
    // The first message may have been passed by before it was recorded.
    const recorded = interested.includes(first) ? ids : rest;
    bench.assertInterested(recorded, `interested is not recorded once ${where}`);
    if (ids.length === 2) return;
  }
}

export const CRASH_RULES = {
  'P3 a crash at any put of a poll loses and repeats nothing': ofEveryVendor(crashWhileRecording),
  'P6 two pollers at once record each message once': ofEveryVendor(twoPollers),
  'P6 a crash at any put of the baseline floods nothing': ofEveryVendor(crashWhileSwitchingOn),
};
