import assert from 'node:assert/strict';
import type { WorldThread } from '../../sandbox/world-model.ts';
import { threadKey } from '../../shared/providers/cohesive/thread-id.ts';
import { Bench, type BenchOptions, DAY, type Engine, HOUR, LATE_WINDOW, MINUTE } from './harness.ts';
import { of, type Rule } from './rule.ts';

/** A lead that stands in two campaigns, whose conversation shows the mail of both in either. */
interface Twins {
  readonly bench: Bench;
  readonly one: WorldThread;
  readonly other: WorldThread;
}

const LEAD = { leadEmail: 'Twin@customer.example', leadName: 'Twin' };

function twins(engine: Engine, options: Partial<BenchOptions> = {}): Twins {
  const bench = new Bench(engine, { vendor: 'cohesive', switches: { cohesiveWholeLead: true }, ...options });
  const second = bench.world.addCampaign({ vendor: 'cohesive' }).id;
  const one = bench.world.addThread({ campaignId: bench.campaign, ...LEAD });
  const other = bench.world.addThread({ campaignId: second, ...LEAD });
  for (const [hours, thread] of [one, other].entries()) bench.reply(thread, { sentAt: bench.now - DAY - hours * HOUR });
  bench.oldLeads(3);
  return { bench, one, other };
}

/** Of these the config names the campaigns, from the next process on. */
function name(bench: Bench, ...threads: readonly WorldThread[]): void {
  bench.campaigns = threads.map(({ campaignId }) => campaignId ?? '');
  bench.restart();
}

/** Lists and campaigns of this thread's campaign do not show it. */
function unlisted(bench: Bench, { campaignId }: WorldThread): void {
  bench.onAnswer = ({ url }, answer) =>
    url.includes(`/${campaignId}/inbox/replies`) ? { ...answer, body: '[]' } : answer;
}

type Type = 'reply.received' | 'reply.interested';

const keyOf = ({ campaignId, leadEmail }: WorldThread) => threadKey({ campaignId: campaignId ?? '', leadEmail });

function assertTold(bench: Bench, type: Type, told: readonly (readonly [WorldThread, string])[]): void {
  const ids = told.map(([, id]) => id);
  if (type === 'reply.received') bench.assertReceived(ids, 'a reply of a lead in two campaigns is not told once');
  else bench.assertInterested(ids, 'a label of a lead in two campaigns is not told once, or not of its own campaign');
  for (const [thread, id] of told)
    assert.equal(bench.threadOf(type, id), keyOf(thread), 'a reply was told under another thread than its own');
}

/** Replies in turns in both, and one in each at once. */
async function toldOnce(engine: Engine): Promise<void> {
  const { bench, one, other } = twins(engine);
  await bench.pollWell();
  const told: [WorldThread, string][] = [];
  for (const threads of [[one], [other], [one, other], [other, one]]) {
    bench.now += 20 * MINUTE;
    for (const thread of threads) told.push([thread, bench.reply(thread)]);
    await bench.run(5 * MINUTE);
  }
  await bench.run(2 * DAY, 10 * MINUTE);
  assertTold(bench, 'reply.received', told);
}

async function crashes(engine: Engine): Promise<void> {
  for (const side of [1, -1]) {
    for (let at = 1; ; at += 1) {
      const { bench, one, other } = twins(engine);
      await bench.pollWell();
      bench.now += MINUTE;
      const told: [WorldThread, string][] = [one, other].map((thread) => [thread, bench.reply(thread)]);
      bench.crashAtPut = at * side;
      const crashed = await bench.pollUntilCrash();
      bench.restart();
      await bench.run(LATE_WINDOW + 10 * MINUTE, 5 * MINUTE);
      assertTold(bench, 'reply.received', told);
      if (!crashed) break;
    }
  }
}

async function otherUnlisted(engine: Engine): Promise<void> {
  const { bench, one, other } = twins(engine);
  await bench.pollWell();
  unlisted(bench, other);
  bench.now += MINUTE;
  const hidden = bench.reply(other);
  const shown = bench.reply(one);
  await bench.run(5 * MINUTE);
  assertTold(bench, 'reply.received', [
    [other, hidden],
    [one, shown],
  ]);
  bench.onAnswer = undefined;
  await bench.run(DAY + HOUR, 5 * MINUTE);
  assertTold(bench, 'reply.received', [
    [other, hidden],
    [one, shown],
  ]);
}

async function otherNotPolled(engine: Engine): Promise<void> {
  const { bench, one, other } = twins(engine);
  name(bench, one);
  await bench.pollWell();
  bench.now += MINUTE;
  const ids = [bench.reply(other), bench.reply(one)];
  await bench.run(DAY + HOUR, 5 * MINUTE);
  assertTold(
    bench,
    'reply.received',
    ids.map((id) => [one, id] as const),
  );
}

