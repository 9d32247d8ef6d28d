import { createHash } from 'node:crypto';
import { type Failure, ProviderError } from '../../shared/failure.ts';
import type { Message } from '../../shared/model.ts';
import { attachmentBytes, type OutgoingAttachment, type Prepared, type Receipt } from '../../shared/provider.ts';
import type { Sought } from '../../shared/sending/identity.ts';
import { searchMail, sinceAnswered, sinceNow } from '../../shared/sending/search.ts';
import type { Mail } from '../../shared/sending/send.ts';
import type { Edge } from '../edge.ts';
import { Halt, Postponed } from '../errors.ts';
import { isRecord } from '../memory.ts';

/** A post begins only with this much time left, so that Zapier cannot end the call between the mail and its record. */
const POST_MS = 12_000;
/** When a mail of unknown fate is looked for in its thread, counted from the last look. */
const VERIFY_MS = [1_000, 2_000, 4_000] as const;

export interface Sending {
  readonly threadId: string;
  readonly mail: Mail;
  readonly attachments: readonly OutgoingAttachment[];
  /** Whether the mail can be found in its thread afterwards. */
  readonly isShown: boolean;
  prepare(edge: Edge): Promise<Prepared>;
}

export interface Sent {
  readonly id: string;
  readonly thread_id: string;
  readonly status: string;
  readonly meaning: string;
  /** An earlier run of this step sent it; this one sent nothing. */
  readonly was_sent_before: boolean;
  readonly message_id: string | null;
  readonly recipients_refused: readonly string[];
}

const hashOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 40);

/** Names a mail by everything in it and by the message it answers: the same words may answer a later one. */
export function sendKey(edge: Edge, sending: Sending, messages: readonly Message[]): string {
  const { threadId, mail, attachments } = sending;
  const answered = messages.findLast(({ direction }) => direction === 'inbound') ?? messages.at(-1);
  const { provider, connection } = edge;
  // By content where it was fetched: Zapier gives the same file another address at each run.
  const files = attachments.map(({ url, contentBase64 }) => url ?? hashOf(contentBase64));
  return hashOf([provider.id, connection.threads.keyOf(threadId), answered?.id ?? '', mail, files]);
}

/** `posting` and `unknown` forbid another post; `sent` says there is nothing left to do. */
type State = 'posting' | 'unknown' | 'sent';

const stateKey = (key: string) => `send:${key}`;

async function stateOf({ memory }: Edge, key: string): Promise<State | undefined> {
  const value = await memory.get(stateKey(key));
  return isRecord(value) ? (value.state as State) : undefined;
}

const MAYBE =
  'It may have been sent; look in the conversation. This step will not send it again: if it did not arrive, send it yourself.';

const REPEATED = 'Nothing was sent, in case it is this mail; if you mean to send both, change its words.';

/**
 * Sends one mail, at most once as far as Zapier allows: the conversation is read first, the connection's memory keeps others
 * and repetitions of this run away, and once the mail may have left nothing is thrown that Zapier would run again by itself.
 */
export async function sendOnce(edge: Edge, sending: Sending): Promise<Sent> {
  const { threadId } = sending;
  const { messages } = await edge.connection.threads.content(threadId);
  const key = sendKey(edge, sending, messages);
  const before = await sentBefore(edge, sending, key, messages);
  if (before) return before;
  const prepared = await sending.prepare(edge);
  if (edge.deadline.leftMs() < POST_MS) throw tooSlow(edge);
  if (!(await edge.memory.claim(stateKey(key), { state: 'posting' }))) throw new Halt(MAYBE);
  if (edge.deadline.leftMs() < POST_MS) {
    await edge.memory.forget(stateKey(key));
    throw tooSlow(edge);
  }
  return await post(edge, sending, key, messages, prepared);
}

const tooSlow = ({ provider }: Edge) =>
  new Postponed(`${provider.label} is too slow just now, so nothing was sent; it is tried again in a minute.`, 60);

const outcome = (key: string, threadId: string, fields: Pick<Sent, 'meaning'> & Partial<Sent>): Sent => ({
  id: key,
  thread_id: threadId,
  status: 'sent',
  was_sent_before: false,
  message_id: null,
  recipients_refused: [],
  ...fields,
});

