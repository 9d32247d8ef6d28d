import type { Json, JsonObject } from '../../shared/model.ts';
import type { Provider } from '../../shared/provider.ts';
import type { Deployment } from '../deployment.ts';
import { type Edge, openEdge } from '../edge.ts';
import { textOf } from '../input.ts';
import type { Bundle, InputField, Perform, Z } from '../platform.ts';
import type { Sending } from './mail-step.ts';
import { answeredOf, guardedOf, type Note, noteKey, noteOf, sendKey, writeNote } from './notes.ts';
import { type Sent, sentIn } from './sending.ts';

const FIELD = 'replybus_connection';

export const wantedConnection = (bundle: Bundle) => textOf(bundle, FIELD)?.trim();

/** Asked for only where the owner's Replybus has several connections to the provider. */
export function connectionField(providers: readonly Provider[]): Perform<readonly InputField[]> {
  return async (z: Z, bundle: Bundle) => {
    try {
      const { deployment } = openEdge(z, bundle, providers, { operation: 'connections' });
      const ids = (await deployment?.connections()) ?? [];
      if (ids.length < 2) return [];
      const choices = Object.fromEntries(ids.map((id) => [id, id]));
      const helpText = 'Your Replybus has several connections to this provider; choose the one with this thread.';
      return [{ key: FIELD, label: 'Connection', type: 'string', required: true, choices, helpText }];
    } catch {
      // The form must open even while Replybus is away; running the step says what is wrong.
      return [];
    }
  };
}

/** Through the send protocol of the owner's Replybus: repeated as often as Zapier likes, the key names one and the same send. */
export async function sendThroughDeployment(
  edge: Edge,
  deployment: Deployment,
  bundle: Bundle,
  sending: Sending,
  words: JsonObject,
): Promise<Sent> {
  const { threadId, mail, files } = sending;
  const connection = await deployment.connectionFor(wantedConnection(bundle));
  const { messages } = await edge.connection.threads.content(threadId);
  const name = noteKey(edge, sending);
  const note = await noteOf(edge, name);
  const answered = answeredOf(messages, sending.messageId);
  // A run of unknown fate may have been answered since; it is still the same send.
  const key = note !== undefined && note.state !== 'sent' ? note.key : sendKey(edge, sending, messages);
  const guarded = sending.onlyIfUnanswered ? guardedOf(messages, sending.messageId) : undefined;
  const written: Note = { state: 'unknown', answered: answered?.id ?? '', key };
  await writeNote(edge, name, written);
  const attachments = files.map(({ attachment }): Json => ({ ...attachment }));
  const body = { ...words, ...(guarded ? { ifLatestMessageId: guarded.id } : {}), attachments };
  const send = await deployment.send({ connection, threadId, kind: mail.kind, key, body });
  await writeNote(edge, name, { ...written, state: 'sent' });
  return sentIn(messages, { id: send.id, thread_id: threadId, status: send.state, meaning: send.meaning });
}
