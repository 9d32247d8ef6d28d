import type { SendAll } from './queue.ts';

/** What nobody can read, and why. */
export interface DeadLetter {
  /** The record's own id and place, never its content. */
  readonly source: string;
  readonly id: string;
  readonly reason: string;
  readonly body?: string;
}

const BODY_MAX = 10_000;

/** Puts it where an alarm looks, so that the batch it came in can go on. Rejects when that cannot be done: then nothing may be taken off. */
export async function deadLetter(
  deadLettersUrl: string | undefined,
  send: SendAll,
  letters: readonly DeadLetter[],
): Promise<void> {
  if (letters.length === 0) return;
  if (deadLettersUrl === undefined) throw new Error('REPLYBUS_DEAD_LETTERS_URL is not set');
  await send(
    deadLettersUrl,
    letters.map(({ source, id, reason, body }) => ({
      body: JSON.stringify({ source, id, ...(body === undefined ? {} : { body: body.slice(0, BODY_MAX) }) }),
      attributes: { reason },
    })),
  );
}
