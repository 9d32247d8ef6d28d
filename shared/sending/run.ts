import type { Instant } from '../model.ts';
import { isStillResting, LONGEST_WAIT_MS } from '../resting.ts';
import { emitNotice } from './emit.ts';
import { redactFiles } from './files.ts';
import { REDACT_AFTER_MS } from './limits.ts';
import type { SendingPorts } from './ports.ts';
import { tryPost } from './post.ts';
import { isVerifiedEnough, record } from './record.ts';
import { isByMachine, type ReadSend, readSend, type StoredSend, UNRESOLVED, writeSend } from './send.ts';
import { verify } from './verify.ts';

/** States one run takes a send through; more waits for the next. */
const STEPS_MAX = 8;

/** Takes one send as far as it goes now. What it leaves due comes back by its `dueAt`; whoever dies in here loses nothing. */
export async function runSend(ports: SendingPorts, id: string): Promise<StoredSend | undefined> {
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const found = await readSend(ports.store, id);
    if (!found) return undefined;
    if (found.dueAt === undefined || isWaiting(ports, found.send, found.dueAt))
      return settled(ports, found.send, step > 0);
    await runDue(ports, found);
  }
  return (await readSend(ports.store, id))?.send;
}

/** What has ended waits for months, until its words go. */
function isWaiting(ports: SendingPorts, send: StoredSend, dueAt: Instant): boolean {
  const now = ports.clock.now();
  const isLookedFor = send.state === 'sent' && !isVerifiedEnough(ports, send);
  const isUnderWay = UNRESOLVED.has(send.state) || isLookedFor || send.noticesGiven < send.notices;
  return isUnderWay ? isStillResting(dueAt, now, LONGEST_WAIT_MS) : dueAt > now;
}

/** Who waits for a machine's send hears of its end at once; by the store they find out anyway. */
function settled(ports: SendingPorts, send: StoredSend, isFresh: boolean): StoredSend {
  if (isFresh && isByMachine(send) && !UNRESOLVED.has(send.state)) ports.ended?.(send);
  return send;
}

async function runDue(ports: SendingPorts, found: ReadSend): Promise<void> {
  const { send } = found;
  switch (send.state) {
    case 'waiting':
      return await tryPost(ports, found);
    case 'sending':
      // Whoever was posting has not said how it ended. From now on this post is only looked for.
      return await record(ports, found, {
        kind: 'overdue',
        detail: 'It was being sent when Replybus stopped or lost its database; looking whether it arrived.',
      });
    case 'uncertain':
      return await verify(ports, found);
    case 'sent':
      return isVerifiedEnough(ports, send) ? await redact(ports, found) : await verify(ports, found);
    case 'needs_decision':
    case 'failed':
    case 'refused':
      return send.noticesGiven < send.notices ? await emit(ports, found) : await redact(ports, found);
    default:
      return await redact(ports, found);
  }
}

async function emit(ports: SendingPorts, { send, version }: ReadSend): Promise<void> {
  await emitNotice(ports, send);
  const given = { ...send, noticesGiven: send.notices };
  await writeSend(ports.store, given, send.acceptedAt + REDACT_AFTER_MS, version);
}

async function redact({ store, clock }: SendingPorts, { send, version }: ReadSend): Promise<void> {
  const at = send.acceptedAt + REDACT_AFTER_MS;
  if (clock.now() < at) return void (await writeSend(store, send, at, version));
  await redactFiles(store, send);
  const { mail: _, ...rest } = send;
  await writeSend(store, rest, undefined, version);
}
