import assert from 'node:assert/strict';
import type { WorldThread } from '../../sandbox/world-model.ts';
import type { HttpRequest } from '../../shared/ports.ts';
import type { Row } from '../vendors/test-vendor.ts';
import { Bench, DAY, type Engine, HOUR, LATE_WINDOW, MINUTE, SECOND } from './harness.ts';
import { type Check, of, ofEveryVendor, ofVendorsWithFeeds } from './rule.ts';

/** A page of the list, not of its interested part. */
const isWholeList = ({ vendor }: Bench, { url }: HttpRequest): boolean =>
  vendor.lists.test(url) && !vendor.interestedLists.test(url);

/** A poll of few calls, so that everything longer than a page is longer than a poll. */
const SHORT = { callsPerPoll: 6 };

async function baselineLongerThanAPoll(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor, limits: SHORT });
  // All within the hour before, so all of them are opened and recorded as baseline; on more pages than a poll reads.
  bench.oldLeads(200, { from: MINUTE, step: 15 * SECOND });
  await bench.pollWell();
  bench.now += SECOND;
  const ids = [bench.reply(bench.lead())];
  await bench.run(2 * MINUTE);
  bench.assertReceived(ids, `${vendor}: new mail waited for the baseline, or old mail was recorded`);
  ids.push(bench.reply(bench.lead()));
  await bench.run(3 * HOUR);
  bench.assertReceived(ids, `${vendor}: a baseline of several polls recorded old mail`);
}

async function interestedLongerThanAPoll(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor, limits: SHORT });
  const old = bench.oldLeads(200, { from: 3 * DAY, intent: 'interested' });
  const quiet = bench.oldLeads(20, { from: 30 * DAY });
  await bench.pollWell();
  bench.now += SECOND;
  const ids = [bench.reply(bench.lead())];
  // A label set while the baseline is read, on a thread that is as old: it is taken in.
  bench.world.setLabel(quiet[0]?.id ?? '', 'interested');
  await bench.run(20 * MINUTE);
  bench.assertReceived(ids, 'new mail waited for a long interested list');
  bench.assertInterested([], 'an old label was recorded');
  const late = quiet[5];
  assert(late);
  bench.world.setLabel(late.id, 'interested');
  await bench.run(90 * MINUTE);
  const [recorded] = bench.interested();
  assert.equal(bench.interested().length, 1, 'a late label deep in a long list was not recorded once');
  assert(recorded);
  assert.equal(old.length, 200);
}

async function oneSwappedPair(engine: Engine, vendor: string): Promise<void> {
  for (const count of [60, 300]) {
    const bench = new Bench(engine, { vendor, limits: SHORT });
    bench.oldLeads(count, { from: DAY });
    await bench.pollWell();
    await bench.run(10 * MINUTE);
    let swap = true;
    bench.onAnswer = (request, good) => {
      if (!swap || !isWholeList(bench, request)) return good;
      swap = false;
      const swapped = ([first = {}, second = {}, ...rest]: readonly Row[]) => [second, first, ...rest];
      return { ...good, body: bench.vendor.withRows(good.body, swapped) };
    };
    const ids: string[] = [];
    for (let round = 0; round < 12; round += 1) {
      ids.push(bench.reply(bench.lead()));
      await bench.run(10 * MINUTE);
    }
    bench.assertReceived(ids, `one swapped pair among ${count} threads hid new mail`);
    bench.onAnswer = undefined;
    const marked = bench.state().filter(({ value }) => JSON.stringify(value).includes('unorderedAt'));
    assert.equal(marked.length, 0, 'one swapped pair is held against a list for ever');
  }
}

async function unorderedLongerThanAPoll(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor, limits: SHORT, switches: { listOrder: 'by-id' } });
  bench.oldLeads(300, { from: DAY });
  await bench.poll();
  await bench.run(30 * MINUTE);
  const ids: string[] = [];
  for (let round = 0; round < 6; round += 1) {
    ids.push(bench.reply(bench.lead()));
    await bench.run(HOUR);
  }
  bench.assertReceived(ids, 'a list out of order that is longer than a poll hid new mail');
  assert(bench.stateBytes() < 60_000, `the state grows with the inbox: ${bench.stateBytes()} bytes`);
}

