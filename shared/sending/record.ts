import type { Instant } from '../model.ts';
import { advance, type SendEvent } from './advance.ts';
import { REDACT_AFTER_MS, VERIFY_IF_SHOWN_MS, VERIFY_MS } from './limits.ts';
import type { SendingConnection, SendingPorts } from './ports.ts';
import type { Wanted } from './search.ts';
import { type ReadSend, readSend, type StoredSend, writeSend } from './send.ts';

const WRITES_MAX = 8;

export function connectionOf(
  { connections }: Pick<SendingPorts, 'connections'>,
  { connection }: Pick<StoredSend, 'connection'>,
): SendingConnection | undefined {
  return connections.find(({ id }) => id === connection);
}

/** What to look for: the mail as its vendor was given it. */
export function soughtOf(ports: Pick<SendingPorts, 'connections'>, send: StoredSend): Wanted {
  const words = connectionOf(ports, send)?.connection.replies.words;
  return {
    ...(send.mail === undefined ? {} : { mail: send.mail }),
    ...(words === undefined ? {} : { words }),
    ...(send.messageId === undefined ? {} : { messageId: send.messageId }),
  };
}

/** When a mail is looked for, counted from its post; empty for one that is seen nowhere. */
export function verificationTimes(ports: SendingPorts, send: StoredSend): readonly number[] {
  if (send.kind === 'reply') return VERIFY_MS;
  const shows = connectionOf(ports, send)?.forwards?.shows;
  return shows === 'never' ? [] : VERIFY_IF_SHOWN_MS;
}

export function isVerifiedEnough(ports: SendingPorts, send: StoredSend): boolean {
  return send.verifications >= verificationTimes(ports, send).length;
}

/** When it is looked for next; for one that is never looked for again, when its words are redacted. */
function nextVerification(ports: SendingPorts, send: StoredSend): Instant {
  const after = verificationTimes(ports, send)[send.verifications];
  // A post that lies ahead was made by a clock that has been put back since.
  if (after !== undefined) return Math.min(send.verifyFrom ?? 0, ports.clock.now()) + after;
  return send.state === 'uncertain' ? ports.clock.now() : send.acceptedAt + REDACT_AFTER_MS;
}

/** Writes what has become known, on whatever the send is by then; what comes too late to matter writes nothing. */
export async function record(ports: SendingPorts, found: ReadSend, event: SendEvent): Promise<void> {
  let current: ReadSend | undefined = found;
  for (let write = 0; current && write < WRITES_MAX; write += 1) {
    const change = advance(current.send, event, ports.clock.now());
    if (!change) return;
    const dueAt = change.step === 'verify' ? nextVerification(ports, change.send) : change.dueAt;
    if (await writeSend(ports.store, change.send, dueAt, current.version)) {
      ports.log.info('send.state', { send: found.send.id, state: change.send.state, event: event.kind });
      return;
    }
    current = await readSend(ports.store, found.send.id);
  }
}
