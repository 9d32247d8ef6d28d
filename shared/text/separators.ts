import { bare, hasAddress, hasClock, hasDate, hasYear, lower } from './evidence.ts';
import { labelled } from './header-blocks.ts';
import { FORWARDED, lastVerb, ORIGINAL } from './languages.ts';
import { isBlank, isQuoted, type Line } from './lines.ts';
import { isLatinLetter } from './signs.ts';

const CHARACTERS_MAX = 120;
const BELOW_MAX = 8;
const DASHED = /^[\p{Pd}_=*~> ]{2,}([^\p{Pd}_=*~].*?)[\p{Pd}_=*~< ]{2,}$/u;
const MAY_SEPARATE = /^\W*[\p{Pd}_=*~]{2}|[:：]\s{0,9}$/u;
/** With which no words between dashes begin. */
const BARE_START = /^[a-z0-9]/i;
const RULE = /^[\p{Pd}_=*─━]{5,}$/u;

const isDashes = (text: string): boolean =>
  !isLatinLetter(text.charCodeAt(0)) && text.length <= CHARACTERS_MAX && RULE.test(text.trim());

export const isRule = ({ text, place }: Line): boolean => place.rule || isDashes(text);

const unquoted = (line: Line): string => (isQuoted(line) ? line.text.replace(/^\s{0,9}(?:> ?){1,9}/, '') : line.text);

function wordsOf(line: Line): { readonly words: string; readonly dashed: boolean } | undefined {
  const text = unquoted(line);
  if (text.length > CHARACTERS_MAX) return undefined;
  const isBareStart = BARE_START.test(text);
  // Words without dashes count as a whole, and no address is among them.
  if ((isBareStart && text.includes('@')) || !MAY_SEPARATE.test(text)) return undefined;
  const plain = bare(text.trim());
  const dashed = isBareStart ? undefined : (DASHED.exec(text.trim())?.[1] ?? DASHED.exec(plain)?.[1]);
  if (dashed !== undefined) return { words: lower(bare(dashed)), dashed: true };
  return plain.endsWith(':') ? { words: lower(plain.slice(0, -1).trim()), dashed: false } : undefined;
}

/** What below a separator shows that a mail follows: a label, an address, a date, a quote. */
const isMailBelow = (lines: readonly Line[], at: number): boolean =>
  lines
    .slice(at + 1, at + 1 + BELOW_MAX)
    .filter((line) => !isBlank(line))
    .slice(0, 3)
    .some((line) => {
      if (isQuoted(line) || labelled(line)?.kinds) return true;
      const text = line.text.slice(0, 500);
      return hasAddress(text) || hasYear(text) || hasClock(text);
    });

/** "-----Original Message-----" in any language that is known. */
export function isOriginal(lines: readonly Line[], at: number): boolean {
  const line = lines[at];
  if (!line || isQuoted(line) || BARE_START.test(line.text)) return false;
  const read = wordsOf(line);
  if (!read?.dashed || !ORIGINAL.has(read.words)) return false;
  return /^\p{Pd}{4,}.*\p{Pd}{4,}$/u.test(bare(line.text.trim())) || isMailBelow(lines, at);
}

/** The first line of a quote: what is passed on may be quoted as a whole. */
function beginsQuote(lines: readonly Line[], at: number): boolean {
  const line = lines[at];
  if (!line || line.depth > 1) return false;
  const above = lines.slice(Math.max(0, at - 4), at).findLast((each) => !isBlank(each));
  return !isQuoted(line) || above === undefined || !isQuoted(above);
}

const WHOLLY_FORWARDED: ReadonlySet<string> = new Set(FORWARDED);

/** "---------- Forwarded message ---------", "Begin forwarded message:". */
export function isForwarded(lines: readonly Line[], at: number): boolean {
  const line = lines[at];
  const read = line && wordsOf(line);
  if (!read) return false;
  const isKnown =
    WHOLLY_FORWARDED.has(read.words) ||
    (read.dashed && FORWARDED.some((wording) => read.words.startsWith(`${wording} `)));
  return isKnown && beginsQuote(lines, at) && (read.dashed || isMailBelow(lines, at));
}

/** Words between dashes that are not known to open an answered mail: then another one may be passed on below. */
export function isTitle(line: Line): boolean {
  const read = wordsOf(line);
  if (!read?.dashed || ORIGINAL.has(read.words)) return false;
  return !hasAddress(read.words) && !hasClock(read.words);
}

/** Words that end with a colon, and no more of a mail than that: "Please use these:", "Αρχή προωθημένου μηνύματος:". */
function isLead(line: Line): boolean {
  const last = line.text.trimEnd().at(-1);
  const read = last === ':' || last === '：' || last === '*' ? wordsOf(line) : undefined;
  if (!read || read.dashed || read.words === '' || ORIGINAL.has(read.words)) return false;
  if (hasAddress(read.words) || hasYear(read.words) || hasClock(read.words)) return false;
  return !hasDate(read.words) || lastVerb(read.words) === undefined;
}

/** The person's own words that lead to what stands below. */
export const introduces = (line: Line): boolean => !isQuoted(line) && isLead(line);

/** A quote that begins with such words and a block of headers, as Apple Mail passes mail on, in a language whose words are not known. */
export function beginsAsForward(lines: readonly Line[], at: number): boolean {
  const line = lines[at];
  if (!line || !isQuoted(line) || !isLead(line) || !beginsQuote(lines, at)) return false;
  const [first, second] = lines
    .slice(at + 1, at + 1 + BELOW_MAX)
    .filter((each) => !isBlank(each))
    .map((each) => labelled({ ...each, text: unquoted(each) })?.kinds);
  return first?.has('from') === true && second !== undefined;
}
