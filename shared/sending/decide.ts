import { type ChangePorts, changeByPerson, checkHasMail } from './change.ts';
import { MACHINE_TRY_MS, TRY_MS } from './limits.ts';
import { isByMachine, type StoredSend } from './send.ts';

export type Verdict = 'sent' | 'resend';

/** Trying begins anew when a person wants it. */
export const tryFrom = (send: StoredSend, now: number): number => now + (isByMachine(send) ? MACHINE_TRY_MS : TRY_MS);

/** A person says what became of a send nobody could find: it was sent, or it is to be sent again. */
export async function decideSend(ports: ChangePorts, id: string, verdict: Verdict, by: string): Promise<StoredSend> {
  return await changeByPerson(ports, id, (send) => {
    if (verdict === 'sent') return { kind: 'decided-sent', detail: `Decided by ${by}: it was sent.` };
    checkHasMail(send);
    const now = ports.clock.now();
    return {
      kind: 'decided-resend',
      detail: `Decided by ${by}: send it again.`,
      // What the person has looked at does not hold it up once more.
      facts: { tryUntil: tryFrom(send, now), passed: [...(send.passed ?? []), ...(send.doubts ?? [])], doubts: [] },
      dueAt: now,
    };
  });
}
