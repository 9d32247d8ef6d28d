import assert from 'node:assert/strict';
import { Campaign } from '../campaign.ts';
import { Deployment } from '../deployment.ts';
import { streamRecord } from '../table-stream.ts';

const FAR_KEY = '/replybus/far/key';
const POISON = [
  '',
  'null',
  '[]',
  'not a job',
  '{"shard":-1,"calledAt":1}',
  '{"shard":0}',
  `{"shard":"${'9'.repeat(90_000)}"}`,
];

/** Batches of which a part fails, and records nobody can read: only what failed comes again, and the poison is put aside. */
export async function poison(packages: string): Promise<string> {
  const deployment = await Deployment.open(packages);
  try {
    const campaign = new Campaign(deployment.world.sandbox.world, 1);
    await twoShards(deployment);
    await partOfABatch(deployment);
    await anOrderThatNeverSucceeds(deployment);
    const jobs = await poisonedJobs(deployment);
    await poisonedStream(deployment, campaign);
    await nowhereToPut(deployment, campaign);
    return `${jobs} poisoned jobs, 2 poisoned stream records, all put aside with a reason`;
  } finally {
    await deployment.close();
  }
}

/** The connection of shard 3 has a key that the parameter store does not give out yet. */
async function twoShards(deployment: Deployment): Promise<void> {
  const { world, vendors, services } = deployment;
  await world.store.put({ partition: 'PLACES', key: 'far', value: { shard: 3 } }, 0);
  const far = { id: 'far', provider: 'coldsend', apiKey: `ssm:${FAR_KEY}`, baseUrl: vendors.coldsend.url };
  await deployment.apply({ connections: [...deployment.connections(), far] });
  const body = JSON.stringify({ __type: 'AccessDeniedException', message: 'not now' });
  services.hooks.before = async (call) => (call.body.includes(FAR_KEY) ? { status: 400, body } : undefined);
}

const job = (shard: number) => JSON.stringify({ shard, calledAt: Date.now() });
const record = ({ messageId, body }: { messageId: string; body: string }) => ({
  messageId,
  body,
  eventSource: 'aws:sqs',
});

async function partOfABatch(deployment: Deployment): Promise<void> {
  const { jobs, deadLetters, services } = deployment;
  const messages = [job(3), 'not a job', job(0)].map((body) => jobs.add(body));
  const [failing] = messages;
  const outcome = await deployment.invoke('poll', { Records: messages.map(record) });
  assert.deepEqual(outcome, {
    kind: 'response',
    value: { batchItemFailures: [{ itemIdentifier: failing?.messageId }] },
  });
  const [letter, ...more] = deadLetters.take();
  assert.equal(more.length, 0);
  assert.match(letter?.reason ?? '', /not a job/);
  await jobs.pump((event) => deployment.invoke('poll', event), { size: 3 });
  assert.equal(jobs.length, 1, 'What failed, and nothing else, stays on the queue.');
  deadLetters.take();
  const { before } = services.hooks;
  delete services.hooks.before;
  deployment.world.aws.parameters.set(FAR_KEY, Object.keys(deployment.world.sandbox.switches.coldsendKeys)[0] ?? '');
  await jobs.pump((event) => deployment.invoke('poll', event));
  assert.equal(jobs.length, 0, 'It is done once its cause is gone.');
  if (before) services.hooks.before = before;
  deployment.fleet.recycle();
}

async function anOrderThatNeverSucceeds(deployment: Deployment): Promise<void> {
  const { jobs, deadLetters } = deployment;
  const body = job(3);
  jobs.add(body);
  for (let receive = 0; receive < 6; receive += 1) await jobs.pump((event) => deployment.invoke('poll', event));
  assert.equal(jobs.length, 0);
  assert.deepEqual(deadLetters.take(), [{ reason: 'MaxReceiveCount', body }]);
}

async function poisonedJobs(deployment: Deployment): Promise<number> {
  const { jobs, deadLetters } = deployment;
  delete deployment.services.hooks.before;
  for (const body of POISON) jobs.add(body);
  await jobs.pump((event) => deployment.invoke('poll', event), { size: 10 });
  assert.equal(jobs.length, 0, 'Poison does not come again.');
  const letters = deadLetters.take();
  assert.equal(letters.length, POISON.length);
  for (const { reason, body } of letters) {
    assert.match(reason, /not a job/);
    assert.equal(JSON.parse(body).source, 'poll');
  }
  return letters.length;
}

async function poisonedStream(deployment: Deployment, campaign: Campaign): Promise<void> {
  const { stream, deadLetters, world } = deployment;
  await deployment.minute();
  for (const lead of campaign.leads) campaign.reply(lead);
  deployment.clock.forward(61_000);
  await deployment.invoke('tick');
  await deployment.jobs.pump((event) => deployment.invoke('poll', event));
  const good = stream.waiting;
  assert.ok(good.length >= 2);
  const bad = { ...streamRecord('', '', 9_000, 'INSERT'), eventID: 'bad' };
  await stream.hand([bad, ...good], (event) => deployment.invoke('deliver', event));
  assert.deepEqual(campaign.judge(world.receiver).missing, [], 'The others of its batch are delivered.');
  const letters = deadLetters.take();
  assert.equal(letters.length, 1);
  assert.match(letters[0]?.reason ?? '', /no keys/);
  assert.deepEqual(JSON.parse(letters[0]?.body ?? ''), { source: 'deliver', id: 'bad' });
}

/** The dead-letter queue cannot be reached either: nothing is taken off until the stream itself gives the record up. */
async function nowhereToPut(deployment: Deployment, campaign: Campaign): Promise<void> {
  const { stream, deadLetters, services, world } = deployment;
  await stream.pump((event) => deployment.invoke('deliver', event));
  const body = JSON.stringify({ __type: 'AccessDeniedException', message: 'not now' });
  services.hooks.before = async ({ headers }) =>
    String(headers['x-amz-target']).startsWith('AmazonSQS') ? { status: 400, body } : undefined;
  // The tick itself needs the queue here, so the shard is polled by a job of ours.
  for (const lead of campaign.leads) campaign.reply(lead);
  deployment.clock.forward(61_000);
  deployment.jobs.add(job(0));
  await deployment.jobs.pump((event) => deployment.invoke('poll', event));
  const bad = { ...streamRecord('', '', 9_001, 'INSERT'), eventID: 'worse' };
  await stream.hand([...stream.waiting, bad], (event) => deployment.invoke('deliver', event));
  assert.deepEqual(campaign.judge(world.receiver).missing, [], 'Bisecting brings the good ones through.');
  const letters = deadLetters.take();
  assert.deepEqual(
    letters.map(({ reason }) => reason),
    ['RetryAttemptsExhausted'],
  );
  assert.ok(letters[0]?.body.includes(bad.dynamodb.SequenceNumber));
  delete services.hooks.before;
}
