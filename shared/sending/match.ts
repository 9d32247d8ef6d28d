import type { Instant, Message } from '../model.ts';
import { textFromHtml } from '../text/html.ts';
import { cleanText } from '../text/plain.ts';
import { trimQuoted } from '../text/quotes.ts';
import { CLOCKS_APART_MS } from './limits.ts';
import type { ForwardMail, Mail, ReplyMail, StoredSend } from './send.ts';

/** Shorter words stand in too many mails to be recognised in the middle of one. */
const TELLING_CHARACTERS = 16;

const oneSpace = (text: string) => text.replace(/\s+/g, ' ').trim();

/** What vendors and mail servers leave of a text: its letters and digits. All of it where there are none. */
function letters(text: string): string {
  const plain = cleanText(text).normalize('NFKC').toLowerCase();
  return plain.replace(/[^\p{L}\p{M}\p{N}]+/gu, '') || oneSpace(plain);
}

/** The words of a message without the history below them, which may quote ours from long ago. */
async function wordsOf({ text, html }: Pick<Message, 'text' | 'html'>): Promise<string> {
  const own = text?.trim() ? cleanText(text) : await textFromHtml(html ?? '', { history: false });
  return letters(trimQuoted(own));
}

/** A vendor may add a signature or a pixel, so ours is contained in what was sent, not equal to it. */
async function holdsReply(message: Message, mail: ReplyMail): Promise<boolean> {
  const ours = letters(trimQuoted(cleanText(mail.text)));
  const theirs = await wordsOf(message);
  return ours.length >= TELLING_CHARACTERS ? theirs.includes(ours) : theirs.startsWith(ours);
}

/** Its words are the vendor's, so whom it went to must tell. */
function isForward({ to, cc }: Message, mail: ForwardMail): boolean {
  const reached = new Set([...to, ...cc].map(({ email }) => email.toLowerCase()));
  return mail.to.every((address) => reached.has(address.toLowerCase()));
}

async function isOurs(message: Message, mail: Mail, messageId: string | undefined): Promise<boolean> {
  if (messageId !== undefined && (message.id === messageId || Object.values(message.vendor).includes(messageId)))
    return true;
  return mail.kind === 'reply' ? await holdsReply(message, mail) : isForward(message, mail);
}

export interface Since {
  /** Ids of the newest outgoing messages that were there before. */
  readonly before: readonly string[];
  /** When the newest of them was sent, by the vendor's clock; what is much older was there before too. */
  readonly newestBefore: Instant;
}

export interface Found {
  /** The newest that is ours. */
  readonly ours?: Message;
  /** Outgoing messages that came since and are not recognised as ours. */
  readonly strange: number;
}

/** Looks for a mail among the outgoing messages that came since. */
export async function findMail(
  { mail, messageId }: Pick<StoredSend, 'mail' | 'messageId'>,
  messages: readonly Message[],
  { before, newestBefore }: Since,
): Promise<Found> {
  const known = new Set(before);
  const fresh = messages.filter(
    ({ id, direction, sentAt }) =>
      direction === 'outbound' && !known.has(id) && sentAt >= newestBefore - CLOCKS_APART_MS,
  );
  let ours: Message | undefined;
  for (const message of fresh) if (mail && (await isOurs(message, mail, messageId))) ours = message;
  return { strange: ours ? 0 : fresh.length, ...(ours ? { ours } : {}) };
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