async function namesNoOne(engine: Engine): Promise<void> {
  const { bench, one, other } = twins(engine);
  bench.onAnswer = ({ url }, answer) => {
    if (url.includes(`/${other.campaignId}/inbox/replies`)) return { ...answer, body: '[]' };
    return { ...answer, body: answer.body.replaceAll(`"campaignId":"${other.campaignId}"`, '"campaignId":"no one"') };
  };
  await bench.pollWell();
  bench.now += MINUTE;
  const ids = [bench.reply(other), bench.reply(one)];
  await bench.run(HOUR);
  assertTold(
    bench,
    'reply.received',
    ids.map((id) => [one, id] as const),
  );
}

async function otherNamedLater(engine: Engine): Promise<void> {
  const { bench, one, other } = twins(engine);
  name(bench, one);
  await bench.pollWell();
  bench.now += MINUTE;
  const before = [bench.reply(other), bench.reply(one)];
  await bench.run(HOUR);
  // Not polled before the config names the other campaign.
  bench.now += MINUTE;
  before.push(bench.reply(other), bench.reply(one));
  bench.now += MINUTE;
  name(bench, one, other);
  await bench.run(5 * MINUTE);
  const after = [one, other].map((thread) => [thread, bench.reply(thread)] as const);
  await bench.run(2 * DAY, 10 * MINUTE);
  assertTold(bench, 'reply.received', [...before.map((id) => [one, id] as const), ...after]);
}

async function otherNamedNoMore(engine: Engine): Promise<void> {
  const { bench, one, other } = twins(engine);
  name(bench, one, other);
  await bench.pollWell();
  const told: [WorldThread, string][] = [];
  const write = async () => {
    bench.now += 20 * MINUTE;
    for (const thread of [one, other]) told.push([thread, bench.reply(thread)]);
    await bench.run(DAY + HOUR, 10 * MINUTE);
  };
  await write();
  name(bench, one);
  await write();
  name(bench, one, other);
  await write();
  assertTold(bench, 'reply.received', told);
}

/** Made since the campaigns were listed last, which is every five minutes. */
async function justMade(engine: Engine): Promise<void> {
  const { bench, one } = twins(engine);
  await bench.pollWell();
  bench.now += MINUTE;
  await bench.pollWell();
  const campaignId = bench.world.addCampaign({ vendor: 'cohesive' }).id;
  const made = bench.world.addThread({ campaignId, ...LEAD });
  bench.now += MINUTE;
  const told = [made, one].map((thread) => [thread, bench.reply(thread)] as const);
  await bench.run(DAY + HOUR, MINUTE);
  assertTold(bench, 'reply.received', told);
}

async function oldStaysOld(engine: Engine): Promise<void> {
  const { bench, one, other } = twins(engine);
  for (const minutes of [5, 15, 30])
    for (const thread of [one, other]) bench.reply(thread, { sentAt: bench.now - minutes * MINUTE });
  await bench.pollWell();
  bench.now += MINUTE;
  const told = [one, other].map((thread) => [thread, bench.reply(thread)] as const);
  await bench.run(DAY + HOUR, 5 * MINUTE);
  assertTold(bench, 'reply.received', told);
}

async function newDuringBaseline(engine: Engine): Promise<void> {
  const { bench, one, other } = twins(engine, { limits: { callsPerPoll: 4 } });
  bench.oldLeads(40, { from: MINUTE, step: MINUTE });
  await bench.pollWell();
  bench.now += MINUTE;
  const told = [
    [other, bench.reply(other, { sentAt: bench.now + 5 * HOUR, visibleAt: bench.now })],
    [other, bench.reply(other)],
    [one, bench.reply(one)],
  ] as const;
  await bench.run(DAY + HOUR, 5 * MINUTE);
  assertTold(bench, 'reply.received', told);
}

/** The other campaign does not answer for the first hour. */
async function oldOfASilentCampaign(engine: Engine): Promise<void> {
  const { bench, one, other } = twins(engine);
  bench.reply(other, { sentAt: bench.now - 5 * MINUTE });
  bench.failing = new RegExp(other.campaignId ?? '');
  await bench.poll();
  await bench.pollFor(10 * MINUTE);
  const told = [[one, bench.reply(one)] as const];
  await bench.pollFor(50 * MINUTE);
  bench.failing = undefined;
  await bench.pollFor(DAY);
  assertTold(bench, 'reply.received', told);
}

/** As {@link oldOfASilentCampaign}, while the baseline of the one that answers takes long. */
async function newOfASilentCampaign(engine: Engine): Promise<void> {
  const { bench, one, other } = twins(engine, { limits: { callsPerPoll: 4 } });
  bench.oldLeads(30, { from: MINUTE, step: MINUTE });
  bench.reply(one, { sentAt: bench.now - 50 * MINUTE });
  bench.failing = new RegExp(`${other.campaignId}/`);
  await bench.poll();
  bench.now += MINUTE;
  const told = [[other, bench.reply(other, { sentAt: bench.now + 5 * HOUR, visibleAt: bench.now })] as const];
  await bench.pollFor(HOUR);
  bench.failing = undefined;
  await bench.pollFor(DAY);
  assertTold(bench, 'reply.received', told);
}

