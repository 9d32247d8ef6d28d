import { type Line, NO_PLACE, type Place } from './lines.ts';
import { isAsciiSign } from './signs.ts';

/** Where a line stands, and how many `>` it gets. */
export interface Origin {
  readonly depth: number;
  readonly place: Place;
  readonly marks: number;
}

/** In nothing that says anything of a line, as most are. */
export const NOWHERE: Origin = { depth: 0, place: NO_PLACE, marks: 0 };

const RULE = '-'.repeat(40);
/** Deeper quotes are as deep to a reader. */
const MARKS_MAX = 8;
/** Blanks that are not one space already. */
const BLANKS = /[\t\r\n\f][ \t\r\n\f]*| [ \t\r\n\f]+/g;
const BLANK = /\s/;

/** Puts words into lines as a browser would: blanks run together, ends of lines come due with the next word. */
export class LineWriter {
  readonly #lines: Line[] = [];
  readonly #originNow: () => Origin;
  #origin: Origin | undefined;
  #text = '';
  #endsBlank = false;
  #breaks = 0;
  #cell = false;
  #prefix = '';

  constructor(origin: () => Origin) {
    this.#originNow = origin;
  }

  /** Words in which blanks run together. */
  flow(text: string): void {
    // Source code that is indented has as many ends of lines between its tags as words.
    if (text === '\n' && this.#startsLine()) return;
    const flowing = text.replace(BLANKS, ' ');
    const words = (this.#startsLine() || this.#endsBlank) && flowing.startsWith(' ') ? flowing.slice(1) : flowing;
    if (words !== '') this.put(words);
  }

  /** Words as they are. */
  preserve(text: string): void {
    for (const [index, line] of text.split(/\r\n?|\n/).entries()) {
      if (index > 0) this.newLine();
      this.put(line);
    }
  }

  /** Words after the ends of lines and the separator that are due before them. */
  put(text: string): void {
    if (text === '') return;
    this.#settle();
    if (this.#text === '') {
      this.#origin = this.#originNow();
      this.#text = this.#prefix;
    } else if (this.#cell) this.#text += '\t';
    this.#prefix = '';
    this.#cell = false;
    this.#text += text;
    this.#endsBlank = !isAsciiSign(text.charCodeAt(text.length - 1)) && BLANK.test(text.slice(-1));
  }

  break(lines: 0 | 1 | 2): void {
    if (lines === 0) return;
    this.#cell = false;
    if (this.#text !== '' || this.#lines.length > 0) this.#breaks = Math.max(this.#breaks, lines);
  }

  cell(): void {
    this.#cell = true;
  }

  prefix(text: string): void {
    this.#prefix = text;
  }

  newLine(): void {
    this.#settle();
    if (this.#text === '') this.#blank();
    else this.#flush();
  }

  rule(): void {
    this.break(1);
    this.#settle();
    const { depth, place } = this.#originNow();
    this.#lines.push({ text: RULE, depth, place: { ...place, rule: true } });
    this.#breaks = 1;
  }

  finish(): readonly Line[] {
    this.#flush();
    return this.#lines;
  }

  #startsLine(): boolean {
    return this.#text === '' || this.#breaks > 0 || this.#cell;
  }

  #settle(): void {
    if (this.#breaks === 0) return;
    this.#flush();
    if (this.#breaks > 1 && this.#lines.at(-1)?.text.trim() !== '') this.#blank();
    this.#breaks = 0;
  }

  #blank(): void {
    if (this.#lines.length === 0) return;
    const { depth, place } = this.#originNow();
    this.#lines.push({ text: '', depth, place });
  }

  #flush(): void {
    if (this.#text === '') return;
    const { depth, place, marks } = this.#origin ?? NOWHERE;
    const words = this.#text.replaceAll('\u00a0', ' ').trimEnd();
    const text = marks === 0 ? words : `${'> '.repeat(Math.min(marks, MARKS_MAX))}${words}`;
    this.#lines.push({ text, depth, place });
    this.#text = '';
    this.#endsBlank = false;
    this.#origin = undefined;
  }
}
