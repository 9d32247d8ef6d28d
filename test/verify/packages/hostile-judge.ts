import assert from 'node:assert/strict';
import { readEventLog } from '../../../shared/outbox/outbox.ts';
import { eventOfAddress } from '../../../shared/store/keys.ts';
import type { Chaos } from './chaos.ts';
import { secretsOf } from './deployment.ts';

const MONTH_MS = 30 * 86_400_000;

/** Events of the table that have not reached every sink that wants them. */
async function undelivered({ deployment }: Chaos): Promise<readonly string[]> {
  const { store } = deployment.world;
  const { addresses } = await store.timeline(Date.now() - MONTH_MS, { limit: 10_000 });
  const logs = await Promise.all(addresses.map((address) => readEventLog(store, eventOfAddress(address))));
  return logs.flatMap((log) => {
    const states = Object.values(log?.deliveries ?? { none: { state: 'never looked at' } });
    return log && states.some(({ state }) => state !== 'delivered') ? [log.stored.id] : [];
  });
}

/** How the sends ended, by state. None went out twice, and none is told to be what it is not. */
async function judgeSends({ deployment, sends }: Chaos): Promise<ReadonlyMap<string, number>> {
  const { outbox } = deployment.world.sandbox.world;
  const ends = new Map<string, number>();
  for (const { call, token } of sends) {
    const state = String((await deployment.api(call))?.body.state);
    const mails = outbox.filter(({ text }) => text.includes(token)).length;
    ends.set(state, (ends.get(state) ?? 0) + 1);
    const is = `${token} is ${state}, and went out ${mails} times.`;
    assert.ok(mails <= 1, is);
    if (state === 'confirmed' || state === 'sent') assert.equal(mails, 1, is);
    // Whatever went out shows in its conversation within minutes, so what a person is asked about did not.
    else assert.ok(mails === 0 && (state === 'failed' || state === 'needs_decision'), is);
  }
  return ends;
}

/** Nothing is still on its way after all these days, neither what was asked for nor what automations did. */
async function underway({ deployment }: Chaos): Promise<readonly unknown[]> {
  const answers = ['waiting', 'sending', 'uncertain'].map(async (state) => {
    return (await deployment.api({ method: 'GET', path: `/v1/sends?state=${state}` }))?.body.items;
  });
  return (await Promise.all(answers)).flat();
}

/** An automation forwards an interested event at most once, however often it was delivered. */
function judgeForwards({ deployment }: Chaos): number {
  const { world } = deployment;
  const interested = new Set(world.aws.events.map(({ Detail }) => JSON.parse(Detail).id));
  const forwards = world.sandbox.world.outbox.filter(({ kind }) => kind === 'forward');
  assert.ok(forwards.length <= interested.size, `${forwards.length} forwards of ${interested.size} events`);
  return forwards.length;
}

/** Nothing lost, nothing told under two ids, nothing sent twice, nothing secret in a log. */
export async function judge(chaos: Chaos): Promise<string> {
  const { deployment, campaign, receiver, counts } = chaos;
  const { fleet, deadLetters, world } = deployment;
  assert.deepEqual(campaign.judge(receiver), { missing: [], twice: [] });
  assert.equal(receiver.badSignatures(), 0);
  assert.deepEqual(await undelivered(chaos), []);
  const ends = await judgeSends(chaos);
  assert.deepEqual(await underway(chaos), []);
  const forwards = judgeForwards(chaos);
  for (const secret of [...secretsOf(world), 'lead0@', 'A new reply', 'this is answer-'])
    assert.ok(!fleet.output.includes(secret), `The log holds ${secret}.`);
  const states = [...ends].map(([state, count]) => `${count} ${state}`);
  return [
    `${fleet.starts} containers, ${fleet.kills} killed, ${counts.freezes} frozen, ${counts.doubles} calls doubled, ${counts.lostAnswers} answers lost`,
    `${campaign.replies.length} replies in ${receiver.receipts.length} webhooks`,
    `sends: ${states.join(', ')}; ${forwards} forwards`,
    `${deadLetters.letters.length} dead letters`,
  ].join('; ');
}
