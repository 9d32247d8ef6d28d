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
  /** What `--only` looks into, and what is said while it is under way. */
  readonly nameOf: (wanted: Case) => string;
  readonly run: (wanted: Case) => Promise<Result>;
  readonly section: (results: readonly Result[]) => string;
}

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

  --only TEXT   the rows whose name has this text; given twice, both texts
  --hours N     virtual hours while replies arrive, ${hours} unless said
  --json        one JSON document instead of the table
  --write       puts the table under "${title}" in docs/benchmarks.md
  --help        this

Rows:
${cases(hours)
  .map((each) => `  ${nameOf(each)}`)
  .join('\n')}`;
}

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
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const [index, row] of rows.entries()) {
    const before = cpuSeconds();
    results.push(await run(row));
    const took = (cpuSeconds() - before).toFixed(1);
    process.stderr.write(`${index + 1} of ${rows.length}: ${nameOf(row)}, ${took} s of processor\n`);
  }
  return results;
}

/** Carries the command out; gives its exit code. */
export async function tableCommand<Case extends { readonly hours: number }, Result>(
  command: TableCommand<Case, Result>,
  args: readonly string[],
): Promise<number> {
  let options: ReturnType<typeof optionsOf>;
  try {
    options = optionsOf(args);
  } catch (error) {
    if (!(error instanceof Misused)) throw error;
    process.stderr.write(`${error.message} See npm run ${command.name} -- --help.\n`);
    return 2;
  }
  if (options.help) {
    console.log(helpOf(command as never));
    return 0;
  }
  const { only, hours = command.hours } = options;
  const rows = command.cases(hours).filter((each) => only.every((text) => command.nameOf(each).includes(text)));
  if (rows.length === 0) {
    process.stderr.write(`No row has ${only.join(' and ')} in its name. See npm run ${command.name} -- --help.\n`);
    return 2;
  }
  const before = cpuSeconds();
  const results = await runRows(command, rows);
  const seconds = Math.round(cpuSeconds() - before);
  const about = `\`npm run ${command.name}\` on ${machine()}, ${new Date().toISOString().slice(0, 10)}: ${seconds} s of one core.`;
  if (options.json) console.log(JSON.stringify({ about, seconds, results }, null, 2));
  else console.log(`${about}\n\n${command.section(results)}`);
  if (options.write) writeSection(command.title, `${about}\n\n${command.section(results)}`);
  return 0;
}