async function campaignsThatFailForEver(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const others = Array.from({ length: 9 }, () => bench.world.addCampaign({ vendor }).id);
  await bench.pollWell();
  const broken = others.slice(0, 4);
  bench.onAnswer = (request, good) =>
    broken.some((id) => request.url.includes(`/${id}/`)) ? { ...good, status: 403, body: '{"error":"no"}' } : good;
  const poll = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute += 1) {
      bench.now += MINUTE;
      await bench.poll();
    }
  };
  await poll(20);
  const ids = others.slice(4).map((campaignId) => bench.reply(bench.lead({ campaignId })));
  await poll(2);
  bench.assertReceived(ids, 'healthy campaigns wait for those that fail');
  assert.deepEqual(
    bench.types().filter((type) => type.startsWith('connection.')),
    [],
    "a campaign's refusal was recorded as the key's",
  );
}

async function failingCampaignsRest(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const broken = bench.world.addCampaign({ vendor }).id;
  await bench.pollWell();
  let asked = 0;
  bench.onAnswer = (request, good) => {
    if (!request.url.includes(`/${broken}/`)) return good;
    asked += 1;
    return { ...good, status: 403, body: '{"error":"no"}' };
  };
  await bench.pollFor(6 * HOUR);
  assert(asked <= 20, `a campaign that fails for ever was asked ${asked} times in six hours`);
  bench.onAnswer = undefined;
  const ids = [bench.reply(bench.lead({ campaignId: broken }))];
  await bench.pollFor(HOUR + 2 * MINUTE);
  bench.assertReceived(ids, 'a campaign that answers again was not polled again');
}

/** Each of their answers takes nine seconds, and in each a backlog comes. */
async function slowCampaigns(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const slow = Array.from({ length: 10 }, () => bench.world.addCampaign({ vendor }).id);
  await bench.pollWell();
  const isSlow = new RegExp(slow.map((id) => `/${id}/`).join('|'));
  const asked: number[] = [];
  bench.onRequest = ({ url }) => {
    if (isSlow.test(url)) bench.now += 9 * SECOND;
    else if (url.includes(`/${bench.campaign}/`) && !bench.vendor.interestedLists.test(url)) asked.push(bench.now);
  };
  await bench.pollFor(HOUR);
  const ids = slow.flatMap((campaignId) =>
    Array.from({ length: 12 }, () => bench.reply(bench.lead({ campaignId }), { text: `Of ${campaignId}.` })),
  );
  await bench.pollFor(4 * HOUR);
  bench.assertReceived(ids, 'replies of slow campaigns were lost');
  const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? at));
  // In the first round nobody knows yet who is slow.
  const longest = Math.max(...gaps.slice(1));
  assert(longest <= 3 * MINUTE, `a healthy campaign waited ${longest / MINUTE} min for those that are slow`);
}

async function campaignsThatNeverAnswer(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const silent = Array.from({ length: 30 }, () => bench.world.addCampaign({ vendor }).id);
  await bench.pollWell();
  bench.failing = new RegExp(silent.map((id) => `/${id}/`).join('|'));
  const asked: number[] = [];
  bench.onRequest = ({ url }) => {
    if (bench.failing?.test(url)) bench.now += 20 * SECOND;
    else if (url.includes(`/${bench.campaign}/`) && !bench.vendor.interestedLists.test(url)) asked.push(bench.now);
  };
  await bench.pollFor(6 * HOUR);
  const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? at));
  // In the first round nobody knows yet who answers.
  const longest = Math.max(...gaps.slice(1));
  assert(longest <= 3 * MINUTE, `a healthy campaign waited ${longest / MINUTE} min for those that never answer`);
  bench.failing = undefined;
  bench.onRequest = undefined;
  const ids = silent.map((campaignId) => bench.reply(bench.lead({ campaignId })));
  await bench.pollFor(HOUR + 5 * MINUTE);
  bench.assertReceived(ids, 'campaigns that answer again were not polled again');
}

