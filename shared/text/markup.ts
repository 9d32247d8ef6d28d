import { decodeHTML } from 'entities/decode';

/** What HTML is made of, as far as its text goes. Comments, declarations and what no reader sees are left out. */
export type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'open'; readonly name: string; readonly attributes: Attributes }
  | { readonly kind: 'close'; readonly name: string };

export type Attributes = ReadonlyMap<string, string>;

/** Their content is no text of the mail. */
const SILENT: ReadonlySet<string> = new Set(
  ['script', 'style', 'title', 'template', 'iframe', 'object', 'noembed', 'noframes', 'select', 'textarea'].concat([
    'svg',
    'math',
    'audio',
    'video',
    'xml',
  ]),
);

const NAME = /[a-z][a-z0-9:_-]*/iy;
const ATTRIBUTE = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;
const NO_ATTRIBUTES: Attributes = new Map();

/** Finds forward, and remembers what is nowhere ahead: that keeps the whole reading linear on hostile input. */
function finder(text: string): (what: string, from: number) => number {
  const absent = new Set<string>();
  return (what, from) => {
    if (absent.has(what)) return -1;
    const at = text.indexOf(what, from);
    if (at < 0) absent.add(what);
    return at;
  };
}

type Find = ReturnType<typeof finder>;

/** Where the tag that begins at `start` ends, a `>` within a quoted value passed over; -1 without an end. */
function endOfTag(html: string, start: number, find: Find): number {
  const first = find('>', start);
  if (first < 0) return -1;
  let quote = '';
  let isValue = false;
  for (let at = start; at < html.length; at += 1) {
    const char = html.charAt(at);
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '>') return at + 1;
    else if ((char === '"' || char === "'") && isValue) quote = char;
    if (char !== ' ' && char !== '\n' && char !== '\t' && char !== '\r') isValue = char === '=';
  }
  return first + 1;
}

function attributesOf(inside: string): Attributes {
  if (!inside.includes('=')) return NO_ATTRIBUTES;
  const attributes = new Map<string, string>();
  for (const [, name = '', double, single, bare] of inside.matchAll(ATTRIBUTE)) {
    const key = name.toLowerCase();
    if (!attributes.has(key)) attributes.set(key, decodeHTML(double ?? single ?? bare ?? ''));
  }
  return attributes;
}

function nameAt(html: string, at: number): string {
  NAME.lastIndex = at;
  return NAME.exec(html)?.[0].toLowerCase() ?? '';
}

/** Where a comment or declaration ends. Word's conditional sections show what is between them. */
function endOfDeclaration(html: string, start: number, find: Find): number {
  if (html.startsWith('<!--', start)) {
    const end = find('-->', start + 2);
    if (end >= 0) return end + 3;
  }
  const close = find('>', start);
  return close < 0 ? -1 : close + 1;
}

/** The parts of HTML, however deep or broken, in time proportional to its length. */
export function* tokens(html: string): Generator<Token> {
  const lower = html.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const find = finder(lower);
  let from = 0;
  let at = html.indexOf('<');
  const text = (to: number): Token => ({ kind: 'text', text: decodeHTML(html.slice(from, to)) });
  while (at >= 0) {
    const isClose = html.charAt(at + 1) === '/';
    const name = nameAt(html, at + (isClose ? 2 : 1));
    const isDeclaration = name === '' && /[!?/]/.test(html.charAt(at + 1));
    const end =
      name !== '' ? endOfTag(html, at + 1 + name.length, find) : isDeclaration ? endOfDeclaration(lower, at, find) : -1;
    if (end < 0) {
      at = html.indexOf('<', at + 1);
      continue;
    }
    if (at > from) yield text(at);
    from = end;
    if (name !== '') {
      const silentEnd = !isClose && SILENT.has(name) ? find(`</${name}`, end) : -1;
      // Without an end of its own the rest of the mail is not swallowed.
      if (silentEnd >= 0) from = endOfTag(html, silentEnd + 2, find);
      else if (isClose) yield { kind: 'close', name };
      else yield { kind: 'open', name, attributes: attributesOf(html.slice(at + 1 + name.length, end - 1)) };
      if (from < 0) return;
    }
    at = html.indexOf('<', from);
  }
  if (from < html.length) yield text(html.length);
}
