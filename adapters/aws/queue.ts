import type { SQSClient } from '@aws-sdk/client-sqs';
import type { QueueMessage, SendToQueue } from '../../shared/sinks/ports.ts';

/** Source: AWS, a queue's URL names its region: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME. */
const REGION = /^sqs\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/;

/** A try has to end while it is still ours. */
const WITHIN_MS = 15_000;

export type OpenQueueClient = (region: string | undefined) => Promise<SQSClient>;

/**
 * The client is loaded when the first message goes out, one for each region. It calls the region's own endpoint (or the one
 * of AWS_ENDPOINT_URL_SQS), never the host of the queue's URL.
 */
const openClient: OpenQueueClient = async (region) => {
  const { SQSClient: Client } = await import('@aws-sdk/client-sqs');
  return new Client({ useQueueUrlAsEndpoint: false, ...(region === undefined ? {} : { region }) });
};

const attributesOf = (attributes: QueueMessage['attributes']) =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, text]) => [name, { DataType: 'String', StringValue: text }]),
  );

/** One message to a queue. Sent by itself: the caller has to know of each whether it was taken. */
export function sqsQueue(open: OpenQueueClient = openClient): SendToQueue {
  const clients = new Map<string | undefined, Promise<SQSClient>>();
  return async ({ url, body, attributes, inOrder }) => {
    const region = REGION.exec(new URL(url).hostname)?.[1];
    const client = clients.get(region) ?? open(region);
    clients.set(region, client);
    const { SendMessageCommand } = await import('@aws-sdk/client-sqs');
    await (await client).send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: body,
        MessageAttributes: attributesOf(attributes),
        ...(inOrder && { MessageGroupId: inOrder.group, MessageDeduplicationId: inOrder.deduplication }),
      }),
      { abortSignal: AbortSignal.timeout(WITHIN_MS) },
    );
  };
}
