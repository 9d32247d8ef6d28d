import type { Message } from '../model.ts';
import { escapeHtml } from '../text/escape.ts';
import { cleanLine, cleanText, cut } from '../text/plain.ts';
import { EARLIER_MESSAGES_MAX, NAMED_MAX, NOTE_CHARACTERS_MAX, SUBJECT_CHARACTERS_MAX } from './limits.ts';
import { cutVisibly, filename, type Quoted, quoteEarlier, quoteWhole } from './quote.ts';

/** A file of the message that does not go along, and why. */
export interface LeftOut {
  readonly filename: string;
  readonly reason: string;
}

export interface Forwarded {
  /** The message that is forwarded. */
  readonly message: Message;
  /** The others of the conversation, newest first. */
  readonly others: readonly Message[];
  /** The conversation's subject, for messages without one. */
  readonly subject: string;
  readonly note?: string;
  readonly leftOut: readonly LeftOut[];
}

/** What a reader sees of a forward. */
export interface Composed {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const RULE = '---------- Forwarded message ----------';
const EARLIER = '---------- The conversation, newest first ----------';
const FORWARD_MARKS = /^(\s*fwd?\s*:)+\s*/i;
const QUOTE_STYLE = 'margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex';

/** `Fwd:` once, whatever forwarding it had been through. Readers decode encoded words, line ends and all: none is left whole. */
function forwardSubject(subject: string): string {
  const line = cleanLine(cut(subject, 10 * SUBJECT_CHARACTERS_MAX))
    .replace(FORWARD_MARKS, '')
    .replaceAll('=?', '= ?');
  return cut(`Fwd: ${line || '(no subject)'}`, SUBJECT_CHARACTERS_MAX).trim();
}

function leftOutLine(leftOut: readonly LeftOut[]): string {
  const named = leftOut.slice(0, NAMED_MAX).map((file) => `${filename(file.filename)} (${file.reason})`);
  const more = leftOut.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

// Text: every line of somebody else's words is marked, so that none can pass for ours or for another message's headers.

/** Whatever ends a line in one mail program or another: behind it a mark is missing. */
const LINE_ENDS = /\r\n?|[\n\v\f\u0085\u2028\u2029]/;

const marked = (text: string) =>
  text
    .split(LINE_ENDS)
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n');

const textOf = ({ headers, text }: Quoted) =>
  `${headers.map(([name, value]) => `${name}: ${value}`).join('\n')}\n\n${marked(text)}`;

function textPart(note: string, message: Quoted, others: readonly Quoted[], omitted: number): string {
  const parts = [note, `${RULE}\n${textOf(message)}`];
  if (others.length > 0) parts.push([EARLIER, ...others.map(textOf)].join('\n\n'));
  if (omitted > 0) parts.push(omittedWords(omitted));
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const omittedWords = (omitted: number) =>
  `[… ${omitted} older ${omitted === 1 ? 'message is' : 'messages are'} left out; the conversation has them]`;

// HTML

const withBreaks = (text: string) => escapeHtml(text).replaceAll('\n', '<br>\n');

/** One click writes to the lead: answering the forward itself goes to who forwarded it. */
function writeLink(writer: string, subject: string): string {
  const answer = /^re\s*:/i.test(subject) ? subject : `Re: ${subject}`;
  const href = `mailto:${encodeURIComponent(writer).replace('%40', '@')}?subject=${encodeURIComponent(answer)}`;
  return ` (<a href="${escapeHtml(href)}">write to ${escapeHtml(writer)}</a>)`;
}

function headerHtml([name, value]: Quoted['headers'][number], link: string): string {
  return `<b>${escapeHtml(name)}:</b> <span dir="auto">${escapeHtml(value)}</span>${name === 'From' ? link : ''}`;
}

function htmlOf({ headers, text, html }: Quoted, link = ''): string {
  const lines = headers.map((header) => headerHtml(header, link)).join('<br>\n');
  return `<p>${lines}</p>\n<blockquote dir="auto" style="${QUOTE_STYLE}">${html ?? withBreaks(text)}</blockquote>`;
}

function htmlPart(note: string, message: Quoted, others: readonly Quoted[], omitted: number, link: string): string {
  const parts = [
    ...(note === '' ? [] : [`<p dir="auto">${withBreaks(note)}</p>`]),
    `<p>${RULE}</p>`,
    htmlOf(message, link),
    ...(others.length === 0 ? [] : [`<p>${EARLIER}</p>`, ...others.map((other) => htmlOf(other))]),
    ...(omitted === 0 ? [] : [`<p>${omittedWords(omitted)}</p>`]),
  ];
  return `<!doctype html>\n<html><body>\n${parts.join('\n')}\n</body></html>\n`;
}

/** The note, the message with its headers, and below it the rest of the conversation. Lead's words are data in all of it. */
export async function compose({ message, others, subject, note = '', leftOut }: Forwarded): Promise<Composed> {
  const subjectOf = (one: Message) => one.subject ?? subject;
  const ours = cutVisibly(cleanText(note).trim(), NOTE_CHARACTERS_MAX);
  const whole = await quoteWhole(message, subjectOf(message));
  const missing = leftOutLine(leftOut);
  const main: Quoted = missing === '' ? whole : { ...whole, headers: [...whole.headers, ['Not attached', missing]] };
  const around: Quoted[] = [];
  for (const other of others.slice(0, EARLIER_MESSAGES_MAX)) around.push(await quoteEarlier(other, subjectOf(other)));
  const omitted = others.length - around.length;
  const title = forwardSubject(subjectOf(message));
  const link = main.writer === undefined ? '' : writeLink(main.writer, title.replace(FORWARD_MARKS, ''));
  return {
    subject: title,
    text: textPart(ours, main, around, omitted),
    html: htmlPart(ours, main, around, omitted, link),
  };
}
