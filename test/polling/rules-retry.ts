import assert from 'node:assert/strict';
import type { WorldThread } from '../../sandbox/world-model.ts';
import { vendorNamed } from '../vendors/index.ts';
import { Bench, DAY, type Engine, HOUR, MINUTE, SECOND } from './harness.ts';
import { ofEveryVendor, ofVendorsThatOpen } from './rule.ts';

/** Requests that open this thread. */
function openings(vendor: string, thread: WorldThread): RegExp {
  const found = vendorNamed(vendor).openings?.(thread);
  assert(found);
  return found;
}

function replies(bench: Bench, count: number): readonly string[] {
  return Array.from({ length: count }, () => {
    bench.now += SECOND;
    return bench.reply(bench.lead());
  });
}

async function failsForEver(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  await bench.pollWell();
  const broken = bench.lead();
  bench.reply(broken);
  bench.failing = openings(vendor, broken);
  const ids: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    ids.push(...replies(bench, 40));
    await bench.pollFor(HOUR);
  }
  await bench.pollFor(2 * HOUR);
  const calls = bench.counts.http;
  for (let round = 0; round < 20; round += 1) {
    ids.push(...replies(bench, 1));
    await bench.pollFor(10 * MINUTE);
  }
  bench.assertReceived(ids, `${vendor}: others waited for a thread that cannot be opened`);
  const perPoll = (bench.counts.http - calls) / 200;
  assert(perPoll < 2.8, `${vendor}: a thread that cannot be opened costs ${perPoll} calls a poll`);
}

async function failsForADay(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  await bench.pollWell();
  const broken = bench.lead();
  const ids = [bench.reply(broken)];
  bench.failing = openings(vendor, broken);
  for (let round = 0; round < 2; round += 1) {
    // By then it lies below everything that a poll reads.
    ids.push(...replies(bench, 30));
    await bench.pollFor(12 * HOUR);
  }
  bench.failing = undefined;
  await bench.pollFor(7 * HOUR);
  bench.assertReceived(ids, `${vendor}: a thread that could not be opened for a day was not recorded`);
}

async function interestedFailsForEver(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const old = bench.oldLeads(50, { from: 10 * DAY });
  await bench.pollWell();
  const broken = bench.lead({ intent: 'interested' });
  bench.now += SECOND;
  const failed = bench.reply(broken);
  bench.failing = openings(vendor, broken);
  await bench.pollFor(2 * HOUR);
  const late = old[3];
  assert(late);
  bench.world.setLabel(late.id, 'interested');
  await bench.pollFor(2 * HOUR);
  assert.equal(bench.interested().length, 1, 'a late label waited for a thread that cannot be opened');
  bench.failing = undefined;
  await bench.pollFor(7 * HOUR);
  assert.equal(bench.interested().length, 2, 'an interested reply that could not be opened was not recorded');
  assert(bench.interested().includes(failed));
}

async function baselineFails(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const [broken] = bench.oldLeads(30, { from: MINUTE, step: MINUTE });
  assert(broken);
  bench.failing = openings(vendor, broken);
  await bench.poll();
  await bench.pollFor(3 * HOUR);
  bench.failing = undefined;
  await bench.pollFor(7 * HOUR);
  bench.assertReceived([], 'old mail of a thread that could not be opened at the baseline was recorded');
  bench.now += SECOND;
  const ids = [bench.reply(broken)];
  await bench.pollFor(5 * MINUTE);
  bench.assertReceived(ids, 'a thread that could not be opened at the baseline is deaf');
}

/** Nothing of it is stored, and the next poll gets the very same answers. */
async function databaseDown(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  await bench.pollWell();
  bench.now += SECOND;
  const ids = [bench.reply(bench.lead())];
  bench.onPut = () => Promise.reject(new Error('the database is down'));
  bench.now += MINUTE;
  await assert.rejects(bench.poll(), /database is down/);
  bench.onPut = undefined;
  await bench.pollFor(MINUTE);
  bench.assertReceived(ids, 'a poll that could not write was taken for an idle one');
}

/** What a row announces is not in its thread, once. */
async function emptyForOnce(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  await bench.pollWell();
  const thread = bench.lead();
  const ids = [bench.reply(thread)];
  const opened = openings(vendor, thread);
  let odd = 0;
  bench.onAnswer = (request, good) => {
    if (!opened.test(`${request.url} ${request.body ?? ''}`) || good.status !== 200) return good;
    odd += 1;
    return odd > 2 ? good : { ...good, body: vendor === 'coldsend' ? '{"messages":[]}' : '{"history":[]}' };
  };
  await bench.pollFor(4 * MINUTE);
  assert(odd > 0, 'the thread was not opened');
  bench.assertReceived(ids, 'a thread that was empty for once was not opened again at the next poll');
}

export const RETRY_RULES = {
  'P1 a poll that could not write is made again': ofEveryVendor(databaseDown),
  'P11 a thread that fails for ever costs others nothing': ofVendorsThatOpen(failsForEver),
  'P11 a thread that fails for a day is recorded, however deep it lies': ofVendorsThatOpen(failsForADay),
  'P11 an interested thread that fails holds up no label': ofVendorsThatOpen(interestedFailsForEver),
  'P11 a thread that is empty for once is opened again': ofVendorsThatOpen(emptyForOnce),
  'P11 a thread that fails at the baseline stays old, and is heard later': ofVendorsThatOpen(baselineFails),
};
