import assert from 'node:assert/strict';
import { type Driven, drive } from '../../../zapier/built/driven.ts';
import { type HookSide, hookSide, type InstantZap } from '../../../zapier/built/hook-side.ts';
import { Campaign } from '../campaign.ts';
import { Deployment, VENDORS } from '../deployment.ts';
import { type Gateway, startGateway } from '../gateway.ts';
import { ZAPIER_APP } from '../paths.ts';
import { aMoment, until } from '../until.ts';

const MINUTE_MS = 61_000;
const TRIGGER = 'new_reply_instant';

type Item = Readonly<Record<string, unknown>>;

interface Stage {
  readonly deployment: Deployment;
  readonly campaign: Campaign;
  readonly gateway: Gateway;
  readonly app: Driven;
  readonly zapier: HookSide;
  readonly authData: Item;
  readonly zap: InstantZap;
}

/**
 * Zapier's app of this deployment, as a zip of its own, against the packaged functions: it subscribes through `api`, what `tick`
 * records `deliver` takes to Zapier, and each reply starts the Zap once whatever fails in between.
 */
export async function instant(packages: string): Promise<string> {
  const deployment = await Deployment.open(packages);
  const gateway = await startGateway(deployment);
  const app = await drive(ZAPIER_APP, { COHESIVE_BASE_URL: deployment.world.sandbox.urls.cohesive });
  const zapier = await hookSide(app);
  try {
    const campaign = new Campaign(deployment.world.sandbox.world, 2);
    await deployment.apply({ sinks: [] });
    await deployment.minute();
    const authData = { replybusUrl: gateway.url, replybusToken: deployment.token };
    const account = (await app.run('authentication.test', { authData })) as Item;
    assert.equal(account.connections, 'acme, sales');
    const zap = await zapier.switchOn(TRIGGER, authData);
    const stage = { deployment, campaign, gateway, app, zapier, authData, zap };
    await eachOnce(stage);
    await twiceByZapier(stage);
    await twiceByDelivery(stage);
    await downForAnHour(stage);
    await unsubscribed(stage);
    await endedBy410(stage);
    assert.deepEqual(deployment.deadLetters.letters, []);
    return `${zap.fired.length} runs of ${zapier.answers[200]} calls, ${deployment.fleet.starts} containers`;
  } finally {
    await zapier[Symbol.asyncDispose]();
    await app[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
    await deployment.close();
  }
}

const fired = ({ zap }: Stage) => zap.fired.map(({ item }) => String(item.message_id)).toSorted();

/** Whatever of it comes a moment later is seen, too. */
async function settled(stage: Stage): Promise<void> {
  await until('Zapier has run what came', () => fired(stage).length >= stage.campaign.replies.length);
  await aMoment();
  assert.deepEqual(fired(stage), stage.campaign.replies.toSorted());
}

async function subscribed({ deployment }: Stage): Promise<readonly unknown[]> {
  const answer = await deployment.api({ method: 'GET', path: '/v1/subscriptions' });
  const items = (answer?.body.items ?? []) as readonly Item[];
  return items.map(({ id }) => id);
}

/** Only a call with a valid signature starts the Zap, so these were signed. */
async function eachOnce(stage: Stage): Promise<void> {
  const { deployment, campaign, zap, zapier } = stage;
  assert.deepEqual(await subscribed(stage), [zap.subscription.id]);
  for (const lead of campaign.leads) campaign.reply(lead);
  await deployment.minute();
  await settled(stage);
  assert.deepEqual(zapier.answers, { 200: campaign.replies.length });
}

async function twiceByZapier(stage: Stage): Promise<void> {
  const { deployment, campaign, zapier } = stage;
  zapier.times = 2;
  for (const vendor of VENDORS) campaign.reply(campaign.lead(vendor));
  await deployment.minute();
  await settled(stage);
  zapier.times = 1;
}

/** The function dies after Zapier took the call, before it wrote so: the event is delivered again, under the same id. */
async function twiceByDelivery(stage: Stage): Promise<void> {
  const { deployment, campaign, zapier } = stage;
  const taken = zapier.answers[200] ?? 0;
  campaign.reply(campaign.lead('coldsend', 1));
  deployment.clock.forward(MINUTE_MS);
  await deployment.invoke('tick');
  let release: (value?: unknown) => void = () => {};
  const released = new Promise((resolve) => {
    release = resolve;
  });
  zapier.answersAfter = () => released;
  const started = await deployment.fleet.take('deliver');
  const run = deployment.fleet.run(started, { Records: deployment.stream.waiting });
  await until('Zapier has taken the call', () => (zapier.answers[200] ?? 0) > taken);
  started.container.kill();
  assert.equal((await run).kind, 'killed');
  zapier.answersAfter = () => Promise.resolve();
  release();
  for (let minute = 0; minute < 3; minute += 1) await deployment.minute();
  assert.equal(zapier.answers[200], taken + 2, 'It was delivered twice.');
  await settled(stage);
}

/** No schedule fires for an hour in which leads write. */
async function downForAnHour(stage: Stage): Promise<void> {
  const { deployment, campaign } = stage;
  deployment.fleet.recycle();
  for (const lead of campaign.leads) {
    campaign.reply(lead);
    deployment.clock.forward(15 * MINUTE_MS);
  }
  for (let minute = 0; minute < 3; minute += 1) await deployment.minute();
  await settled(stage);
}

/** Off, and off again: what is gone is gone. */
async function unsubscribed(stage: Stage): Promise<void> {
  const { deployment, campaign, app, zapier, authData } = stage;
  const other = await zapier.switchOn(TRIGGER, authData, { connection: 'acme' });
  assert.equal((await subscribed(stage)).length, 2);
  await other.off();
  assert.deepEqual(await subscribed(stage), [stage.zap.subscription.id]);
  const subscribeData = other.subscription;
  await app.run(`triggers.${TRIGGER}.operation.performUnsubscribe`, { authData, subscribeData });
  campaign.reply(campaign.lead('cohesive'));
  await deployment.minute();
  await settled(stage);
  assert.deepEqual(other.fired, []);
  assert.equal(zapier.answers[410], undefined, 'Nobody calls an address that was given back.');
}

async function endedBy410(stage: Stage): Promise<void> {
  const { deployment, campaign, gateway, zap, zapier } = stage;
  gateway.isDown = true;
  await zap.off();
  gateway.isDown = false;
  assert.deepEqual(await subscribed(stage), [zap.subscription.id], 'Unsubscribing did not arrive.');
  const runs = zap.fired.length;
  for (const lead of campaign.leads) campaign.reply(lead);
  await deployment.minute();
  await until('Zapier has said that it is gone', () => (zapier.answers[410] ?? 0) > 0);
  await deployment.minute();
  assert.deepEqual(await subscribed(stage), []);
  const { 410: refused } = zapier.answers;
  for (let minute = 0; minute < 3; minute += 1) await deployment.minute();
  assert.equal(zapier.answers[410], refused, 'It is not called again.');
  assert.equal(zap.fired.length, runs);
  const health = await deployment.api({ method: 'GET', path: '/health' });
  assert.equal(health?.status, 200);
}
