import { describe, expect, it } from 'vitest';
import type { Outcome } from './container.ts';
import { DeadLetters } from './dead-letters.ts';
import { JobsQueue } from './jobs-queue.ts';
import { streamRecord, TableStream } from './table-stream.ts';
import type { FilterRule } from './template.ts';

const FILTER: FilterRule = {
  eventName: ['INSERT'],
  dynamodb: { Keys: { pk: { S: [{ prefix: 'SEND#' }] }, sk: { S: ['send'] } } },
};
const failing = (...ids: readonly string[]): Outcome => ({
  kind: 'response',
  value: { batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) },
});

/** Hands three records over; each call answers with the next outcome. What was handed over, by sequence number. */
async function handed(outcomes: readonly Outcome[], letters = new DeadLetters()): Promise<readonly string[][]> {
  const stream = new TableStream({ batchSize: 10, retries: 1, bisects: true, filters: [FILTER] }, letters);
  const batch = [1, 2, 3].map((number) => streamRecord(`SEND#${number}`, 'send', number, 'INSERT'));
  const calls: string[][] = [];
  await stream.hand(batch, async ({ Records }) => {
    calls.push((Records as typeof batch).map(({ eventID }) => eventID.replace('event-', '')));
    return outcomes[calls.length - 1] ?? failing();
  });
  return calls;
}

describe("the stream's mapping", () => {
  it('goes on from the first record that failed, and halves what it hands over again', async () => {
    expect(await handed([failing('1000003', '1000002')])).toEqual([['1', '2', '3'], ['2'], ['3']]);
  });

  it('takes a name that is none of the batch for the failure of all of it', async () => {
    expect(await handed([failing('1000003', 'strange')])).toEqual([['1', '2', '3'], ['1', '2'], ['3']]);
  });

  it('gives up after the retries and says so', async () => {
    const letters = new DeadLetters();
    await handed([{ kind: 'killed' }, { kind: 'killed' }, { kind: 'killed' }], letters);
    expect(letters.letters.map(({ reason }) => reason)).toEqual(['RetryAttemptsExhausted', 'RetryAttemptsExhausted']);
  });

  it('hands over the first write of what the filter names, and nothing else', () => {
    const stream = new TableStream({ batchSize: 10, retries: 1, bisects: true, filters: [FILTER] }, new DeadLetters());
    const write = (pk: string, sk: string, status = 200) => {
      const body = JSON.stringify({ Item: { pk: { S: pk }, sk: { S: sk } } });
      const headers = { 'x-amz-target': 'DynamoDB_20120810.PutItem' };
      stream.observe({ method: 'POST', path: '/', headers, body }, status);
    };
    write('SEND#a', 'send', 400);
    write('SEND#a', 'send');
    write('SEND#a', 'send');
    write('SEND#a', 'file#0');
    write('SENDS#a', 'send');
    expect(stream.waiting.map(({ dynamodb }) => dynamodb.Keys.pk.S)).toEqual(['SEND#a']);
  });
});

describe("the queue's mapping", () => {
  const queue = (letters = new DeadLetters()) => new JobsQueue({ batchSize: 10, receivesMax: 2 }, letters);

  it('keeps what is named as failed and deletes the rest', async () => {
    const jobs = queue();
    const [, second] = ['a', 'b'].map((body) => jobs.add(body));
    await jobs.pump(async () => failing(second?.messageId ?? ''));
    expect(jobs.length).toBe(1);
  });

  it.each<readonly [string, Outcome]>([
    ['an error', { kind: 'error', message: 'no' }],
    ['a death', { kind: 'killed' }],
    ['no answer', { kind: 'response', value: null }],
    ['a name that is none of the batch', failing('strange')],
  ])('keeps all of it after %s', async (_, outcome) => {
    const jobs = queue();
    for (const body of ['a', 'b']) jobs.add(body);
    await jobs.pump(async () => outcome);
    expect(jobs.length).toBe(2);
  });

  it('puts aside what was received too often', async () => {
    const letters = new DeadLetters();
    const jobs = queue(letters);
    jobs.add('a');
    for (let receive = 0; receive < 2; receive += 1) await jobs.pump(async () => ({ kind: 'killed' }));
    expect([jobs.length, letters.letters]).toEqual([0, [{ reason: 'MaxReceiveCount', body: 'a' }]]);
  });
});
