import { hasYear } from './evidence.ts';
import type { Header } from './headers.ts';
import { isQuoted, type Line, nextVisible } from './lines.ts';

/** The Bat! quotes with the initials of whoever wrote: "NH> Hello". */
const INITIALLED = /^ ?(\p{Lu}{1,4})(>{1,8})(?:\s|$)/u;

const initialsOf = (line: Line): string | undefined => (isQuoted(line) ? undefined : INITIALLED.exec(line.text)?.[1]);

export const isInitialled = (line: Line): boolean => initialsOf(line) !== undefined;

const quoted = (line: Line): Line => ({ ...line, depth: INITIALLED.exec(line.text)?.[2]?.length ?? 0 });

/** The initials right below the header. Without a date above them they may be what a console shows. */
function initialsBelow(lines: readonly Line[], { from, to, kind }: Header): string | undefined {
  const first = lines[nextVisible(lines, to)];
  const initials = kind === 'reply' && first ? initialsOf(first) : undefined;
  const isDated = initials !== undefined && lines.slice(from, to).some(({ text }) => hasYear(text));
  return isDated ? initials : undefined;
}

/** The lines, those with the initials of whom a header names as what they are: quotes. The same lines where there are none. */
export function withInitialsQuoted(lines: readonly Line[], headers: readonly Header[]): readonly Line[] {
  for (const header of headers) {
    const initials = initialsBelow(lines, header);
    if (initials === undefined) continue;
    return lines.map((line, at) => (at >= header.to && initialsOf(line) === initials ? quoted(line) : line));
  }
  return lines;
}
