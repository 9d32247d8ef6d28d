import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';
export type Paint = (style: Style, text: string) => string;

/** Colours on a terminal only, and never where NO_COLOR is set. */
export function painter(stream: NodeJS.WriteStream): Paint {
  const coloured = stream.isTTY === true && !process.env.NO_COLOR;
  return (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text);
}

// Mail comes from strangers: what could steer a terminal is taken out before it is shown.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export const shown = (text: string): string => text.replace(CONTROL, '');

/** One line of at most `width` characters. */
export function oneLine(text: string, width: number): string {
  const line = shown(text.replace(/\s+/g, ' ').trim());
  return line.length > width ? `${line.slice(0, width - 1).trimEnd()}…` : line;
}

export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

export const printJson = (value: unknown): void => print(JSON.stringify(value));

export const note = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const pad = (value: number): string => String(value).padStart(2, '0');

/** Local time: "14:05:09", with the date in front when it is not today's. */
export function localTime(iso: string, now: number): string {
  const at = new Date(iso);
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
  const sameDay = at.toDateString() === new Date(now).toDateString();
  return sameDay ? time : `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${time}`;
}
