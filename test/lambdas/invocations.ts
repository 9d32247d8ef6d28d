import { randomUUID } from 'node:crypto';
import type { Context, DynamoDBStreamEvent, SQSEvent } from 'aws-lambda';
import type { Address } from '../../shared/store/store.ts';

/** The events AWS hands to the functions. */

export function context(remainingMs = 300_000): Context {
  const endsAt = Date.now() + remainingMs;
  return {
    awsRequestId: randomUUID(),
    getRemainingTimeInMillis: () => endsAt - Date.now(),
  } as unknown as Context;
}

export function streamEvent(addresses: readonly Address[]): DynamoDBStreamEvent {
  return {
    Records: addresses.map(({ partition, key }, index) => ({
      eventID: `record-${index}`,
      eventName: 'INSERT',
      eventSource: 'aws:dynamodb',
      dynamodb: { Keys: { pk: { S: partition }, sk: { S: key } }, SequenceNumber: String(1_000 + index) },
    })),
  };
}

export function queueEvent(bodies: readonly string[]): SQSEvent {
  const records = bodies.map((body, index) => ({ messageId: `message-${index}`, body, eventSource: 'aws:sqs' }));
  return { Records: records as unknown as SQSEvent['Records'] };
}

export interface HttpCall {
  readonly method: string;
  readonly path: string;
  readonly token?: string;
  readonly key?: string;
  readonly body?: unknown;
}

export function httpEvent({ method, path, token, key, body }: HttpCall): unknown {
  const [rawPath = '/', rawQueryString = ''] = path.split('?');
  return {
    version: '2.0',
    rawPath,
    rawQueryString,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    requestContext: { http: { method, path: rawPath } },
    ...(body === undefined
      ? {}
      : { body: Buffer.from(JSON.stringify(body)).toString('base64'), isBase64Encoded: true }),
  };
}
