import { ProviderError } from '../failure.ts';
import type { SendEvent } from './advance.ts';
import { findMail } from './match.ts';
import type { SendingPorts } from './ports.ts';
import { connectionOf, hasLookedEnough, looksOf, record } from './record.ts';
import type { KeptSend, StoredSend } from './send.ts';

/** Searches the conversation for a mail that was posted. */
export async function look(ports: SendingPorts, kept: KeptSend): Promise<void> {
  const { send } = kept;
  const reading = hasLookedEnough(ports, send) ? 'Nothing shows whether it was sent.' : await searched(ports, send);
  if (typeof reading !== 'string') return await record(ports, kept, reading);
  const isLast = send.looks + 1 >= looksOf(ports, send).length;
  const { attempt, looks: looksBefore } = send;
  await record(ports, kept, { kind: isLast ? 'looked-enough' : 'not-seen', attempt, looksBefore, detail: reading });
}

/** That it was seen, or a sentence why not. */
async function searched(ports: SendingPorts, send: StoredSend): Promise<SendEvent | string> {
  const connection = connectionOf(ports, send)?.connection;
  if (!connection) return `There is no connection "${send.connection}" in the config, so it cannot be looked for.`;
  try {
    const { messages } = await connection.threads.content(send.threadId);
    const since = { before: send.before ?? [], newestBefore: send.newestBefore ?? 0 };
    const { ours, strange } = await findMail(send, messages, since);
    if (ours) return { kind: 'seen', detail: 'Seen in the conversation.', facts: { seenAs: ours.id } };
    if (strange > 0) return 'Something was sent in this conversation since, but its words are not the same.';
    return 'It is not in the conversation.';
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return `The conversation could not be read: ${error.message}`;
  }
}
