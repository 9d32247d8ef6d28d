import assert from 'node:assert/strict';
import type { Vendor } from '../../../../sandbox/switches.ts';
import { httpEvent } from '../../../lambdas/invocations.ts';
import { Campaign } from '../campaign.ts';
import { Deployment, HOOK_PARAMETER, scheduled, VENDORS } from '../deployment.ts';
import { startTap, type TapHooks, type TappedCall } from '../tap.ts';
import type { FunctionName } from '../template.ts';
import { aMoment, until } from '../until.ts';

const MINUTE_MS = 61_000;
/** Of which four seconds are kept for writing down what was done. */
const SHORT_MS = 6_000;

/** Each function is cut off at its deadline while somebody it calls is slow; the next run goes on, and nothing is lost or doubled. */
export async function timeOuts(packages: string): Promise<string> {
  const deployment = await Deployment.open(packages);
  const receiver = await startTap(deployment.world.receiver.url);
  try {
    const campaign = new Campaign(deployment.world.sandbox.world, 3);
    const secret = `ssm:${HOOK_PARAMETER}`;
    await deployment.apply({
      sinks: [{ id: 'hook', type: 'webhook', url: receiver.url, secret, events: ['reply.received'] }],
    });
    await deployment.minute();
    await duringPolls(deployment, campaign);
    await duringDelivery(deployment, campaign, receiver.hooks);
    for (const vendor of VENDORS) await duringAPost(deployment, campaign, vendor);
    await stoppedClean(deployment, campaign);
    assert.deepEqual(campaign.judge(deployment.world.receiver), { missing: [], twice: [] });
    return `${deployment.fleet.kills} processes killed at their deadline, ${campaign.replies.length} replies told`;
  } finally {
    receiver.stop();
    await deployment.close();
  }
}

interface Slow {
  readonly hooks: TapHooks;
  /** Slow to take the call, or to answer it. */
  readonly when: 'before' | 'after';
  readonly fits: (call: TappedCall) => boolean;
}

/** The time is up while a call that fits is under way. What was held goes on after the death. */
async function cutOff(deployment: Deployment, name: FunctionName, event: unknown, slow: Slow): Promise<void> {
  const { hooks, when, fits } = slow;
  let isHeld = false;
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const hold = async (call: TappedCall) => {
    if (isHeld || !fits(call)) return;
    isHeld = true;
    await released;
  };
  if (when === 'before')
    hooks.before = async (call) => {
      await hold(call);
      return undefined;
    };
  else
    hooks.after = async (call) => {
      await hold(call);
      return false;
    };
  const started = await deployment.fleet.take(name);
  const run = deployment.fleet.run(started, event);
  let isOver = false;
  void run.then(() => {
    isOver = true;
  });
  await until(`${name} waits for a slow answer`, () => isHeld || isOver);
  assert.ok(isHeld, `${name} calls what is slow`);
  started.container.kill();
  assert.equal((await run).kind, 'killed');
  delete hooks[when];
  release();
  await aMoment();
}

const isConversation = ({ path }: TappedCall) => /conversation|messages/.test(path);
const isEvent = ({ body }: TappedCall) => body.includes('EVENT#');
const isPost = ({ method }: TappedCall) => method === 'POST';
const isAny = () => true;

/** `tick` dies while it reads a conversation, and while it writes an event. */
async function duringPolls(deployment: Deployment, campaign: Campaign): Promise<void> {
  const { vendors, database, world } = deployment;
  const places: readonly Slow[] = [
    { hooks: vendors.cohesive.hooks, when: 'before', fits: isConversation },
    { hooks: vendors.coldsend.hooks, when: 'after', fits: isConversation },
    { hooks: database.hooks, when: 'before', fits: isEvent },
  ];
  for (const place of places) {
    // What the run before had told when it died is not read again.
    for (const lead of campaign.leads) campaign.reply(lead);
    deployment.clock.forward(MINUTE_MS);
    await cutOff(deployment, 'tick', scheduled(), place);
  }
  await deployment.minute();
  assert.deepEqual(campaign.judge(world.receiver), { missing: [], twice: [] });
}

/** `deliver` and `sweep` die after the receiver has the webhook, before they know. */
async function duringDelivery(deployment: Deployment, campaign: Campaign, hooks: TapHooks): Promise<void> {
  const { receipts } = deployment.world.receiver;
  const before = receipts.length;
  campaign.reply(campaign.lead('coldsend'));
  deployment.clock.forward(MINUTE_MS);
  await deployment.invoke('tick');
  const slow: Slow = { hooks, when: 'after', fits: isAny };
  await cutOff(deployment, 'deliver', { Records: deployment.stream.waiting }, slow);
  deployment.clock.forward(MINUTE_MS);
  await cutOff(deployment, 'sweep', scheduled(), slow);
  await deployment.minute();
  assert.equal(receipts.length - before, 3, 'Told at each try,');
  assert.equal(new Set(receipts.slice(before).map(({ webhookId }) => webhookId)).size, 1, 'under one webhook-id.');
}

/** `api` dies while it posts: once the vendor takes the mail after the death, once the answer is on its way. */
async function duringAPost(deployment: Deployment, campaign: Campaign, vendor: Vendor): Promise<void> {
  const { hooks } = deployment.vendors[vendor];
  const { switches, world } = deployment.world.sandbox;
  const { outbox } = world;
  // Who looks only before sending again does not find it yet.
  switches.sentDelayMs = 5 * MINUTE_MS;
  for (const [index, when] of (['before', 'after'] as const).entries()) {
    const had = outbox.length;
    const { path } = campaign.lead(vendor, index + 1);
    const body = { text: `Our answer at ${vendor}, cut off ${when} the mail went out.` };
    const call = { method: 'POST', path: `${path}/reply`, key: `cut-${vendor}-${when}`, body };
    const event = httpEvent({ ...call, token: deployment.token });
    await cutOff(deployment, 'api', event, { hooks, when, fits: isPost });
    assert.equal(outbox.length, had + 1, 'The vendor has taken the mail.');
    // The same request again, and everything that looks after sends.
    await deployment.api(call);
    for (let minute = 0; minute < 12; minute += 1) await deployment.minute();
    assert.equal((await deployment.api(call))?.body.state, 'confirmed');
    assert.equal(outbox.length, had + 1, 'It has it once.');
  }
  switches.sentDelayMs = 0;
}

/** With too little time a function stops by itself, before the deadline, and says so by being done. */
async function stoppedClean(deployment: Deployment, campaign: Campaign): Promise<void> {
  for (const lead of campaign.leads) campaign.reply(lead);
  deployment.clock.forward(MINUTE_MS);
  deployment.world.sandbox.switches.latencyMs = 400;
  const { kills } = deployment.fleet;
  for (const name of ['tick', 'sweep', 'tick'] as const)
    assert.equal((await deployment.invoke(name, scheduled(), { timeoutMs: SHORT_MS })).kind, 'response');
  assert.equal(deployment.fleet.kills, kills);
  deployment.world.sandbox.switches.latencyMs = 0;
  await deployment.minute();
  await deployment.minute();
}
