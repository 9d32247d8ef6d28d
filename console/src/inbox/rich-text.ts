/** What a person types, with a few marks, as the mail's HTML. Everything else they type stays what it is. */

const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

const MARKED =
  /\*\*(?=\S)([^\n]+?)(?<=\S)\*\*|_(?=\S)([^\n_]+?)(?<=\S)_(?!\w)|\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)|(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])/g;

function marked(line: string): string {
  let html = '';
  let from = 0;
  for (const found of line.matchAll(MARKED)) {
    const [all, bold, italic, words, address, bare] = found;
    html += escaped(line.slice(from, found.index));
    if (bold !== undefined) html += `<b>${escaped(bold)}</b>`;
    else if (italic !== undefined) html += `<i>${escaped(italic)}</i>`;
    else if (bare !== undefined) html += `<a href="${escaped(bare)}">${escaped(bare)}</a>`;
    else html += `<a href="${escaped(address ?? '')}">${escaped(words ?? '')}</a>`;
    from = found.index + all.length;
  }
  return html + escaped(line.slice(from));
}

const isItem = (line: string) => /^[-*] /.test(line);

function block(lines: readonly string[]): string {
  if (lines.every(isItem)) return `<ul>${lines.map((line) => `<li>${marked(line.slice(2))}</li>`).join('')}</ul>`;
  return `<p>${lines.map(marked).join('<br>')}</p>`;
}

/** Whether the words hold a mark that plain text would show as it is. */
export const isRich = (text: string): boolean =>
  text.split('\n').some((line) => isItem(line) || /\*\*\S|(^|\W)_\S[^_]*_(\W|$)|\]\(https?:/.test(line));

/** Bold, italics, links and lists, in the way people write them. */
export function htmlOf(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .trim()
    .split(/\n{2,}/)
    .map((paragraph) => block(paragraph.split('\n')))
    .join('');
}
