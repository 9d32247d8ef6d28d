import type { Instant, Message } from '../model.ts';
import { likenessOf, type Sought } from './identity.ts';
import type { Likeness } from './likeness.ts';
import { CLOCKS_APART_MS } from './limits.ts';

export interface Since {
  /** Ids of the newest outgoing messages that were there before. */
  readonly before: readonly string[];
  /** When the newest of them was sent, by the vendor's clock; what is much older was there before too. */
  readonly newestBefore: Instant;
}

export interface Alike {
  readonly message: Message;
  /** Ends the sentence "the same words, but …". */
  readonly because: string;
}

export interface Found {
  /** What is this mail, word for word, oldest first. */
  readonly same: readonly Message[];
  /** What may be it, and may be another. */
  readonly alike: readonly Alike[];
  /** Outgoing messages that came since and are other mails. */
  readonly others: number;
}

/** The outgoing messages that came since. */
export function freshOf(messages: readonly Message[], { before, newestBefore }: Since): readonly Message[] {
  const known = new Set(before);
  return messages.filter(
    ({ id, direction, sentAt }) =>
      direction === 'outbound' && !known.has(id) && sentAt >= newestBefore - CLOCKS_APART_MS,
  );
}

/** The vendor's own name for a mail, where its answer and the message both carry it. */
export const hasId = ({ id, vendor }: Message, messageId: string | undefined): boolean =>
  messageId !== undefined && (id === messageId || vendor.message_id === messageId);

/** Both names are those of mail, and they are not the same. */
export function namesAnother({ id, vendor }: Message, messageId: string | undefined): boolean {
  if (messageId?.includes('@') !== true) return false;
  const names = [id, vendor.message_id].filter((name) => typeof name === 'string' && name.includes('@'));
  return names.length > 0 && !names.includes(messageId);
}

/** What is looked for; without a mail, whose words were forgotten, by the vendor's id alone. */
export type Wanted = Partial<Sought> & { readonly messageId?: string };

async function likeness(
  { mail, words, messageId }: Wanted,
  message: Message,
  all: readonly Message[],
): Promise<Likeness> {
  if (hasId(message, messageId)) return { kind: 'same' };
  return mail && words ? await likenessOf({ mail, words }, message, all) : { kind: 'other' };
}

/** Looks for a mail among the outgoing messages that came since. */
export async function searchMail(wanted: Wanted, messages: readonly Message[], since: Since): Promise<Found> {
  const same: Message[] = [];
  const alike: Alike[] = [];
  const fresh = freshOf(messages, since);
  for (const message of fresh) {
    const found = await likeness(wanted, message, messages);
    if (found.kind === 'same') same.push(message);
    else if (found.kind === 'alike') alike.push({ message, because: found.because });
  }
  return { same, alike, others: fresh.length - same.length - alike.length };
}

/**
 * What a later search must know of the conversation as it is now. Only outgoing messages carry the vendor's own time; a
 * lead's may lie in the future.
 */
export function sinceNow(messages: readonly Message[]): Since {
  const outgoing = messages.filter(({ direction }) => direction === 'outbound');
  const newestBefore = Math.max(0, ...outgoing.map(({ sentAt }) => sentAt));
  const recent = outgoing.filter(({ sentAt }) => sentAt >= newestBefore - CLOCKS_APART_MS);
  return { before: recent.map(({ id }) => id), newestBefore };
}

/** What went out since the lead wrote last; undefined where no lead has written. */
export function sinceAnswered(messages: readonly Message[]): Since | undefined {
  const answered = messages.findLast(({ direction }) => direction === 'inbound');
  if (!answered) return undefined;
  const older = messages.filter(({ sentAt }) => sentAt <= answered.sentAt);
  return { before: older.map(({ id }) => id), newestBefore: answered.sentAt };
}
