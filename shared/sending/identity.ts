import type { Message, Person } from '../model.ts';
import type { ReplyWords } from '../provider.ts';
import { equal, filesBesides, mailboxes } from './envelope.ts';
import { isFooter } from './footer.ts';
import { likenessOfForward } from './forward-identity.ts';
import { alike, type Likeness, OTHER, SAME } from './likeness.ts';
import { leadsTo } from './links.ts';
import { AROUND_MAX, overlap, writtenIn } from './overlap.ts';
import type { Mail, ReplyMail } from './send.ts';
import { type Word, type Written, writtenInHtml, writtenInText } from './written.ts';

/** Fewer letters and digits stand in too many mails: they must be all of it. A sign of Chinese, Japanese or Korean says as much as two. */
const TELLING_LETTERS = 16;

/** A mail as it was given to the vendor. */
export interface Sought {
  readonly mail: Mail;
  /** Which of a reply's two bodies the vendor was given. */
  readonly words: ReplyWords;
}

function lettersOf(words: readonly Word[]): number {
  const text = words.map((word) => word.text).join('');
  const letters = text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  return letters + (text.match(/[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}]/gu)?.length ?? 0);
}

/** The words of a message, and ours in the form they were given in: HTML where both sides have it. */
async function bodies({ html, text }: Message, mail: ReplyMail, given: ReplyWords) {
  const ours = given === 'text' ? writtenInText(mail.text) : await writtenInHtml(mail.html);
  if (html?.trim() && given !== 'text') return { ours, theirs: await writtenInHtml(html), isHtml: true };
  const theirs = text?.trim() ? writtenInText(text) : await writtenInHtml(html ?? '');
  const plain = given === 'html' ? ours : writtenInText(mail.text);
  return { ours: plain, theirs, isHtml: false };
}

/** The words of the other messages, as history below this one would quote them. */
async function wordsAround(message: Message, messages: readonly Message[]): Promise<string> {
  const parts: string[] = [];
  for (const other of messages.slice(-AROUND_MAX)) {
    if (other !== message) parts.push((await writtenIn(other)).map((word) => word.text).join(' '));
  }
  return ` ${parts.join(' \n ')} `;
}

/** The sender, by the name under which the lead writes to them where the message gives none. */
function named({ from }: Message, messages: readonly Message[]): Person {
  if (from.name !== undefined) return from;
  const known = messages.flatMap(({ from: sender, to }) => [sender, ...to]);
  return (
    known.find(({ email, name }) => name !== undefined && email.toLowerCase() === from.email.toLowerCase()) ?? from
  );
}

const countOf = (words: readonly Word[], mark: 'quoted' | 'struck') => words.filter((word) => word[mark]).length;

async function likenessOfWords(
  message: Message,
  mail: ReplyMail,
  given: ReplyWords,
  messages: readonly Message[],
): Promise<Likeness> {
  const { ours, theirs, isHtml } = await bodies(message, mail, given);
  if (ours.words.length === 0) return OTHER;
  const { upTo, linksDiffer: differ } = overlap(ours.words, theirs.words, isHtml);
  if (upTo === undefined) return OTHER;
  const below = theirs.words.slice(upTo);
  // Ours go on in another mail's sentence.
  if (below[0] && !below[0].startsLine) return OTHER;
  const isKnown = below.length === 0 || isFooter(below, named(message, messages), await wordsAround(message, messages));
  if (below.length > 0 && lettersOf(ours.words) < TELLING_LETTERS)
    return isKnown ? alike('a mail this short must stand alone to be recognised') : OTHER;
  if (!isKnown) return alike('something else stands below them');
  const shown = theirs.words.slice(0, upTo);
  if (countOf(shown, 'quoted') > countOf(ours.words, 'quoted')) return alike('they are quoted there');
  if (countOf(shown, 'struck') > countOf(ours.words, 'struck')) return alike('they are struck through there');
  if (differ) return alike('a link in them leads elsewhere');
  if (isHtml && given === 'both' && !(await hasText(message, mail, ours.words)))
    return alike('its plain text is not the same');
  return hasPictures(ours, theirs, isHtml) ? SAME : alike('its pictures are not the same');
}

/** Where both bodies went and both are shown, the plain one is as it was given, or made of the other. */
async function hasText({ text }: Message, mail: ReplyMail, html: readonly Word[]): Promise<boolean> {
  if (!text?.trim()) return true;
  const shown = writtenInText(text).words;
  const begins = (ours: readonly Word[]) => {
    const { upTo } = overlap(ours, shown, false);
    return upTo !== undefined && (shown[upTo]?.startsLine ?? true);
  };
  return begins(writtenInText(mail.text).words) || begins(html);
}

/** A vendor may add pictures, which report who looks; ours must be there. */
const hasPictures = (ours: Written, theirs: Written, isHtml: boolean) =>
  !isHtml ||
  ours.pictures.every((source) => theirs.pictures.some((shown) => shown === source || leadsTo(shown, source)));

/**
 * Who is on either side of a conversation, by the messages around one. Ours are the mailbox that began it and those the lead
 * writes to: a colleague who joins in from another one is no sender of replies.
 */
function sidesAround(message: Message, messages: readonly Message[]) {
  const others = messages.filter((other) => other !== message);
  const inbound = others.filter(({ direction }) => direction === 'inbound');
  const outbound = others.filter(({ direction }) => direction === 'outbound');
  return {
    ours: mailboxes([...outbound.slice(0, 1).map(({ from }) => from), ...inbound.flatMap(({ to }) => to)]),
    theirs: mailboxes([...inbound.map(({ from }) => from), ...outbound.flatMap(({ to }) => to)]),
  };
}

/** A reply goes from our mailbox to the lead, with the copies it names. */
function peopleOfReply(message: Message, mail: ReplyMail, messages: readonly Message[]): boolean {
  const { ours, theirs } = sidesAround(message, messages);
  const from = message.from.email.trim().toLowerCase();
  if (ours.size > 0 && from !== '' && !ours.has(from)) return false;
  if (theirs.size > 0 && [...mailboxes(message.to)].some((mailbox) => !theirs.has(mailbox))) return false;
  return equal(mailboxes(message.cc), mailboxes(mail.cc)) && equal(mailboxes(message.bcc), mailboxes(mail.bcc));
}

async function likenessOfReply(message: Message, mail: ReplyMail, words: ReplyWords, messages: readonly Message[]) {
  const likeness = await likenessOfWords(message, mail, words, messages);
  if (likeness.kind !== 'same') return likeness;
  if (!peopleOfReply(message, mail, messages)) return alike('other people are on it');
  return filesBesides(message, mail.files)?.length === 0 ? SAME : alike('its files are not the same');
}

/**
 * Judges whether an outgoing message is this mail. `messages`: the whole conversation, which tells who is who in it. Neither
 * when it was sent nor whose it was before is looked at here.
 */
export async function likenessOf(
  { mail, words }: Sought,
  message: Message,
  messages: readonly Message[],
): Promise<Likeness> {
  return mail.kind === 'reply'
    ? await likenessOfReply(message, mail, words, messages)
    : await likenessOfForward(message, mail, messages);
}
