import assert from 'node:assert/strict';
import { Campaign } from '../campaign.ts';
import { Deployment } from '../deployment.ts';

const MINUTE_MS = 61_000;

/** Schedule, poll, stream, deliver, webhook and bus, with one shard and with two. */
export async function aReply(packages: string): Promise<string> {
  const deployment = await Deployment.open(packages);
  const { world, deadLetters, fleet, jobs } = deployment;
  try {
    const campaign = new Campaign(world.sandbox.world, 2);
    await deployment.minute();
    assert.deepEqual(world.aws.calls, [], 'Nothing is asked for before a config is applied.');
    await deployment.apply();
    await deployment.minute();
    assert.equal(world.receiver.receipts.length, 0, 'What was there before is not told.');
    await inPlace(deployment, campaign);
    await onTheBus(deployment);
    await byJobs(deployment, campaign);
    assert.equal(jobs.length, 0);
    assert.deepEqual(deadLetters.letters, []);
    return `${world.receiver.receipts.length} webhooks verified, ${world.aws.events.length} on the bus, ${fleet.starts} containers`;
  } finally {
    await deployment.close();
  }
}

/** The only shard is polled by `tick` itself; the stream hands its inserts to `deliver`. */
async function inPlace(deployment: Deployment, campaign: Campaign): Promise<void> {
  const { world, stream } = deployment;
  for (const lead of campaign.leads) campaign.reply(lead);
  campaign.label(campaign.lead('cohesive'));
  deployment.clock.forward(MINUTE_MS);
  deployment.services.hooks.before = refusingTheBus();
  assert.equal((await deployment.invoke('tick')).kind, 'response');
  assert.equal(stream.waiting.length, 5, 'Each event is an insert of the stream.');
  await stream.pump((event) => deployment.invoke('deliver', event));
  assert.deepEqual(campaign.judge(world.receiver), { missing: [], twice: [] });
  assert.equal(world.receiver.receipts.length, 4, 'Each once.');
  assert.equal(world.receiver.badSignatures(), 0);
}

/** The first entry is refused in an answer of 200. */
function refusingTheBus(): NonNullable<Deployment['services']['hooks']['before']> {
  let refused = false;
  const body = JSON.stringify({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] });
  return async ({ headers }) => {
    if (refused || headers['x-amz-target'] !== 'AWSEvents.PutEvents') return undefined;
    refused = true;
    return { status: 200, body };
  };
}

async function onTheBus(deployment: Deployment): Promise<void> {
  const { events } = deployment.world.aws;
  assert.equal(events.length, 0, 'The bus has refused it.');
  deployment.clock.forward(MINUTE_MS);
  await deployment.invoke('sweep');
  assert.equal(events.length, 1, 'It is put there again.');
  assert.equal(events[0]?.Source, 'replybus');
  assert.equal(events[0]?.DetailType, 'reply.interested');
  assert.match(JSON.parse(events[0]?.Detail ?? '{}').id, /^evt_/);
}

/** With more than one shard `tick` enqueues jobs, the queue hands over, `poll` polls. */
async function byJobs(deployment: Deployment, campaign: Campaign): Promise<void> {
  const { world, jobs, vendors } = deployment;
  await world.store.put({ partition: 'PLACES', key: 'far', value: { shard: 3 } }, 0);
  const far = { id: 'far', provider: 'coldsend', apiKey: 'ssm:/replybus/sales/key', baseUrl: vendors.coldsend.url };
  await deployment.apply({ connections: [...deployment.connections(), far] });
  const before = world.receiver.receipts.length;
  await deployment.minute();
  for (const lead of campaign.leads) campaign.reply(lead);
  deployment.clock.forward(MINUTE_MS);
  await deployment.invoke('tick');
  assert.equal(jobs.length, 2, 'A job for each shard.');
  await jobs.pump((event) => deployment.invoke('poll', event));
  assert.equal(jobs.length, 0, 'Jobs that were obeyed are off the queue.');
  await deployment.stream.pump((event) => deployment.invoke('deliver', event));
  // The connection of the other shard sees the ColdSend inbox once more: two more webhooks.
  assert.equal(world.receiver.receipts.length, before + 6);
  assert.deepEqual(campaign.judge(world.receiver).missing, []);
}
