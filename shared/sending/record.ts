import type { Instant } from '../model.ts';
import { advance, type SendEvent } from './advance.ts';
import { KEEP_MAIL_MS, LOOKS_IF_SHOWN_MS, LOOKS_MS } from './limits.ts';
import type { SendingConnection, SendingPorts } from './ports.ts';
import { type KeptSend, readSend, type StoredSend, writeSend } from './send.ts';

const WRITES_MAX = 8;

export function connectionOf(
  { connections }: Pick<SendingPorts, 'connections'>,
  { connection }: StoredSend,
): SendingConnection | undefined {
  return connections.find(({ id }) => id === connection);
}

/** When a mail is looked for, counted from its post; empty for one that is seen nowhere. */
export function looksOf(ports: SendingPorts, send: StoredSend): readonly number[] {
  if (send.kind === 'reply') return LOOKS_MS;
  const shows = connectionOf(ports, send)?.forwards?.shows;
  return shows === 'never' ? [] : LOOKS_IF_SHOWN_MS;
}

export function hasLookedEnough(ports: SendingPorts, send: StoredSend): boolean {
  return send.looks >= looksOf(ports, send).length;
}

/** When it is looked for next; for one that is never looked for again, when its words are forgotten. */
function nextLook(ports: SendingPorts, send: StoredSend): Instant {
  const after = looksOf(ports, send)[send.looks];
  if (after !== undefined) return (send.lookFrom ?? 0) + after;
  return send.state === 'uncertain' ? ports.clock.now() : send.acceptedAt + KEEP_MAIL_MS;
}

/** Writes what has become known, on whatever the send is by then; what comes too late to matter writes nothing. */
export async function record(ports: SendingPorts, kept: KeptSend, event: SendEvent): Promise<void> {
  let current: KeptSend | undefined = kept;
  for (let write = 0; current && write < WRITES_MAX; write += 1) {
    const change = advance(current.send, event, ports.clock.now());
    if (!change) return;
    const dueAt = change.step === 'look' ? nextLook(ports, change.send) : change.dueAt;
    if (await writeSend(ports.store, change.send, dueAt, current.version)) {
      ports.log.info('send.state', { send: kept.send.id, state: change.send.state, event: event.kind });
      return;
    }
    current = await readSend(ports.store, kept.send.id);
  }
}
