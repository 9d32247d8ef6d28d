import assert from 'node:assert/strict';
import { Bench, type Engine, failedWith, HOUR, MINUTE } from './harness.ts';
import { of } from './rule.ts';

/** What was told of the key, each as often as it was. */
const toldOfKey = (bench: Bench) =>
  bench
    .types()
    .filter((type) => type.startsWith('connection.'))
    .sort();

/** Some campaigns always come last in a round, where others have used up what the vendor lets through. */
async function unannouncedLimit(engine: Engine): Promise<void> {
  for (const headers of [{}, { 'retry-after': '60' }]) {
    const bench = new Bench(engine, { vendor: 'cohesive' });
    const campaigns = [
      bench.campaign,
      ...Array.from({ length: 14 }, () => bench.world.addCampaign({ vendor: 'cohesive' }).id),
    ];
    let through: number[] = [];
    bench.onAnswer = (_, good) => {
      // Which one was asked last is known by the clock.
      bench.now += 50;
      through = through.filter((at) => at > bench.now - MINUTE);
      if (through.length >= 20) return failedWith(429, headers);
      through.push(bench.now);
      return good;
    };
    await bench.pollFor(HOUR);
    const ids: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      for (const campaignId of campaigns.slice(round, round + 5)) ids.push(bench.reply(bench.lead({ campaignId })));
      await bench.pollFor(15 * MINUTE);
    }
    const longest = Math.max(...bench.lags.map(({ lagMs }) => lagMs));
    assert(longest <= 4 * MINUTE, `a campaign was not polled for ${longest / MINUTE} minutes`);
    await bench.pollFor(15 * MINUTE);
    bench.assertReceived(ids, 'campaigns were asked in vain while others were asked often');
  }
}

async function besideABackfill(engine: Engine): Promise<void> {
  for (const status of [401, 403]) {
    const bench = new Bench(engine, { vendor: 'coldsend' });
    bench.oldLeads(1_500);
    bench.backfill = 'all';
    bench.restart();
    await bench.pollFor(5 * MINUTE);
    for (let episode = 1; episode <= 2; episode += 1) {
      bench.onAnswer = () => failedWith(status);
      await bench.pollFor(10 * MINUTE);
      bench.onAnswer = undefined;
      await bench.pollFor(12 * MINUTE);
      assert.deepEqual(
        toldOfKey(bench),
        [...Array(episode).fill('connection.recovered'), ...Array(episode).fill('connection.unauthorized')],
        'while a backfill goes on, that a key is refused is not told, or its end is not',
      );
    }
    const before = bench.types().length;
    await bench.pollFor(5 * MINUTE);
    assert(bench.types().length > before, 'the backfill was through before');
  }
}

async function noneMayBeRead(engine: Engine): Promise<void> {
  for (const status of [401, 403]) {
    const bench = new Bench(engine, { vendor: 'cohesive' });
    for (let count = 0; count < 3; count += 1) bench.world.addCampaign({ vendor: 'cohesive' });
    await bench.pollWell();
    bench.onAnswer = ({ url }, good) => (url.endsWith('/campaigns') ? good : failedWith(status));
    await bench.pollFor(40 * MINUTE);
    assert.deepEqual(toldOfKey(bench), ['connection.unauthorized'], 'a key that may read no campaign is not told of');
    bench.onAnswer = undefined;
    await bench.pollFor(15 * MINUTE);
    assert.deepEqual(
      toldOfKey(bench),
      ['connection.recovered', 'connection.unauthorized'],
      'that it may is not told, or more than that',
    );
  }
}

export const REFUSED_RULES = {
  'P2 a limit that the vendor announces nowhere starves no campaign': of('cohesive', unannouncedLimit),
  'P9 a refused key and its end are told while a backfill goes on': of('coldsend', besideABackfill),
  'P9 a key that may list campaigns and read none of them is refused': of('cohesive', noneMayBeRead),
};
