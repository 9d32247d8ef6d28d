import { type Failure, ProviderError } from '../failure.ts';
import type { Instant, Message } from '../model.ts';
import type { OutgoingAttachment, Prepared, Receipt } from '../provider.ts';
import { MOVED } from './accept.ts';
import { advance, type SendEvent } from './advance.ts';
import { takeConversation } from './conversation.ts';
import { loadFiles } from './files.ts';
import { MISS_WAITS_MS, MISSES_MAX, POST_WITHIN_MS, PUT_OFF_MS } from './limits.ts';
import { findMail, sinceNow } from './match.ts';
import type { SendingConnection, SendingPorts } from './ports.ts';
import { connectionOf, record } from './record.ts';
import { type KeptSend, readSend, type StoredSend, writeSend } from './send.ts';

/** Whether trying again later can help; the rest is the vendor's last word. */
function isPassing({ kind }: Failure): boolean {
  return kind === 'throttled' || kind === 'unavailable' || kind === 'wire';
}

/** Brings a waiting send to its post, or says why not now. */
export async function tryPost(ports: SendingPorts, kept: KeptSend): Promise<void> {
  const { send } = kept;
  const connection = connectionOf(ports, send);
  const hindrance = await hindranceOf(ports, send, connection);
  if (hindrance) return await record(ports, kept, hindrance);
  if (!connection) return;
  const ready = await makeReady(ports, send, connection);
  if ('kind' in ready) return await record(ports, kept, ready);
  await post(ports, kept, ready);
}

function putOff({ clock }: SendingPorts, detail: string, afterMs = PUT_OFF_MS): SendEvent {
  return { kind: 'put-off', detail, dueAt: clock.now() + Math.max(1_000, afterMs) };
}

const giveUp = (detail: string): SendEvent => ({ kind: 'give-up', detail });

/** Why it may not be posted now, by what we know ourselves. */
async function hindranceOf(
  ports: SendingPorts,
  send: StoredSend,
  connection: SendingConnection | undefined,
): Promise<SendEvent | undefined> {
  if (send.mail === undefined) return giveUp('Its text is kept for 90 days only, so nothing was sent.');
  if (ports.clock.now() >= send.tryUntil) {
    const why = send.steps.at(-1)?.detail ?? '';
    return giveUp(`Nothing was sent; trying ended after two hours. ${why}`.trim());
  }
  if (!connection) return putOff(ports, `There is no connection "${send.connection}" in the config.`);
  if (connection.limits.off) return giveUp(`Nothing was sent: sending is switched off for "${send.connection}".`);
  const taken = await takeConversation(ports, send, connection);
  switch (taken.kind) {
    case 'taken':
      return undefined;
    case 'busy':
      return putOff(ports, `It waits for an earlier send of this conversation that is not settled (${taken.holder}).`);
    case 'duplicate':
      return giveUp(`Nothing was sent: the same words went to this conversation within the last day (${taken.of}).`);
    case 'over':
      return giveUp(`Nothing was sent: the limit of ${taken.what} is reached.`);
  }
}

interface Ready {
  readonly prepared: Prepared;
  readonly messages: readonly Message[];
  /** What was read is too old to act on from then on. */
  readonly postBefore: Instant;
}

/** Reads the conversation and everything else the post needs. Nothing leaves. */
async function makeReady(
  ports: SendingPorts,
  send: StoredSend,
  connection: SendingConnection,
): Promise<Ready | SendEvent> {
  const postBefore = ports.clock.now() + POST_WITHIN_MS;
  try {
    const { messages } = await connection.connection.threads.content(send.threadId);
    const there = await alreadyThere(send, messages);
    if (there) return there;
    if (send.ifLatest !== undefined && messages.at(-1)?.id !== send.ifLatest && send.attempt === 0)
      return giveUp(MOVED);
    return { prepared: await prepare(ports, send, connection), messages, postBefore };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const { failure } = error;
    if (!isPassing(failure)) return { kind: 'refused', detail: `${error.message} Nothing was sent.` };
    return putOff(
      ports,
      `Not sent yet: ${error.message}`,
      failure.kind === 'throttled' ? failure.retryAfterMs : PUT_OFF_MS,
    );
  }
}

/** An earlier post that is in the conversation after all, or the same words sent by a person since the lead wrote. */
async function alreadyThere(send: StoredSend, messages: readonly Message[]): Promise<SendEvent | undefined> {
  const since = earlier(send, messages);
  if (!since) return undefined;
  const { ours } = await findMail(send, messages, since);
  if (!ours) return undefined;
  return {
    kind: 'seen',
    detail: 'It is in the conversation already, so it was not sent again.',
    facts: { seenAs: ours.id },
  };
}

