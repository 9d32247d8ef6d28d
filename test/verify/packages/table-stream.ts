import * as z from 'zod/mini';
import type { Random } from '../../../shared/ports.ts';
import type { Outcome } from './container.ts';
import type { DeadLetters } from './dead-letters.ts';
import { disordered } from './disorder.ts';
import type { TappedCall } from './tap.ts';
import type { FilterRule, StreamMapping } from './template.ts';

const Place = z.object({ pk: z.object({ S: z.string() }), sk: z.object({ S: z.string() }) });
/** What each call that writes calls the place it writes to. */
const WRITES = {
  'DynamoDB_20120810.PutItem': z.pipe(
    z.object({ Item: Place }),
    z.transform(({ Item }) => Item),
  ),
  'DynamoDB_20120810.UpdateItem': z.pipe(
    z.object({ Key: Place }),
    z.transform(({ Key }) => Key),
  ),
};
const isWrite = (target: string): target is keyof typeof WRITES => target in WRITES;
const Response = z.nullish(
  z.object({ batchItemFailures: z.optional(z.array(z.object({ itemIdentifier: z.string() }))) }),
);

/** Source: AWS, "Using AWS Lambda with DynamoDB", a record of a stream that has keys only. */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY';
  readonly eventVersion: '1.1';
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly eventSourceARN: string;
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number;
    readonly Keys: { readonly pk: { readonly S: string }; readonly sk: { readonly S: string } };
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: 'KEYS_ONLY';
  };
}

export const STREAM_ARN = 'arn:aws:dynamodb:eu-west-1:000000000000:table/replybus-test/stream/2026-01-01T00:00:00.000';

function fits({ eventName, dynamodb }: FilterRule, record: StreamRecord): boolean {
  if (!eventName.includes(record.eventName)) return false;
  const keys: Readonly<Record<string, { readonly S: string }>> = record.dynamodb.Keys;
  return Object.entries(dynamodb.Keys).every(([name, { S }]) => {
    const value = keys[name]?.S ?? '';
    return S.some((rule) => (typeof rule === 'string' ? rule === value : value.startsWith(rule.prefix)));
  });
}

export function streamRecord(pk: string, sk: string, number: number, eventName: 'INSERT' | 'MODIFY'): StreamRecord {
  return {
    eventID: `event-${number}`,
    eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'eu-west-1',
    eventSourceARN: STREAM_ARN,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(Date.now() / 1_000),
      Keys: { pk: { S: pk }, sk: { S: sk } },
      SequenceNumber: String(1_000_000 + number),
      SizeBytes: 64,
      StreamViewType: 'KEYS_ONLY',
    },
  };
}

export type InvokeDeliver = (event: { readonly Records: readonly unknown[] }) => Promise<Outcome>;

/**
 * The table's stream and the mapping that hands it to `deliver`: dynalite has neither. Records come from the writes the
 * database has carried out; batches, retries, bisecting and the end in the dead-letter queue follow the template.
 */
export class TableStream {
  readonly #mapping: StreamMapping;
  readonly #deadLetters: DeadLetters;
  readonly #known = new Set<string>();
  readonly #told: StreamRecord[] = [];
  #waiting: StreamRecord[] = [];
  #count = 0;

  constructor(mapping: StreamMapping, deadLetters: DeadLetters) {
    this.#mapping = mapping;
    this.#deadLetters = deadLetters;
  }

  /** What was handed over so far. */
  get told(): readonly StreamRecord[] {
    return this.#told;
  }

  get waiting(): readonly StreamRecord[] {
    return this.#waiting;
  }

  /** To be called for every call the database has answered. */
  observe({ headers, body }: TappedCall, status: number): void {
    const target = String(headers['x-amz-target']);
    if (status !== 200 || !isWrite(target)) return;
    const { pk, sk } = WRITES[target].parse(JSON.parse(body));
    const name = JSON.stringify([pk.S, sk.S]);
    const eventName = this.#known.has(name) ? 'MODIFY' : 'INSERT';
    this.#known.add(name);
    this.#count += 1;
    const record = streamRecord(pk.S, sk.S, this.#count, eventName);
    if (this.#mapping.filters.some((rule) => fits(rule, record))) this.#waiting.push(record);
  }

  /** Hands over everything that waits. With chance: repeated and in another order, as a stream does after a failure. */
  async pump(invoke: InvokeDeliver, random?: Random): Promise<number> {
    const fresh = this.#waiting;
    this.#waiting = [];
    this.#told.push(...fresh);
    const records = random ? disordered([...fresh, ...repeated(this.#told, random)], random) : fresh;
    for (let from = 0; from < records.length; from += this.#mapping.batchSize)
      await this.hand(records.slice(from, from + this.#mapping.batchSize), invoke);
    return records.length;
  }

  /** One batch, until it is done or given up. */
  async hand(batch: readonly StreamRecord[], invoke: InvokeDeliver, tries = 0): Promise<void> {
    const outcome = await invoke({ Records: batch });
    if (outcome.kind !== 'response') return await this.#again(batch, invoke, tries);
    const failed = Response.parse(outcome.value)?.batchItemFailures ?? [];
    if (failed.length === 0) return;
    const places = failed.map(({ itemIdentifier }) =>
      batch.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === itemIdentifier),
    );
    // A name that is none of the batch's fails the whole batch.
    await this.#again(batch.slice(Math.max(0, Math.min(...places))), invoke, tries);
  }

  async #again(batch: readonly StreamRecord[], invoke: InvokeDeliver, tries: number): Promise<void> {
    if (tries < this.#mapping.retries) {
      const middle = this.#mapping.bisects ? Math.ceil(batch.length / 2) : batch.length;
      for (const part of [batch.slice(0, middle), batch.slice(middle)])
        if (part.length > 0) await this.hand(part, invoke, tries + 1);
      return;
    }
    const numbers = batch.map(({ dynamodb }) => dynamodb.SequenceNumber);
    this.#deadLetters.add({ reason: 'RetryAttemptsExhausted', body: JSON.stringify({ numbers }) });
  }
}

function repeated(told: readonly StreamRecord[], random: Random): readonly StreamRecord[] {
  return told.slice(-20).filter(() => random() < 0.4);
}
