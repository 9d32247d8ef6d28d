import type { Instant } from '../model.ts';
import { acceptSend } from './accept.ts';
import { CLOCKS_APART_MS } from './limits.ts';
import type { SendRequest } from './mail.ts';
import type { SendingConnection, SendingPorts } from './ports.ts';
import { SendRefusal } from './refusal.ts';
import { hashOf, isDead, readSend, type StoredSend, sendId } from './send.ts';

interface ForwardStep {
  readonly kind: 'forward';
  readonly to: readonly string[];
  readonly note?: string;
}

interface ReplyStep {
  readonly kind: 'reply';
  /** The words, with what the template leaves open filled in. */
  readonly text: string;
  readonly html?: string;
  /** Names the step, whoever the lead is. */
  readonly template: string;
  /** The message it answers; nothing is sent once somebody has. */
  readonly answers: { readonly message: string; readonly sentAt: Instant };
}

/** A mail that a sink wants to be sent because of an event. */
export interface MachineMail {
  readonly connection: string;
  readonly threadId: string;
  readonly sink: string;
  readonly event: string;
  /** When the reply was sent that it acts on. */
  readonly repliedAt: Instant;
  readonly step: ForwardStep | ReplyStep;
}

export type MachineOutcome =
  /** It went out, as far as anybody can know. */
  | { readonly kind: 'done'; readonly send: StoredSend }
  /** It goes on by itself. */
  | { readonly kind: 'open'; readonly send: StoredSend; readonly checkAfterMs: number }
  /** Nothing had to be sent, or a person has called it back. */
  | { readonly kind: 'skipped'; readonly why: string; readonly send: StoredSend }
  /** It ended unsent, and an event has told of it. */
  | { readonly kind: 'failed'; readonly why: string; readonly send: StoredSend };

const SOON_MS = 5_000;
const HOUR_MS = 3_600_000;
/** Steps an automation of the first version could have, whose keys named the step's place. */
const STEPS_BEFORE = 20;
/** Times a reply may come to nothing in one conversation before it is left. */
const REPLIES_MAX = 50;

/** What a step does, however it is written in the config. */
function contentOf(step: MachineMail['step']): unknown {
  return step.kind === 'reply'
    ? ['reply', step.template]
    : ['forward', [...new Set(step.to.map((address) => address.toLowerCase()))].sort(), step.note ?? ''];
}

const keyOf = ({ event, sink, step }: MachineMail) => `auto:${hashOf([event, sink, contentOf(step)])}`;

/** Names the one reply of a sink in a conversation; of those that came to nothing each has a name of its own. */
const replyKey = (mail: MachineMail, threadKey: string, generation: number) =>
  `auto:${hashOf(['reply', mail.sink, mail.connection, threadKey, generation])}`;

function connectionOf({ connections }: SendingPorts, id: string): SendingConnection {
  const found = connections.find((connection) => connection.id === id);
  if (found) return found;
  throw new SendRefusal('not-found', `There is no connection "${id}" in the config.`);
}

/** A forward of the first version, under a key that named the step's place: the same step is not carried out once more. */
async function forwardBefore(ports: SendingPorts, { event, sink, step }: MachineMail): Promise<StoredSend | undefined> {
  const places = Array.from({ length: STEPS_BEFORE }, (_, place) => sendId(`${event}:${sink}:${place}`));
  const found = await Promise.all(places.map((id) => readSend(ports.store, id)));
  const wanted = hashOf(contentOf(step));
  return found.find((read) => read?.send.mail?.kind === 'forward' && hashOf(contentOf(read.send.mail)) === wanted)
    ?.send;
}

