import { type EventType, eventId } from '../events/event.ts';
import { recordEvent } from '../outbox/record.ts';
import type { SendingPorts } from './ports.ts';
import type { StoredSend } from './send.ts';
import { meaningOf } from './words.ts';

const TYPE = 'send.needs_decision' satisfies EventType;

/** Records that a person has to decide; once for each post, however often it is called. */
export async function tellNeedsDecision(
  { store, clock, connections }: Pick<SendingPorts, 'store' | 'clock' | 'connections'>,
  send: StoredSend,
): Promise<void> {
  const now = () => clock.now();
  const { connection, id, kind, attempt, key } = send;
  const provider = connections.find((one) => one.id === connection)?.connection.provider.id ?? '';
  const data = {
    connection,
    provider,
    send: id,
    key,
    kind,
    attempt,
    thread: `${connection}/${send.threadId}`,
    detail: meaningOf(send),
  };
  const body = { type: TYPE, timestamp: new Date(now()).toISOString(), data } as const;
  await recordEvent({ store, now }, eventId(TYPE, connection, id, String(attempt)), body, connection);
}
