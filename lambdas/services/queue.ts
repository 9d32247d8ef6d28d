import type { SQSClient } from '@aws-sdk/client-sqs';

/** Source: AWS, SendMessageBatch takes at most ten messages. */
const BATCH_MAX = 10;
const TRIES = 3;

export interface Message {
  readonly body: string;
  /** Shown beside the message, such as why it is there. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Sends all; rejects when some did not get through in three tries. A message may arrive twice. */
export type SendAll = (url: string, messages: readonly Message[]) => Promise<void>;

const attributesOf = (attributes: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, text]) => [name, { DataType: 'String', StringValue: text }]),
  );

/** The client is loaded when the first message is sent. */
export function sqsSender(open?: () => SQSClient): SendAll {
  let client: SQSClient | undefined;
  return async (url, messages) => {
    const { SendMessageBatchCommand, SQSClient: Client } = await import('@aws-sdk/client-sqs');
    client ??= open?.() ?? new Client({});
    for (let from = 0; from < messages.length; from += BATCH_MAX) {
      let left = messages.slice(from, from + BATCH_MAX).map((message, index) => ({ id: String(index), message }));
      for (let tries = 0; left.length > 0; tries += 1) {
        if (tries === TRIES) throw new Error('messages refused by the queue');
        const Entries = left.map(({ id, message: { body, attributes } }) => ({
          Id: id,
          MessageBody: body,
          ...(attributes ? { MessageAttributes: attributesOf(attributes) } : {}),
        }));
        // An answer of 200 may hold failed entries.
        const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
        left = left.filter(({ id }) => Failed.some((failed) => failed.Id === id));
      }
    }
  };
}