async function toldByAnOlderVersion(engine: Engine): Promise<void> {
  const { bench, one, other } = twins(engine);
  await bench.pollWell();
  bench.now += MINUTE;
  const id = bench.reply(other);
  unlisted(bench, other);
  await bench.recordAs('reply.received', keyOf(one), id);
  await bench.run(2 * MINUTE);
  const next = bench.reply(one);
  await bench.run(DAY + HOUR, 5 * MINUTE);
  bench.assertReceived([id, next], 'a reply that an older version told under the thread that shows it was told again');
}

async function otherLetters(engine: Engine): Promise<void> {
  const { bench, one, other } = twins(engine);
  bench.onAnswer = ({ url }, answer) =>
    url.includes('/conversation')
      ? {
          ...answer,
          body: answer.body.replace(/"campaignId":"[^"]*"/g, (text) => `"campaignId":${text.slice(13).toUpperCase()}`),
        }
      : answer;
  await bench.pollWell();
  bench.now += MINUTE;
  const told = [one, other].map((thread) => [thread, bench.reply(thread)] as const);
  await bench.run(HOUR);
  assertTold(bench, 'reply.received', told);
}

async function backfilledOnce(engine: Engine): Promise<void> {
  const { bench, one, other } = twins(engine);
  const old = [one, other].flatMap((thread) =>
    [90, 300].map((minutes) => [thread, bench.reply(thread, { sentAt: bench.now - minutes * MINUTE })] as const),
  );
  bench.backfill = 'all';
  bench.restart();
  await bench.pollFor(2 * HOUR);
  const messages = old.map(([, id]) => id);
  const told = bench.received().filter((id) => messages.includes(id));
  assert.deepEqual(told, messages.toSorted(), 'a backfill told an old reply of a lead in two campaigns not once');
}

async function labelOfOne(engine: Engine): Promise<void> {
  const { bench, one, other } = twins(engine);
  await bench.pollWell();
  bench.now += MINUTE;
  const own = bench.reply(one);
  await bench.run(5 * MINUTE);
  const others = bench.reply(other);
  await bench.run(5 * MINUTE);
  bench.world.setLabel(one.id, 'interested');
  await bench.run(HOUR);
  assertTold(bench, 'reply.interested', [[one, own]]);
  bench.world.setLabel(other.id, 'interested');
  await bench.run(DAY + HOUR, 5 * MINUTE);
  assertTold(bench, 'reply.interested', [
    [one, own],
    [other, others],
  ]);
}

async function newestUnderALabel(engine: Engine): Promise<void> {
  const { bench, one, other } = twins(engine);
  await bench.pollWell();
  bench.world.setLabel(one.id, 'interested');
  await bench.run(5 * MINUTE);
  bench.reply(other);
  await bench.run(5 * MINUTE);
  const own = bench.reply(one);
  await bench.run(5 * MINUTE);
  bench.reply(other);
  await bench.run(HOUR);
  const told = bench.interested().filter((id) => id !== one.messages[0]?.messageId);
  assert.deepEqual(told, [own], "a campaign's label was told of a reply to another campaign");
}

const ofCohesive = (check: (engine: Engine) => Promise<void>): Rule => of('cohesive', check);

export const TWIN_RULES = {
  'P9 a reply that two campaigns show is told once, in its own': ofCohesive(toldOnce),
  'P9 a crash at any put of a reply that two campaigns show tells it once': ofCohesive(crashes),
  'P9 a reply whose own campaign does not list the lead is told by the other': ofCohesive(otherUnlisted),
  'P9 a reply whose own campaign is not polled is told by the thread that shows it': ofCohesive(otherNotPolled),
  'P9 a reply that names a campaign nobody knows is told by the thread that shows it': ofCohesive(namesNoOne),
  'P9 a campaign that the config names later tells what is new alone': ofCohesive(otherNamedLater),
  'P9 a campaign that was made since the last list of them tells each reply once': ofCohesive(justMade),
  'P9 a campaign that the config leaves out for a while tells each reply once': ofCohesive(otherNamedNoMore),
  'P9 what another campaign shows of before switching on stays untold': ofCohesive(oldStaysOld),
  'P9 what comes while the baseline is read is told, whichever campaign shows it': ofCohesive(newDuringBaseline),
  'P9 what came before switching on to a campaign that does not answer stays untold': ofCohesive(oldOfASilentCampaign),
  'P9 what comes to a campaign that does not answer while the baseline is read is told':
    ofCohesive(newOfASilentCampaign),
  'P9 what an older version told under the thread that shows it is not told again': ofCohesive(toldByAnOlderVersion),
  'P9 a campaign that a reply names in other letters is the same': ofCohesive(otherLetters),
  'P9 a backfill tells each reply that two campaigns show once': ofCohesive(backfilledOnce),
  'P4 a label is of one campaign, and told of the newest reply to it': ofCohesive(labelOfOne),
  'P4 a reply to another campaign is not told under the label of this one': ofCohesive(newestUnderALabel),
};
