import { parseArgs } from 'node:util';
import { machine } from './measure.ts';
import { writeSection } from './report.ts';

/** A table whose rows take a while each, as a command of its own. */
export interface TableCommand<Case extends { readonly hours: number }, Result> {
  /** As npm knows it. */
  readonly name: string;
  /** The heading of its part of `docs/benchmarks.md`. */
  readonly title: string;
  /** One sentence for `--help`. */
  readonly about: string;
  /** Virtual hours of each row, unless said. */
  readonly hours: number;
  readonly cases: (hours: number) => readonly Case[];
  /** Parts with a comma between them, which `--only` picks by. */
  readonly nameOf: (wanted: Case) => string;
  readonly run: (wanted: Case) => Promise<Result>;
  readonly section: (results: readonly Result[]) => string;
}

/** Where the table goes, and where all that is said beside it. */
export interface Screen {
  readonly print: (text: string) => void;
  readonly say: (text: string) => void;
}

const TERMINAL: Screen = {
  print: (text) => void process.stdout.write(`${text}\n`),
  say: (text) => void process.stderr.write(`${text}\n`),
};

const OPTIONS = {
  help: { type: 'boolean', default: false },
  only: { type: 'string', multiple: true, default: [] as string[] },
  hours: { type: 'string' },
  json: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
} as const;

function helpOf({
  name,
  title,
  about,
  hours,
  cases,
  nameOf,
}: TableCommand<{ readonly hours: number }, unknown>): string {
  return `npm run ${name} -- [options]

${about} Progress goes to stderr.

  --only TEXT   the rows whose name has a part that is or begins with these words; given twice, both
  --hours N     virtual hours while replies arrive, ${hours} unless said
  --json        one JSON document instead of the table
  --write       puts the table under "${title}" in docs/benchmarks.md
  --help        this

Rows:
${cases(hours)
  .map((each) => `  ${nameOf(each)}`)
  .join('\n')}`;
}

const PARTS = ', ';

const isNamed = (name: string, words: string) =>
  name.split(PARTS).some((part) => part === words || part.startsWith(`${words} `));

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

class Misused extends Error {}

function optionsOf(args: readonly string[]) {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const hours = values.hours === undefined ? undefined : Number(values.hours);
    if (hours !== undefined && !(hours >= 1)) throw new Misused('--hours takes a number of at least 1.');
    if (values.write && (values.only.length > 0 || values.json))
      throw new Misused('--write puts the whole table into the file; leave out --only and --json.');
    return { ...values, hours };
  } catch (error) {
    throw error instanceof Misused ? error : new Misused(error instanceof Error ? error.message : String(error));
  }
}

async function runRows<Case extends { readonly hours: number }, Result>(
  { nameOf, run }: TableCommand<Case, Result>,
  rows: readonly Case[],
  { say }: Screen,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const [index, row] of rows.entries()) {
    const before = cpuSeconds();
    results.push(await run(row));
    const took = (cpuSeconds() - before).toFixed(1);
    say(`${index + 1} of ${rows.length}: ${nameOf(row)}, ${took} s of processor`);
  }
  return results;
}

/** Carries the command out; gives its exit code. */
export async function tableCommand<Case extends { readonly hours: number }, Result>(
  command: TableCommand<Case, Result>,
  args: readonly string[],
  screen: Screen = TERMINAL,
): Promise<number> {
  let options: ReturnType<typeof optionsOf>;
  try {
    options = optionsOf(args);
  } catch (error) {
    if (!(error instanceof Misused)) throw error;
    screen.say(`${error.message} See npm run ${command.name} -- --help.`);
    return 2;
  }
  if (options.help) {
    screen.print(helpOf(command as never));
    return 0;
  }
  const { only, hours = command.hours } = options;
  const rows = command.cases(hours).filter((each) => only.every((words) => isNamed(command.nameOf(each), words)));
  if (rows.length === 0) {
    screen.say(`No row is named by ${only.join(' and ')}. See npm run ${command.name} -- --help.`);
    return 2;
  }
  const before = cpuSeconds();
  const results = await runRows(command, rows, screen);
  const seconds = Math.round(cpuSeconds() - before);
  const about = `\`npm run ${command.name}\` on ${machine()}, ${new Date().toISOString().slice(0, 10)}: ${seconds} s of one core.`;
  const section = `${about}\n\n${command.section(results)}`;
  screen.print(options.json ? JSON.stringify({ about, seconds, results }, null, 2) : section);
  if (options.write) writeSection(command.title, section);
  return 0;
}
