import assert from 'node:assert/strict';
import { vendorNamed } from '../vendors/index.ts';
import { Bench, DAY, type Engine, HOUR, LATE_WINDOW, MINUTE } from './harness.ts';
import { of, ofEveryVendor } from './rule.ts';

async function on(engine: Engine, vendor: string, oldInterested = 0): Promise<Bench> {
  const bench = new Bench(engine, { vendor });
  bench.oldLeads(5);
  if (oldInterested > 0) bench.oldLeads(oldInterested, { intent: 'interested' });
  await bench.pollWell();
  await bench.run(5 * MINUTE);
  return bench;
}

async function labelLate(engine: Engine, vendor: string): Promise<void> {
  const bench = await on(engine, vendor);
  const thread = bench.lead();
  const first = bench.reply(thread);
  await bench.run(3 * DAY, HOUR);
  bench.assertInterested([], `${vendor}: recorded as interested without a label`);
  bench.world.setLabel(thread.id, 'interested');
  await bench.run(MINUTE);
  bench.assertInterested([first], `${vendor}: a late label was not recorded at the next poll`);
  bench.world.setLabel(thread.id, null);
  await bench.run(HOUR);
  bench.world.setLabel(thread.id, 'interested');
  await bench.run(HOUR);
  bench.assertInterested([first], `${vendor}: a label taken back and set again was recorded again`);
}

async function newMessageUnlabelled(engine: Engine, vendor: string): Promise<void> {
  const bench = await on(engine, vendor);
  const thread = bench.lead({ intent: 'interested' });
  const first = bench.reply(thread);
  await bench.run(3 * HOUR, 5 * MINUTE);
  bench.world.setLabel(thread.id, null);
  await bench.run(5 * MINUTE);
  const second = bench.reply(thread);
  await bench.run(3 * HOUR, 5 * MINUTE);
  bench.assertInterested([first], `${vendor}: recorded as interested without a label`);
  bench.world.setLabel(thread.id, 'interested');
  await bench.run(2 * MINUTE);
  bench.assertInterested(
    [first, second],
    `${vendor}: a message that came while unlabelled was not recorded after its label`,
  );
}

async function newMessageLabelled(engine: Engine, vendor: string): Promise<void> {
  const bench = await on(engine, vendor);
  const thread = bench.lead({ intent: 'interested' });
  const first = bench.reply(thread);
  await bench.run(HOUR);
  const second = bench.reply(thread);
  await bench.run(MINUTE);
  bench.assertInterested([first, second], `${vendor}: each newest message under a label is recorded once`);
}

async function deepLabel(engine: Engine, vendor: string, within?: number): Promise<void> {
  const bench = new Bench(engine, { vendor });
  const [deep] = bench.oldLeads(3, { from: 30 * DAY });
  assert(deep);
  bench.oldLeads(45, { intent: 'interested' });
  await bench.pollWell();
  await bench.run(3 * HOUR, 5 * MINUTE);
  bench.assertInterested([], 'old labels were recorded');
  bench.world.setLabel(deep.id, 'interested');
  await bench.run(within ?? bench.interestedScanMs + 3 * MINUTE);
  const [message] = deep.messages;
  assert(message);
  bench.assertInterested(
    [bench.idOf(message)],
    `${vendor}: a label below page 1 of the interested list was not recorded`,
  );
}

/** More labels at once than a poll may open threads for; there is no total that would show it, and the list is the same from then on. */
async function manyDeepLabels(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor, limits: { callsPerPoll: 4 } });
  const deep = bench.oldLeads(30, { from: 30 * DAY });
  bench.oldLeads(45, { intent: 'interested' });
  await bench.pollWell();
  await bench.run(3 * HOUR, 5 * MINUTE);
  for (const { id } of deep) bench.world.setLabel(id, 'interested');
  // When the list is read is each feed's own; from then on two a poll are opened.
  for (let waited = 0; waited < bench.interestedScanMs && bench.interested().length === 0; waited += MINUTE) {
    await bench.run(MINUTE);
  }
  await bench.run(16 * MINUTE);
  const due = deep.flatMap(({ messages }) => messages.map((message) => bench.idOf(message)));
  bench.assertInterested(due, 'labels that one poll could not open were not recorded by the next');
}

/** Of the store, by one poll: the checkpoints and, where it is loaded, the state. */
async function listsOfNextInterestedScan(bench: Bench): Promise<number> {
  let lists = 1;
  for (let writes = 0; writes === 0; ) {
    bench.now += MINUTE;
    const before = { lists: bench.counts.lists, puts: bench.counts.puts };
    await bench.pollWell();
    lists = bench.counts.lists - before.lists;
    writes = bench.counts.puts - before.puts;
  }
  return lists;
}

async function interestedScanAfterChange(engine: Engine, vendor: string): Promise<void> {
  const bench = await on(engine, vendor, 45);
  await bench.run(3 * HOUR);
  assert.equal(await listsOfNextInterestedScan(bench), 1, `${vendor}: the state is loaded for a list that is the same`);
  bench.reply(bench.lead());
  await bench.run(MINUTE);
  await bench.run(LATE_WINDOW);
  assert.equal(
    await listsOfNextInterestedScan(bench),
    2,
    `${vendor}: the state changed, and the list was not held against it`,
  );
  assert.equal(await listsOfNextInterestedScan(bench), 1, `${vendor}: the state is loaded for a list that is the same`);
}

