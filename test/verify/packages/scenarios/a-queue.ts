import assert from 'node:assert/strict';
import { Campaign } from '../campaign.ts';
import { Deployment } from '../deployment.ts';

const MINUTE_MS = 61_000;
const QUEUE = 'https://sqs.eu-west-1.amazonaws.com/123456789012/replybus-sink-replies.fifo';

/** New replies to a queue that keeps order: the first message is refused, and is sent again under the same id. */
export async function aQueue(packages: string): Promise<string> {
  const deployment = await Deployment.open(packages);
  const { world, deadLetters } = deployment;
  try {
    const campaign = new Campaign(world.sandbox.world, 2);
    await deployment.apply({ sinks: [{ id: 'queue', type: 'sqs', url: QUEUE, events: ['reply.received'] }] });
    await deployment.minute();
    for (const lead of campaign.leads) campaign.reply(lead);
    deployment.clock.forward(MINUTE_MS);
    let refused: string | undefined;
    deployment.services.hooks.before = async ({ headers, body }) => {
      if (refused !== undefined || headers['x-amz-target'] !== 'AmazonSQS.SendMessage') return undefined;
      refused = String(JSON.parse(String(body)).MessageDeduplicationId);
      return { status: 403, body: JSON.stringify({ __type: 'com.amazonaws.sqs#AccessDeniedException' }) };
    };
    await deployment.invoke('tick');
    await deployment.stream.pump((event) => deployment.invoke('deliver', event));
    const before = world.aws.sent.length;
    assert.equal(before, campaign.leads.length - 1, 'One was refused.');
    deployment.clock.forward(MINUTE_MS);
    await deployment.invoke('sweep');
    const ids = world.aws.sent.map(({ MessageDeduplicationId }) => String(MessageDeduplicationId));
    assert.equal(ids.length, campaign.leads.length, 'It is sent again.');
    assert.equal(new Set(ids).size, ids.length, 'Each once.');
    assert.equal(ids.at(-1), refused);
    for (const { QueueUrl, MessageGroupId, MessageBody } of world.aws.sent) {
      assert.equal(QueueUrl, QUEUE);
      assert.match(String(MessageGroupId), /^[0-9a-f]{40}$/);
      assert.equal(JSON.parse(String(MessageBody)).type, 'reply.received');
    }
    assert.deepEqual(deadLetters.letters, []);
    return `${ids.length} messages in the queue, in order by thread`;
  } finally {
    await deployment.close();
  }
}
