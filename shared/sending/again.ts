import { type ChangePorts, changeByPerson, checkHasMail } from './change.ts';
import { tryFrom } from './decide.ts';
import { SendRefusal } from './refusal.ts';
import { isDead, type StoredSend } from './send.ts';

/** A person wants another try of a send of which it is proved that nothing left. Every guard is asked again before its post. */
export async function sendAgain(ports: ChangePorts, id: string, by: string): Promise<StoredSend> {
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
