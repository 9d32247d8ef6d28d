import { eventId } from '../events/event.ts';
import { recordEvent } from '../outbox/record.ts';
import { SEEN_WITHIN_MS } from './limits.ts';
import type { SendingPorts } from './ports.ts';
import type { StoredSend } from './send.ts';
import { meaningOf } from './words.ts';

type EmitPorts = Pick<SendingPorts, 'store' | 'clock' | 'connections'>;

function dataOf({ connections }: EmitPorts, send: StoredSend) {
  const { connection, id, kind, attempt, key, threadId } = send;
  const provider = connections.find((one) => one.id === connection)?.connection.provider.id ?? '';
  const thread = `${connection}/${threadId}`;
  return { connection, provider, send: id, key, kind, attempt, thread, detail: meaningOf(send) };
}

/** Names the event: of several notices of one post each is an event of its own. */
function parts({ id, attempt, notices }: StoredSend): readonly string[] {
  return notices > 1 ? [id, String(attempt), String(notices)] : [id, String(attempt)];
}

export const needsDecisionId = (send: StoredSend): string =>
  eventId('send.needs_decision', send.connection, ...parts(send));

/** Whether somebody at a command line, or at its page, has just read how it ended. */
function wasSeen({ by, acceptedAt, steps }: StoredSend): boolean {
  return (by === 'cli' || by === 'console') && (steps.at(-1)?.at ?? acceptedAt) - acceptedAt <= SEEN_WITHIN_MS;
}

/** Records what a person has to know of a send that came to an end without them, once however often it is called. */
export async function emitNotice(ports: EmitPorts, send: StoredSend): Promise<void> {
  const now = () => ports.clock.now();
  const { store } = ports;
  const timestamp = new Date(now()).toISOString();
  const { connection, state, by } = send;
  if (state === 'needs_decision') {
    const body = { type: 'send.needs_decision', timestamp, data: dataOf(ports, send) } as const;
    await recordEvent({ store, now }, needsDecisionId(send), body, connection);
  } else if ((state === 'failed' || state === 'refused') && !wasSeen(send)) {
    const body = { type: 'send.failed', timestamp, data: { ...dataOf(ports, send), state, by } } as const;
    await recordEvent({ store, now }, eventId('send.failed', connection, ...parts(send)), body, connection);
  }
}
