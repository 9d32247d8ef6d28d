import type { IOptions } from 'sanitize-html';
import { VOID } from './elements.ts';
import { readMarkup } from './markup.ts';

const CHARACTERS_MAX = 1_000_000;
/** No mail that people write is nested deeper, and the library's time grows with the square of it. */
const DEPTH_MAX = 1_000;
const ELEMENTS_MAX = 60_000;

/** The most frequent ones first: the library looks through them for each tag and each text. */
const TAGS = [
  ...'div span p br td tr a tbody table b strong li'.split(' '),
  ...'h1 h2 h3 h4 h5 h6 hr blockquote pre code ul ol'.split(' '),
  ...'i em u s small sub sup center address dl dt dd'.split(' '),
  ...'caption thead tfoot th'.split(' '),
];
const ALLOWED: ReadonlySet<string> = new Set(TAGS);

/** Few tags in a short mail, so that nothing needs to be counted: a tag with its end is less than three times as long as the tag. */
function isSmall(html: string, charactersMax: number): boolean {
  if (3 * html.length > charactersMax) return false;
  let brackets = 0;
  for (let at = html.indexOf('<'); at >= 0 && brackets <= DEPTH_MAX; at = html.indexOf('<', at + 1)) brackets += 1;
  return brackets <= DEPTH_MAX;
}

/** Whether it can come out within `charactersMax`, judged by its words and tags, at the cost of one reading. */
function mayFit(html: string, charactersMax: number): boolean {
  let characters = 0;
  let depth = 0;
  let elements = 0;
  const fits = () => characters <= charactersMax && depth <= DEPTH_MAX && elements <= ELEMENTS_MAX;
  readMarkup(html, {
    text: (text) => {
      characters += text.length;
      return fits();
    },
    open: (name) => {
      elements += 1;
      if (!VOID.has(name)) depth += 1;
      if (ALLOWED.has(name)) characters += 2 * name.length + 5;
      return fits();
    },
    close: () => {
      depth -= 1;
      return true;
    },
  });
  return fits();
}

/** Loaded when the first HTML comes; to ask Node each time takes as long as the text of a short mail. */
let library: Promise<(html: string) => string> | undefined;

async function loaded(): Promise<(html: string) => string> {
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
  return (html) => sanitize(html, options);
}

/**
 * Safe to show, or undefined when it would be longer than `charactersMax` or is nested like no mail. Images are left out: they
 * report who looks.
 */
export async function sanitiseHtml(html: string, charactersMax = CHARACTERS_MAX): Promise<string | undefined> {
  if (!isSmall(html, charactersMax) && !mayFit(html, charactersMax)) return undefined;
  library ??= loaded();
  const sanitise = await library;
  return sanitise(html.toWellFormed()).trim();
}
