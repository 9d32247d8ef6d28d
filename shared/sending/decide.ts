import { advance, type SendEvent } from './advance.ts';
import { TRY_MS } from './limits.ts';
import type { SendingPorts } from './ports.ts';
import { SendRefusal } from './refusal.ts';
import { readSend, type StoredSend, writeSend } from './send.ts';

export type Verdict = 'sent' | 'resend';

const WRITES_MAX = 8;

/** A person says what became of a send nobody could find: it was sent, or it is to be sent again. */
export async function decideSend(
  { store, clock }: Pick<SendingPorts, 'store' | 'clock'>,
  id: string,
  verdict: Verdict,
  by: string,
): Promise<StoredSend> {
  for (let write = 0; write < WRITES_MAX; write += 1) {
    const kept = await readSend(store, id);
    if (!kept) throw new SendRefusal('not-found', `There is no send ${id}; "replybus sends" lists them.`);
    const now = clock.now();
    if (verdict === 'resend' && kept.send.mail === undefined)
      throw new SendRefusal('conflict', 'Its text is kept for 90 days only; write it anew as a reply.');
    const event: SendEvent =
      verdict === 'sent'
        ? { kind: 'decided-sent', detail: `Decided by ${by}: it was sent.` }
        : {
            kind: 'decided-resend',
            detail: `Decided by ${by}: send it again.`,
            facts: { tryUntil: now + TRY_MS },
            dueAt: now,
          };
    const change = advance(kept.send, event, now);
    if (!change) {
      const detail = `The send ${id} is ${kept.send.state}, so there is nothing to decide.`;
      throw new SendRefusal('conflict', detail);
    }
    if (await writeSend(store, change.send, change.dueAt, kept.version)) return change.send;
  }
  throw new SendRefusal('conflict', `The send ${id} is being changed by others; try again.`);
}
