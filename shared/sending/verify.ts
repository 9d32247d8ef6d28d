import { ProviderError } from '../failure.ts';
import type { SendEvent } from './advance.ts';
import type { SendingPorts } from './ports.ts';
import { recognise } from './recognise.ts';
import { connectionOf, isVerifiedEnough, record, soughtOf, verificationTimes } from './record.ts';
import { type Found, searchMail, sincePosted } from './search.ts';
import type { ReadSend, StoredSend } from './send.ts';

/** Searches the conversation for a mail that was posted. */
export async function verify(ports: SendingPorts, found: ReadSend): Promise<void> {
  const { send } = found;
  const reading = isVerifiedEnough(ports, send) ? 'Nothing shows whether it was sent.' : await searched(ports, send);
  if (typeof reading !== 'string') return await record(ports, found, reading);
  const isLast = send.verifications + 1 >= verificationTimes(ports, send).length;
  const { attempt, verifications: verifiedBefore } = send;
  await record(ports, found, { kind: isLast ? 'unverified' : 'not-seen', attempt, verifiedBefore, detail: reading });
}

/** That it was seen, or a sentence why not. */
async function searched(ports: SendingPorts, send: StoredSend): Promise<SendEvent | string> {
  const connection = connectionOf(ports, send)?.connection;
  if (!connection) return `There is no connection "${send.connection}" in the config, so it cannot be looked for.`;
  try {
    const { messages, unreadable } = await connection.threads.content(send.threadId);
    const found = await searchMail(soughtOf(ports, send), messages, sincePosted(send));
    const seenAs = await recognise(ports, send, found, messages);
    return seenAs === undefined
      ? notSeen(found, unreadable.length)
      : { kind: 'seen', detail: 'Seen in the conversation.', facts: { seenAs } };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return `The conversation could not be read: ${error.message}`;
  }
}

function notSeen({ same, alike: [alike], others }: Found, unreadable: number): string {
  if (same.length > 0)
    return 'Several mails of the same words are out, and those in the conversation may be the others.';
  if (alike) return `The conversation has the same words, but ${alike.because}.`;
  if (others > 0) return 'Something was sent in this conversation since, but its words are not the same.';
  // What cannot be read is no proof that it is not there.
  if (unreadable > 0) return 'Messages of the conversation could not be read, and it may be among them.';
  return 'It is not in the conversation.';
}
