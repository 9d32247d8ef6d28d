import { changeByPerson, checkHasMail } from './change.ts';
import { tryFrom } from './decide.ts';
import type { SendingPorts } from './ports.ts';
import { connectionOf, soughtOf, verificationTimes } from './record.ts';
import { SendRefusal } from './refusal.ts';
import { searchMail, sincePosted } from './search.ts';
import { isDead, readSend, type StoredSend } from './send.ts';

/** What was refused may have been taken all the same: its words in the conversation are seen before anybody posts them again. */
async function checkNotThere(ports: SendingPorts, id: string): Promise<void> {
  const send = (await readSend(ports.store, id))?.send;
  const connection = send && connectionOf(ports, send)?.connection;
  if (!connection || send.before === undefined || !isDead(send) || verificationTimes(ports, send).length === 0) return;
  const { messages } = await connection.threads.content(send.threadId);
  const { same, alike } = await searchMail(soughtOf(ports, send), messages, sincePosted(send));
  if (same.length === 0 && alike.length === 0) return;
  const but = same.length > 0 ? '' : `, but ${alike[0]?.because}`;
  const detail = `The send ${id} was not sent again: the same words stand in the conversation since its post${but}. Look there; if it is another mail, send yours as a new one.`;
  throw new SendRefusal('conflict', detail);
}

/**
 * A person wants another try of a send of which it is proved that nothing left. Every guard is asked again before its post.
 * Throws `ProviderError` where it was posted and the conversation cannot be read.
 */
export async function sendAgain(ports: SendingPorts, id: string, by: string): Promise<StoredSend> {
  await checkNotThere(ports, id);
  return await changeByPerson(ports, id, (send) => {
    if (send.state === 'undone') throw new SendRefusal('conflict', `The send ${id} was called back; write it anew.`);
    if (!isDead(send)) {
      const detail = `The send ${id} is ${send.state}; only one that has failed, and certainly did not leave, can be sent again.`;
      throw new SendRefusal('conflict', detail);
    }
    checkHasMail(send);
    const now = ports.clock.now();
    return {
      kind: 'again',
      detail: `Sent again by ${by}.`,
      facts: { tryUntil: tryFrom(send, now) },
      dueAt: now,
    };
  });
}
