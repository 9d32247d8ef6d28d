import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { VENDOR_NAMES } from '../../vendors/index.ts';
import { SeedSum } from './seed-sum.ts';
import type { SeedDone, SeedOptions } from './seed-worker.ts';
import { TROUBLES } from './troubles.ts';

const USAGE = `Usage: npm run simulate -- [options]

Plays hostile inboxes in virtual time and judges what polling recorded of them: what was lost, recorded twice, invented, or
recorded later than the world's own troubles explain. A seed is one inbox of one vendor; the same seed is the same inbox.

  --seeds N         how many (200)
  --from N          the first one (1)
  --days N          virtual days of each, before nine hours of calm (2)
  --vendor NAME     one of the tests' vendors for every seed (half of the seeds each of Cohesive and ColdSend)
  --workers N       seeds at once (one a core)
  --wide            worlds that take long: 2,000 to 8,000 old threads under ColdSend's own rate limits, hundreds of campaigns on
                    Cohesive. A quarter of a minute of machine time each and more
  --only TROUBLE    each world has this trouble and none that chance would add; may be repeated; '' for none at all
  --troubles        lists the troubles and how often chance brings them
  --json            one JSON document on stdout: the sum, the troubles met, and each failed seed with its findings
  --help

Progress goes to stderr. The last line on stdout is the sum. Exit code 1: a seed failed.`;

const OPTIONS = {
  seeds: { type: 'string', default: '200' },
  from: { type: 'string', default: '1' },
  days: { type: 'string', default: '2' },
  vendor: { type: 'string' },
  workers: { type: 'string', default: String(availableParallelism()) },
  wide: { type: 'boolean', default: false },
  only: { type: 'string', multiple: true },
  troubles: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const FINDINGS_SHOWN = 5;
const PROGRESS_EVERY_MS = 10_000;

/** Ends the process with a sentence and the code for wrong usage. */
function refuse(sentence: string): never {
  console.error(`${sentence} --help tells more.`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : 'Wrong arguments'}.`);
  }
}

function positive(name: string, given: string): number {
  const value = Number(given);
  if (Number.isFinite(value) && value > 0) return value;
  return refuse(`--${name} ${given} is not a number above 0.`);
}

function wanted(only: readonly string[] | undefined): readonly string[] | undefined {
  const names = only?.filter((name) => name !== '');
  const unknown = names?.find((name) => !TROUBLES.some((trouble) => trouble.name === name));
  return unknown === undefined ? names : refuse(`No trouble is called "${unknown}"; --troubles lists them.`);
}

function vendorKnown(name: string): string {
  return VENDOR_NAMES.includes(name) ? name : refuse(`The tests know no vendor ${name}; ${VENDOR_NAMES.join(', ')}.`);
}

/** Every seed on one of so many workers; `onDone` hears of each as it ends. */
async function runSeeds(
  seeds: readonly number[],
  workers: number,
  options: SeedOptions,
  onDone: (done: SeedDone) => void,
): Promise<void> {
  const queue = seeds.values();
  const work = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL('seed-worker.ts', import.meta.url), { workerData: options });
      const next = () => {
        const { value, done } = queue.next();
        if (!done) worker.postMessage(value);
        else worker.terminate().then(() => resolve(), reject);
      };
      worker.on('message', (done: SeedDone) => {
        onDone(done);
        next();
      });
      worker.on('error', reject);
      next();
    });
  await Promise.all(Array.from({ length: workers }, work));
}

function replay(seed: number, { days, vendor, wide, only }: SeedOptions): string {
  const named = only?.map((name) => ` --only "${name}"`).join('') ?? '';
  const of = vendor === undefined ? '' : ` --vendor ${vendor}`;
  return `npm run simulate --${of} --from ${seed} --seeds 1 --days ${days}${wide ? ' --wide' : ''}${named}`;
}

interface Failed {
  readonly seed: number;
  readonly world: string;
  readonly replay: string;
  readonly findings: readonly string[];
}

function failedOf({ seed, result, broken }: SeedDone, options: SeedOptions): Failed | undefined {
  const findings = broken === undefined ? (result?.findings ?? []) : [broken];
  if (findings.length === 0) return undefined;
  const world = result ? [result.vendor, ...result.troubles].join(', ') : 'unknown';
  return { seed, world, replay: replay(seed, options), findings };
}

function print({ seed, world, replay: command, findings }: Failed): void {
  console.log(`seed ${seed} failed (${world}); replay: ${command}`);
  for (const finding of findings.slice(0, FINDINGS_SHOWN)) console.log(`  ${finding}`);
  if (findings.length > FINDINGS_SHOWN) console.log(`  and ${findings.length - FINDINGS_SHOWN} more`);
}

async function main(): Promise<void> {
  const given = readArguments();
  if (given.help) return console.log(USAGE);
  if (given.troubles) {
    for (const { name, vendor, chance } of TROUBLES) console.log(`${chance.toFixed(2)}  ${name} (${vendor ?? 'both'})`);
    return;
  }
  const [from, count] = [positive('from', given.from), positive('seeds', given.seeds)];
  const only = wanted(given.only);
  const options: SeedOptions = {
    days: positive('days', given.days),
    wide: given.wide,
    ...(only && { only }),
    ...(given.vendor !== undefined && { vendor: vendorKnown(given.vendor) }),
  };
  const seeds = Array.from({ length: count }, (_, index) => from + index);
  const sum = new SeedSum();
  const failures: Failed[] = [];
  let saidAt = Date.now();
  await runSeeds(seeds, Math.min(count, positive('workers', given.workers)), options, (done) => {
    if (done.result) sum.add(done.result);
    else sum.addBroken();
    const failed = failedOf(done, options);
    if (failed) failures.push(failed);
    if (failed && !given.json) print(failed);
    if (Date.now() - saidAt < PROGRESS_EVERY_MS) return;
    saidAt = Date.now();
    console.error(`${sum.seeds} of ${count} seeds, ${sum.failed} failed`);
  });
  if (failures.length > 0) process.exitCode = 1;
  console.log(JSON.stringify(given.json ? { sum, troubles: sum.troubles(), failed: failures } : sum));
}

await main();
