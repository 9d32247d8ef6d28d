import { createHash } from 'node:crypto';
import type { Message } from '../../shared/model.ts';
import type { Edge } from '../edge.ts';
import { Halt } from '../errors.ts';
import { isRecord } from '../memory.ts';
import type { Sending } from './mail-step.ts';

/** `posting` and `unknown` forbid another post; `sent` says there is nothing left to do. */
type State = 'posting' | 'unknown' | 'sent';

/** What an earlier run of the same step left behind. */
export interface Note {
  readonly state: State;
  /** The message it answered. */
  readonly answered: string;
  /** Under which key a deployment knows the send. */
  readonly key: string;
}

export const hashOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 40);

/**
 * Names what a step sends: thread, words, people, what is in the files, and the message it was told to answer. Addresses of
 * files are left out, which are others at each run.
 */
export function noteKey({ provider, connection }: Edge, { threadId, mail, files, messageId }: Sending): string {
  const prints = files.map(({ print }) => print);
  return hashOf([provider.id, connection.threads.keyOf(threadId), mail, prints, messageId ?? '']);
}

/** The message that is answered: the one that was named, if the conversation shows it, or the newest of the lead. */
export function answeredOf(messages: readonly Message[], messageId: string | undefined): Message | undefined {
  const named = messageId === undefined ? undefined : messages.find((message) => isNamed(message, messageId));
  return named ?? messages.findLast(({ direction }) => direction === 'inbound');
}

/**
 * The message after which nobody may have written. Where the one that was named does not show, nobody can tell what came after
 * it, and the newest would stand for a conversation that has gone on.
 */
export function guardedOf(messages: readonly Message[], messageId: string | undefined): Message | undefined {
  const answered = answeredOf(messages, messageId);
  if (answered && messageId !== undefined && !isNamed(answered, messageId)) throw new Halt(HIDDEN);
  return answered;
}

const HIDDEN =
  'Nothing was sent: the conversation does not show the message that is to be answered, so nobody can tell whether somebody has answered it since. Map Message ID to Message, or run the step again later.';

const isNamed = ({ id, vendor }: Message, wanted: string) => id === wanted || vendor.message_id === wanted;

/** A send that answers another message is another one, unless the step was told which message it answers. */
export function sendKey(edge: Edge, sending: Sending, messages: readonly Message[]): string {
  const answered = answeredOf(messages, sending.messageId) ?? messages.at(-1);
  return hashOf([noteKey(edge, sending), sending.messageId === undefined ? (answered?.id ?? '') : '']);
}

const entryOf = (key: string) => `sent:${key}`;

const isNote = (value: unknown): value is Note =>
  isRecord(value) &&
  typeof value.answered === 'string' &&
  typeof value.key === 'string' &&
  (value.state === 'posting' || value.state === 'unknown' || value.state === 'sent');

export async function noteOf({ memory }: Edge, key: string): Promise<Note | undefined> {
  const value = await memory.get(entryOf(key));
  return isNote(value) ? value : undefined;
}

export const writeNote = ({ memory }: Edge, key: string, note: Note): Promise<void> => memory.set(entryOf(key), note);
export const claimNote = ({ memory }: Edge, key: string, note: Note): Promise<boolean> =>
  memory.claim(entryOf(key), note);
export const dropNote = ({ memory }: Edge, key: string): Promise<void> => memory.forget(entryOf(key));