/** The vendor answers, and then asks for half a minute, poll after poll. */
async function askedToWaitNowAndThen(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  bench.oldLeads(10);
  await bench.pollWell();
  let calls = 0;
  bench.onAnswer = (_request, good) => {
    calls += 1;
    return calls % 5 === 0 ? { ...good, status: 429, headers: { 'retry-after': '30' }, body: '{}' } : good;
  };
  const ids: string[] = [];
  for (let round = 0; round < 12; round += 1) {
    ids.push(bench.reply(bench.lead()));
    await bench.pollFor(20 * MINUTE);
    assert(
      bench.received().length >= ids.length - 1,
      'a feed that answers rests for hours, though half a minute was asked for',
    );
  }
}

/** Mail outside of campaigns was not asked for either until all campaigns were. */
async function allCampaignsNamedLater(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  bench.campaigns = [bench.campaign];
  bench.restart();
  await bench.pollWell();
  const outside = bench.lead({ campaignId: null });
  bench.now += HOUR;
  bench.reply(outside);
  await bench.run(30 * MINUTE);
  bench.campaigns = ['*'];
  bench.restart();
  await bench.run(5 * MINUTE);
  const ids = [bench.reply(outside)];
  await bench.run(5 * MINUTE);
  bench.assertReceived(ids, 'mail outside of campaigns from before all of them were named was recorded');
}

/** Another process writes the connection's record at the same moment. */
async function campaignNamedLaterBesideAnother(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const other = bench.world.addCampaign({ vendor }).id;
  bench.campaigns = [bench.campaign];
  bench.restart();
  await bench.pollWell();
  const thread = bench.lead({ campaignId: other });
  bench.now += 2 * HOUR;
  bench.reply(thread);
  bench.now += HOUR;
  bench.campaigns = ['*'];
  bench.restart();
  bench.reply(thread);
  bench.onPut = async () => {
    bench.onPut = undefined;
    await bench.writeAgain(/^CONNECTIONS /);
  };
  bench.now += MINUTE;
  await bench.poll();
  await bench.run(5 * MINUTE);
  const ids = [bench.reply(thread)];
  await bench.run(5 * MINUTE);
  bench.assertReceived(ids, 'what a campaign held when the config named it was recorded');
}

/** The vendor's own budget, and a list that is never through. */
async function readingWithinTheBudget(engine: Engine, vendor: string): Promise<void> {
  const switches = { listOrder: 'by-id', coldsendRateLimits: true } as const;
  const bench = new Bench(engine, { vendor, switches, limits: { pageRows: 4 } });
  bench.oldLeads(1_000, { from: DAY, step: MINUTE });
  await bench.pollFor(2 * HOUR);
  const ids: string[] = [];
  let throttled = 0;
  for (let minute = 0; minute < 2 * 60; minute += 1) {
    bench.now += MINUTE;
    if (minute % 40 === 0) ids.push(bench.reply(bench.lead()));
    const { failure } = await bench.poll();
    if (failure?.failure.kind === 'throttled') throttled += 1;
  }
  assert.equal(throttled, 0, 'a reading used up the calls of polls to come');
  await bench.pollFor(2 * HOUR);
  bench.assertReceived(ids, 'a list out of order within a budget hid new mail');
}

async function anotherSpelling(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  bench.oldLeads(30, { from: 3 * DAY, intent: 'Interested' });
  bench.oldLeads(25);
  await bench.pollWell();
  // The filter takes the spelling of rows alone, and the first page shows none until now.
  await bench.run(3 * HOUR);
  const ids = [bench.reply(bench.lead({ intent: 'Interested' }))];
  await bench.run(2 * HOUR);
  bench.assertInterested(ids, 'another spelling of the label recorded old ones');
}

