import assert from 'node:assert/strict';
import type { Vendor } from '../../../../sandbox/switches.ts';
import { httpEvent } from '../../../lambdas/invocations.ts';
import { Campaign, type Lead } from '../campaign.ts';
import { Deployment, VENDORS } from '../deployment.ts';
import type { TapHooks, TappedCall } from '../tap.ts';
import { aMoment, until } from '../until.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 61_000;

interface View {
  readonly id: string;
  readonly state: string;
}

/** The process stands still (SIGSTOP) at the worst moments while hours pass and others go on; when it wakes up it posts nothing. */
export async function frozen(packages: string): Promise<string> {
  const deployment = await Deployment.open(packages);
  try {
    const campaign = new Campaign(deployment.world.sandbox.world, 5);
    await deployment.apply();
    await deployment.minute();
    for (const vendor of VENDORS) {
      await whileReading(deployment, campaign.lead(vendor, 0));
      await beforeThePost(deployment, campaign.lead(vendor, 1), vendor);
      await inThePost(deployment, campaign.lead(vendor, 2));
      await overruled(deployment, campaign.lead(vendor, 3));
    }
    await beforeTheWebhook(deployment, campaign);
    assert.deepEqual(campaign.judge(deployment.world.receiver), { missing: [], twice: [] });
    return '9 processes frozen for hours, none posted late';
  } finally {
    await deployment.close();
  }
}

const isAnnouncement = ({ body }: TappedCall) => body.includes('SEND#') && body.includes('\\"state\\":\\"sending\\"');
const isReading = ({ method, path }: TappedCall) => method === 'GET' && /conversation|messages/.test(path);
const isPost = ({ method }: TappedCall) => method === 'POST';

interface Frozen {
  /** Wakes it up, and waits until its invocation has ended. */
  thaw(): Promise<void>;
}

/** Starts a reply and stops its process at the first call of its own that fits, before the call is answered. */
async function freezeAt(
  deployment: Deployment,
  lead: Lead,
  hooks: TapHooks,
  fits: (call: TappedCall) => boolean,
): Promise<Frozen> {
  const started = await deployment.fleet.take('api');
  let isFrozen = false;
  const { before } = hooks;
  hooks.before = async (call) => {
    if (isFrozen || !fits(call)) return undefined;
    started.container.freeze();
    isFrozen = true;
    return undefined;
  };
  const body = { text: `An answer to ${lead.vendor} that must not come late, of ${lead.thread}.` };
  const call = { method: 'POST', path: `${lead.path}/reply`, key: `frozen-${lead.thread}`, body };
  const event = httpEvent({ ...call, token: deployment.token });
  const ended = deployment.fleet.run(started, event, { killAfterMs: 120_000 });
  await until('the process is frozen', () => isFrozen);
  if (before) hooks.before = before;
  else delete hooks.before;
  await aMoment();
  return {
    async thaw() {
      started.container.thaw();
      await ended;
      await aMoment();
    },
  };
}

async function sendOf(deployment: Deployment, { thread, path }: Lead): Promise<View> {
  const answer = await deployment.api({ method: 'GET', path: '/v1/sends' });
  const sends = (answer?.body.items ?? []) as readonly (View & { readonly key: string })[];
  const found = sends.find(({ key }) => key.includes(`frozen-${thread}`));
  if (!found) throw new Error([`There is no send for ${path}.`, ...deployment.fleet.errors].join('\n'));
  return found;
}

const mailsTo = ({ world }: Deployment, { thread }: Lead) =>
  world.sandbox.world.outbox.filter(({ threadId }) => threadId === thread).length;

async function hours(deployment: Deployment, count: number): Promise<void> {
  for (let hour = 0; hour < count; hour += 1) {
    deployment.clock.forward(HOUR_MS);
    await deployment.minute();
  }
}

