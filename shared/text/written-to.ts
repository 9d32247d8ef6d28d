import { hasAddress } from './evidence.ts';
import { all, escaped, FIRST_PERSONS } from './languages.ts';
import { asciiSigns } from './signs.ts';

/** Where `…` stands for the address. */
const BEHIND = /^… /;
const written = all('writtenTo');
const before = [...written.filter((wording) => !BEHIND.test(wording)), ...all('to')];
const behind = written.filter((wording) => BEHIND.test(wording)).map((wording) => wording.replace(BEHIND, ''));

/** Scripts and signs after which no blank follows. */
const UNPARTED = /^[\u4e00-\u9fff\u0e00-\u0e7f]|^ל-?$/;
const isUnparted = (wording: string): boolean => UNPARTED.test(wording);
const anyOf = (wordings: readonly string[]): string => `(?:${wordings.map(escaped).join('|')})`;

const ADDRESS = '[<(["\']{0,2}[\\w.+-]{1,64}@[\\w-][\\w.-]{0,252}[>)\\]"\']{0,2}';
const NAME = "(?:\\p{Lu}[\\p{L}\\p{M}.'-]{0,30} ){1,4}";
const TO = anyOf(before.filter((wording) => !isUnparted(wording)));
const NO_LETTER = '(?<![\\p{L}\\p{M}\\p{Nd}])';

/**
 * An address with the word that makes it one that is written to. Case counts: An, Do, Till and To are names as well. A name stands
 * between only where the word follows the verb or the person who wrote.
 */
const WRITTEN_TO = new RegExp(
  [
    `${NO_LETTER}${TO} ${ADDRESS}`,
    `${anyOf(before.filter(isUnparted))} ?${ADDRESS}`,
    `${ADDRESS} ?${anyOf(behind)}(?![a-z])`,
    `(?<=${NO_LETTER}${anyOf([...all('wrote'), ...FIRST_PERSONS])} (?:\\p{L}{1,20} )?)${TO} ${NAME}${ADDRESS}`,
  ].join('|'),
  'gu',
);

/** What an address of such a line is enclosed in, and what stands before and behind it. */
const AROUND = asciiSigns(/[<>()[\]"' ]/);
const LAST_WORDS: ReadonlySet<string> = new Set(before.map((wording) => wording.split(/[ ']/).at(-1) ?? ''));
const BEHIND_STARTS: ReadonlySet<string> = new Set(behind.map((wording) => wording.charAt(0)));
const NAME_WORDS_MAX = 5;
const ASCII_MAX = 0x7f;

/** Of a name, as most words before an address are. */
const isCapital = (code: number): boolean => code >= 0x41 && code <= 0x5a;

const startOfWord = (text: string, end: number): number => {
  let start = end;
  while (start > 0 && !AROUND[text.charCodeAt(start - 1)]) start -= 1;
  return start;
};

/** Whether such a word stands before what begins at `start`, a name passed over. */
function follows(text: string, start: number): boolean {
  let end = start;
  for (let words = 0; words < NAME_WORDS_MAX && end > 0; words += 1) {
    while (end > 0 && AROUND[text.charCodeAt(end - 1)]) end -= 1;
    const from = startOfWord(text, end);
    if (!isCapital(text.charCodeAt(from))) {
      const word = text.slice(from, end);
      if (LAST_WORDS.has(word)) return true;
      if (word.toLowerCase() === word) return false;
    }
    end = from;
  }
  return false;
}

/** Whether one that follows without a blank may stand before the address that begins at `start`. */
function mayFollowLetters(text: string, start: number): boolean {
  let end = start;
  while (end > 0 && AROUND[text.charCodeAt(end - 1)]) end -= 1;
  return text.charCodeAt(start) > ASCII_MAX || text.charCodeAt(end - 1) > ASCII_MAX;
}

/** Quicker to see than where the whole wording is, and false for most lines. */
function mayNameRecipients(text: string): boolean {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const start = startOfWord(text, at);
    if (mayFollowLetters(text, start) || follows(text, start)) return true;
    let end = at + 1;
    while (end < text.length && !AROUND[text.charCodeAt(end)] && text.charCodeAt(end) <= ASCII_MAX) end += 1;
    while (end < text.length && AROUND[text.charCodeAt(end)]) end += 1;
    if (BEHIND_STARTS.has(text.charAt(end))) return true;
  }
  return false;
}

/** The commonest line of all, in which the address is the writer's: seen before anything is looked for. */
const ENDS_WITH_WRITER = '> wrote:';

/** The line without the addresses that somebody wrote to: they say nothing of whose mail follows. */
export const withoutRecipients = (text: string): string =>
  text.endsWith(ENDS_WITH_WRITER) || !mayNameRecipients(text) ? text : text.replace(WRITTEN_TO, ' ');

/** A line of the person's own: "On 2 May I wrote to sales@…:". */
export const namesRecipientsAlone = (text: string): boolean => hasAddress(text) && !hasAddress(withoutRecipients(text));
