import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Align = 'left' | 'right';

/** A table as Markdown; the first column is text, the others are figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

export const figure = (value: number, digits = 2) =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
export const count = (value: number) => figure(value, 0);
export const dollars = (value: number) => `${value < 0 ? '-' : ''}$${figure(Math.abs(value))}`;
export const met = (is: boolean) => (is ? 'met' : '**missed**');

const FILE = join(import.meta.dirname, '../../../docs/benchmarks.md');

/** Replaces the part under this heading, of `docs/benchmarks.md`, and nothing else. */
export function writeSection(title: string, body: string): void {
  const heading = `## ${title}`;
  const text = readFileSync(FILE, 'utf8');
  const start = text.indexOf(`${heading}\n`);
  const section = `${heading}\n\n${body.trim()}\n`;
  const before = start < 0 ? `${text.trimEnd()}\n\n` : text.slice(0, start);
  const next = start < 0 ? -1 : text.indexOf('\n## ', start + heading.length);
  writeFileSync(FILE, `${before}${section}${next < 0 ? '' : text.slice(next)}`);
}
