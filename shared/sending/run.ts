import { forgetFiles } from './files.ts';
import { KEEP_MAIL_MS } from './limits.ts';
import { look } from './look.ts';
import type { SendingPorts } from './ports.ts';
import { tryPost } from './post.ts';
import { hasLookedEnough, record } from './record.ts';
import { type KeptSend, readSend, type StoredSend, writeSend } from './send.ts';
import { tellNeedsDecision } from './tell.ts';

/** States one run takes a send through; more waits for the next. */
const STEPS_MAX = 8;

/** Takes one send as far as it goes now. What it leaves due comes back by its `dueAt`; whoever dies in here loses nothing. */
export async function runSend(ports: SendingPorts, id: string): Promise<StoredSend | undefined> {
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const kept = await readSend(ports.store, id);
    if (!kept) return undefined;
    if (kept.dueAt === undefined || kept.dueAt > ports.clock.now()) return kept.send;
    await runDue(ports, kept);
  }
  return (await readSend(ports.store, id))?.send;
}

async function runDue(ports: SendingPorts, kept: KeptSend): Promise<void> {
  const { send } = kept;
  switch (send.state) {
    case 'waiting':
      return await tryPost(ports, kept);
    case 'sending':
      // Whoever was posting has not said how it ended. From now on this post is only looked for.
      return await record(ports, kept, {
        kind: 'overdue',
        detail: 'It was being sent when Replybus stopped or lost its database; looking whether it arrived.',
      });
    case 'uncertain':
      return await look(ports, kept);
    case 'sent':
      return hasLookedEnough(ports, send) ? await forget(ports, kept) : await look(ports, kept);
    case 'needs_decision':
      return send.toldAttempt === send.attempt ? await forget(ports, kept) : await tell(ports, kept);
    default:
      return await forget(ports, kept);
  }
}

async function tell(ports: SendingPorts, { send, version }: KeptSend): Promise<void> {
  await tellNeedsDecision(ports, send);
  const told = { ...send, toldAttempt: send.attempt };
  await writeSend(ports.store, told, send.acceptedAt + KEEP_MAIL_MS, version);
}

async function forget({ store, clock }: SendingPorts, { send, version }: KeptSend): Promise<void> {
  const at = send.acceptedAt + KEEP_MAIL_MS;
  if (clock.now() < at) return void (await writeSend(store, send, at, version));
  await forgetFiles(store, send);
  const { mail: _, ...rest } = send;
  await writeSend(store, rest, undefined, version);
}
