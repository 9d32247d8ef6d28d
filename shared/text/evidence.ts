import { withoutMarks } from './marks.ts';
import { asciiSigns } from './signs.ts';

/** What a line says about a mail, besides words: addresses, dates, times of day. */

/** Direction marks, joiners, soft hyphens and what else takes no room. */
const UNSEEN = /\p{DI}/gu;

const BARE_STARTS = asciiSigns(/[a-z0-9"<(-]/i);
const BARE_SIGNS = asciiSigns(/[!-%'-)+-^`-~]/);
const BLANK = 0x20;

/** Nothing in it to take away or to change: most lines, and far quicker to see, sign by sign. */
function isBare(text: string): boolean {
  if (!BARE_STARTS[text.charCodeAt(0)]) return false;
  let before = 0;
  for (let at = 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === BLANK ? before === BLANK : !BARE_SIGNS[code]) return false;
    before = code;
  }
  return before !== BLANK;
}

/** What careless programs leave of HTML in plain text. */
const ENTITY = /&(nbsp|lt|gt);/g;
const SIGNS: Readonly<Record<string, string>> = { nbsp: ' ', lt: '<', gt: '>' };
const withoutEntities = (text: string): string =>
  text.includes('&') ? text.replace(ENTITY, (entity, name: string) => SIGNS[name] ?? entity) : text;

const EMPHASIS = ' *_';

/** A line as headers are looked for in it: no marks of direction or emphasis, one kind of blank and apostrophe, half-width signs. */
export function bare(text: string): string {
  if (isBare(text)) return text;
  const plain = withoutEntities(text)
    .replace(UNSEEN, '')
    .replace(/[\s\u00a0\u2800\u3164]+/g, ' ')
    .replace(/[’‘ʼ＇]/g, "'")
    .replace(/：/g, ':')
    .replace(/＜/g, '<')
    .replace(/＞/g, '>');
  return withoutMarks(plain, EMPHASIS).normalize('NFC');
}

/** In small letters; a dotted I has no dot left over. */
export function lower(text: string): string {
  const small = text.toLowerCase();
  return small.includes('\u0307') ? small.replaceAll('i\u0307', 'i') : small;
}

/** Looked for from the `@`, which few lines have: from the start of a name each letter of a line is one. */
const ADDRESS =
  /@(?:(?<=[^\s<>()[\]{},;:"'@]@)[\p{L}\p{N}.-]{1,253}\.[\p{L}\p{N}-]{2,63}|(?<=<[^<>@\s]{1,64}@)[^<>@\s]{1,253}>)/u;
/** Nearly all addresses, three times as quick to see: no letter is looked up in a table of all scripts. */
const ASCII_ADDRESS = /@(?<=[^\s<>()[\]{},;:"'@]@)[a-z0-9.-]{1,253}\.[a-z0-9-]{2,63}/i;
/** With brackets around, as mail programs write it beside a name. */
const BRACKETED = /[<([][^<>()[\]\s@]{1,64}@[^<>()[\]\s@]{1,253}[>)\]]|mailto:/u;

const NUMBER = '\\p{Nd}{1,4}';
const NUMERIC_DATE = new RegExp(`${NUMBER}\\s?[./-]\\s?\\p{Nd}{1,2}\\s?[./-]\\s?${NUMBER}|\\p{Nd}{4}\\s?[年년]`, 'u');
const YEAR = /(?<!\p{Nd})(?:19|20|2[45]|1[34])\p{Nd}{2}(?!\p{Nd})|[٠-٩۰-۹]{4}/u;
const DAY_AND_MONTH =
  /(?<![\p{Nd}:])\p{Nd}{1,2}(?:\.|st|nd|rd|th|º|°|er)?(?: de| d')? ?\p{L}{3,}|\p{L}{3,}\.? \p{Nd}{1,2}(?:st|nd|rd|th)?(?![\p{Nd}:])/u;
const CLOCK =
  /(?<![\p{Nd}.,])\p{Nd}{1,2}(?::|[h時点點时시] ?)\p{Nd}{2}(?!\p{Nd})|\p{Nd}{1,2}시|\b(?:kl|klo|godz)\.? ?\p{Nd}{1,2}[.:]\p{Nd}{2}|\p{Nd}{1,2} (?:uhr|h|[ap]\.?m\b)/iu;
const WEEKDAY = /\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|satur|sat|sun)(?:day)?\b/i;

export const hasAddress = (text: string): boolean =>
  text.includes('@') && (ASCII_ADDRESS.test(text) || ADDRESS.test(text));
export const hasBracketedAddress = (text: string): boolean => text.includes('@') && BRACKETED.test(text);
export const hasClock = (text: string): boolean => CLOCK.test(text);
export const hasYear = (text: string): boolean => YEAR.test(text) || NUMERIC_DATE.test(text);
export const hasDate = (text: string): boolean => hasYear(text) || DAY_AND_MONTH.test(text);
/** Enough of a date beside a label such as "Sent:". */
export const hasDateOrDay = (text: string): boolean => hasDate(text) || hasClock(text) || WEEKDAY.test(text);

export const withoutAddresses = (text: string): string =>
  text.includes('@')
    ? text.replace(/[<([][^<>()[\]\s@]{1,64}@[^<>()[\]\s@]{1,253}[>)\]]|\S{1,64}@\S{1,253}/gu, ' ')
    : text;
