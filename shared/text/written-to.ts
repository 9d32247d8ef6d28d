import { hasAddress } from './evidence.ts';
import { all, escaped, FIRST_PERSONS } from './languages.ts';

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

/** The line without the addresses that somebody wrote to: they say nothing of whose mail follows. */
export const withoutRecipients = (text: string): string => (text.includes('@') ? text.replace(WRITTEN_TO, ' ') : text);

/** A line of the person's own: "On 2 May I wrote to sales@…:". */
export const namesRecipientsAlone = (text: string): boolean => hasAddress(text) && !hasAddress(withoutRecipients(text));
