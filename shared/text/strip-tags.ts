const BLOCK = /^\/?(p|div|br|hr|tr|table|li|ul|ol|h[1-6]|blockquote|pre|section|article|header|footer)\b/;
const HIDDEN = ['script', 'style', 'title', 'template'];
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

function decode(text: string): string {
  return text.replace(/&(#x?[0-9a-f]{1,6}|[a-z]{2,8});/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? whole;
    const hex = name[1] === 'x' || name[1] === 'X';
    const code = Number.parseInt(name.slice(hex ? 2 : 1), hex ? 16 : 10);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

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

/** Text of any markup, however deep or broken, in linear time. Plain, but nothing readable is lost. */
export function stripTags(html: string): string {
  const lower = html.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const find = finder(lower);
  const parts: string[] = [];
  let at = 0;
  while (at < html.length) {
    const start = html.indexOf('<', at);
    if (start < 0) break;
    parts.push(html.slice(at, start));
    const end = endOfMarkup(lower, start, find);
    if (end < 0) parts.push('<');
    else if (BLOCK.test(lower.slice(start + 1, start + 12))) parts.push('\n');
    at = end < 0 ? start + 1 : end;
  }
  parts.push(html.slice(at));
  return decode(parts.join(''))
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n[ \n]*/g, '\n')
    .trim();
}

/** Where the tag or comment at `start` ends; -1 when it is only a less-than sign. */
function endOfMarkup(lower: string, start: number, find: (what: string, from: number) => number): number {
  if (!/[a-z/!?]/.test(lower.charAt(start + 1))) return -1;
  const comment = lower.startsWith('<!--', start) ? find('-->', start) : -1;
  if (comment >= 0) return comment + 3;
  const close = find('>', start);
  if (close < 0) return -1;
  const hidden = HIDDEN.find((name) => lower.startsWith(name, start + 1));
  if (hidden === undefined) return close + 1;
  const end = find(`</${hidden}`, close);
  return end < 0 ? close + 1 : end;
}
