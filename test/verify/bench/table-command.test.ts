import { describe, expect, it } from 'vitest';
import { type Screen, type TableCommand, tableCommand } from './table-command.ts';

interface Row {
  readonly of: string;
  readonly hours: number;
}

const COMMAND: TableCommand<Row, string> = {
  name: 'bench:fruit',
  title: 'Fruit',
  about: 'Counts fruit.',
  hours: 3,
  cases: (hours) => ['red, 1 apple', 'red, 10 plums', 'dark red, 1 apple'].map((of) => ({ of, hours })),
  nameOf: ({ of }) => of,
  run: async ({ of, hours }) => `${of} ${hours}`,
  section: (results) => results.join(', '),
};

async function run(...args: readonly string[]) {
  const printed: string[] = [];
  const told: string[] = [];
  const screen: Screen = { print: (text) => void printed.push(text), say: (text) => void told.push(text) };
  const exitCode = await tableCommand(COMMAND, args, screen);
  return { exitCode, printed: printed.join('\n'), told };
}

describe('the command of a table', () => {
  it('prints the table of all rows, and says elsewhere what it has done', async () => {
    const { exitCode, printed, told } = await run();
    expect(exitCode).toBe(0);
    expect(printed).toContain('red, 1 apple 3, red, 10 plums 3, dark red, 1 apple 3');
    expect(told[1]).toContain('2 of 3: red, 10 plums');
  });

  it('runs the rows that every --only names by whole words from the start of a part, for the hours of --hours', async () => {
    const { printed } = await run('--only', 'red', '--only', '1', '--hours', '7');
    expect(printed.endsWith('\n\nred, 1 apple 7')).toBe(true);
  });

  it('prints one JSON document with --json', async () => {
    const { printed } = await run('--json', '--only', '10 plums');
    expect(JSON.parse(printed)).toMatchObject({ results: ['red, 10 plums 3'] });
  });

  it('says with --help what it does and which rows there are, and runs none', async () => {
    const { exitCode, printed, told } = await run('--help');
    expect(exitCode).toBe(0);
    expect(printed).toContain('Counts fruit.');
    expect(printed).toContain('dark red, 1 apple');
    expect(told).toEqual([]);
  });

  it.each([
    ['an unknown option', ['--fast']],
    ['hours that are no number', ['--hours', 'many']],
    ['words that name no row', ['--only', 'pear']],
    ['a part of the table for the file', ['--write', '--only', 'red']],
  ])('refuses %s with a sentence and exit code 2', async (_, args) => {
    const { exitCode, printed, told } = await run(...args);
    expect([exitCode, printed]).toEqual([2, '']);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('See npm run bench:fruit -- --help.');
  });
});