/** The sink's reply in this conversation, whichever event it was for; undefined while none went out. */
async function replyBefore(ports: SendingPorts, mail: MachineMail, threadKey: string) {
  for (let generation = 0; generation < REPLIES_MAX; generation += 1) {
    const key = replyKey(mail, threadKey, generation);
    const send = (await readSend(ports.store, sendId(key)))?.send;
    // Another event may try again what came to nothing; the same one has had its answer.
    if (!send || !isDead(send) || send.event === mail.event) return { key, send };
  }
  throw new SendRefusal('conflict', 'The automatic replies in this conversation came to nothing too often.');
}

function requestOf(mail: MachineMail, key: string, now: Instant): SendRequest {
  const { connection, threadId, sink, event, repliedAt, step } = mail;
  const common = {
    connection,
    threadId,
    cc: [],
    bcc: [],
    attachments: [],
    key,
    by: `automation:${sink}`,
    machine: { event, sink, repliedAt },
  };
  if (step.kind === 'forward') {
    const { to, note } = step;
    return { ...common, kind: 'forward', to: [...to].sort(), ...(note === undefined ? {} : { note }) };
  }
  const { text, html, answers } = step;
  // A lead's clock may be ahead; whoever answers does it by ours.
  const sentAt = answers.sentAt > now + CLOCKS_APART_MS ? now : answers.sentAt;
  const unlessAnswered = { message: answers.message, sentAt };
  return { ...common, kind: 'reply', text, ...(html === undefined ? {} : { html }), unlessAnswered };
}

const OUTCOMES: { readonly [State in StoredSend['state']]: MachineOutcome['kind'] } = {
  waiting: 'open',
  sending: 'open',
  uncertain: 'open',
  needs_decision: 'open',
  sent: 'done',
  confirmed: 'done',
  decided: 'done',
  undone: 'skipped',
  refused: 'failed',
  failed: 'failed',
};

function outcomeOf(send: StoredSend, now: Instant, dueAt?: Instant): MachineOutcome {
  const kind = OUTCOMES[send.state];
  const why = send.steps.at(-1)?.detail ?? '';
  if (kind === 'done') return { kind, send };
  if (kind !== 'open') return { kind, why, send };
  const wait = send.state === 'needs_decision' ? HOUR_MS : (dueAt ?? now) - now + SOON_MS;
  return { kind, send, checkAfterMs: Math.min(HOUR_MS, Math.max(SOON_MS, wait)) };
}

async function present(ports: SendingPorts, id: string, accepted: StoredSend): Promise<MachineOutcome> {
  const read = await readSend(ports.store, id);
  return outcomeOf(read?.send ?? accepted, ports.clock.now(), read?.dueAt);
}

/**
 * Accepts a machine's mail, or says how it stands: called as often as one likes it is the same mail. Its key names the event,
 * the sink and what the step does, not where the step stands. A reply goes out at most once in a conversation for ever, and
 * only while nobody has answered. Throws `SendRefusal`, or `ProviderError`, when it was not accepted.
 */
export async function sendByMachine(ports: SendingPorts, mail: MachineMail): Promise<MachineOutcome> {
  const threadKey = connectionOf(ports, mail.connection).connection.threads.keyOf(mail.threadId);
  if (mail.step.kind === 'forward') return await forwardByMachine(ports, mail);
  const { key, send } = await replyBefore(ports, mail, threadKey);
  if (send) {
    const outcome = await present(ports, send.id, send);
    if (send.event === mail.event) return outcome;
    return { kind: 'skipped', why: 'An automatic reply went to this conversation already.', send };
  }
  return await accept(ports, mail, key);
}

async function forwardByMachine(ports: SendingPorts, mail: MachineMail): Promise<MachineOutcome> {
  const key = keyOf(mail);
  const before = (await readSend(ports.store, sendId(key)))?.send ?? (await forwardBefore(ports, mail));
  return before ? await present(ports, before.id, before) : await accept(ports, mail, key);
}

async function accept(ports: SendingPorts, mail: MachineMail, key: string): Promise<MachineOutcome> {
  const { send } = await acceptSend(ports, requestOf(mail, key, ports.clock.now()));
  return await present(ports, send.id, send);
}
