import { isAsciiSign } from './signs.ts';

/** What the elements around a line say about where it comes from. */
export interface Place {
  /** In an indent that may be a quote or not. */
  readonly indented: boolean;
  /** In an element that holds nothing but history. */
  readonly history: boolean;
  /** In the line or block with which a mail program names the mail it quotes. */
  readonly attribution: boolean;
  /** In a frame with a border on top, as Outlook puts around its headers. */
  readonly framed: boolean;
  /** A rule across the page. */
  readonly rule: boolean;
}

/** One line of a mail, from text or from HTML. All are of one form, which whoever goes through many of them is quicker for. */
export interface Line {
  readonly text: string;
  /** How deep it is quoted: by `>`, or by an element that mail programs quote with. */
  readonly depth: number;
  readonly place: Place;
}

/** In no element that says anything, as most lines are, and all of plain text. */
export const NO_PLACE: Place = { indented: false, history: false, attribution: false, framed: false, rule: false };
export const EMPTY_LINE: Line = { text: '', depth: 0, place: NO_PLACE };

const INDENT = /^\s{0,20}/;

const [BLANK, GREATER, EQUALS] = [0x20, 0x3e, 0x3d];

const BETWEEN_MARKS = /^\s{0,9}>{2,4} ?[^>\s].*>{2,4}\s{0,9}$/;

/** GroupWise names the mail that follows between marks. Few lines end as this one does, which is quicker to see. */
export function isBetweenMarks(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return (last === GREATER || last === BLANK) && BETWEEN_MARKS.test(text);
}

/** Depth of a line of plain text: its `>` marks. `>= 40` is no quote, nor is a line with as many marks behind it. */
function depthOf(text: string): number {
  const first = text.charCodeAt(0);
  if (isAsciiSign(first) && first !== GREATER) return 0;
  let at = first === GREATER ? 0 : (INDENT.exec(text)?.[0].length ?? 0);
  if (text.charCodeAt(at) !== GREATER || text.charCodeAt(at + 1) === EQUALS || isBetweenMarks(text)) return 0;
  let depth = 0;
  for (; text.charCodeAt(at) === GREATER || (depth > 0 && text.charCodeAt(at) === BLANK); at += 1)
    if (text.charCodeAt(at) === GREATER) depth += 1;
  return depth;
}

const plainLine = (text: string): Line => ({ text, depth: depthOf(text), place: NO_PLACE });

/** Found one by one, since `split` takes twice as long. */
export function plainLines(text: string): readonly Line[] {
  const lines: Line[] = [];
  let from = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
    lines.push(plainLine(text.slice(from, end)));
    from = end + 1;
  }
  lines.push(plainLine(text.slice(from)));
  return lines;
}

/** Signs that show nothing: blanks, format characters, fillers. */
const UNSEEN = /^[\s\p{Cc}\p{DI}\u2800]*$/u;

/** A text in which no reader sees anything. */
export const showsNothing = (text: string): boolean => UNSEEN.test(text);

/** The first sign after blanks and marks tells of most lines. */
function firstSign(text: string, depth: number): number {
  let at = 0;
  while (text.charCodeAt(at) === BLANK || (depth > 0 && text.charCodeAt(at) === GREATER)) at += 1;
  return text.charCodeAt(at);
}

export const isBlank = ({ text, depth }: Line): boolean => {
  if (text === '') return true;
  if (isAsciiSign(firstSign(text, depth))) return false;
  const words = depth > 0 ? text.replace(/^[\s>]+/, '') : text;
  return words === '' || UNSEEN.test(words);
};

/** The first line from here on that is not blank; behind the last where there is none. */
export function nextVisible(lines: readonly Line[], from: number): number {
  let at = from;
  while (at < lines.length && isBlank(lines[at] ?? EMPTY_LINE)) at += 1;
  return at;
}

/** Quoted for sure. */
export const isCited = ({ depth, place }: Line): boolean => depth > 0 || place.history;

/** Quoted for sure, or perhaps. */
export const isQuoted = ({ depth, place }: Line): boolean => depth > 0 || place.indented || place.history;

/** Without the marks of an indent. */
export const withoutIndent = ({ text, place }: Line): string =>
  place.indented ? text.replace(/^(?:> ?){1,9}/, '') : text;

/** Says where a word may be parted at the end of a line, which says nothing in text. */
const SOFT_HYPHENS = /(?<=[\p{L}\p{M}])\u00ad+(?=\p{L})/gu;
const withoutSoftHyphens = (text: string): string => (text.includes('\u00ad') ? text.replace(SOFT_HYPHENS, '') : text);

/** The lines as text. */
export const textOf = (lines: readonly Line[]): string =>
  withoutSoftHyphens(lines.map(({ text }) => text).join('\n')).trim();
