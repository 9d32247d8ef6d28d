import type { Message, Person } from '../model.ts';
import { cleanLine, cut } from '../text/plain.ts';
import { ownText, wholeText } from '../text/read.ts';
import { bareRecipient } from '../text/recipient.ts';
import { sanitiseHtml } from '../text/sanitise.ts';
import {
  EARLIER_CHARACTERS_MAX,
  FILENAME_CHARACTERS_MAX,
  HTML_CHARACTERS_MAX,
  MESSAGE_CHARACTERS_MAX,
  NAMED_MAX,
} from './limits.ts';

/** One message as it is quoted. Nothing of it is markup yet. */
export interface Quoted {
  /** Name and value of each line above the words. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The writer, where that is one bare address. */
  readonly writer?: string;
  readonly text: string;
  /** Safe to show; absent where the text has to do. */
  readonly html?: string;
}

const CUT = '[… cut here: the rest is in the conversation]';
const HISTORY_LEFT_OUT = '[… the history quoted below it is left out]';
const NO_TEXT = '(no text)';

export function cutVisibly(text: string, characters: number): string {
  return text.length <= characters ? text : `${cut(text, characters).trimEnd()}\n${CUT}`;
}

/** What makes a path, or no file name on one system or another. Without ? nothing is an encoded word, that readers decode. */
const NOT_IN_FILENAMES = /[\\/:*?"<>|]+/g;

export function filename(name: string): string {
  const line = cleanLine(name).replace(NOT_IN_FILENAMES, '_');
  return cut(line, FILENAME_CHARACTERS_MAX).trim() || 'attachment';
}

export function listed(names: readonly string[]): string {
  const more = names.length - NAMED_MAX;
  return [...names.slice(0, NAMED_MAX), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

function personLine({ email, name }: Person): string {
  const address = cleanLine(email);
  const called = cleanLine(name ?? '');
  return called === '' || called === address ? address : `${called} <${address}>`;
}

const people = (persons: readonly Person[]) => listed(persons.map(personLine));

function headersOf(message: Message, subject: string): Quoted['headers'] {
  const all: Quoted['headers'] = [
    ['From', personLine(message.from)],
    ['Date', new Date(message.sentAt).toUTCString()],
    ['Subject', cleanLine(subject)],
    ['To', people(message.to)],
    ['Cc', people(message.cc)],
  ];
  return all.filter(([, value]) => value !== '');
}

function basics(message: Message, subject: string) {
  const writer = bareRecipient(message.from.email);
  return { headers: headersOf(message, subject), ...(writer === undefined ? {} : { writer }) };
}

/** The message that is forwarded: all of it, as the lead wrote it, with whatever it quotes. */
export async function quoteWhole(message: Message, subject: string): Promise<Quoted> {
  const text = cutVisibly(wholeText(message), MESSAGE_CHARACTERS_MAX) || NO_TEXT;
  const safe = message.html === undefined ? undefined : await sanitiseHtml(message.html, HTML_CHARACTERS_MAX);
  const fits = safe !== undefined && safe !== '' && safe.length <= HTML_CHARACTERS_MAX;
  return { ...basics(message, subject), text, ...(fits ? { html: safe } : {}) };
}

/** A message of the conversation around it: its own words, without what it quotes of the others. */
export async function quoteEarlier(message: Message, subject: string): Promise<Quoted> {
  const whole = wholeText(message);
  const own = ownText(message);
  const text = cutVisibly(own, EARLIER_CHARACTERS_MAX) || NO_TEXT;
  const files = listed(message.attachments.map((file) => filename(file.filename)));
  const { headers, ...rest } = basics(message, subject);
  return {
    ...rest,
    headers: files === '' ? headers : [...headers, ['Attachments, in the conversation', files]],
    text: own.length < whole.length ? `${text}\n${HISTORY_LEFT_OUT}` : text,
  };
}
