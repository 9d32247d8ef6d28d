import { bare } from './evidence.ts';
import type { Language } from './language.ts';
import { NORTHERN_AND_EASTERN } from './languages-north-east.ts';
import { OTHER_SCRIPTS } from './languages-other-scripts.ts';
import { WESTERN } from './languages-west.ts';
import { isLatinLetter } from './signs.ts';

export type Label = 'from' | 'date' | 'to' | 'subject';

const LANGUAGES: readonly Language[] = [...WESTERN, ...NORTHERN_AND_EASTERN, ...OTHER_SCRIPTS];

type Wordings = Exclude<keyof Language, 'code' | 'source'>;

const parts = (wordings: string): readonly string[] => wordings.split(' | ').filter((wording) => wording !== '');

/** All wordings of a kind, longest first. */
export function all(kind: Wordings): readonly string[] {
  const wordings = new Set(LANGUAGES.flatMap((language) => parts(language[kind])));
  return [...wordings].sort((one, other) => other.length - one.length);
}

const LABELS: readonly Label[] = ['from', 'date', 'to', 'subject'];

function labelKinds() {
  const kinds = new Map<string, Set<Label>>();
  for (const kind of LABELS) for (const label of all(kind)) kinds.set(label, (kinds.get(label) ?? new Set()).add(kind));
  return kinds;
}

/** What a label may mean; `a` is a recipient here and a copy there. */
export const LABEL_KINDS: ReadonlyMap<string, ReadonlySet<Label>> = labelKinds();

export const ORIGINAL: ReadonlySet<string> = new Set(all('original'));
export const FORWARDED: readonly string[] = all('forwarded');
export const OPENERS: readonly string[] = all('opens');
export const FIRST_PERSONS: readonly string[] = all('first');

export const escaped = (wording: string) => wording.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** Any verb as a word of its own; the scripts of East Asia write none. */
const WROTE = new RegExp(
  `(?<![\\p{L}\\p{M}])(?:${all('wrote').map(escaped).join('|')})(?![\\p{L}\\p{M}])|写道|寫道|书写|のメール|のメッセージ|書きました|님이 작성`,
  'giu',
);

const NO_WORD = /[^\p{L}\p{M}]+/u;
/** Alike for letters that a regular expression takes for the same without regard to case. */
const folded = (word: string): string => word.toLowerCase().toUpperCase();
const lastWord = (text: string): string => folded(text.split(NO_WORD).findLast((word) => /\p{L}/u.test(word)) ?? '');
const LAST_WORDS: ReadonlySet<string> = new Set(all('wrote').map(lastWord));
/** Scripts of East Asia, in which words are not parted. */
const UNPARTED = /[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]/;

const ASCII_MAX = 0x7f;

/** Some letters of a text, and where they stand in it. */
export interface Place {
  readonly index: number;
  readonly word: string;
}

/** The last word where it and what follows is plain ASCII, found from the end. */
function lastLatinWord(text: string): Place | undefined {
  let end = text.length;
  while (end > 0 && !isLatinLetter(text.charCodeAt(end - 1)) && text.charCodeAt(end - 1) <= ASCII_MAX) end -= 1;
  let index = end;
  while (index > 0 && isLatinLetter(text.charCodeAt(index - 1))) index -= 1;
  const isParted = index === 0 || text.charCodeAt(index - 1) <= ASCII_MAX;
  return isParted ? { index, word: text.slice(index, end) } : undefined;
}

/** False for most texts: what they end with is no verb, whatever signs follow. */
export function mayEndWithVerb(text: string): boolean {
  const latin = lastLatinWord(text);
  if (latin) return LAST_WORDS.has(latin.word.toUpperCase());
  const last = lastWord(bare(text));
  return LAST_WORDS.has(last) || UNPARTED.test(last);
}

/** Of one word of plain letters, with which no longer wording ends: at the end of a text nothing else can be its last verb. */
const LAST_VERBS: ReadonlySet<string> = new Set(
  all('wrote').filter(
    (verb, _, verbs) =>
      /^[a-z]+$/.test(verb) && !verbs.some((each) => each !== verb && lastWord(each) === folded(verb)),
  ),
);

/**
 * The last verb in the text. Most such lines end with it, which is far quicker to see. Otherwise verbs are found one by one:
 * `matchAll` copies its long expression for each line.
 */
export function lastVerb(text: string): Place | undefined {
  const latin = lastLatinWord(text);
  if (latin && LAST_VERBS.has(latin.word.toLowerCase())) return latin;
  let last: RegExpExecArray | undefined;
  WROTE.lastIndex = 0;
  for (let match = WROTE.exec(text); match; match = WROTE.exec(text)) last = match;
  return last && { index: last.index, word: last[0] };
}

/** Whether the text begins with a word that such lines begin with. */
const OPENER = new RegExp(`^(?:${OPENERS.map(escaped).join('|')})(?![\\p{L}\\p{M}])`, 'iu');
export const startsWithOpener = (text: string): boolean => OPENER.test(text);
