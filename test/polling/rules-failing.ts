import assert from 'node:assert/strict';
import type { WorldThread } from '../../sandbox/world-model.ts';
import { troubleViews } from '../../shared/api/troubles.ts';
import { Bench, type BenchOptions, DAY, type Engine, HOUR, MINUTE, SECOND } from './harness.ts';
import { of, ofEveryVendor, ofVendorsThatOpen } from './rule.ts';

const UNAVAILABLE = { status: 500, headers: {}, body: '{"error":"Internal error"}' };

const shows = (body: string, threads: readonly WorldThread[]) =>
  threads.some(({ leadEmail }) => body.toLowerCase().includes(leadEmail.toLowerCase()));

/** Every page that shows the row of one of these threads fails. */
function failWhereShown(bench: Bench, threads: readonly WorldThread[], lists = bench.vendor.lists): void {
  bench.onAnswer = ({ url }, answer) => (lists.test(url) && shows(answer.body, threads) ? UNAVAILABLE : answer);
}

const answers = (bench: Bench, threads: readonly WorldThread[]): string[] =>
  threads.map((thread) => {
    bench.now += SECOND;
    return bench.reply(thread, { text: `At ${bench.now}.` });
  });

/** A list in no order, in the order of its ids, read whole. */
async function unordered(engine: Engine, vendor: string, count = 160, options: Partial<BenchOptions> = {}) {
  const bench = new Bench(engine, {
    vendor,
    switches: { listOrder: 'by-id' },
    limits: { callsPerPoll: 8 },
    ...options,
  });
  const threads = bench.oldLeads(count, { from: DAY });
  await bench.pollWell();
  await bench.run(2 * HOUR);
  const listed = threads.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  return { bench, listed };
}

const said = async (bench: Bench) =>
  (await troubleViews(bench.store, 'bench', bench.now)).filter(({ what }) => what === 'pages');

/** A page that always fails hides what is on it, and no more. */
async function onePage(engine: Engine, vendor: string): Promise<void> {
  const { bench, listed } = await unordered(engine, vendor);
  failWhereShown(bench, listed.slice(75, 76));
  await bench.run(HOUR);
  const top = answers(bench, listed.slice(2, 3));
  await bench.run(2 * MINUTE);
  bench.assertReceived(top, 'a page far below held up the first one');
  const others = answers(bench, [...listed.slice(25, 35), ...listed.slice(135, 140)]);
  await bench.run(2 * HOUR);
  bench.assertReceived([...top, ...others], 'a page that fails hid others');
  assert.match(
    (await said(bench)).map(({ detail }) => detail).join(),
    /HTTP 500/,
    'nothing is said of a page that fails',
  );
  const hidden = answers(bench, listed.slice(74, 77));
  await bench.run(3 * HOUR);
  const later = answers(bench, listed.slice(3, 4));
  await bench.run(DAY, 5 * MINUTE);
  bench.onAnswer = undefined;
  await bench.run(2 * HOUR);
  bench.assertReceived([...top, ...others, ...hidden, ...later], 'what stood on a page that failed was lost');
  await bench.run(30 * MINUTE);
  assert.deepEqual(await said(bench), [], 'a page is said to fail that does not');
}

/** Whatever it answers: a key that may read the first page is no refused key. */
async function howeverItFails(engine: Engine, vendor: string): Promise<void> {
  for (const status of [401, 403, 404, 429, 503]) {
    const { bench, listed } = await unordered(engine, vendor);
    const headers = { 'retry-after': '1800' };
    const shown = listed.slice(75, 76);
    bench.onAnswer = ({ url }, answer) =>
      bench.vendor.lists.test(url) && shows(answer.body, shown) ? { status, headers, body: '{"error":"no"}' } : answer;
    await bench.pollFor(3 * HOUR);
    const ids = answers(bench, [...listed.slice(25, 30), ...listed.slice(135, 140)]);
    await bench.pollFor(3 * HOUR);
    bench.assertReceived(ids, `a page that answers ${status} hid others`);
    assert(!bench.types().includes('connection.unauthorized'), `a page that answers ${status} was taken for the key`);
  }
}

