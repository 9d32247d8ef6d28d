import { decodeHTML } from 'entities/decode';
import { isDigit, isLatinLetter } from './signs.ts';

/**
 * Told what HTML is made of, as far as its text goes: comments, declarations and what no reader sees are left out. Each answers
 * whether it wants to know more.
 */
export interface MarkupReader {
  readonly text: (text: string) => boolean;
  /** `written`: all of the tag, for {@link attributesOf}. */
  readonly open: (name: string, written: string) => boolean;
  readonly close: (name: string) => boolean;
  readonly style?: (css: string, element: { readonly written: string; readonly end: number }) => boolean;
}

export type Attributes = ReadonlyMap<string, string>;

/** Their content is no text of the mail. */
const SILENT: ReadonlySet<string> = new Set(
  ['script', 'style', 'title', 'template', 'iframe', 'object', 'noembed', 'noframes', 'select', 'textarea'].concat([
    'svg',
    'math',
    'audio',
    'video',
    'xml',
  ]),
);

const ATTRIBUTE = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;
const NO_ATTRIBUTES: Attributes = new Map();

/** Finds forward, and remembers from where on nothing is ahead: that keeps the whole reading linear on hostile input. */
function finder(text: string, what: string): (from: number) => number {
  let absentFrom = Number.POSITIVE_INFINITY;
  return (from) => {
    if (from >= absentFrom) return -1;
    const at = text.indexOf(what, from);
    if (at < 0) absentFrom = from;
    return at;
  };
}

const codesOf = (chars: string): readonly number[] => [...chars].map((char) => char.charCodeAt(0));
const [SPACE, TAB, LF, CR, EQUALS, GREATER, DOUBLE, SINGLE, SLASH] = codesOf(' \t\n\r=>"\'/');
const [COLON, DASH, UNDERSCORE] = codesOf(':-_');

const isOfName = (code: number): boolean =>
  isLatinLetter(code) || isDigit(code) || code === DASH || code === COLON || code === UNDERSCORE;
const isBlankCode = (code: number): boolean => code === SPACE || code === LF || code === TAB || code === CR;

/** Where tags and declarations of one document end; -1 without an end. */
class Ends {
  readonly #html: string;
  /** Behind it no tag ends. */
  readonly #lastEnd: number;
  readonly #findDouble: (from: number) => number;
  readonly #findSingle: (from: number) => number;
  readonly #findCommentEnd: (from: number) => number;
  /** Elements whose content goes on to the end of the document. */
  readonly #unclosed = new Set<string>();
  /** Behind these quotes no tag ends: a second reading that comes by need not go on. */
  readonly #endless = new Set<number>();
  /** The quotes of the tag at hand, in one list for all of them, as nearly every tag has some. */
  readonly #quotes: number[] = [];

  constructor(html: string) {
    this.#html = html;
    this.#lastEnd = html.lastIndexOf('>');
    this.#findDouble = finder(html, '"');
    this.#findSingle = finder(html, "'");
    this.#findCommentEnd = finder(html, '-->');
  }

