import type { IOptions } from 'sanitize-html';
import { ALLOWED, counting, DEPTH_MAX, Extent, TAGS } from './extent.ts';
import { hidingSheet, type Seeing, type Sight, sightOf } from './hiding.ts';
import { showsWords } from './html-lines.ts';
import { showsNothing } from './lines.ts';
import { readMarkup } from './markup.ts';
import { cleanText } from './plain.ts';
import type { Stylesheet } from './styles.ts';

const CHARACTERS_MAX = 1_000_000;

/** Few tags in a short mail, so that nothing needs to be counted: a tag with its end is less than three times as long as the tag. */
function isSmall(html: string, charactersMax: number): boolean {
  if (3 * html.length > charactersMax) return false;
  let brackets = 0;
  for (let at = html.indexOf('<'); at >= 0 && brackets <= DEPTH_MAX; at = html.indexOf('<', at + 1)) brackets += 1;
  return brackets <= DEPTH_MAX;
}

/** Whether it can come out within `charactersMax`, at the cost of one reading, which ends where it cannot. */
function mayFit(html: string, charactersMax: number): boolean {
  const extent = new Extent();
  const fits = () => extent.fits(charactersMax);
  readMarkup(html, counting(extent, { text: fits, open: fits, close: () => true }));
  return fits();
}

/** Follows the elements that the library meets, so that what is hidden is left out. */
class HiddenParts {
  readonly #sheet: Stylesheet;
  readonly #open: Sight[] = [];
  /** The outermost hidden element: how many are open around it. */
  #hiddenAt = Number.POSITIVE_INFINITY;
  found = false;

  constructor(sheet: Stylesheet) {
    this.#sheet = sheet;
  }

  open(name: string, attributes: Seeing): void {
    const own = sightOf(name, attributes, this.#sheet);
    const isVisibleAgain = own === 'visible' || own === 'hidden';
    const sight = this.#open.at(-1) === 'invisible' && !isVisibleAgain ? 'invisible' : own;
    if (sight === 'hidden') this.#hiddenAt = Math.min(this.#hiddenAt, this.#open.length);
    if (sight !== 'seen' && sight !== 'visible') this.found = true;
    this.#open.push(sight);
  }

  close(): void {
    this.#open.pop();
    if (this.#open.length <= this.#hiddenAt) this.#hiddenAt = Number.POSITIVE_INFINITY;
  }

  areElementsSeen(): boolean {
    return this.#hiddenAt === Number.POSITIVE_INFINITY && this.#open.at(-1) !== 'invisible';
  }

  areWordsSeen(): boolean {
    return this.areElementsSeen() && this.#open.at(-1) !== 'wordless';
  }
}

/**
 * None within what is hidden: the library asks for each element, by `indexOf`. To let it take the elements out again when they end
 * would copy all that is before them, for each.
 */
class SeenTags extends Array<string> {
  readonly #hidden: HiddenParts;

  constructor(hidden: HiddenParts) {
    super();
    this.#hidden = hidden;
  }

  override indexOf(name: string): number {
    return this.#hidden.areElementsSeen() && ALLOWED.has(name) ? 0 : -1;
  }
}

type Sanitise = (html: string, hidden?: HiddenParts) => string;

/** Loaded when the first HTML comes; to ask Node each time takes as long as the text of a short mail. */
let library: Promise<Sanitise> | undefined;

async function loaded(): Promise<Sanitise> {
  const { default: sanitize } = await import('sanitize-html');
  const options: IOptions = {
    allowedTags: TAGS,
    allowedAttributes: {
      a: ['href', 'title', 'rel'],
      td: ['colspan', 'rowspan'],
      th: ['colspan', 'rowspan'],
      '*': ['dir'],
    },
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    allowProtocolRelative: false,
    nonTextTags: ['script', 'style', 'textarea', 'option', 'noscript', 'title', 'iframe', 'svg', 'math', 'template'],
    transformTags: { a: sanitize.simpleTransform('a', { rel: 'noopener noreferrer nofollow' }) },
  };
  return (html, hidden) => sanitize(html, hidden === undefined ? options : { ...options, ...leavingOut(hidden) });
}

const leavingOut = (hidden: HiddenParts): IOptions => ({
  onOpenTag: (name, attributes) => hidden.open(name, attributes),
  onCloseTag: () => hidden.close(),
  textFilter: (text) => (hidden.areWordsSeen() ? text : ''),
  allowedTags: new SeenTags(hidden),
});

/** Words outside of all tags, in which no bracket stands unescaped. */
const showsOnlyTags = (safe: string): boolean => showsNothing(safe.replace(/<[^>]*>/g, ''));

/**
 * Safe to show, or undefined when it would be longer than `charactersMax` or is nested like no mail; `extent` tells, where its text was
 * read before. Images are left out: they
 * report who looks. So is what the mail's own style hides, which would be seen without that style; unless nothing else is there.
 */
export async function sanitiseHtml(
  html: string,
  charactersMax = CHARACTERS_MAX,
  extent?: Extent,
): Promise<string | undefined> {
  const fits = extent?.isCounted
    ? extent.fits(charactersMax)
    : isSmall(html, charactersMax) || mayFit(html, charactersMax);
  if (!fits) return undefined;
  library ??= loaded();
  const sanitise = await library;
  const formed = html.toWellFormed();
  const hidden = new HiddenParts(hidingSheet(formed));
  const safe = sanitise(formed, hidden).trim();
  const isAllHidden = hidden.found && showsOnlyTags(safe) && !showsWords(cleanText(html));
  return isAllHidden ? sanitise(formed).trim() : safe;
}
