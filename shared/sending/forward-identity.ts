import type { Message } from '../model.ts';
import { equal, filesBesides, mailboxes } from './envelope.ts';
import { alike, type Likeness, OTHER, SAME } from './likeness.ts';
import { AROUND_MAX, overlap, writtenIn } from './overlap.ts';
import type { ForwardMail } from './send.ts';
import type { Word } from './written.ts';

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
export async function likenessOfForward(
  message: Message,
  mail: ForwardMail,
  messages: readonly Message[],
): Promise<Likeness> {
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
