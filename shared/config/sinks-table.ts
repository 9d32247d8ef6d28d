import { SINKS } from '../sinks/index.ts';

/** The table of sinks in the docs, made of their own definitions. */
export function sinksTable(): string {
  const rows = SINKS.map(({ type, summary, says, notIn }) => {
    const settings = Object.entries(says).map(([field, what]) => `\`${field}\`: ${what}`);
    const where = Object.keys(notIn).length === 0 ? 'everywhere' : `not in ${Object.keys(notIn).join(', ')}`;
    return `| \`${type}\` | ${summary} | ${settings.join('; ') || '—'} | ${where} |`;
  });
  return [
    '| Type | Where events go | Settings besides `id` and the filter | Works |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}

const BEGIN = '<!-- sinks: written by "npm run config:schema" -->';
const END = '<!-- /sinks -->';

/** The page with its table as it is now. */
export function withSinksTable(page: string): string {
  const before = page.slice(0, page.indexOf(BEGIN) + BEGIN.length);
  return `${before}\n${sinksTable()}\n${page.slice(page.indexOf(END))}`;
}
