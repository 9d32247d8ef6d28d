import { type Circumstances, ownLines } from './history.ts';
import { htmlLines } from './html-lines.ts';
import { isBlank, type Line, textOf } from './lines.ts';
import { cleanText } from './plain.ts';

/** The lines of HTML mail; what is hidden counts where nothing else is there. */
export function linesOfHtml(html: string): readonly Line[] {
  const clean = cleanText(html);
  const lines = htmlLines(clean);
  return lines.every(isBlank) ? htmlLines(clean, { hidden: true }) : lines;
}

/** The own words in HTML mail, or, with `history`, all of it. */
export async function textFromHtml(
  html: string,
  { history, ...circumstances }: { readonly history: boolean } & Circumstances,
): Promise<string> {
  const lines = linesOfHtml(html);
  return textOf(history ? lines : ownLines(lines, circumstances));
}
