import type { CheckView } from '../../api/shapes.ts';
import type { Config } from '../../config/schema.ts';
import type { Secrets } from '../../config/secret.ts';
import type { Mail } from '../../forwarding/mailer.ts';
import { listSends } from '../../sending/list.ts';
import type { SendingConnection, SendingPorts } from '../../sending/ports.ts';
import { readCopy, restoredText } from '../../sending/restored.ts';
import { isNeverSeen, type SendState, type StoredSend } from '../../sending/send.ts';
import { broken, ok, plural, warning } from './checks.ts';

function switchedOff({ id, limits }: SendingConnection): readonly CheckView[] {
  if (!limits.off) return [];
  const detail = 'Sending is switched off, so replies and forwards are refused; take "off" out of its "sending".';
  return [warning(`connection ${id}, sending`, detail)];
}

export interface ForwardingWorld {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly mail: Mail;
}

/** Whether forwards go out where they go through the owner's mail server. */
async function checkForwarding(
  connections: readonly SendingConnection[],
  { config: { forwarding }, secrets, mail }: ForwardingWorld,
): Promise<readonly CheckView[]> {
  const needy = connections.filter(({ connection }) => !connection.forwards).map(({ id }) => id);
  const subject = 'forwarding';
  const names = needy.join(', ');
  if (!forwarding) {
    if (needy.length === 0) return [];
    const how = 'add "forwarding" with "smtp" and "from" to the config if you want that';
    return [ok(subject, `Not set up, so threads of ${names} cannot be forwarded; ${how}.`)];
  }
  const found = secrets.get(forwarding.smtp);
  if ('lack' in found)
    return [broken(subject, `The mail server's URL cannot be read; ${secrets.advice(forwarding.smtp)}.`)];
  const trouble = await mail.greet(found.value);
  if (trouble !== undefined) return [broken(subject, trouble)];
  if (needy.length === 0)
    return [ok(subject, 'Every connection forwards by itself, so the mail server of the config is not used.')];
  return [ok(subject, `The mail server answers; threads of ${names} go out through it from ${forwarding.from}.`)];
}

async function countSends(
  { store, clock }: SendingPorts,
  state: SendState,
  counts: (send: StoredSend) => boolean = () => true,
): Promise<number> {
  let count = 0;
  let cursor: string | undefined;
  do {
    const page = await listSends(store, clock.now(), { state, ...(cursor === undefined ? {} : { cursor }) });
    count += page.sends.filter(counts).length;
    cursor = page.cursor;
  } while (cursor !== undefined);
  return count;
}

/** Sends that are over or stand still, and that a person has to know of. */
async function checkSends(ports: SendingPorts): Promise<readonly CheckView[]> {
  const waiting = await countSends(ports, 'needs_decision');
  const failed = await countSends(ports, 'failed');
  const checks: CheckView[] = [];
  if (waiting > 0) {
    const waits = plural(waiting, 'send waits', 'sends wait');
    checks.push(warning('sends', `${waits} for your decision; see "replybus sends --state needs_decision".`));
  }
  if (failed > 0) {
    const sends = plural(failed, 'send of the last 90 days has', 'sends of the last 90 days have');
    checks.push(warning('sends', `${sends} failed, and nothing left; see "replybus sends --state failed".`));
  }
  const unseen = await countSends(ports, 'sent', isNeverSeen);
  if (unseen > 0) {
    const were = plural(unseen, 'reply of the last 90 days was', 'replies of the last 90 days were');
    const detail = `${were} accepted by the vendor, and never seen in the conversation; see "replybus sends --state sent", and look there.`;
    checks.push(warning('sends', detail));
  }
  return checks;
}

/** That sends accepted before a copy was taken are asked about. */
async function checkRestored({ store }: SendingPorts): Promise<readonly CheckView[]> {
  const copy = await readCopy(store);
  return copy ? [ok('sends', restoredText(copy))] : [];
}

/** What keeps mail from going out. */
export async function checkSending(ports: SendingPorts, world: ForwardingWorld): Promise<readonly CheckView[]> {
  return [
    ...ports.connections.flatMap(switchedOff),
    ...(await checkForwarding(ports.connections, world)),
    ...(await checkRestored(ports)),
    ...(await checkSends(ports)),
  ];
}
