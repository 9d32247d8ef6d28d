import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

/** Text that is fit for a terminal as it is. What is a mere string is not, and is cleaned when it is printed. */
export class Shown {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Paint = (style: Style, text: string | Shown) => Shown;

// Mail comes from strangers, and ids and names from vendors: what steers a terminal, turns the direction of a line, or is
// not seen at all never reaches one. Controls (C0, DEL, C1), formats (bidi, zero width, tags), halves of pairs, and both
// separators.
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
const UNFIT = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
const UNFIT_BUT_BREAKS = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
/** No name or id of an honest vendor is longer. */
const FOREIGN_CHARS_MAX = 2_000;

const cut = (line: string, width: number): string =>
  line.length > width
    ? `${line
        .slice(0, width - 1)
        .toWellFormed()
        .trimEnd()}…`
    : line;

/** A foreign string as one line of a terminal. */
export const shown = (foreign: string): string =>
  cut(
    foreign
      .slice(0, 2 * FOREIGN_CHARS_MAX)
      .replace(BREAKS, ' ')
      .replace(UNFIT, ''),
    FOREIGN_CHARS_MAX,
  );

/** One line of at most `width` characters, without gaps. */
export function oneLine(foreign: string, width: number): string {
  return cut(shown(foreign).replace(/\s+/g, ' ').trim(), width);
}

/** A foreign text with its lines, each behind `before`. */
export function block(foreign: string, before = ''): Shown {
  const lines = foreign
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(UNFIT_BUT_BREAKS, '')
    .trimEnd();
  return new Shown(lines.replace(/^/gm, before));
}

const clean = (part: string | number | Shown): string => (part instanceof Shown ? part.text : shown(String(part)));

/** A template whose foreign parts are shown, each as one line. */
export function styled(own: TemplateStringsArray, ...parts: readonly (string | number | Shown)[]): Shown {
  return new Shown(own.reduce((text, piece, index) => `${text}${clean(parts[index - 1] ?? '')}${piece}`));
}

export const joined = (parts: readonly (string | Shown)[], between: ' ' | '\n' | ', '): Shown =>
  new Shown(parts.map(clean).join(between));

/** Colours on a terminal only, and never where NO_COLOR is set. */
export function painter(stream: NodeJS.WriteStream): Paint {
  const coloured = stream.isTTY === true && !process.env.NO_COLOR;
  return (style, text) => new Shown(coloured ? styleText(style, clean(text), { validateStream: false }) : clean(text));
}

export const print = (text: string | Shown): void => {
  process.stdout.write(`${clean(text)}\n`);
};

/** A line that takes the place of the one before. */
export const reprint = (text: string | Shown): void => {
  process.stdout.write(`\r\u001b[K${clean(text)}`);
};

const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`,
  ).join('');

/** JSON that is fit for a terminal too, and reads as the same. */
export const jsonText = (value: unknown): string => JSON.stringify(value).replace(UNFIT, escaped);

export const printJson = (value: unknown): void => {
  process.stdout.write(`${jsonText(value)}\n`);
};

export const note = (text: string | Shown): void => {
  process.stderr.write(`${clean(text)}\n`);
};

const pad = (value: number): string => String(value).padStart(2, '0');

/** Local time: "14:05:09", with the date in front when it is not today's. The first instant of 1970 stands for none. */
export function localTime(iso: string, now: number): string {
  const at = new Date(iso);
  if (at.getTime() === 0) return 'time unknown';
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
  const sameDay = at.toDateString() === new Date(now).toDateString();
  return sameDay ? time : `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${time}`;
}
