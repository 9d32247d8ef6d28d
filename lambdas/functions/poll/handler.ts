import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { systemClock } from '../../../adapters/node/clock.ts';
import type { Container } from '../../runtime/container.ts';
import { lambdaFunction } from '../../runtime/function.ts';
import { readJob } from '../../runtime/incoming.ts';
import { Polling } from '../../runtime/polling.ts';
import { TICK_MS } from '../../runtime/slots.ts';
import { deadLetter } from '../../services/dead-letters.ts';
import { type SendAll, sqsSender } from '../../services/queue.ts';

/** A job this old has been followed by others; doing it would only take the time of the current one. */
const STALE_MS = 3 * TICK_MS;

let polling: Polling | undefined;
let send: SendAll | undefined;

async function work(container: Container, record: SQSRecord): Promise<void> {
  const job = readJob(record.body);
  if ('reason' in job) {
    send ??= sqsSender();
    const letter = { source: 'poll', id: record.messageId, reason: job.reason, body: record.body };
    await deadLetter(container.environment.deadLettersUrl, send, [letter]);
    return container.lines.warn('job.unreadable', { reason: job.reason });
  }
  const { shard, calledAt } = job;
  if (systemClock.now() - calledAt > STALE_MS) return container.lines.info('job.stale', { shard });
  polling ??= new Polling(container);
  const config = await polling.config();
  if (config) await polling.round(config, shard, calledAt);
}

/** Jobs from `tick`. Each that fails comes back by itself; the others are done. */
export const handler = lambdaFunction<SQSEvent, SQSBatchResponse>(async ({ Records }, container) => {
  const failed: string[] = [];
  for (const record of Records) {
    try {
      await work(container, record);
    } catch (error) {
      failed.push(record.messageId);
      const name = error instanceof Error ? error.name : 'unknown';
      container.lines.error('job.failed', { error: name });
      container.lines.count('Broken', 1);
    }
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
});
