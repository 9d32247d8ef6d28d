import type { Line } from './lines.ts';

/** Where a line stands, and how many `>` it gets. */
export type Origin = Omit<Line, 'text' | 'rule'> & { readonly marks: number };

const RULE = '-'.repeat(40);
/** Deeper quotes are as deep to a reader. */
const MARKS_MAX = 8;

/** Puts words into lines as a browser would: blanks run together, ends of lines come due with the next word. */
export class LineWriter {
  readonly #lines: Line[] = [];
  readonly #originNow: () => Origin;
  #origin: Origin | undefined;
  #parts: string[] = [];
  #endsBlank = false;
  #breaks = 0;
  #cell = false;
  #prefix = '';

  constructor(origin: () => Origin) {
    this.#originNow = origin;
  }

  /** Words in which blanks run together. */
  flow(text: string): void {
    const flowing = text.replace(/[ \t\r\n\f]+/g, ' ');
    const isStart = this.#parts.length === 0 || this.#breaks > 0 || this.#cell;
    const words = isStart || this.#endsBlank ? flowing.replace(/^ /, '') : flowing;
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
    if (this.#parts.length === 0) {
      this.#origin = this.#originNow();
      this.#parts.push(this.#prefix);
    } else if (this.#cell) this.#parts.push('\t');
    this.#prefix = '';
    this.#cell = false;
    this.#parts.push(text);
    this.#endsBlank = /\s$/.test(text.slice(-1));
  }

  break(lines: 0 | 1 | 2): void {
    if (lines === 0) return;
    this.#cell = false;
    if (this.#parts.length > 0 || this.#lines.length > 0) this.#breaks = Math.max(this.#breaks, lines);
  }

  cell(): void {
    this.#cell = true;
  }

  prefix(text: string): void {
    this.#prefix = text;
  }

  newLine(): void {
    this.#settle();
    if (this.#parts.length === 0) this.#blank();
    else this.#flush();
  }

  rule(): void {
    this.break(1);
    this.#settle();
    const { marks: _, ...origin } = this.#originNow();
    this.#lines.push({ ...origin, text: RULE, rule: true });
    this.#breaks = 1;
  }

  finish(): readonly Line[] {
    this.#flush();
    return this.#lines;
  }

  #settle(): void {
    if (this.#breaks === 0) return;
    this.#flush();
    if (this.#breaks > 1 && this.#lines.at(-1)?.text.trim() !== '') this.#blank();
    this.#breaks = 0;
  }

  #blank(): void {
    if (this.#lines.length === 0) return;
    const { marks: _, ...origin } = this.#originNow();
    this.#lines.push({ ...origin, text: '' });
  }

  #flush(): void {
    if (this.#parts.length === 0) return;
    const { marks, ...origin } = this.#origin ?? { marks: 0, depth: 0 };
    const text = this.#parts.join('').replaceAll('\u00a0', ' ').trimEnd();
    this.#lines.push({ ...origin, text: `${'> '.repeat(Math.min(marks, MARKS_MAX))}${text}` });
    this.#parts = [];
    this.#endsBlank = false;
    this.#origin = undefined;
  }
}
