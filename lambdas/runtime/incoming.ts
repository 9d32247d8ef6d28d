import * as z from 'zod/mini';
import type { Address } from '../../shared/store/store.ts';

const Text = z.object({ S: z.string().check(z.minLength(1)) });
const Record = z.object({
  dynamodb: z.object({ Keys: z.object({ pk: Text, sk: Text }), SequenceNumber: z.optional(z.string()) }),
});

export interface Poison {
  /** Of the batch's items, from 0. */
  readonly index: number;
  /** What is wrong, without quoting the record. */
  readonly reason: string;
}

export interface Changed {
  /** Each once, however often the batch repeats it. */
  readonly addresses: readonly Address[];
  readonly poison: readonly Poison[];
}

/** Which documents the table's stream speaks of. Only their keys are read: what they hold now is read from the table. */
export function changedBy(records: readonly unknown[]): Changed {
  const addresses = new Map<string, Address>();
  const poison: Poison[] = [];
  for (const [index, record] of records.entries()) {
    const parsed = Record.safeParse(record);
    if (!parsed.success) {
      poison.push({ index, reason: 'The stream record has no keys that can be read.' });
      continue;
    }
    const { pk, sk } = parsed.data.dynamodb.Keys;
    addresses.set(JSON.stringify([pk.S, sk.S]), { partition: pk.S, key: sk.S });
  }
  return { addresses: [...addresses.values()], poison };
}

/** What `tick` asks `poll` to do. */
export interface ShardJob {
  readonly shard: number;
  /** When its round was called for. */
  readonly calledAt: number;
}

const Job = z.strictObject({ shard: z.int().check(z.gte(0)), calledAt: z.int().check(z.gte(0)) });

/** The job in a queue's message, or what is wrong with it. */
export function readJob(body: unknown): ShardJob | Omit<Poison, 'index'> {
  try {
    const parsed = Job.safeParse(JSON.parse(String(body)));
    if (parsed.success) return parsed.data;
  } catch {
    // Reported below with every other message that is no job.
  }
  return { reason: 'The message is not a job to poll a shard.' };
}
