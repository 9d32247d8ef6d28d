import assert from 'node:assert/strict';
import { Bench, type Engine, HOUR, MINUTE } from './harness.ts';

const PUTS_MAX = 60;

/** Runs `trial` with a death before, then after, each of its puts; ends when a trial has no such put. */
async function crashEverywhere(trial: (crashAtPut: number) => Promise<boolean>): Promise<void> {
  for (let put = 1; put <= PUTS_MAX; put += 1) {
    const before = await trial(put);
    const after = await trial(-put);
    if (!before && !after) {
      assert(put > 3, 'the poll wrote less than an event, a ledger and a head');
      return;
    }
  }
  assert.fail(`more than ${PUTS_MAX} puts in one poll`);
}

async function crashWhileTelling(engine: Engine): Promise<void> {
  await crashEverywhere(async (crashAtPut) => {
    const bench = new Bench(engine, { vendor: 'coldsend' });
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
    bench.assertReceived(ids, `received is not told once at the next poll ${where}`);
    bench.assertInterested(interested, `interested is not told once at the next poll ${where}`);
    await bench.run(2 * HOUR, 5 * MINUTE);
    bench.assertReceived(ids, `received is told again ${where}`);
    bench.assertInterested(interested, `interested is told again ${where}`);
    return crashed;
  });
}

async function crashWhileSwitchingOn(engine: Engine): Promise<void> {
  await crashEverywhere(async (crashAtPut) => {
    const bench = new Bench(engine, { vendor: 'coldsend' });
    bench.oldLeads(8, { intent: 'interested' });
    bench.oldLeads(3, { from: 0, step: 10 * MINUTE, intent: 'interested' });
    bench.oldLeads(3, { from: 0, step: 10 * MINUTE });
    bench.now += MINUTE;
    bench.crashAtPut = crashAtPut;
    const crashed = await bench.pollUntilCrash();
    bench.restart();
    await bench.run(3 * HOUR, 5 * MINUTE);
    bench.assertReceived([], `old mail was told after a crash at put ${crashAtPut}`);
    bench.assertInterested([], `old labels were told after a crash at put ${crashAtPut}`);
    return crashed;
  });
}

export const CRASH_RULES = {
  'P3 a crash at any put of a poll loses and repeats nothing': crashWhileTelling,
  'P6 a crash at any put of the baseline floods nothing': crashWhileSwitchingOn,
};