/** Threads below the first page are labelled in a spelling that nothing has shown until a reply brings it. */
async function spelledOtherwiseLater(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const threads = bench.oldLeads(30, { from: 3 * DAY });
  bench.oldLeads(25);
  await bench.pollWell();
  await bench.run(HOUR);
  for (const { id } of threads) bench.world.setLabel(id, 'Interested');
  await bench.run(2 * HOUR);
  const ids = [bench.reply(bench.lead({ intent: 'Interested' }))];
  await bench.run(2 * HOUR);
  bench.assertInterested(ids, 'another spelling of the label recorded old ones');
}

async function campaignNamedLater(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const other = bench.world.addCampaign({ vendor }).id;
  bench.campaigns = [bench.campaign];
  bench.restart();
  await bench.pollWell();
  const old = Array.from({ length: 5 }, () => {
    bench.now += HOUR;
    return bench.reply(bench.lead({ campaignId: other }));
  });
  bench.now += HOUR;
  bench.campaigns = [bench.campaign, other];
  bench.restart();
  await bench.run(5 * MINUTE);
  const ids = [bench.reply(bench.lead({ campaignId: other }))];
  await bench.run(5 * MINUTE);
  bench.assertReceived(ids, `a campaign named later recorded some of ${old.length} old replies`);
}

/** The vendor's clock is far off when the connection is switched on, and stays so. */
async function dateWrongFromTheStart(engine: Engine, vendor: string): Promise<void> {
  for (const dateSkewMs of [29 * HOUR, -29 * HOUR]) {
    const bench = new Bench(engine, { vendor, switches: { dateSkewMs } });
    bench.oldLeads(40, { from: 20 * MINUTE });
    const [away] = bench.oldLeads(1, { from: 3 * HOUR });
    assert(away);
    bench.world.archive(away.id);
    await bench.pollWell();
    await bench.run(10 * MINUTE);
    bench.world.restore(away.id);
    const ids: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      ids.push(bench.reply(bench.lead()));
      await bench.run(15 * MINUTE);
    }
    bench.assertReceived(ids, `a Date ${dateSkewMs / HOUR} h off at switch-on hid new mail, or old mail was recorded`);
  }
}

async function listedTwice(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  await bench.pollWell();
  const thread = bench.lead();
  const ids = [bench.reply(thread)];
  await bench.run(2 * MINUTE);
  const old = await bench.rowOf(thread.id);
  bench.onAnswer = (request, good) => (isWholeList(bench, request) ? bench.withRow(good, old) : good);
  bench.now += SECOND;
  ids.push(bench.reply(thread));
  await bench.run(2 * MINUTE);
  bench.assertReceived(ids, 'an older row of the same thread hid its newest');
}

async function dateAhead(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  await bench.pollWell();
  await bench.run(12 * HOUR);
  const thread = bench.lead();
  const ids: string[] = [];
  // More than are verified one by one.
  for (let count = 0; count < 15; count += 1) {
    ids.push(bench.reply(thread));
    await bench.run(5 * MINUTE);
  }
  bench.switches.dateSkewMs = 5 * HOUR;
  // So that neither clock corrects the other.
  bench.machineAheadMs = 5 * HOUR;
  for (let round = 0; round < 4; round += 1) {
    ids.push(bench.reply(thread));
    await bench.run(20 * MINUTE);
    // Three in a row would show by themselves that times and Date are apart.
    bench.assertReceived(ids, 'a Date ahead of the messages hid replies');
  }
}

const isReadingUnderWay = (bench: Bench): boolean =>
  bench.state().some(({ value }) => JSON.stringify(value).includes('nextFloor'));

/**
 * More at one time than a poll opens, older than the late window when they are met: all of them fall below the low watermark at once. The
 * last of them is hidden while the reading goes on.
 */