/** A list in order is looked through, which meets such a page too. */
async function inAListInOrder(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const threads = bench.oldLeads(100, { from: DAY });
  const body = '{"error":"no"}';
  bench.onAnswer = ({ url }, answer) =>
    bench.vendor.lists.test(url) && shows(answer.body, threads.slice(10, 11))
      ? { status: 403, headers: {}, body }
      : answer;
  await bench.pollWell();
  await bench.run(DAY, 5 * MINUTE);
  const ids = answers(bench, threads.slice(60, 63));
  await bench.run(5 * MINUTE);
  bench.assertReceived(ids, 'a page far below held up the first one');
  assert.deepEqual(
    bench.types(),
    ids.map(() => 'reply.received'),
    'a page far below was taken for the key',
  );
}

/** The vendor shows nothing that lies deeper. */
async function allBelow(engine: Engine, vendor: string): Promise<void> {
  const { bench, listed } = await unordered(engine, vendor);
  const { lists, interestedLists } = bench.vendor;
  bench.onAnswer = ({ url }, answer) =>
    lists.test(url) && !interestedLists.test(url) && !shows(answer.body, listed.slice(0, 80)) ? UNAVAILABLE : answer;
  await bench.run(2 * HOUR);
  const ids: string[] = [];
  for (let hour = 0; hour < 5; hour += 1) {
    ids.push(...answers(bench, listed.slice(30 + hour, 32 + hour)));
    await bench.run(HOUR);
  }
  await bench.run(HOUR);
  bench.assertReceived(ids, 'pages that fail below hid those above');
}

/** Now and then any page fails. */
async function nowAndThen(engine: Engine, vendor: string): Promise<void> {
  const { bench, listed } = await unordered(engine, vendor);
  let asked = 0;
  bench.onAnswer = ({ url }, answer) => {
    const { lists, topInUrl } = bench.vendor;
    if (!lists.test(url) || topInUrl.test(url)) return answer;
    asked += 1;
    return asked % 3 === 0 ? UNAVAILABLE : answer;
  };
  const ids = answers(bench, [...listed.slice(30, 33), ...listed.slice(90, 93), ...listed.slice(150, 153)]);
  await bench.run(2 * HOUR);
  bench.assertReceived(ids, 'pages that fail now and then hid a reply');
}

/** A burst that is longer than the first page, and a page of it that fails for hours. */
async function inABurst(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const threads = bench.oldLeads(100, { from: DAY });
  await bench.pollWell();
  await bench.run(2 * HOUR);
  failWhereShown(bench, threads.slice(10, 11));
  const ids = answers(bench, threads.slice(0, 60));
  await bench.run(30 * MINUTE);
  const later = answers(bench, threads.slice(90, 92));
  await bench.run(3 * MINUTE);
  for (const id of later) assert(bench.received().includes(id), 'a page below the first held up the first');
  await bench.run(3 * HOUR);
  bench.onAnswer = undefined;
  await bench.run(30 * MINUTE);
  bench.assertReceived([...ids, ...later], 'a page of a burst that failed for hours lost replies');
}

/** What stands above a page of the interested list that fails is told. */
async function inTheInterestedList(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const threads = bench.oldLeads(100, { from: DAY, intent: 'interested' });
  const others = bench.oldLeads(40, { from: 4 * DAY });
  bench.interestedScanMs = 30 * MINUTE;
  await bench.pollWell();
  await bench.run(2 * HOUR);
  failWhereShown(bench, others.slice(0, 1), bench.vendor.interestedLists);
  for (const { id } of others.slice(0, 1)) bench.world.setLabel(id, 'interested');
  await bench.pollFor(4 * HOUR);
  const [labelled] = others.slice(-1);
  assert(labelled && threads.length > 0);
  bench.world.setLabel(labelled.id, 'interested');
  await bench.pollFor(8 * HOUR);
  assert.equal(bench.interested().length, 1, 'a page of the interested list that fails hid a label above it');
}

export const FAILING_RULES = {
  'P15 a page that always fails hides nothing but what is on it': ofVendorsThatOpen(onePage),
  'P15 a page that fails in whatever way hides nothing but what is on it': ofVendorsThatOpen(howeverItFails),
  'P15 a page of a list in order that is refused is no refused key': ofEveryVendor(inAListInOrder),
  'P15 pages that all fail far below hide nothing above them': ofVendorsThatOpen(allBelow),
  'P15 pages that fail now and then hide nothing': ofEveryVendor(nowAndThen),
  'P15 a page of a burst that fails for hours loses nothing': ofEveryVendor(inABurst),
  'P15 a page of the interested list that fails hides no label above it': of('cohesive', inTheInterestedList),
};
