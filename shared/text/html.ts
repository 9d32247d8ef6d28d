import type * as HtmlToText from 'html-to-text';
import { cleanText } from './plain.ts';
import { stripTags } from './strip-tags.ts';

const DEPTH_MAX = 200;
/** Larger mail is read by the plain stripper: html-to-text takes seconds for a megabyte of nested tags. */
const READ_CHARACTERS_MAX = 300_000;
const HTML_CHARACTERS_MAX = 1_000_000;

export const isTooLarge = (html: string) => html.length > HTML_CHARACTERS_MAX;

/** A private-use character stands where html-to-text stopped, so that a cut is seen and never passed on. */
const STOPPED = '\ue000';

/** How mail programs mark the history below an answer. */
const HISTORY = ['div.gmail_quote', 'blockquote.gmail_quote', 'blockquote[type=cite]', 'div.yahoo_quoted'];
const NOTHING: readonly string[] = [];

/** The readable text of HTML mail. With `history: false` without what mail programs mark as quoted, unless all is. */
export async function textFromHtml(html: string, { history }: { readonly history: boolean }): Promise<string> {
  const text = cleanText(await convert(html, history ? NOTHING : HISTORY)).trim();
  if (text !== '' || history) return text;
  return await textFromHtml(html, { history: true });
}

type Convert = (html: string) => string;
type Compile = typeof HtmlToText.compile;

/** By what they skip. Compiling the selectors takes several times as long as converting a mail. */
const CONVERTERS = new Map<readonly string[], Convert>();

function converterOf(compile: Compile, skipped: readonly string[]): Convert {
  const known = CONVERTERS.get(skipped);
  if (known) return known;
  const made = compile({
    wordwrap: false,
    limits: { maxDepth: DEPTH_MAX, maxInputLength: READ_CHARACTERS_MAX, ellipsis: STOPPED },
    selectors: [
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true, ignoreHref: true } },
      { selector: 'img', format: 'skip' },
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
      ...skipped.map((selector) => ({ selector, format: 'skip' })),
    ],
  });
  CONVERTERS.set(skipped, made);
  return made;
}

async function convert(html: string, skipped: readonly string[]): Promise<string> {
  if (html.length > READ_CHARACTERS_MAX) return stripTags(html);
  const { compile } = await import('html-to-text');
  const toText = converterOf(compile, skipped);
  try {
    const text = toText(html);
    return text.includes(STOPPED) ? stripTags(html) : text;
  } catch {
    // Deep or broken markup overflows its stack; the text in it still counts.
    return stripTags(html);
  }
}

const TAGS = [
  ...[
    'h1',
    'h2',
    'h3',
    'h4',
    'h5',
    'h6',
    'p',
    'div',
    'span',
    'br',
    'hr',
    'blockquote',
    'pre',
    'code',
    'ul',
    'ol',
    'li',
  ],
  ...['b', 'strong', 'i', 'em', 'u', 's', 'small', 'sub', 'sup', 'a', 'center', 'address', 'dl', 'dt', 'dd'],
  ...['table', 'caption', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td'],
];

/** Safe to show, or nothing when it {@link isTooLarge} to be made safe. Images are left out: they report who looks. */
export async function sanitiseHtml(html: string): Promise<string | undefined> {
  if (isTooLarge(html)) return undefined;
  const { default: sanitize } = await import('sanitize-html');
  return sanitize(html.toWellFormed(), {
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
  }).trim();
}
