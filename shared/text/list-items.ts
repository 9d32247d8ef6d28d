import type { Attributes } from './markup.ts';

/** How the items of a list are marked, and how far it is. */
export interface List {
  /** The number of the next item; undefined where items have none. */
  readonly next: number | undefined;
  readonly step: 1 | -1;
  readonly type: string;
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ['lower-alpha', 'a'],
  ['lower-latin', 'a'],
  ['upper-alpha', 'A'],
  ['upper-latin', 'A'],
  ['lower-roman', 'i'],
  ['upper-roman', 'I'],
]);
const STYLED = /list-style(?:-type)?\s{0,9}:[^;]{0,40}?((?:lower|upper)-(?:alpha|latin|roman))/i;

const wholeNumber = (written: string | undefined): number | undefined =>
  written !== undefined && /^\s*-?\d{1,9}/.test(written) ? Number.parseInt(written, 10) : undefined;

/** What a list says of its items; undefined for what is none. */
export function listOf(name: string, attributes: Attributes): List | undefined {
  if (name === 'ul') return { next: undefined, step: 1, type: '' };
  if (name !== 'ol') return undefined;
  const start = wholeNumber(attributes.get('start'));
  const styled = STYLED.exec(attributes.get('style') ?? '')?.[1]?.toLowerCase() ?? '';
  // Without a start the first number is that of the items, which are still to come.
  const isReversed = attributes.has('reversed') && start !== undefined;
  return { next: start ?? 1, step: isReversed ? -1 : 1, type: TYPES.get(styled) ?? attributes.get('type') ?? '1' };
}

/** The number that an item says it has. */
export const numberOf = (name: string, attributes: Attributes): number | undefined =>
  name === 'li' ? wholeNumber(attributes.get('value')) : undefined;

function inLetters(number: number): string {
  let letters = '';
  for (let rest = number; rest > 0; rest = Math.floor((rest - 1) / 26))
    letters = String.fromCharCode(0x61 + ((rest - 1) % 26)) + letters;
  return letters;
}

const ROMAN: readonly (readonly [letters: string, value: number])[] = [
  ['m', 1_000],
  ['cm', 900],
  ['d', 500],
  ['cd', 400],
  ['c', 100],
  ['xc', 90],
  ['l', 50],
  ['xl', 40],
  ['x', 10],
  ['ix', 9],
  ['v', 5],
  ['iv', 4],
  ['i', 1],
];
const ROMAN_MAX = 3_999;

function inRoman(number: number): string {
  let rest = number;
  let letters = '';
  for (const [each, value] of ROMAN) {
    letters += each.repeat(Math.floor(rest / value));
    rest %= value;
  }
  return letters;
}

/** As a browser writes it. */
function numeral(number: number, type: string): string {
  if (number < 1 || number > ROMAN_MAX) return String(number);
  if (type === 'a') return inLetters(number);
  if (type === 'A') return inLetters(number).toUpperCase();
  if (type === 'i') return inRoman(number);
  return type === 'I' ? inRoman(number).toUpperCase() : String(number);
}

/** Before the words of an item. */
export const markOf = (number: number | undefined, type: string): string =>
  number === undefined ? ' * ' : ` ${numeral(number, type)}. `;
