import { type ChangePorts, changeByPerson } from './change.ts';
import { SendRefusal } from './refusal.ts';
import { restoredDoubt } from './restored.ts';
import { mayHaveArrived, readSend, type StoredSend } from './send.ts';

/** A person calls a send back before it has left. Asked again it says the same. */
export async function undoSend(ports: ChangePorts, id: string, by: string): Promise<StoredSend> {
  const before = await readSend(ports.store, id);
  if (before?.send.state === 'undone') return before.send;
  const doubt = before && (await restoredDoubt(ports.store, before.send));
  if (doubt) throw new SendRefusal('conflict', `The send ${id} cannot be called back. ${doubt.detail}`);
  return await changeByPerson(ports, id, (send) => {
    if (send.state !== 'waiting')
      throw new SendRefusal('conflict', `The send ${id} is ${send.state}, so it can no longer be called back.`);
    if (mayHaveArrived(send)) {
      const detail = `An earlier try of the send ${id} may have arrived, so it cannot be called back.`;
      throw new SendRefusal('conflict', detail);
    }
    return { kind: 'undo', detail: `Called back by ${by} before it was sent.` };
  });
}
