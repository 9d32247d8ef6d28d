import { type Failure, ProviderError } from '../failure.ts';
import type { Instant } from '../model.ts';
import type { OutgoingAttachment, Prepared, Receipt } from '../provider.ts';
import { isStillResting } from '../resting.ts';
import { advance, type SendEvent } from './advance.ts';
import { type Acquired, acquireConversation, repeatText } from './conversation.ts';
import { FileNotWhole, loadFiles } from './files.ts';
import { objectionOf } from './guards.ts';
import {
  FAILED_ATTEMPTS_MAX,
  MACHINE_TRY_MS,
  POST_WITHIN_MS,
  PUT_OFF_MS,
  RETRY_WAITS_MS,
  TRY_MS,
  UNDO_MAX_MS,
} from './limits.ts';
import type { SendingConnection, SendingPorts } from './ports.ts';
import { connectionOf, record } from './record.ts';
import { restoredDoubt } from './restored.ts';
import { kept, sinceNow } from './search.ts';
import { isByMachine, type ReadSend, readSend, type StoredSend, writeSend } from './send.ts';

/** Whether trying again later can help, without anybody doing anything; the rest is the vendor's last word. */
function isPassing({ kind }: Failure): boolean {
  return kind === 'throttled' || kind === 'unavailable' || kind === 'wire';
}

/**
 * A no that a person can turn into a yes: a new key, a missing scope, a mail server. A machine waits for it. Some vendors
 * know nothing of a campaign or thread under a key that is not right.
 */
function isMendable({ kind }: Failure): boolean {
  return kind === 'auth' || kind === 'scope' || kind === 'not-found' || kind === 'unsupported';
}

const canWaitFor = (failure: Failure, send: StoredSend) =>
  isPassing(failure) || (isByMachine(send) && isMendable(failure));

/** Brings a waiting send to its post, or says why not now. */
export async function tryPost(ports: SendingPorts, found: ReadSend): Promise<void> {
  const { send } = found;
  const connection = connectionOf(ports, send);
  const hindrance = (await restoredDoubt(ports.store, send)) ?? (await hindranceOf(ports, send, connection));
  if (hindrance) return await record(ports, found, hindrance);
  if (!connection) return;
  const ready = await makeReady(ports, send, connection);
  if ('kind' in ready) return await record(ports, found, ready);
  await post(ports, found, ready);
}

function putOff({ clock }: SendingPorts, detail: string, afterMs = PUT_OFF_MS): SendEvent {
  return { kind: 'put-off', detail, dueAt: clock.now() + Math.max(1_000, afterMs) };
}

const giveUp = (detail: string): SendEvent => ({ kind: 'give-up', detail });

/** Trying ends so long after it was asked for, at the most. */
const longestTry = (send: StoredSend): number => UNDO_MAX_MS + (isByMachine(send) ? MACHINE_TRY_MS : TRY_MS);

/** Why it may not be posted now, by what we know ourselves. */
async function hindranceOf(
  ports: SendingPorts,
  send: StoredSend,
  connection: SendingConnection | undefined,
): Promise<SendEvent | undefined> {
  const now = ports.clock.now();
  if (send.mail === undefined) return giveUp('Its text is kept for 90 days only, so nothing was sent.');
  if (send.tryUntil > now && !isStillResting(send.tryUntil, now, longestTry(send)))
    return giveUp(
      'Nothing was sent: the clock of this machine has been put back since, so it may be older than it seems.',
    );
  if (send.holdUntil !== undefined && now < send.holdUntil)
    return putOff(ports, 'It waits, so that it can be called back.', send.holdUntil - now);
  if (now >= send.tryUntil) {
    const why = send.steps.at(-1)?.detail ?? '';
    return giveUp(
      `Nothing was sent; trying ended after ${isByMachine(send) ? 'three days' : 'two hours'}. ${why}`.trim(),
    );
  }
  if (!connection) return putOff(ports, `There is no connection "${send.connection}" in the config.`);
  if (connection.limits.off) return giveUp(`Nothing was sent: sending is switched off for "${send.connection}".`);
  return notAcquired(ports, await acquireConversation(ports, send, connection));
}

function notAcquired(ports: SendingPorts, acquired: Acquired): SendEvent | undefined {
  switch (acquired.kind) {
    case 'acquired':
      return undefined;
    case 'busy':
      return acquired.holder === undefined
        ? putOff(ports, 'Its conversation is being written by others.')
        : putOff(ports, `It waits for an earlier send of this conversation that is not settled (${acquired.holder}).`);
    case 'twin':
      return giveUp(`Nothing was sent: ${repeatText(acquired.of)}.`);
    case 'over':
      return giveUp(`Nothing was sent: the limit of ${acquired.what} is reached.`);
  }
}

