import type { CheckView } from '../shared/api/shapes.ts';
import { listSends } from '../shared/sending/list.ts';
import type { SendingPorts } from '../shared/sending/ports.ts';
import type { LocalConnection } from './connections.ts';

export interface Forwarding {
  /** The sender of the mails composed here. */
  readonly from: string;
  /** Why the mail server cannot be used; undefined when it answers. */
  check(): Promise<string | undefined>;
}

function switchedOff({ id, limits }: LocalConnection): readonly CheckView[] {
  if (!limits.off) return [];
  const detail = 'Sending is switched off, so replies and forwards are refused; take "off" out of its "sending".';
  return [{ subject: `connection ${id}, sending`, state: 'warning', detail }];
}

async function forwardingCheck(
  connections: readonly LocalConnection[],
  forwarding: Forwarding | undefined,
): Promise<readonly CheckView[]> {
  const needy = connections.filter(({ connection }) => !connection.forwards).map(({ id }) => id);
  const subject = 'forwarding';
  if (!forwarding) {
    if (needy.length === 0) return [];
    const detail = `Not set up, so threads of ${needy.join(', ')} cannot be forwarded; add "forwarding" with "smtp" and "from" to the config if you want that.`;
    return [{ subject, state: 'ok', detail }];
  }
  const trouble = await forwarding.check();
  if (trouble !== undefined) return [{ subject, state: 'broken', detail: trouble }];
  if (needy.length === 0) {
    const detail = 'Every connection forwards by itself, so the mail server of the config is not used.';
    return [{ subject, state: 'ok', detail }];
  }
  const detail = `The mail server answers; threads of ${needy.join(', ')} go out through it from ${forwarding.from}.`;
  return [{ subject, state: 'ok', detail }];
}

async function undecided({ store, clock }: SendingPorts): Promise<readonly CheckView[]> {
  let count = 0;
  let cursor: string | undefined;
  do {
    const query = { state: 'needs_decision' as const, ...(cursor === undefined ? {} : { cursor }) };
    const page = await listSends(store, clock.now(), query);
    count += page.sends.length;
    cursor = page.cursor;
  } while (cursor !== undefined);
  if (count === 0) return [];
  const waits = count === 1 ? '1 send waits for your decision' : `${count} sends wait for your decision`;
  return [{ subject: 'sends', state: 'warning', detail: `${waits}; see "replybus sends --state needs_decision".` }];
}

/** What keeps mail from going out. */
export async function examineSending(
  connections: readonly LocalConnection[],
  ports: SendingPorts,
  forwarding: Forwarding | undefined,
): Promise<readonly CheckView[]> {
  return [
    ...connections.flatMap(switchedOff),
    ...(await forwardingCheck(connections, forwarding)),
    ...(await undecided(ports)),
  ];
}
