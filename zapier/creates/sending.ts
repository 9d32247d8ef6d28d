import { type Failure, ProviderError } from '../../shared/failure.ts';
import type { Message } from '../../shared/model.ts';
import type { Prepared, Receipt } from '../../shared/provider.ts';
import type { Edge } from '../edge.ts';
import { Halt, Postponed } from '../errors.ts';
import { leadOf } from '../items.ts';
import { after, lookFor } from './look.ts';
import type { Sending } from './mail-step.ts';
import { answeredOf, claimNote, dropNote, guardedOf, type Note, noteKey, noteOf, sendKey, writeNote } from './notes.ts';

/** A post begins only with this much time left, so that Zapier cannot end the call between the mail and its record. */
const POST_MS = 12_000;
/** Kept back for reading the conversation, besides the post. */
const READ_MS = 3_000;
/** When a mail of unknown fate is looked for in its thread, counted from the last look. */
const LOOKS_MS = [1_000, 2_000, 4_000] as const;

export interface Sent {
  readonly id: string;
  readonly thread_id: string;
  readonly lead_email: string | null;
  readonly lead_name: string | null;
  readonly lead_first_name: string | null;
  readonly lead_last_name: string | null;
  readonly subject: string | null;
  readonly status: string;
  readonly meaning: string;
  /** An earlier run of this step sent it; this one sent nothing. */
  readonly was_sent_before: boolean;
  readonly message_id: string | null;
  readonly recipients_refused: readonly string[];
}

/** Files are fetched only while there is time for the mail itself. */
export const fetchingIn = ({ isTest, deadline }: Pick<Edge, 'isTest' | 'deadline'>) =>
  ({ allowPrivate: isTest, deadline, keepMs: POST_MS + READ_MS }) as const;

const MAYBE =
  'It may have been sent; look in the conversation. This step will not send it again: if it did not arrive, send it yourself.';

/** One send on its way. */
interface Run {
  readonly edge: Edge;
  readonly sending: Sending;
  readonly messages: readonly Message[];
  readonly name: string;
  readonly note: Note | undefined;
  readonly answered: Message | undefined;
}

/**
 * Sends one mail, at most once as far as Zapier allows: the conversation is read first, the connection's memory keeps others
 * and repetitions of this run away, and once the mail may have left nothing is thrown that Zapier would run again by itself.
 */
export async function sendOnce(edge: Edge, sending: Sending): Promise<Sent> {
  const { messages } = await edge.connection.threads.content(sending.threadId);
  const name = noteKey(edge, sending);
  const note = await noteOf(edge, name);
  const run: Run = { edge, sending, messages, name, note, answered: answeredOf(messages, sending.messageId) };
  const before = await sentBefore(run);
  if (before) return before;
  if (sending.onlyIfUnanswered) checkUnanswered(run);
  const prepared = await sending.prepare(edge);
  if (edge.deadline.leftMs() < POST_MS) throw tooSlow(edge);
  // What an earlier run has sent for another message says nothing of this one.
  if (note) await dropNote(edge, name);
  const claimed: Note = { state: 'posting', answered: run.answered?.id ?? '', key: sendKey(edge, sending, messages) };
  if (!(await claimNote(edge, name, claimed))) throw new Halt(MAYBE);
  if (edge.deadline.leftMs() < POST_MS) {
    await dropNote(edge, name);
    throw tooSlow(edge);
  }
  return await post(run, claimed, prepared);
}

const tooSlow = ({ provider }: Edge) =>
  new Postponed(`${provider.label} is too slow just now, so nothing was sent; it is tried again in a minute.`, 60);

/** Whom a conversation is with, and what about. */
function faceOf(messages: readonly Message[]) {
  const inbound = messages.findLast(({ direction }) => direction === 'inbound');
  const lead = inbound?.from ?? messages.findLast(({ to }) => to.length > 0)?.to[0];
  const subject = messages.findLast((message) => message.subject !== undefined)?.subject ?? null;
  return { ...leadOf({ email: lead?.email ?? null, name: lead?.name }), subject };
}

/** What a step that sends gives out, with the conversation it was sent in. */
export const sentIn = (
  messages: readonly Message[],
  fields: Pick<Sent, 'id' | 'thread_id' | 'status' | 'meaning'> & Partial<Sent>,
): Sent => ({
  ...faceOf(messages),
  was_sent_before: false,
  message_id: null,
  recipients_refused: [],
  ...fields,
});

