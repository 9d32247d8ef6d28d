import { expect, it } from 'vitest';
import * as poller from '../../shared/polling/poller.ts';
import { Unreadable } from '../../shared/store/collection.ts';
import { plainOf } from '../store/plain.ts';
import { Bench, HOUR, MINUTE } from './harness.ts';

/** Two campaigns that are on, with a lead each. */
async function twoCampaigns() {
  const bench = new Bench(poller, { vendor: 'cohesive' });
  const other = bench.world.addCampaign({ vendor: 'cohesive' }).id;
  const intent = 'interested';
  const threads = { spoiled: bench.lead({ intent }), whole: bench.lead({ campaignId: other, intent }) };
  for (const thread of Object.values(threads)) bench.reply(thread, { sentAt: bench.now - 5 * HOUR });
  await bench.run(20 * MINUTE);
  return { bench, ...threads };
}

it('a checkpoint that cannot be read holds up its own feed alone, which is left as it is and grows late', async () => {
  const { bench, spoiled, whole } = await twoCampaigns();
  expect(await bench.spoil(new RegExp(`^SHARD#0 bench/${bench.campaign}`))).toBe(1);
  const before = JSON.stringify(bench.state().filter((document) => 'spoiled' in plainOf(document)));
  bench.restart();
  bench.reply(spoiled);
  const recorded = bench.reply(whole);
  await bench.run(30 * MINUTE);
  bench.assertReceived([recorded], 'the other campaign');
  expect(JSON.stringify(bench.state().filter((document) => 'spoiled' in plainOf(document)))).toBe(before);
  const late = bench.lags.filter(({ lagMs }) => lagMs >= 29 * MINUTE).map(({ feed }) => feed);
  expect(late).toEqual([bench.campaign]);
});

it.each(['ledger', 'covers'])('a part of the %s that cannot be read holds up its own feed alone', async (name) => {
  const { bench, spoiled, whole } = await twoCampaigns();
  bench.reply(spoiled);
  bench.reply(whole);
  await bench.run(HOUR);
  const before = bench.received();
  expect(await bench.spoil(new RegExp(`^FEED#bench/${bench.campaign} ${name}#`))).toBeGreaterThan(0);
  bench.restart();
  bench.reply(spoiled);
  const recorded = bench.reply(whole);
  await bench.run(30 * MINUTE);
  bench.assertReceived([...before, recorded], 'the other campaign');
});

it('clocks of the interested scans that cannot be read are written anew', async () => {
  const { bench, whole } = await twoCampaigns();
  expect(await bench.spoil(/^TAILS#0 /)).toBeGreaterThan(0);
  bench.restart();
  bench.written.splice(0);
  const recorded = bench.reply(whole);
  await bench.run(HOUR);
  bench.assertReceived([recorded], 'the reply');
  expect(bench.written.filter(({ partition }) => partition === 'TAILS#0').length).toBeGreaterThan(0);
});

it('a record of a connection that cannot be read is not made anew, since that would make all of its past new', async () => {
  const { bench, whole } = await twoCampaigns();
  await bench.spoil(/^CONNECTIONS bench/);
  bench.restart();
  bench.reply(whole);
  await expect(bench.poll()).rejects.toBeInstanceOf(Unreadable);
  bench.assertReceived([], 'nothing');
});
