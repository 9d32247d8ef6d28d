import {
  bare,
  hasAddress,
  hasBracketedAddress,
  hasClock,
  hasDate,
  hasYear,
  lower,
  withoutAddresses,
} from './evidence.ts';
import { isInitialled } from './initials.ts';
import { FIRST_PERSONS, lastVerb, mayEndWithVerb, OPENERS, startsWithOpener } from './languages.ts';
import { isBetweenMarks, isBlank, isCited, isQuoted, type Line, nextVisible, withoutIndent } from './lines.ts';
import { withoutMarks } from './marks.ts';
import { withoutRecipients } from './written-to.ts';

/** Mail programs break such a line where it gets long. */
const LINES_MAX = 5;
const CHARACTERS_MAX = 500;
const NAME_WORDS_MAX = 8;

/** A date at the very start, a few words such as the day of the week before it. */
const DATE_FIRST = /^(?:[\p{L}\p{M}][\p{L}\p{M}.'׳״-]{0,15}[,،、.]? ){0,4}\(?\p{Nd}/u;
const ENDS = /[:：][)\]]?[ *_>-]*$/u;
const ENDS_ADDRESS = />\)?$/;
/** "Quoting Ana Me (2025-06-03 10:00:00)" */
const ENDS_DATE = /:\p{Nd}{2}\)$/u;
const ENDS_BARE_ADDRESS = /[^\s@]@[^\s@]+ ?[:：]$/;
/** As programs write it, and people seldom do: a time of day. */
const TIMED = /(?<![\p{Nd}.])\p{Nd}{1,2}[.:]\p{Nd}{2}(?![\p{Nd}.])/u;
const SENTENCE = /[!?;。！？]|\p{Ll}{3,}\. \p{Lu}/u;

/** Small words that stand in names and dates. */
const SMALL = new Set(
  `de van von der den da di del la le el al bin ibn via am pm kl klo uhr h г р ч год о в v ve y e und and at um à às as a
  las the te ter zu dos das do p.m a.m st nd rd th of no odp ob po dnia роки року`.split(/\s+/),
);
const OPENER_WORDS = new Set(OPENERS.flatMap((opener) => opener.split(/[ /]/)));

