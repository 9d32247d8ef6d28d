import { advance, type SendEvent } from './advance.ts';
import type { SendingPorts } from './ports.ts';
import { SendRefusal } from './refusal.ts';
import { readSend, type StoredSend, writeSend } from './send.ts';

const WRITES_MAX = 8;

export type ChangePorts = Pick<SendingPorts, 'store' | 'clock'>;

/** Brings a send into another state because a person says so. `decide` refuses by throwing; it may be asked several times. */
export async function changeByPerson(
  { store, clock }: ChangePorts,
  id: string,
  decide: (send: StoredSend) => SendEvent,
): Promise<StoredSend> {
  for (let write = 0; write < WRITES_MAX; write += 1) {
    const found = await readSend(store, id);
    if (!found) throw new SendRefusal('not-found', `There is no send ${id}; "replybus sends" lists them.`);
    const change = advance(found.send, decide(found.send), clock.now());
    if (!change)
      throw new SendRefusal('conflict', `The send ${id} is ${found.send.state}, so there is nothing to decide.`);
    if (await writeSend(store, change.send, change.dueAt, found.version)) return change.send;
  }
  throw new SendRefusal('conflict', `The send ${id} is being changed by others; try again.`);
}

export function checkHasMail({ mail }: StoredSend): void {
  if (mail === undefined)
    throw new SendRefusal('conflict', 'Its text is kept for 90 days only; write it anew as a reply.');
}
