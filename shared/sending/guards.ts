import type { Message } from '../model.ts';
import type { SendEvent } from './advance.ts';
import { claimsIn, othersOf } from './conversation.ts';
import { fingerprintsOf } from './fingerprint.ts';
import type { SendingPorts } from './ports.ts';
import { recognise } from './recognise.ts';
import { soughtOf } from './record.ts';
import { EMPTY, MOVED } from './refusal.ts';
import { type Since, searchMail, sinceAnswered, sincePosted } from './search.ts';
import { mayHaveGone, type StoredSend } from './send.ts';

/** What the conversation says against a post, as it was read just now. Asked before every post, also of a resend. */
export async function objectionOf(
  ports: SendingPorts,
  send: StoredSend,
  messages: readonly Message[],
): Promise<SendEvent | undefined> {
  return (
    (await alreadyThere(ports, send, messages)) ?? (await moved(ports, send, messages)) ?? answered(send, messages)
  );
}

/** From when on a mail of these words matters: since our first post, else since the lead wrote. */
function since(send: StoredSend, messages: readonly Message[]): Since | undefined {
  if (send.before !== undefined) return sincePosted(send);
  return send.kind === 'forward' || send.overrideBy !== undefined ? undefined : sinceAnswered(messages);
}

/** An earlier post of it that arrived after all; or a mail of which only a person can say whether this one repeats it. */
async function alreadyThere(
  ports: SendingPorts,
  send: StoredSend,
  messages: readonly Message[],
): Promise<SendEvent | undefined> {
  const from = since(send, messages);
  if (!from) return undefined;
  const found = await searchMail(soughtOf(ports, send), messages, from);
  const seenAs = send.mayHaveLeft.length > 0 ? await recognise(ports, send, found, messages) : undefined;
  if (seenAs !== undefined)
    return { kind: 'seen', detail: 'It is in the conversation already, so it was not sent again.', facts: { seenAs } };
  // People forward the same thread twice, and one who lets a send pass knows what stands there: but for a mail of its own.
  const isMeant = send.overrideBy !== undefined || send.kind === 'forward';
  if (isMeant && send.mayHaveLeft.length === 0) return undefined;
  const names = await fingerprintsOf([...found.same, ...found.alike.map(({ message }) => message)]);
  const passed = new Set(send.passed);
  const isOpen = ({ id }: Message) => !passed.has(id) && !passed.has(names.get(id) ?? '');
  const same = found.same.filter(isOpen);
  const alike = found.alike.filter(({ message }) => isOpen(message));
  if (same.length + alike.length === 0) return undefined;
  const but = same.length > 0 ? '' : `, but ${alike[0]?.because}`;
  return {
    kind: 'doubtful',
    detail: `Not sent: the same words stand in the conversation already${but}.`,
    facts: { doubts: [...same, ...alike.map(({ message }) => message)].flatMap(({ id }) => [id, names.get(id) ?? id]) },
  };
}

const giveUp = (detail: string): SendEvent => ({ kind: 'give-up', detail });

/** Whether somebody wrote since the sender looked. Mail of ours does not count: it is known who sent it, and why. */
async function moved(
  ports: SendingPorts,
  send: StoredSend,
  messages: readonly Message[],
): Promise<SendEvent | undefined> {
  if (send.ifLatest === undefined) return undefined;
  const at = messages.findIndex(({ id }) => id === send.ifLatest);
  const inbound = messages.filter(({ direction }) => direction === 'inbound').length;
  // A mail can be dated before the one that was newest, and show up after it.
  if (messages.length === 0) return giveUp(EMPTY);
  if (at < 0 || (send.inboundThen !== undefined && inbound > send.inboundThen)) return giveUp(MOVED);
  for (const message of messages.slice(at + 1)) {
    if (message.direction === 'inbound' || !(await isOurs(ports, send, message, messages))) return giveUp(MOVED);
  }
  return undefined;
}

/** Whether a send of ours is this message: one of which no other is known to be it. */
async function isOurs(
  ports: SendingPorts,
  send: StoredSend,
  message: Message,
  messages: readonly Message[],
): Promise<boolean> {
  const claims = await claimsIn(ports.store, send, await fingerprintsOf(messages));
  if (claims.has(message.id)) return true;
  const found = new Set(claims.values());
  for (const other of [send, ...(await othersOf(ports.store, send))]) {
    if (!mayHaveGone(other) || found.has(other.id) || other.seenAs !== undefined) continue;
    const { same } = await searchMail(soughtOf(ports, other), messages, sincePosted(other));
    if (same.some(({ id }) => id === message.id)) return true;
  }
  return false;
}

/** A machine answers only where nobody has. A forward to others is no answer to the lead. */
function answered(send: StoredSend, messages: readonly Message[]): SendEvent | undefined {
  const { unlessAnswered } = send;
  if (!unlessAnswered) return undefined;
  const at = messages.findIndex(({ id }) => id === unlessAnswered.message);
  // Also what is dated before a mail of a lead whose clock is ahead.
  const since = messages.filter(({ sentAt }, index) => (at >= 0 && index > at) || sentAt > unlessAnswered.sentAt);
  const leads = new Set(
    messages.flatMap(({ direction, from }) => (direction === 'inbound' ? [from.email.toLowerCase()] : [])),
  );
  for (const message of since) {
    if (message.direction === 'inbound' || !reaches(message, leads)) continue;
    return { kind: 'needless', detail: 'Nothing was sent: somebody has answered already.' };
  }
  return undefined;
}

function reaches({ to, cc, bcc }: Message, leads: ReadonlySet<string>): boolean {
  const reached = [...to, ...cc, ...bcc];
  return reached.length === 0 || reached.some(({ email }) => leads.has(email.toLowerCase()));
}