/** The list is in whole seconds, the thread in milliseconds: its newest message looks newer than its row. */
async function roundedRows(engine: Engine, vendor: string): Promise<void> {
  const bench = new Bench(engine, { vendor, switches: { cohesiveSeconds: true } });
  const thread = bench.lead({ intent: 'interested' });
  bench.reply(thread, { sentAt: bench.now - 5 * HOUR + 1 });
  bench.reply(bench.lead(), { sentAt: bench.now - 10 * MINUTE });
  await bench.pollWell();
  await bench.run(HOUR, 5 * MINUTE);
  bench.world.addMessage(thread.id, { direction: 'outbound', sentAt: bench.now, text: 'Shall we talk?' });
  await bench.run(DAY + HOUR, 5 * MINUTE);
  bench.assertInterested([], 'what was interested at the baseline was recorded');
}

async function unreadableRow(engine: Engine, vendor: string): Promise<void> {
  const bench = await on(engine, vendor, 5);
  const bad = bench.lead({ intent: 'interested' });
  bench.reply(bad);
  bench.switches.badRowIds = [bad.id];
  await bench.run(3 * HOUR, 5 * MINUTE);
  Object.assign(bench.counts, { http: 0, puts: 0 });
  await bench.run(10 * MINUTE);
  assert.deepEqual(
    [bench.counts.http, bench.counts.puts],
    [20, 0],
    'a total that our set cannot reach is read endlessly',
  );
}

async function equalTimes(engine: Engine, vendor: string): Promise<void> {
  const given = vendorNamed(vendor).withMessageId;
  const ids = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b'] as const;
  for (const [order, expected] of [
    [[ids[0], ids[1]], [...ids]],
    [[ids[1], ids[0]], [ids[1]]],
  ] as const) {
    const bench = await on(engine, vendor);
    const together = bench.lead({ intent: 'interested' });
    const both = ids.map((id) => id.replace('0000', '1111'));
    for (const id of both) bench.reply(together, given(id));
    const thread = bench.lead({ intent: 'interested' });
    const sentAt = bench.now;
    bench.reply(thread, { ...given(order[0]), sentAt });
    bench.reply(thread, { ...given(order[1]), sentAt, visibleAt: sentAt + 10 * MINUTE });
    await bench.run(2 * HOUR);
    bench.assertReceived([...both, ...ids], `${vendor}: messages of one time were not each recorded`);
    bench.assertInterested([both[1] ?? '', ...expected], `${vendor}: of equal times the greatest id is newest`);
  }
}

/** Its page is as it was before, and what was handled is not. */
async function afterFailing(engine: Engine, vendor: string): Promise<void> {
  const bench = await on(engine, vendor);
  const thread = bench.lead({ intent: 'interested' });
  const first = bench.reply(thread);
  await bench.run(3 * HOUR, 5 * MINUTE);
  await bench.run(2 * MINUTE);
  bench.failing = bench.vendor.interestedLists;
  await bench.pollFor(2 * MINUTE);
  bench.world.setLabel(thread.id, null);
  const second = bench.reply(thread);
  await bench.pollFor(MINUTE);
  // Its row is below the first page of the feed's own list by now.
  for (let count = 0; count < 45; count += 1) bench.reply(bench.lead());
  await bench.pollFor(3 * MINUTE);
  bench.world.setLabel(thread.id, 'interested');
  bench.failing = undefined;
  await bench.pollFor(3 * MINUTE);
  bench.assertInterested([first, second], `${vendor}: what an interested list failed to show counted as handled`);
}

/** Each such call may take as long as a call can. */
async function seldomAsked(engine: Engine, vendor: string): Promise<void> {
  const bench = await on(engine, vendor);
  bench.failing = bench.vendor.interestedLists;
  let asked = 0;
  bench.onRequest = ({ url }) => {
    if (bench.vendor.interestedLists.test(url)) asked += 1;
  };
  await bench.pollFor(5 * HOUR);
  assert(asked < 50, `${vendor}: a list that fails was asked ${asked} times in 5 hours`);
}

export const LABEL_RULES = {
  'P1 an interested list that failed counts as not handled': ofEveryVendor(afterFailing),
  'P11 an interested list that fails is asked less and less often': ofEveryVendor(seldomAsked),
  'P4 a late label is recorded once, also when taken back and set again': ofEveryVendor(labelLate),
  'P4 a message that came while unlabelled is recorded after its label': ofEveryVendor(newMessageUnlabelled),
  'P4 each newest message under a label is recorded': ofEveryVendor(newMessageLabelled),
  'P4 a label deep in the list is recorded within an interval of the interested scan': ofEveryVendor(deepLabel),
  'P4 more late labels than one poll looks at are recorded by the next': ofEveryVendor(manyDeepLabels),
  'P4 the whole list is held against the state after each change of it': ofEveryVendor(interestedScanAfterChange),
  // Cohesive alone may give the times of its rows in seconds.
  'P4 what is interested at the baseline is not recorded, also where rows round their times': of(
    'cohesive',
    roundedRows,
  ),
  // ColdSend alone gives a total.
  'P12 a filtered total that changed is read at once': of('coldsend', (engine, vendor) =>
    deepLabel(engine, vendor, MINUTE),
  ),
  'P12 a total that our set cannot reach is not read endlessly': of('coldsend', unreadableRow),
  'P13 of equal times the greatest id is newest': ofEveryVendor(equalTimes),
};
