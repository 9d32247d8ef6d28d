import type { Message, Person } from '../model.ts';
import type { ReplyWords } from '../provider.ts';
import { isFooter } from './footer.ts';
import { isAddress, isMadeOf, leadsTo } from './links.ts';
import type { ForwardMail, Mail, ReplyMail, SendFile } from './send.ts';
import { type Word, type Written, writtenInHtml, writtenInText } from './written.ts';

/**
 * `same`: its whole words, people and files. `alike`: its words, but something else is not as it was sent: a possible
 * duplicate, which only a person can tell apart. `other`: another mail.
 */
export type Likeness =
  | { readonly kind: 'same' }
  /** `because` ends the sentence "the same words, but …". */
  | { readonly kind: 'alike'; readonly because: string }
  | { readonly kind: 'other' };

const SAME: Likeness = { kind: 'same' };
const OTHER: Likeness = { kind: 'other' };
const alike = (because: string): Likeness => ({ kind: 'alike', because });

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

/** How far one text goes along with another. */
interface Overlap {
  /** Words of the longer one that are ours; undefined where they part. */
  readonly upTo: number | undefined;
  readonly linksDiffer: boolean;
}

/** A target written out behind the words it belongs to, as HTML is put into plain text: `our offer (https://…)`. */
const isWrittenOut = (word: Word | undefined, links: readonly string[]) => {
  const address = word?.text.replace(/^[<([]+|[>)\].,;:]+$/g, '') ?? '';
  return isAddress(address) && links.some((link) => leadsTo(address, link));
};

function linksDiffer(ours: Word, theirs: Word, isHtml: boolean): boolean {
  const made = (word: Word, links: readonly string[]) => links.every((link) => isMadeOf(word.text, link));
  if (!isHtml || ours.links.length === 0) return !made(theirs, theirs.links);
  if (theirs.links.length === 0) return !made(ours, ours.links);
  if (ours.links.length !== theirs.links.length) return true;
  return !ours.links.every((link, at) => leadsTo(theirs.links[at] ?? '', link));
}

const sameWord = (ours: string, theirs: string) =>
  ours === theirs || (isAddress(ours) && isAddress(theirs) && leadsTo(theirs, ours));

function overlap(ours: readonly Word[], theirs: readonly Word[], isHtml: boolean): Overlap {
  let at = 0;
  let differ = false;
  let before: Word | undefined;
  for (const word of ours) {
    if (before && !isHtml && isWrittenOut(theirs[at], before.links)) at += 1;
    const other = theirs[at];
    if (!other || !sameWord(word.text, other.text)) return { upTo: undefined, linksDiffer: differ };
    differ ||= linksDiffer(word, other, isHtml);
    before = word;
    at += 1;
  }
  if (before && !isHtml && isWrittenOut(theirs[at], before.links)) at += 1;
  return { upTo: at, linksDiffer: differ };
}

/** The words of a message, and ours in the form they were given in: HTML where both sides have it. */
async function bodies({ html, text }: Message, mail: ReplyMail, given: ReplyWords) {
  const ours = given === 'text' ? writtenInText(mail.text) : await writtenInHtml(mail.html);
  if (html?.trim() && given !== 'text') return { ours, theirs: await writtenInHtml(html), isHtml: true };
  const theirs = text?.trim() ? writtenInText(text) : await writtenInHtml(html ?? '');
  const plain = given === 'html' ? ours : writtenInText(mail.text);
  return { ours: plain, theirs, isHtml: false };
}

/** Messages around one that history below it may quote, or that it may pass on. */
const AROUND_MAX = 50;

/** The words of the other messages, as history below this one would quote them. */
async function wordsAround(message: Message, messages: readonly Message[]): Promise<string> {
  const parts: string[] = [];
  for (const other of messages.slice(-AROUND_MAX)) {
    if (other !== message) parts.push((await writtenIn(other)).map((word) => word.text).join(' '));
  }
  return ` ${parts.join(' \n ')} `;
}

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
  const isKnown = below.length === 0 || isFooter(below, message.from, await wordsAround(message, messages));
  if (below.length > 0 && lettersOf(ours.words) < TELLING_LETTERS)
    return isKnown ? alike('a mail this short must stand alone to be recognised') : OTHER;
  if (!isKnown) return alike('something else stands below them');
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

const mailboxes = (people: readonly (Person | string)[]): ReadonlySet<string> =>
  new Set(people.map((person) => (typeof person === 'string' ? person : person.email).trim().toLowerCase()));

