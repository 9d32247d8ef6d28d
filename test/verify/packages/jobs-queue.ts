import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import type { Random } from '../../../shared/ports.ts';
import type { Outcome } from './container.ts';
import type { DeadLetters } from './dead-letters.ts';
import { disordered } from './disorder.ts';
import type { QueueMapping } from './template.ts';

const Response = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) });

export interface Message {
  readonly messageId: string;
  readonly body: string;
  receives: number;
}

export type InvokePoll = (event: { readonly Records: readonly unknown[] }) => Promise<Outcome>;

/** The queue of jobs and the mapping that hands it to `poll`: what is not named as failed is deleted, the rest comes again. */
export class JobsQueue {
  readonly #mapping: QueueMapping;
  readonly #deadLetters: DeadLetters;
  #messages: Message[] = [];

  constructor(mapping: QueueMapping, deadLetters: DeadLetters) {
    this.#mapping = mapping;
    this.#deadLetters = deadLetters;
  }

  get length(): number {
    return this.#messages.length;
  }

  add(body: string): Message {
    const message = { messageId: randomUUID(), body, receives: 0 };
    this.#messages.push(message);
    return message;
  }

  /** Every message that is there now, once each. With chance: out of order, and some of them a second time. */
  async pump(invoke: InvokePoll, { random, size = this.#mapping.batchSize }: { random?: Random; size?: number } = {}) {
    const now = random ? disordered(this.#messages, random) : this.#messages;
    const twice = random ? now.filter(() => random() < 0.3) : [];
    const batches: Message[][] = [];
    for (let from = 0; from < now.length; from += size) batches.push(now.slice(from, from + size));
    // A message that comes twice comes to two functions at once.
    await Promise.all([...batches, ...twice.map((message) => [message])].map((batch) => this.#hand(batch, invoke)));
  }

  async #hand(batch: readonly Message[], invoke: InvokePoll): Promise<void> {
    for (const message of batch) message.receives += 1;
    const outcome = await invoke({ Records: batch.map(record) });
    this.#settle(batch, failedOf(batch, outcome));
  }

  #settle(batch: readonly Message[], failed: ReadonlySet<string>): void {
    const done = new Set(batch.filter(({ messageId }) => !failed.has(messageId)));
    this.#messages = this.#messages.filter((message) => {
      if (done.has(message)) return false;
      if (!batch.includes(message) || message.receives < this.#mapping.receivesMax) return true;
      this.#deadLetters.add({ reason: 'MaxReceiveCount', body: message.body });
      return false;
    });
  }
}

/** Source: AWS, partial batch responses: an error, or a name that is none of the batch's, fails the whole batch. */
function failedOf(batch: readonly Message[], outcome: Outcome): ReadonlySet<string> {
  const all = new Set(batch.map(({ messageId }) => messageId));
  if (outcome.kind !== 'response') return all;
  const parsed = Response.safeParse(outcome.value);
  if (!parsed.success) return all;
  const failed = parsed.data.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  return failed.every((id) => all.has(id)) ? new Set(failed) : all;
}

function record({ messageId, body, receives }: Message) {
  return {
    messageId,
    receiptHandle: `receipt-${messageId}-${receives}`,
    body,
    attributes: { ApproximateReceiveCount: String(receives), SentTimestamp: String(Date.now()) },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:replybus-test-jobs',
    awsRegion: 'eu-west-1',
  };
}