/** A name, as opposed to a sentence: its words begin with capitals, or are of a script without them. */
function isName(text: string): boolean {
  if (SENTENCE.test(text)) return false;
  const words = text.match(/\p{L}[\p{L}\p{M}.'-]*/gu) ?? [];
  if (words.length > NAME_WORDS_MAX) return false;
  return words.every((word) => !/^\p{Ll}/u.test(word) || SMALL.has(word.replace(/\.$/, '')) || OPENER_WORDS.has(word));
}

interface Verb {
  readonly before: string;
  readonly after: string;
}

/** The last verb in the line, and what stands around it. */
function verbIn(text: string): Verb | undefined {
  const last = lastVerb(text);
  return last && { before: text.slice(0, last.index), after: text.slice(last.index + last.word.length) };
}

/** Who wrote, by a name alone: between the date and the verb, or after the verb where nothing is between them. */
function isByName({ before, after }: Verb): boolean {
  const since = withoutAddresses(before).replace(/^.*\p{Nd}/u, '');
  const words = /\p{L}/u.test(since.replace(/\b(?:uhr|h|am|pm)\b/giu, '')) ? since : after;
  return isName(words) && (!/\p{L}/u.test(after) || isName(withoutAddresses(after)) || hasDate(after));
}

const FIRST: ReadonlySet<string> = new Set(FIRST_PERSONS);
const WORD_BEFORE = /(^\s*)?([\p{L}\p{M}']{1,20})\s*$/u;
const WORD_AFTER = /^\s*([\p{L}\p{M}']{1,20})/u;

/** "I wrote sales@…:": of whom writes this mail no program says where it is written from. */
function isFirstPerson({ before, after }: Verb): boolean {
  if (before.includes('@') || !after.includes('@')) return false;
  const [, start, word = ''] = WORD_BEFORE.exec(before) ?? [];
  return FIRST.has(start === undefined ? word : lower(word)) || FIRST.has(WORD_AFTER.exec(after)?.[1] ?? '');
}

function isBalanced(text: string): boolean {
  let open = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) open += 1;
  for (let at = text.indexOf('>'); at >= 0; at = text.indexOf('>', at + 1)) open -= 1;
  return open === 0;
}

interface Around {
  /** What follows is marked as a quote. */
  readonly quoted: boolean;
  /** What follows stands in quotation marks, and more below it: the person's own words about what somebody said. */
  readonly told: boolean;
}

const leads = (text: string) => startsWithOpener(text) || DATE_FIRST.test(text);

function isByVerb(text: string, verb: Verb, { quoted, told }: Around): boolean {
  if (told && hasDate(text) && !TIMED.test(text)) return false;
  const address = hasAddress(text);
  const isLed = leads(text);
  if (!isLed && !isName(withoutAddresses(verb.before))) return false;
  if (SENTENCE.test(withoutAddresses(verb.after))) return false;
  const endsWithVerb = address && hasDate(text) && !/\p{L}/u.test(verb.after);
  if (!ENDS.test(text) && !endsWithVerb && !(quoted && verb.before === '' && ENDS_DATE.test(text))) return false;
  if (address) return isLed || quoted || hasYear(text) || hasClock(text);
  if (!hasDate(text)) return false;
  if (!isByName(verb)) return quoted && /\byou\s*$/i.test(verb.before);
  return quoted || (isLed && hasClock(text) && hasYear(text));
}

/** "вт, 3 июн. 2025 г. в 10:00, Ana <ana@acme.example>:": a date, a name with an address, and no verb that is known. */
function isByForm(text: string, { quoted }: Around): boolean {
  if (!hasAddress(text) || !hasYear(text)) return false;
  const isLed = leads(text);
  if (!hasBracketedAddress(text)) return quoted && isLed && hasClock(text) && ENDS_BARE_ADDRESS.test(text);
  if (ENDS.test(text)) return (quoted && (isLed || hasClock(text))) || (isLed && hasClock(text));
  return quoted && isLed && ENDS_ADDRESS.test(text);
}

/** Whoever wrote is named by an address or with a date. */
const mayName = (text: string): boolean => text.includes('@') || /\p{Nd}/u.test(text);

function isWrote(written: string, around: Around): boolean {
  if (!isBalanced(written)) return false;
  const text = withoutRecipients(written);
  if (text !== written && !hasAddress(text)) return false;
  const verb = verbIn(text);
  if (verb && isFirstPerson(verb)) return false;
  return (verb !== undefined && isByVerb(text, verb, around)) || isByForm(text, around);
}

const OPENS_QUOTATION = /^\s{0,9}["“”„«»「『]/;
const CLOSES_QUOTATION = /["“”«»」』][.,]?\s{0,9}$/;
const QUOTATION_LINES_MAX = 10;
/** So far below a line may stand what it names. */
const BLANKS_MAX = 5;

/** Some programs put a whole mail in quotation marks: then nothing stands below. */
function isTold(lines: readonly Line[], from: number): boolean {
  const first = lines[from];
  if (!first || isQuoted(first) || !OPENS_QUOTATION.test(first.text)) return false;
  const end = lines.slice(from, from + QUOTATION_LINES_MAX).findIndex(({ text }) => CLOSES_QUOTATION.test(text));
  return end >= 0 && lines.slice(from + end + 1).some((line) => !isBlank(line));
}

function aroundIn(lines: readonly Line[], end: number): Around {
  const below = nextVisible(lines, end + 1);
  const next = lines[below];
  if (!next || below > end + BLANKS_MAX) return { quoted: false, told: false };
  return { quoted: isQuoted(next) || isInitialled(next), told: isTold(lines, below) };
}

/** Ends with a sign that ends no sentence, or with a blank. */
const ENDS_ODDLY = /[^\p{L}\p{M}\p{Nd},.!?]$/u;

const isPart = (line: Line | undefined): line is Line =>
  line !== undefined && !isBlank(line) && !isCited(line) && line.text.length <= CHARACTERS_MAX;

/** Programs that mark no quotes begin the mail in the line that names it. */
const WORDS_BEHIND = /^(.{20,300}?[:：])[ \u00a0]{3,}\S/u;
/** Few lines have this, which is far quicker to see. */
const BLANKS_BEHIND = /[:：][ \u00a0]{3}/;

/** The line without the words of the mail that it names. */
function withoutWordsBehind(line: Line | undefined): Line | undefined {
  const named =
    line?.text.includes('@') && BLANKS_BEHIND.test(line.text) ? WORDS_BEHIND.exec(line.text)?.[1] : undefined;
  if (!line || named === undefined) return line;
  const text = bare(named);
  const verb = lastVerb(text);
  const isNamed = verb !== undefined && leads(text) && hasAddress(text) && hasYear(text) && hasClock(text);
  return isNamed ? { ...line, text } : line;
}

/** Cheap to see, and false for most lines. */
const mayBeEnd = ({ text }: Line): boolean =>
  ENDS_ODDLY.test(text.slice(-2)) || (text.includes('@') && mayEndWithVerb(text));

const mayEnd = (text: string) =>
  ENDS.test(text) || ENDS_ADDRESS.test(text) || ENDS_DATE.test(text) || (text.includes('@') && mayEndWithVerb(text));

/** A line above that ends so is no part of it. */
const ENDS_OTHER = /[!?。！？:]$/;
const DASHES = '-–—=* ';

/** Without the marks of an indent, and without dashes around. */
const wordsIn = (line: Line): string => withoutMarks(bare(withoutIndent(line)), DASHES);

/**
 * The first line of a "wrote" line that ends at `end`, undefined where none does. Of several possible starts the nearest that
 * says all, so that no words of the answer above are taken along.
 */
export function startOfWrote(lines: readonly Line[], end: number): number | undefined {
  const last = withoutWordsBehind(lines[end]);
  if (last && isBetweenMarks(last.text) && hasAddress(last.text) && hasDate(last.text)) return end;
  if (!isPart(last) || !mayBeEnd(last)) return undefined;
  const words = wordsIn(last);
  if (!mayEnd(words)) return undefined;
  let around: Around | undefined;
  let joined = '';
  let found: number | undefined;
  for (let start = end; start > end - LINES_MAX; start -= 1) {
    const line = start === end ? last : lines[start];
    if (!isPart(line)) break;
    if (start < end && ENDS_OTHER.test(line.text)) break;
    const text = start === end ? words : wordsIn(line);
    if (start < end && (ENDS_OTHER.test(text) || (found !== undefined && !leads(text)))) break;
    joined = `${text} ${joined}`.trim();
    if (joined.length > CHARACTERS_MAX) break;
    if (mayName(joined)) around ??= aroundIn(lines, end);
    if (around && isWrote(joined, around)) {
      found = start;
      if (leads(text)) break;
    }
  }
  return found;
}