const equal = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
  one.size === other.size && [...one].every((mailbox) => other.has(mailbox));

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

const nameOf = (filename: string) => filename.normalize('NFC').trim();

/** Takes out of `shown` what is this file. */
function takeFile(file: SendFile, shown: Message['attachments'][number][]): boolean {
  const at = shown.findIndex(({ filename, sizeBytes, url }) => {
    if (nameOf(filename) !== nameOf(file.filename)) return false;
    if (sizeBytes !== undefined && file.bytes !== undefined && sizeBytes !== file.bytes) return false;
    return url === undefined || file.url === undefined || leadsTo(url, file.url);
  });
  if (at >= 0) shown.splice(at, 1);
  return at >= 0;
}

/** What is left of a message's files without ours; undefined where one of ours is missing. */
function filesBesides({ attachments }: Message, files: readonly SendFile[]) {
  const shown = [...attachments];
  return files.every((file) => takeFile(file, shown)) ? shown : undefined;
}

async function likenessOfReply(message: Message, mail: ReplyMail, words: ReplyWords, messages: readonly Message[]) {
  const likeness = await likenessOfWords(message, mail, words, messages);
  if (likeness.kind !== 'same') return likeness;
  if (!peopleOfReply(message, mail, messages)) return alike('other people are on it');
  return filesBesides(message, mail.files)?.length === 0 ? SAME : alike('its files are not the same');
}

const FORWARD_RULE =
  /^[-_>\s]*(?:begin )?(?:forwarded message|weitergeleitete nachricht|message transféré|mensaje reenviado|messaggio inoltrato|doorgestuurd bericht)\s*:?[-\s]*$/i;
const FORWARD_HEADER =
  /^\*?(?:from|von|de|da|van|date|sent|datum|gesendet|envoyé|fecha|enviado|data|inviato|verzonden|subject|betreff|objet|asunto|oggetto|onderwerp|to|an|à|para|a|aan|cc|kopie)\s?:\*?(?:\s|$)/i;
const FORWARD_LINES_MAX = 10;

/** Words as lines, to step over the header that a mail program puts above what it forwards. */
function belowForwardHeader(words: readonly Word[]): readonly Word[] {
  let from = 0;
  for (let line = 0; line < FORWARD_LINES_MAX; line += 1) {
    let end = from + 1;
    while (end < words.length && !words[end]?.startsLine) end += 1;
    const text = words
      .slice(from, end)
      .map((word) => word.text)
      .join(' ');
    if (!FORWARD_RULE.test(text) && !FORWARD_HEADER.test(text)) break;
    from = end;
  }
  return words.slice(from);
}

const writtenIn = async ({ html, text }: Message): Promise<readonly Word[]> =>
  (html?.trim() ? await writtenInHtml(html) : writtenInText(text ?? '')).words;

/** Whether a message is nothing but one of the others, passed on: no note of a person's stands above it. */
async function passesOn(message: Message, messages: readonly Message[]): Promise<boolean> {
  const theirs = belowForwardHeader(await writtenIn(message));
  for (const other of messages.slice(-AROUND_MAX)) {
    if (other === message || other.sentAt > message.sentAt) continue;
    const words = belowForwardHeader(await writtenIn(other));
    if (words.length > 0 && overlap(words, theirs, false).upTo !== undefined) return true;
  }
  return false;
}

/** The vendor writes a forward, so its people, its files and what it passes on must tell. */
async function likenessOfForward(message: Message, mail: ForwardMail, messages: readonly Message[]): Promise<Likeness> {
  const people = (['to', 'cc', 'bcc'] as const).every((field) =>
    equal(mailboxes(message[field]), mailboxes(mail[field])),
  );
  const reached = mailboxes([...message.to, ...message.cc]);
  if (!people) {
    const isToThem = mail.to.every((address) => reached.has(address.toLowerCase()));
    return isToThem ? alike('other people are on it') : OTHER;
  }
  if (mail.note !== undefined || !(await passesOn(message, messages)))
    return alike('what it passes on is not the same');
  const left = filesBesides(message, mail.files);
  const known = new Set(
    messages.flatMap((other) => (other === message ? [] : other.attachments.map(({ filename }) => filename))),
  );
  return left?.every(({ filename }) => known.has(filename)) ? SAME : alike('its files are not the same');
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
