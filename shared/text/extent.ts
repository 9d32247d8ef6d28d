import { VOID } from './elements.ts';
import type { MarkupReader } from './markup.ts';

/** No mail that people write is nested deeper, and the time of the library that makes it safe grows with the square of it. */
export const DEPTH_MAX = 1_000;
const ELEMENTS_MAX = 60_000;

export const TAGS = [
  ...'h1 h2 h3 h4 h5 h6 p div span br hr blockquote pre code ul ol li'.split(' '),
  ...'b strong i em u s small sub sup a center address dl dt dd'.split(' '),
  ...'table caption thead tbody tfoot tr th td'.split(' '),
];
export const ALLOWED: ReadonlySet<string> = new Set(TAGS);

/** How long HTML comes out once it is safe, judged by its words and tags while somebody reads it. */
export class Extent {
  #characters = 0;
  #elements = 0;
  #depth = 0;
  #depthMax = 0;
  isCounted = false;

  text(text: string): void {
    this.#characters += text.length;
  }

  open(name: string): void {
    this.#elements += 1;
    if (!VOID.has(name)) this.#depth += 1;
    if (this.#depth > this.#depthMax) this.#depthMax = this.#depth;
    if (ALLOWED.has(name)) this.#characters += 2 * name.length + 5;
  }

  close(): void {
    this.#depth -= 1;
  }

  fits(charactersMax: number): boolean {
    return this.#characters <= charactersMax && this.#depthMax <= DEPTH_MAX && this.#elements <= ELEMENTS_MAX;
  }
}

/** Counts what the reader is told. */
export const counting = (extent: Extent, reader: MarkupReader): MarkupReader => ({
  text: (text) => {
    extent.text(text);
    return reader.text(text);
  },
  open: (name, written) => {
    extent.open(name);
    return reader.open(name, written);
  },
  close: (name) => {
    extent.close();
    return reader.close(name);
  },
});