function earlier(send: StoredSend, messages: readonly Message[]) {
  if (send.before !== undefined) return { before: send.before, newestBefore: send.newestBefore ?? 0 };
  if (send.kind === 'forward' || send.overrideBy !== undefined) return undefined;
  const answered = messages.findLast(({ direction }) => direction === 'inbound');
  if (!answered) return undefined;
  const older = messages.filter(({ sentAt }) => sentAt <= answered.sentAt);
  return { before: older.map(({ id }) => id), newestBefore: answered.sentAt };
}

async function prepare(
  ports: SendingPorts,
  send: StoredSend,
  { connection, forwards }: SendingConnection,
): Promise<Prepared> {
  const { mail, threadId } = send;
  if (mail?.kind === 'reply') {
    const { html, text, cc, bcc } = mail;
    const attachments = await loadFiles(ports, send, connection.replies.takes);
    return await connection.replies.prepare({ threadId, html, text, cc, bcc, attachments });
  }
  if (!forwards || !mail)
    throw new ProviderError(
      { kind: 'unsupported', capability: 'forwarding' },
      { provider: connection.provider.label, operation: 'forward' },
    );
  const { to, cc, bcc, note } = mail;
  const attachments: readonly OutgoingAttachment[] = await loadFiles(ports, send, forwards.takes);
  return await forwards.prepare({ threadId, to, cc, bcc, attachments, ...(note === undefined ? {} : { note }) });
}

/** The one place from which a mail leaves. */
async function post(ports: SendingPorts, kept: KeptSend, { prepared, messages, postBefore }: Ready): Promise<void> {
  if (ports.clock.now() >= postBefore)
    return await record(ports, kept, putOff(ports, 'Reading the conversation took too long; it is read again.', 0));
  const owner = ports.newOwner();
  // Of several posts the first counts: a mail of an early one may show up after a later one was begun.
  const since = kept.send.before === undefined ? sinceNow(messages) : {};
  const mine = await announce(ports, kept, { owner, postBefore, ...since });
  if (!mine) return;
  const { attempt } = mine.send;
  // Whoever was frozen since the announcement finds others looking for this post already, or a person deciding.
  if (ports.clock.now() >= postBefore)
    return await record(ports, mine, missed(ports, mine.send, 'Not sent: it came too late.'));
  // No wait may stand between the check above and the first byte.
  const posted = prepared.post();
  const event = await posted.then(
    (receipt) => accepted(receipt, attempt),
    (error: unknown) => outcomeOf(ports, mine.send, error),
  );
  await record(ports, mine, event);
}

/** Writes that a post begins. Only who has this write acknowledged, or reads it back as its own, may post. */
async function announce(
  ports: SendingPorts,
  kept: KeptSend,
  facts: NonNullable<SendEvent['facts']>,
): Promise<KeptSend | undefined> {
  const change = advance(kept.send, { kind: 'post', detail: 'Being sent.', facts }, ports.clock.now());
  if (!change) return undefined;
  if (await writeSend(ports.store, change.send, change.dueAt, kept.version))
    return { send: change.send, version: kept.version + 1 };
  const now = await readSend(ports.store, kept.send.id);
  const isMine = now?.send.state === 'sending' && now.send.owner === facts.owner;
  return isMine ? now : undefined;
}

function accepted({ messageId, refusedRecipients }: Receipt, attempt: number): SendEvent {
  const refused = refusedRecipients?.length ?? 0;
  const but = refused === 0 ? '' : ` The mail server did not take ${refused} of its recipients.`;
  return {
    kind: 'accepted',
    attempt,
    detail: `Accepted.${but}`,
    facts: {
      ...(messageId === undefined ? {} : { messageId }),
      ...(refused === 0 ? {} : { refusedRecipients: refusedRecipients ?? [] }),
    },
  };
}

/** Nothing left: it waits and tries again, unless it has missed too often. */
function missed(ports: SendingPorts, send: StoredSend, detail: string, afterMs = 0): SendEvent {
  if (send.misses + 1 >= MISSES_MAX) return { kind: 'spent', attempt: send.attempt, detail };
  const least = MISS_WAITS_MS[send.misses] ?? 0;
  const wait = Math.max(afterMs, Math.ceil(least * (1 + ports.random())));
  return { kind: 'not-sent', attempt: send.attempt, detail, dueAt: ports.clock.now() + wait };
}

/** What a failed post proves. Whatever is not proof that nothing left, or a clear no, is unknown. */
function outcomeOf(ports: SendingPorts, send: StoredSend, error: unknown): SendEvent {
  const { attempt } = send;
  const failure = error instanceof ProviderError ? error.failure : undefined;
  const words = error instanceof ProviderError ? error.message : 'The connection broke.';
  if (failure?.kind === 'throttled') return missed(ports, send, `Not sent: ${words}`, failure.retryAfterMs);
  if (failure?.kind === 'unavailable' && !failure.mayHaveHappened) return missed(ports, send, `Not sent: ${words}`);
  if (failure && !isPassing(failure)) return { kind: 'refused', attempt, detail: `${words} Nothing was sent.` };
  return { kind: 'unknown', attempt, detail: `It may or may not have been sent: ${words} Looking whether it arrived.` };
}
