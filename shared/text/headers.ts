import { blockAt, mayBeLabelled } from './header-blocks.ts';
import { EMPTY_LINE, isBlank, isCited, isQuoted, type Line, nextVisible } from './lines.ts';
import { beginsAsForward, introduces, isForwarded, isOriginal, isRule, isTitle } from './separators.ts';
import { isDigit, isLatinLetter } from './signs.ts';
import { startOfWrote } from './wrote-lines.ts';

/** Where a mail program says that another mail follows. */
export interface Header {
  readonly from: number;
  /** The first line below it. */
  readonly to: number;
  /** `block`: the form that answers and forwards share where no words tell them apart. */
  readonly kind: 'reply' | 'block' | 'forward';
}

const ABOVE_MAX = 3;
const MARKED_LINES_MAX = 100;

/** The rule right above a line, blank lines between them passed over. */
function ruleAbove(lines: readonly Line[], at: number): number | undefined {
  for (let above = at - 1; above >= Math.max(0, at - ABOVE_MAX); above -= 1) {
    const line = lines[above];
    if (line && isRule(line)) return above;
    if (line && !isBlank(line)) return undefined;
  }
  return undefined;
}

/** People write into the element of an attribution as well, above it. */
function wroteWithin(lines: readonly Line[], from: number, to: number): number | undefined {
  for (let end = from; end < Math.min(to, from + MARKED_LINES_MAX); end += 1) {
    const start = startOfWrote(lines, end);
    if (start !== undefined && start >= from) return start;
  }
  return undefined;
}

/** A run of lines that a mail program marked as the attribution. */
function marked(lines: readonly Line[], from: number): Header | undefined {
  const first = lines[from];
  if (!first?.place.attribution || isQuoted(first) || isBlank(first)) return undefined;
  let to = from;
  while (to < lines.length && lines[to]?.place.attribution && !isQuoted(lines[to] ?? first)) to += 1;
  if (isTitle(first)) return { from, to, kind: 'forward' };
  if (blockAt(lines, from, { ruled: true, framed: true })) return { from, to, kind: 'block' };
  return { from: wroteWithin(lines, from, to) ?? from, to, kind: 'reply' };
}

/** Below "-----Original Message-----" a block of headers or a "wrote" line may follow, which belongs to it. */
function original(lines: readonly Line[], from: number): Header | undefined {
  if (!isOriginal(lines, from)) return undefined;
  const next = nextVisible(lines, from + 1);
  const block = blockAt(lines, next, { ruled: true, framed: true });
  if (block) return { from, to: block.to, kind: 'reply' };
  for (let end = next; end < Math.min(lines.length, next + 4); end += 1) {
    if (startOfWrote(lines, end) === next) return { from, to: end + 1, kind: 'reply' };
  }
  return { from, to: from + 1, kind: 'reply' };
}

function block(lines: readonly Line[], from: number): Header | undefined {
  const first = lines[from];
  if (!first || isCited(first)) return undefined;
  const rule = ruleAbove(lines, from);
  const found = blockAt(lines, from, { ruled: rule !== undefined, framed: first.place.framed });
  if (!found) return undefined;
  // Between dashes in words that nobody knows, or below words that lead to it: it may be passed on, and stands nowhere else then.
  const above = lines.slice(Math.max(0, from - ABOVE_MAX), from).findLast((line) => !isBlank(line));
  const title = rule === undefined ? above : undefined;
  const isTitled = title !== undefined && (isTitle(title) || (!first.place.framed && introduces(title)));
  return { from: rule ?? from, to: found.to, kind: isTitled ? 'forward' : 'block' };
}

const isOfWord = (code: number): boolean => isLatinLetter(code) || isDigit(code);
const beginsWithWord = (text: string): boolean => isOfWord(text.charCodeAt(0));
const endsWithWord = (text: string): boolean =>
  isOfWord(text.charCodeAt(text.length - 1)) || /[,.!?]$/.test(text.slice(-1));

/** Within a quote, which only its first lines say anything about. */
function goesOn(lines: readonly Line[], at: number): boolean {
  const line = lines[at];
  const above = lines[at - 1];
  return above !== undefined && line !== undefined && isCited(line) && isCited(above) && !isBlank(above);
}

/** Cheap to see, and false for most lines: a header names an address or a label, or has signs at its ends. */
function mayOpen(lines: readonly Line[], at: number): boolean {
  const line = lines[at] ?? EMPTY_LINE;
  const { text } = line;
  if (line.place.attribution) return true;
  if (goesOn(lines, at) || isBlank(line)) return false;
  if (!beginsWithWord(text) || !endsWithWord(text) || text.includes('@')) return true;
  return mayBeLabelled(text);
}

/** All headers outside of quotes, from the top; a forward ends the search, since what follows stands nowhere else. */
export function headersOf(lines: readonly Line[]): readonly Header[] {
  const headers: Header[] = [];
  let at = 0;
  let free = 0;
  for (;;) {
    while (at < lines.length && !mayOpen(lines, at)) at += 1;
    if (at >= lines.length) return headers;
    const isNamed = () => free > 0 && nextVisible(lines, free) === at;
    if (isForwarded(lines, at) || (beginsAsForward(lines, at) && !isNamed()))
      return [...headers, { from: at, to: at + 1, kind: 'forward' }];
    const start = startOfWrote(lines, at);
    const wrote: Header | undefined =
      start !== undefined && start >= free ? { from: start, to: at + 1, kind: 'reply' } : undefined;
    const header = marked(lines, at) ?? original(lines, at) ?? block(lines, at) ?? wrote;
    if (header) headers.push(header);
    if (header?.kind === 'forward') return headers;
    free = header ? header.to : free;
    at = Math.max(at + 1, header?.to ?? 0);
  }
}