interface Ready {
  readonly prepared: Prepared;
  /** What a later search must know of the conversation as it was read. */
  readonly conversation: ReturnType<typeof kept>;
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
    const { messages, date = ports.clock.now() } = await connection.connection.threads.content(send.threadId);
    const objection = await objectionOf(ports, send, messages);
    if (objection) return objection;
    const prepared = await prepare(ports, send, connection);
    return { prepared, conversation: kept(await sinceNow(messages), date), postBefore };
  } catch (error) {
    if (error instanceof FileNotWhole) return giveUp(`Nothing was sent: ${error.message}`);
    if (!(error instanceof ProviderError)) throw error;
    const { failure } = error;
    if (!canWaitFor(failure, send)) return { kind: 'refused', detail: `${error.message} Nothing was sent.` };
    return putOff(ports, `Not sent yet: ${error.message}`, waitFor(ports, send, failure));
  }
}

/** A machine waits longer each time for what only a person can mend. */
function waitFor({ clock }: SendingPorts, { acceptedAt }: StoredSend, failure: Failure): number {
  if (failure.kind === 'throttled') return failure.retryAfterMs;
  return isMendable(failure) ? Math.max(PUT_OFF_MS, (clock.now() - acceptedAt) / 4) : PUT_OFF_MS;
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

/** Not if the clock was put back meanwhile: how long ago the conversation was read is then not known. */
const isInTime = ({ clock }: SendingPorts, postBefore: Instant): boolean =>
  isStillResting(postBefore, clock.now(), POST_WITHIN_MS);

/** The one place from which a mail leaves. */
async function post(
  ports: SendingPorts,
  found: ReadSend,
  { prepared, conversation, postBefore }: Ready,
): Promise<void> {
  if (!isInTime(ports, postBefore))
    return await record(ports, found, putOff(ports, 'Reading the conversation took too long; it is read again.', 0));
  const owner = ports.newOwner();
  // Of several posts the first that may have left counts: its mail may show up after a later one was begun.
  const since = found.send.mayHaveLeft.length === 0 ? conversation : {};
  const mine = await announce(ports, found, { owner, postBefore, ...since });
  if (!mine) return;
  const { attempt } = mine.send;
  // Whoever was frozen since the announcement finds others looking for this post already, or a person deciding.
  if (!isInTime(ports, postBefore))
    return await record(ports, mine, notSent(ports, mine.send, 'Not sent: it came too late.'));
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
  found: ReadSend,
  facts: NonNullable<SendEvent['facts']>,
): Promise<ReadSend | undefined> {
  const change = advance(found.send, { kind: 'post', detail: 'Being sent.', facts }, ports.clock.now());
  if (!change) return undefined;
  if (await writeSend(ports.store, change.send, change.dueAt, found.version))
    return { send: change.send, version: found.version + 1 };
  const now = await readSend(ports.store, found.send.id);
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

/** Nothing left: it waits and tries again, unless it has failed too often. */
function notSent(ports: SendingPorts, send: StoredSend, detail: string, afterMs = 0): SendEvent {
  const { attempt, failedAttempts } = send;
  if (!isByMachine(send) && failedAttempts + 1 >= FAILED_ATTEMPTS_MAX) return { kind: 'spent', attempt, detail };
  const least = RETRY_WAITS_MS[failedAttempts] ?? RETRY_WAITS_MS.at(-1) ?? 0;
  const wait = Math.max(afterMs, Math.ceil(least * (1 + ports.random())));
  return { kind: 'not-sent', attempt, detail, dueAt: ports.clock.now() + wait };
}

/** What a failed post proves. Whatever is not proof that nothing left, or a clear no, is unknown. */
function outcomeOf(ports: SendingPorts, send: StoredSend, error: unknown): SendEvent {
  const { attempt } = send;
  const failure = error instanceof ProviderError ? error.failure : undefined;
  const words = error instanceof ProviderError ? error.message : 'The connection broke.';
  if (failure?.kind === 'throttled') return notSent(ports, send, `Not sent: ${words}`, failure.retryAfterMs);
  if (failure?.kind === 'unavailable' && !failure.mayHaveHappened) return notSent(ports, send, `Not sent: ${words}`);
  if (failure && !isPassing(failure)) {
    if (canWaitFor(failure, send)) return notSent(ports, send, `Not sent: ${words}`);
    return { kind: 'refused', attempt, detail: `${words} Nothing was sent.` };
  }
  return { kind: 'unknown', attempt, detail: `It may or may not have been sent: ${words} Looking whether it arrived.` };
}