/** Nothing was announced yet: it does not post when it wakes up, and trying has ended meanwhile. */
async function whileReading(deployment: Deployment, lead: Lead): Promise<void> {
  const process = await freezeAt(deployment, lead, deployment.vendors[lead.vendor].hooks, isReading);
  deployment.clock.forward(3 * HOUR_MS);
  await process.thaw();
  assert.equal(mailsTo(deployment, lead), 0);
  await deployment.minute();
  assert.equal((await sendOf(deployment, lead)).state, 'failed');
  assert.equal(mailsTo(deployment, lead), 0);
}

/** It had the right to post, and stood still before the first byte. */
async function beforeThePost(deployment: Deployment, lead: Lead, vendor: Vendor): Promise<void> {
  const process = await freezeAt(deployment, lead, deployment.database.hooks, isAnnouncement);
  await hours(deployment, 1);
  assert.equal((await sendOf(deployment, lead)).state, 'uncertain', `Others look for it at ${vendor}.`);
  await process.thaw();
  assert.equal(mailsTo(deployment, lead), 0, 'It comes too late.');
  await hours(deployment, 2);
  const { state } = await sendOf(deployment, lead);
  const mails = mailsTo(deployment, lead);
  assert.ok((state === 'confirmed' && mails === 1) || (state === 'failed' && mails === 0), `${state}, ${mails} mails`);
}

/** The vendor has the mail; its answer waits for hours. */
async function inThePost(deployment: Deployment, lead: Lead): Promise<void> {
  const process = await freezeAt(deployment, lead, deployment.vendors[lead.vendor].hooks, isPost);
  assert.equal(mailsTo(deployment, lead), 1);
  await hours(deployment, 2);
  assert.equal((await sendOf(deployment, lead)).state, 'confirmed', 'Others have found it.');
  await process.thaw();
  assert.equal((await sendOf(deployment, lead)).state, 'confirmed');
  assert.equal(mailsTo(deployment, lead), 1);
}

/** A person has it sent again while the first process stands still before its post. */
async function overruled(deployment: Deployment, lead: Lead): Promise<void> {
  const process = await freezeAt(deployment, lead, deployment.database.hooks, isAnnouncement);
  await deployment.minute();
  await hours(deployment, 27);
  const { id, state } = await sendOf(deployment, lead);
  assert.equal(state, 'needs_decision');
  const path = `/v1/sends/${id}/decision`;
  const decided = await deployment.api({ method: 'POST', path, body: { verdict: 'resend', by: 'Jane' } });
  assert.equal(decided?.status, 200);
  await deployment.minute();
  assert.equal(mailsTo(deployment, lead), 1);
  await process.thaw();
  await hours(deployment, 2);
  assert.equal(mailsTo(deployment, lead), 1, 'Once, by the decision.');
  assert.equal((await sendOf(deployment, lead)).state, 'confirmed');
}

/** `deliver` stands still with an event it has claimed; `sweep` delivers it; it is not told again. */
async function beforeTheWebhook(deployment: Deployment, campaign: Campaign): Promise<void> {
  const { receipts } = deployment.world.receiver;
  const before = receipts.length;
  campaign.reply(campaign.lead('cohesive', 4));
  deployment.clock.forward(MINUTE_MS);
  await deployment.invoke('tick');
  const started = await deployment.fleet.take('deliver');
  let isFrozen = false;
  deployment.database.hooks.before = async ({ headers, body }) => {
    if (isFrozen || !String(headers['x-amz-target']).endsWith('PutItem') || !body.includes('EVENT#')) return undefined;
    started.container.freeze();
    isFrozen = true;
    return undefined;
  };
  const ended = deployment.fleet.run(started, { Records: deployment.stream.waiting }, { killAfterMs: 120_000 });
  await until('the process is frozen', () => isFrozen);
  delete deployment.database.hooks.before;
  await aMoment();
  for (let minute = 0; minute < 3; minute += 1) {
    deployment.clock.forward(MINUTE_MS);
    await deployment.invoke('sweep');
  }
  assert.equal(receipts.length, before + 1);
  started.container.thaw();
  await ended;
  await deployment.minute();
  assert.equal(receipts.length, before + 1);
}