/** The mail with its files, as the vendor is given it. */
function soughtOf({ connection }: Edge, { mail, attachments }: Sending): Sought {
  const files = attachments.map(({ contentBase64, ...file }, index) => ({
    ...file,
    ...(contentBase64 === undefined ? {} : { bytes: attachmentBytes(attachments[index] ?? file) }),
  }));
  return { mail: { ...mail, files }, words: connection.replies.words };
}

/** Whether an earlier run sent it: the conversation shows it, or memory says so. Throws when nobody can say. */
async function sentBefore(
  edge: Edge,
  sending: Sending,
  key: string,
  messages: readonly Message[],
): Promise<Sent | undefined> {
  const { threadId, mail, isShown } = sending;
  const state = await stateOf(edge, key);
  const again = (meaning: string, message_id: string | null = null) =>
    outcome(key, threadId, { meaning, message_id, was_sent_before: true });
  if (state === 'sent') return again('An earlier run of this step sent it already, so it was not sent again.');
  // The same people may well get a thread twice, so a forward counts as sent only where this step tried before.
  if (isShown && (mail.kind === 'reply' || state !== undefined)) {
    const since = sinceAnswered(messages) ?? { before: [], newestBefore: 0 };
    const { same, alike } = await searchMail(soughtOf(edge, sending), messages, since);
    const ours = same.at(-1);
    if (ours) return again('It is in the conversation already, so it was not sent again.', ours.id);
    if (alike[0])
      throw new Halt(`The same words stand in the conversation already, but ${alike[0].because}. ${REPEATED}`);
  }
  if (state !== undefined) throw new Halt(`An earlier run of this step ended without an answer. ${MAYBE}`);
  return undefined;
}

/** What proves that nothing left, or is a clear no. */
function isDefinite(failure: Failure): boolean {
  if (failure.kind === 'unavailable' || failure.kind === 'wire') return !failure.mayHaveHappened;
  return true;
}

async function post(
  edge: Edge,
  sending: Sending,
  key: string,
  messages: readonly Message[],
  prepared: Prepared,
): Promise<Sent> {
  const { memory, provider, log } = edge;
  try {
    const receipt = await prepared.post();
    await memory.set(stateKey(key), { state: 'sent' });
    return accepted(key, sending.threadId, receipt, provider.label);
  } catch (error) {
    if (error instanceof ProviderError && isDefinite(error.failure)) {
      await memory.forget(stateKey(key));
      throw error;
    }
    await memory.set(stateKey(key), { state: 'unknown' });
    log.warn('send.unknown', { kind: sending.mail.kind });
    const seen = sending.isShown ? await verified(edge, sending, messages) : undefined;
    const why = error instanceof ProviderError ? error.message : 'The connection broke.';
    if (seen === undefined) throw new Halt(`${why} ${MAYBE}`);
    await memory.set(stateKey(key), { state: 'sent' });
    return outcome(key, sending.threadId, { meaning: 'Sent, and seen in the conversation.', message_id: seen });
  }
}

function accepted(key: string, threadId: string, receipt: Receipt, label: string): Sent {
  const refused = receipt.refusedRecipients ?? [];
  const but = refused.length === 0 ? '' : ` It did not take ${refused.length} of the recipients.`;
  return outcome(key, threadId, {
    meaning: `${label} accepted the mail.${but}`,
    message_id: receipt.messageId ?? null,
    recipients_refused: refused,
  });
}

/** The id of the message that is ours, if the conversation shows it in time. */
async function verified(edge: Edge, sending: Sending, before: readonly Message[]): Promise<string | undefined> {
  const sought = soughtOf(edge, sending);
  for (const wait of VERIFY_MS) {
    await edge.clock.sleep(wait);
    const now = await edge.connection.threads.content(sending.threadId).catch(() => undefined);
    const found = now && (await searchMail(sought, now.messages, sinceNow(before)));
    const [ours] = found?.same ?? [];
    if (ours) return ours.id;
  }
  return undefined;
}