const outcome = ({ sending, name, messages }: Run, fields: Pick<Sent, 'meaning'> & Partial<Sent>): Sent =>
  sentIn(messages, { id: name, thread_id: sending.threadId, status: 'sent', ...fields });

/** Whether an earlier run sent it: the conversation shows it, or memory says so. Throws when nobody can say. */
async function sentBefore(run: Run): Promise<Sent | undefined> {
  const { edge, sending, messages, note, answered } = run;
  const again = (meaning: string, message_id: string | null = null) =>
    outcome(run, { meaning, message_id, was_sent_before: true });
  const isSameAnswer = sending.messageId !== undefined || note?.answered === (answered?.id ?? '');
  if (note?.state === 'sent' && isSameAnswer)
    return again('An earlier run of this step sent it already, so it was not sent again.');
  const isOpen = note !== undefined && note.state !== 'sent';
  // The same people may well get a thread twice, so a forward counts as sent only where this step tried before.
  if (sending.isShown && (sending.mail.kind === 'reply' || isOpen)) {
    // A run of unknown fate may have been answered since: its mail lies above the lead's newest message.
    const from = isOpen ? messages.find(({ id }) => id === note.answered) : answered;
    const { same, alike } = await lookFor(edge, sending, messages, after(messages, from));
    if (same) return again('It is in the conversation already, so it was not sent again.', same.id);
    if (alike !== undefined) throw new Halt(alike);
  }
  if (isOpen) throw new Halt(`An earlier run of this step ended without an answer. ${MAYBE}`);
  return undefined;
}

const MOVED = 'Nothing was sent: the conversation has gone on since, so a person may want to look at it.';

function checkUnanswered({ messages, sending }: Run): void {
  const answered = guardedOf(messages, sending.messageId);
  if (answered === undefined) return;
  const isSince = ({ id, sentAt }: Message) => id !== answered.id && sentAt >= answered.sentAt;
  if (messages.slice(messages.indexOf(answered) + 1).some(isSince)) throw new Halt(MOVED);
}

/** What proves that nothing left, or is a clear no. */
function isDefinite(failure: Failure): boolean {
  if (failure.kind === 'unavailable' || failure.kind === 'wire') return !failure.mayHaveHappened;
  return true;
}

async function post(run: Run, note: Note, prepared: Prepared): Promise<Sent> {
  const { edge, sending, name } = run;
  const postedAt = edge.clock.now();
  try {
    const receipt = await prepared.post();
    await writeNote(edge, name, { ...note, state: 'sent' });
    return accepted(run, receipt);
  } catch (error) {
    if (error instanceof ProviderError && isDefinite(error.failure)) {
      await dropNote(edge, name);
      throw error;
    }
    await writeNote(edge, name, { ...note, state: 'unknown' });
    edge.log.warn('send.unknown', { kind: sending.mail.kind });
    const seen = sending.isShown ? await lookedFor(run, postedAt) : undefined;
    const why = error instanceof ProviderError ? error.message : 'The connection broke.';
    if (seen === undefined) throw new Halt(`${why} ${MAYBE}`);
    await writeNote(edge, name, { ...note, state: 'sent' });
    return outcome(run, { meaning: 'Sent, and seen in the conversation.', message_id: seen });
  }
}

function accepted(run: Run, receipt: Receipt): Sent {
  const refused = receipt.refusedRecipients ?? [];
  const but = refused.length === 0 ? '' : ` It did not take ${refused.length} of the recipients.`;
  return outcome(run, {
    meaning: `${run.edge.provider.label} accepted the mail.${but}`,
    message_id: receipt.messageId ?? null,
    recipients_refused: refused,
  });
}

/** The id of the message that is ours, if the conversation shows it in time. */
async function lookedFor({ edge, sending, messages }: Run, postedAt: number): Promise<string | undefined> {
  for (const wait of LOOKS_MS) {
    await edge.clock.sleep(wait);
    const now = await edge.connection.threads.content(sending.threadId).catch(() => undefined);
    const found = now && (await lookFor(edge, sending, now.messages, messages, { postedAt }));
    if (found?.same) return found.same.id;
  }
  return undefined;
}