const missingWhereAReadingGoesOn =
  (hide: (bench: Bench, thread: WorldThread) => void, show: (bench: Bench, thread: WorldThread) => void): Check =>
  async (engine, vendor) => {
    const bench = new Bench(engine, { vendor, limits: SHORT });
    bench.oldLeads(10);
    await bench.pollWell();
    bench.now += MINUTE;
    const last = bench.lead();
    const ids = [bench.reply(last)];
    bench.now += SECOND;
    ids.push(...Array.from({ length: 30 }, () => bench.reply(bench.lead({ intent: 'interested' }))));
    bench.now += LATE_WINDOW + 10 * MINUTE;
    ids.push(bench.reply(bench.lead()));
    await bench.pollWell();
    assert(isReadingUnderWay(bench), 'one poll was enough for all of it');
    hide(bench, last);
    for (let polls = 0; polls < 60 && isReadingUnderWay(bench); polls += 1) await bench.run(MINUTE);
    show(bench, last);
    await bench.run(30 * MINUTE);
    bench.assertReceived(ids, 'a thread that was met before a reading stopped was forgotten when it was not met again');
  };

const unreadableWhereAReadingGoesOn = missingWhereAReadingGoesOn(
  (bench, thread) => Object.assign(bench.switches, { badRowIds: [bench.vendor.rowId(thread)] }),
  (bench) => Object.assign(bench.switches, { badRowIds: [] }),
);

const goneWhereAReadingGoesOn = missingWhereAReadingGoesOn(
  ({ world }, { id }) => world.archive(id),
  ({ world }, { id }) => world.restore(id),
);

export const LONG_RULES = {
  'P5 a baseline longer than a poll goes on, and new mail is recorded meanwhile':
    ofEveryVendor(baselineLongerThanAPoll),
  'P4 an interested list longer than a poll is read on where it stopped': ofEveryVendor(interestedLongerThanAPoll),
  'P11 a row that cannot be read where a reading goes on is handled later':
    ofEveryVendor(unreadableWhereAReadingGoesOn),
  'P11 a thread that is gone where a reading goes on is opened when it is back': ofEveryVendor(goneWhereAReadingGoesOn),
  'P14 one swapped pair is read past and forgotten': ofEveryVendor(oneSwappedPair),
  'P14 a list out of order that is longer than a poll is read on': ofEveryVendor(unorderedLongerThanAPoll),
  'P2 campaigns that fail for ever starve no other': ofVendorsWithFeeds(campaignsThatFailForEver),
  'P2 a campaign that fails for ever is asked seldom': ofVendorsWithFeeds(failingCampaignsRest),
  'P2 campaigns that never answer hold up no other': ofVendorsWithFeeds(campaignsThatNeverAnswer),
  'P2 slow campaigns hold up no other': ofVendorsWithFeeds(slowCampaigns),
  'P2 a feed that answers rests no longer than it is asked to': ofEveryVendor(askedToWaitNowAndThen),
  // ColdSend alone has mail outside of campaigns in its feed.
  'P7 mail outside of campaigns begins when all of them are named': of('coldsend', allCampaignsNamedLater),
  'P7 a campaign that is named while another process writes begins then': ofEveryVendor(
    campaignNamedLaterBesideAnother,
  ),
  'P1 a reading leaves their calls to the polls to come': ofEveryVendor(readingWithinTheBudget),
  // ColdSend alone filters by words that may be spelled otherwise.
  'P5 another spelling of the label records nothing old': of('coldsend', anotherSpelling),
  'P5 another spelling that comes later records nothing old': of('coldsend', spelledOtherwiseLater),
  'P7 a campaign that the config names later begins then': ofEveryVendor(campaignNamedLater),
  'P8 a Date that is wrong from the start hides and floods nothing': ofEveryVendor(dateWrongFromTheStart),
  // A row as it stood before needs a list of threads.
  'P7 a thread that is listed twice goes by its newest row': of('coldsend', listedTwice),
  'P8 a Date ahead of the messages hides none': ofEveryVendor(dateAhead),
};
