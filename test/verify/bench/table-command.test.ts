import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type TableCommand, tableCommand } from './table-command.ts';

interface Row {
  readonly of: string;
  readonly hours: number;
}

const COMMAND: TableCommand<Row, string> = {
  name: 'bench:fruit',
  title: 'Fruit',
  about: 'Counts fruit.',
  hours: 3,
  cases: (hours) => ['red apple', 'red plum', 'green apple'].map((of) => ({ of, hours })),
  nameOf: ({ of }) => of,
  run: async ({ of, hours }) => `${of} ${hours}`,
  section: (results) => results.join(', '),
};

describe('the command of a table', () => {
  let printed: string;
  let told: string;
  beforeEach(() => {
    printed = '';
    told = '';
    vi.spyOn(console, 'log').mockImplementation((text: string) => {
      printed += text;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      told += text;
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('prints the table of all rows, and says on stderr what it has done', async () => {
    expect(await tableCommand(COMMAND, [])).toBe(0);
    expect(printed).toContain('red apple 3, red plum 3, green apple 3');
    expect(told).toContain('2 of 3: red plum');
  });

  it('runs the rows that have every text of --only, for the hours of --hours', async () => {
    expect(await tableCommand(COMMAND, ['--only', 'red', '--only', 'apple', '--hours', '7'])).toBe(0);
    expect(printed.endsWith('red apple 7')).toBe(true);
  });

  it('prints one JSON document with --json', async () => {
    await tableCommand(COMMAND, ['--json', '--only', 'plum']);
    expect(JSON.parse(printed)).toMatchObject({ results: ['red plum 3'] });
  });

  it('says with --help what it does and which rows there are, and runs none', async () => {
    expect(await tableCommand(COMMAND, ['--help'])).toBe(0);
    expect(printed).toContain('Counts fruit.');
    expect(printed).toContain('green apple');
    expect(told).toBe('');
  });

  it.each([
    ['an unknown option', ['--fast']],
    ['hours that are no number', ['--hours', 'many']],
    ['a text that no row has', ['--only', 'pear']],
    ['a part of the table for the file', ['--write', '--only', 'plum']],
  ])('refuses %s with a sentence and exit code 2', async (_, args) => {
    expect(await tableCommand(COMMAND, args)).toBe(2);
    expect(printed).toBe('');
    expect(told).toContain('See npm run bench:fruit -- --help.');
  });
});
