import { hasYear } from './evidence.ts';
import { isBlank, isQuoted, type Line } from './lines.ts';
import { startOfWrote } from './wrote-lines.ts';

/** The Bat! quotes with the initials of whoever wrote: "NH> Hello". */
const INITIALLED = /^ ?(\p{Lu}{1,4})(>{1,8})(?:\s|$)/u;
const GREATER = 0x3e;
/** As many lines as one that names whom it quotes is broken into. */
const ABOVE_MAX = 6;

/** Cheap to see, and false for most lines. */
function mayBeInitialled({ text, depth }: Line): boolean {
  if (depth > 0) return false;
  for (let at = 1; at < 6; at += 1) if (text.charCodeAt(at) === GREATER) return true;
  return false;
}

const initialsOf = (line: Line): string | undefined =>
  mayBeInitialled(line) ? INITIALLED.exec(line.text)?.[1] : undefined;

const quoted = (line: Line): Line => ({ ...line, depth: INITIALLED.exec(line.text)?.[2]?.length ?? 0 });

/** Whether a line with a date that names whom it quotes stands above: without one it may be what a console shows. */
function isNamed(lines: readonly Line[], at: number, line: Line): boolean {
  const above = lines.slice(Math.max(0, at - 2 * ABOVE_MAX), at);
  const end = above.findLastIndex((each) => !isBlank(each));
  const name = above[end];
  if (!name || isQuoted(name)) return false;
  const start = startOfWrote([...above.slice(0, end + 1), quoted(line)], end);
  return start !== undefined && above.slice(start, end + 1).some(({ text }) => hasYear(text));
}

/** The lines, those with the initials of whom a line above them names as what they are: quotes. */
export function withInitialsQuoted(lines: readonly Line[]): readonly Line[] {
  if (!lines.some(mayBeInitialled)) return lines;
  const named = new Set<string>();
  let last: string | undefined;
  return lines.map((line, at) => {
    const initials = initialsOf(line);
    if (initials !== undefined && initials !== last && !named.has(initials) && isNamed(lines, at, line)) {
      named.add(initials);
    }
    if (!isBlank(line)) last = initials;
    return initials !== undefined && named.has(initials) ? quoted(line) : line;
  });
}
