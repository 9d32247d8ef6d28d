import { createHash } from 'node:crypto';
import { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { sqsQueue } from '../../adapters/aws/queue.ts';
import { parseConfig } from '../../shared/config/parse.ts';
import { sinkNamed } from '../../shared/sinks/index.ts';
import { httpServer } from '../adapters/node/loopback.ts';
import { replyEvent, START } from '../outbox/world.ts';
import { opened } from './opened.ts';

const event = replyEvent('one', START);
const PLAIN = 'https://sqs.eu-west-1.amazonaws.com/123456789012/replybus-sink-replies';

/** The queue service's JSON protocol, as AWS documents it. */
async function queueService(refusal?: { readonly status: number; readonly type: string }) {
  const calls: { readonly target: unknown; readonly body: Record<string, unknown> }[] = [];
  const server = await httpServer((request, answer) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const body = JSON.parse(text);
      calls.push({ target: request.headers['x-amz-target'], body });
      answer.setHeader('content-type', 'application/x-amz-json-1.0');
      if (refusal)
        return answer.writeHead(refusal.status).end(JSON.stringify({ __type: refusal.type, message: 'canary' }));
      const md5 = createHash('md5').update(String(body.MessageBody)).digest('hex');
      answer.end(JSON.stringify({ MessageId: 'm', MD5OfMessageBody: md5 }));
    });
  });
  const regions: (string | undefined)[] = [];
  const sendToQueue = sqsQueue(async (region) => {
    regions.push(region);
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const settings = { endpoint: server.url, region: region ?? 'eu-west-1', credentials, maxAttempts: 1 };
    return new SQSClient({ ...settings, useQueueUrlAsEndpoint: false });
  });
  return { server, calls, regions, sendToQueue };
}

describe('the sqs sink', () => {
  it('sends the webhook’s payload with the event id as an attribute, in the region of the queue', async () => {
    const { server, calls, regions, sendToQueue } = await queueService();
    await using _ = server;
    const sink = opened({ id: 'queue', type: 'sqs', url: PLAIN }, { sendToQueue });
    expect(await sink.deliver('evt_1', event, 1)).toEqual({ kind: 'delivered' });
    expect(await sink.deliver('evt_1', event, 2)).toEqual({ kind: 'delivered' });
    expect(regions).toEqual(['eu-west-1']);
    const [call] = calls;
    expect(call?.target).toBe('AmazonSQS.SendMessage');
    expect(JSON.parse(String(call?.body.MessageBody))).toEqual(event);
    expect(call?.body).toMatchObject({
      QueueUrl: PLAIN,
      MessageAttributes: {
        'webhook-id': { DataType: 'String', StringValue: 'evt_1' },
        'event-type': { StringValue: 'reply.received' },
      },
    });
    expect(call?.body).not.toHaveProperty('MessageGroupId');
  });

  it('keeps a thread in order where the queue does, and knows a repeat by the event id', async () => {
    const { server, calls, sendToQueue } = await queueService();
    await using _ = server;
    const sink = opened({ id: 'queue', type: 'sqs', url: `${PLAIN}.fifo` }, { sendToQueue });
    await sink.deliver('evt_1', event, 1);
    await sink.deliver('evt_2', replyEvent('two', START), 1);
    const groups = calls.map(({ body }) => String(body.MessageGroupId));
    expect(new Set(groups).size).toBe(1);
    expect(groups[0]).toMatch(/^[0-9a-f]{1,128}$/);
    expect(calls.map(({ body }) => body.MessageDeduplicationId)).toEqual(['evt_1', 'evt_2']);
  });

  it.each([
    [400, 'com.amazonaws.sqs#QueueDoesNotExist', 'QueueDoesNotExist'],
    [403, 'com.amazonaws.sqs#AccessDeniedException', 'AccessDeniedException'],
    [503, 'com.amazonaws.sqs#ServiceUnavailable', 'ServiceUnavailable'],
  ])('tries again what the queue refuses, with its word alone: %i %s', async (status, type, error) => {
    const { server, sendToQueue } = await queueService({ status, type });
    await using _ = server;
    const sink = opened({ id: 'queue', type: 'sqs', url: PLAIN }, { sendToQueue });
    expect(await sink.deliver('evt_1', event, 1)).toEqual({ kind: 'retry', error });
  });

  it('spells out the characters that a queue does not take', async () => {
    const { server, calls, sendToQueue } = await queueService();
    await using _ = server;
    const sink = opened({ id: 'queue', type: 'sqs', url: PLAIN }, { sendToQueue });
    const odd = { ...replyEvent('\uFFFE\uFFFF\u0001', START) };
    await sink.deliver('evt_1', odd, 1);
    const body = String(calls[0]?.body.MessageBody);
    expect(body).not.toMatch(/[\uFFFE\uFFFF]/);
    expect(JSON.parse(body)).toEqual(odd);
  });
});

describe('the URL of a queue', () => {
  const connections = [{ id: 'sales', provider: 'coldsend', apiKey: 'env:KEY' }];
  const check = (url: string, place: 'one machine' | 'the cloud' = 'one machine') => {
    const [config] = parseConfig({ connections, sinks: [{ id: 'queue', type: 'sqs', url }] }, 'f').sinks ?? [];
    const warnings: string[] = [];
    const around = { where: 'f, sinks[0]', place, connections: [], hasMailServer: false };
    if (config)
      sinkNamed('sqs')
        .read(config)
        .check({ ...around, warn: (sentence) => warnings.push(sentence) });
    return warnings;
  };

  it.each([
    'x',
    'https://sqs.eu-west-1.amazonaws.com/',
    'https://sqs.eu-west-1.amazonaws.com/12/name',
    `${PLAIN}/more`,
  ])('is refused where it is none: %s', (url) =>
    expect(() => check(url)).toThrow('f, sinks[0].url: this is no URL of a queue'),
  );

  it('in a deployment begins with the name that its role allows, or is warned of', () => {
    expect(check(PLAIN, 'the cloud')).toEqual([]);
    expect(check(PLAIN.replace('replybus-sink-', 'other-'), 'the cloud')).toHaveLength(1);
    expect(check(PLAIN.replace('replybus-sink-', 'other-'))).toEqual([]);
  });
});
