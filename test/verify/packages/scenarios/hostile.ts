import assert from 'node:assert/strict';
import { seededRandom } from '../../../../sandbox/seeded.ts';
import { createSwitches } from '../../../../sandbox/switches.ts';
import type { Config } from '../../../../shared/config/schema.ts';
import { type HttpCall, httpEvent } from '../../../lambdas/invocations.ts';
import { startReceiver } from '../../kill/receiver.ts';
import { Chaos } from '../chaos.ts';
import { Deployment, HOOK_PARAMETER, scheduled } from '../deployment.ts';
import { judge } from '../hostile-judge.ts';

const ROUNDS = 25;
const MINUTE_MS = 61_000;
const HOUR_MS = 3_600_000;
/** What heals in the end: jumps of the clock that bring every retry and every look. */
const HEALING_MS = [0, 0, 0, 6 * MINUTE_MS, 0, HOUR_MS, HOUR_MS, ...Array.from({ length: 16 }, () => 6 * HOUR_MS)];

function misbehave({ deployment, random }: Chaos): void {
  const faults = {
    latencyMs: Math.floor(random() * 60),
    // What was sent shows in its conversation when a retry that did not wait would have gone out already.
    sentDelayMs: Math.floor(random() * 2 * MINUTE_MS),
    errorRate: random() * 0.08,
    errorAfterRate: random() * 0.08,
    resetBeforeRate: random() * 0.08,
    resetAfterRate: random() * 0.08,
    throttledRate: random() * 0.05,
    throttledSignal: 'retry-after' as const,
    throttledSeconds: 1,
  };
  Object.assign(deployment.world.sandbox.switches, createSwitches(faults));
}

async function send(chaos: Chaos): Promise<void> {
  const { campaign, sends, random, deployment } = chaos;
  const lead = campaign.leads[Math.floor(random() * campaign.leads.length)];
  if (!lead) return;
  const token = `answer-${String(sends.length).padStart(4, '0')}`;
  const call: HttpCall = {
    method: 'POST',
    path: `${lead.path}/reply`,
    key: token,
    token: deployment.token,
    body: { text: `Thank you for asking; this is ${token} of ours.` },
  };
  sends.push({ call, token });
  await chaos.calls('api', httpEvent(call));
}

async function round(chaos: Chaos): Promise<void> {
  const { deployment, campaign, random } = chaos;
  deployment.clock.forward(chaos.chance(0.1) ? 5 * MINUTE_MS : MINUTE_MS);
  misbehave(chaos);
  for (const lead of campaign.leads) {
    if (chaos.chance(0.15)) campaign.reply(lead);
    if (chaos.chance(0.05)) campaign.label(lead);
  }
  await Promise.all([
    chaos.calls('tick', scheduled()),
    chaos.calls('sweep', scheduled()),
    ...(chaos.chance(0.5) ? [send(chaos)] : []),
  ]);
  deployment.collect();
  await deployment.jobs.pump((event) => chaos.call('poll', event), { random });
  const handed = deployment.stream.pump((event) => chaos.calls('deliver', event), random);
  chaos.thaw();
  await handed;
}

/** All is well again, and days pass. */
async function heal(chaos: Chaos): Promise<void> {
  const { deployment, receiver, sends } = chaos;
  Object.assign(deployment.world.sandbox.switches, createSwitches());
  await chaos.end();
  receiver.heal();
  // Whoever had no answer asks again.
  for (const { call } of sends) {
    const answer = await deployment.api(call);
    assert.equal(answer?.status, 202, JSON.stringify(answer));
  }
  for (const jump of HEALING_MS) {
    deployment.clock.forward(jump);
    await deployment.minute();
  }
}

const sinks = (url: string): Config['sinks'] => [
  { id: 'hook', type: 'webhook', url, secret: `ssm:${HOOK_PARAMETER}` },
  { id: 'bus', type: 'eventbridge', bus: 'default', events: ['reply.interested'] },
  {
    id: 'hot',
    type: 'automation',
    events: ['reply.interested'],
    connections: ['acme'],
    do: [{ star: true }, { forward: ['deals@acme.example'] }],
  },
];

/** Rounds of a deployment in which everything that can go wrong does, by the seed; then it heals, and is judged. */
export async function hostile(packages: string, seed: number, shards: 1 | 2): Promise<string> {
  const deployment = await Deployment.open(packages);
  const random = seededRandom(seed);
  const secret = deployment.world.aws.parameters.get(HOOK_PARAMETER) ?? '';
  const receiver = await startReceiver(secret, random, 0.15, 0.15);
  try {
    const chaos = new Chaos(deployment, receiver, random);
    if (shards === 2) await deployment.world.store.put({ partition: 'PLACES', key: 'sales', value: { shard: 1 } }, 0);
    await deployment.apply({ sinks: sinks(receiver.url) ?? [] });
    await deployment.minute();
    await deployment.minute();
    chaos.begin();
    for (let count = 0; count < ROUNDS; count += 1) await round(chaos);
    await heal(chaos);
    return await judge(chaos);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new Error([`Seed ${seed}: ${words}`, ...deployment.fleet.errors].join('\n'), { cause: error });
  } finally {
    receiver.stop();
    await deployment.close();
  }
}
