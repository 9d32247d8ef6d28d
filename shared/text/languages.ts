import type { Language } from './language.ts';
import { NORTHERN_AND_EASTERN } from './languages-north-east.ts';
import { OTHER_SCRIPTS } from './languages-other-scripts.ts';
import { WESTERN } from './languages-west.ts';

export type Label = 'from' | 'date' | 'to' | 'subject';

const LANGUAGES: readonly Language[] = [...WESTERN, ...NORTHERN_AND_EASTERN, ...OTHER_SCRIPTS];

type Wordings = Exclude<keyof Language, 'code' | 'source'>;

const parts = (wordings: string): readonly string[] => wordings.split(' | ').filter((wording) => wording !== '');

/** All wordings of a kind, longest first. */
function all(kind: Wordings): readonly string[] {
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

const escaped = (wording: string) => wording.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** Any verb as a word of its own; the scripts of East Asia write none. */
export const WROTE = new RegExp(
  `(?<![\\p{L}\\p{M}])(?:${all('wrote').map(escaped).join('|')})(?![\\p{L}\\p{M}])|写道|寫道|书写|のメール|のメッセージ|書きました|님이 작성`,
  'giu',
);

/** Whether the text begins with a word that such lines begin with. */
const OPENER = new RegExp(`^(?:${OPENERS.map(escaped).join('|')})(?![\\p{L}\\p{M}])`, 'iu');
export const startsWithOpener = (text: string): boolean => OPENER.test(text);