  /** Of the tag whose name ends at `start`, a `>` within a quoted value passed over. */
  ofTag(start: number): number {
    if (start > this.#lastEnd) return -1;
    const html = this.#html;
    let quotes = 0;
    let isValue = false;
    for (let at = start; at < html.length; at += 1) {
      const code = html.charCodeAt(at);
      if (code === GREATER) return at + 1;
      if (isValue && (code === DOUBLE || code === SINGLE)) {
        at = code === DOUBLE ? this.#findDouble(at + 1) : this.#findSingle(at + 1);
        if (at < 0 || this.#endless.has(at)) break;
        this.#quotes[quotes] = at;
        quotes += 1;
        isValue = false;
      } else if (!isBlankCode(code)) isValue = code === EQUALS;
    }
    for (const at of this.#quotes.slice(0, quotes)) this.#endless.add(at);
    return html.indexOf('>', start) + 1;
  }

  /** Of a comment or declaration. Word's conditional sections show what is between them. */
  ofDeclaration(start: number): number {
    if (this.#html.startsWith('<!--', start)) {
      const end = this.#findCommentEnd(start + 2);
      if (end >= 0) return end + 3;
      // As in a browser; with tags behind it the rest of the mail is not swallowed.
      if (start > this.#lastEnd) return this.#html.length;
    }
    return start > this.#lastEnd ? -1 : this.#html.indexOf('>', start) + 1;
  }

  /** Where the closing tag of an element begins, in letters of any size. */
  ofContent(name: string, from: number): number {
    if (this.#unclosed.has(name)) return -1;
    const closing = new RegExp(`</${name}`, 'gi');
    closing.lastIndex = from;
    const end = closing.exec(this.#html)?.index ?? -1;
    if (end < 0) this.#unclosed.add(name);
    return end;
  }
}

/** The attributes of a tag as it is written between its angle brackets; the first of one name counts. */
export function attributesOf(written: string, tagName: string): Attributes {
  if (written.length <= tagName.length + 1) return NO_ATTRIBUTES;
  const attributes = new Map<string, string>();
  ATTRIBUTE.lastIndex = tagName.length;
  for (let match = ATTRIBUTE.exec(written); match; match = ATTRIBUTE.exec(written)) {
    const [, name = '', double, single, bare] = match;
    const key = name.toLowerCase();
    if (!attributes.has(key)) attributes.set(key, decoded(double ?? single ?? bare ?? ''));
  }
  return attributes;
}

/** Nearly all entities of mail are this one, which is far quicker to replace than to look up. */
const NO_BREAK_SPACE = '&nbsp;';

/** A text or a value as a reader sees it. */
export function decoded(text: string): string {
  if (!text.includes('&')) return text;
  const spaced = text.replaceAll(NO_BREAK_SPACE, '\u00a0');
  return spaced.includes('&') ? decodeHTML(spaced) : spaced;
}

/** The name of the element whose tag begins before `at`; empty where none does. */
function nameAt(html: string, at: number): string {
  if (!isLatinLetter(html.charCodeAt(at))) return '';
  let end = at + 1;
  while (isOfName(html.charCodeAt(end))) end += 1;
  return html.slice(at, end).toLowerCase();
}

const OPTION = /<option(?![a-z])([^<>]{0,1000})>([^<]{0,1000})/gi;
const CHOSEN = /\sselected(?![\w-])/i;

/** What a reader sees of a list to choose from: what is chosen, else its first line. */
function chosenIn(select: string): string {
  let first: string | undefined;
  for (const [, attributes = '', words = ''] of select.matchAll(OPTION)) {
    if (CHOSEN.test(attributes)) return words.trim();
    first ??= words.trim();
  }
  return first ?? '';
}

/** Of an element without text of its own: its style sheet, or what is chosen in it. */
function toldOf(reader: MarkupReader, name: string, written: string, content: string, end: number): boolean {
  if (name === 'select') return reader.text(decoded(chosenIn(content)));
  return name !== 'style' || reader.style === undefined || reader.style(content, { written, end });
}

/** Tells the parts of HTML, however deep or broken, in time proportional to its length. */
export function readMarkup(html: string, reader: MarkupReader): void {
  const ends = new Ends(html);
  let from = 0;
  let at = html.indexOf('<');
  while (at >= 0) {
    const isClose = html.charCodeAt(at + 1) === SLASH;
    const name = nameAt(html, at + (isClose ? 2 : 1));
    const isDeclaration = name === '' && /[!?/]/.test(html.charAt(at + 1));
    const end = name !== '' ? ends.ofTag(at + 1 + name.length) : isDeclaration ? ends.ofDeclaration(at) : -1;
    if (end < 0) {
      at = html.indexOf('<', at + 1);
      continue;
    }
    if (at > from && !reader.text(decoded(html.slice(from, at)))) return;
    from = end;
    if (name !== '') {
      const written = isClose ? '' : html.slice(at + 1, end - 1);
      const silentEnd = !isClose && SILENT.has(name) ? ends.ofContent(name, end) : -1;
      // Without an end of its own the rest of the mail is not swallowed.
      if (silentEnd >= 0) {
        from = ends.ofTag(silentEnd + 2);
        if (!toldOf(reader, name, written, html.slice(end, silentEnd), silentEnd)) return;
      } else if (!(isClose ? reader.close(name) : reader.open(name, written))) return;
      if (from < 0) return;
    }
    at = html.indexOf('<', from);
  }
  if (from < html.length) reader.text(decoded(html.slice(from)));
}
