import { Parser } from 'htmlparser2';
import { composed } from './mail-event.ts';
import { type MailShape, ORDINARY } from './mail-shapes.ts';
import { compare, timed } from './measure.ts';
import { figure, table } from './report.ts';

const SIZES = { '10 KB': 10_000, '100 KB': 100_000, '300 KB': 300_000, '1 MB': 1_000_000 } as const;
const REPETITIONS = 3;
/** Long enough for a clock of processor time that ticks every 4 ms. */
const REPETITION_MS = 24;
/** What is read first is read by code that is not compiled yet. */
const WARM_UP_MS = 1_500;

/** What whoever reads the vendor's answer cannot do without. */
function plainWork(answer: string): void {
  const { html } = JSON.parse(answer);
  if (html === undefined) return;
  const parser = new Parser({ onopentag: () => {}, ontext: () => {}, onclosetag: () => {} });
  parser.end(html);
}

/** Again and again until a repetition takes long enough; how often is found when the code is warm. */
async function repeated(work: () => unknown): Promise<{ readonly times: number; readonly run: () => Promise<void> }> {
  const runTimes = (times: number) => async () => {
    for (let each = 0; each < times; each += 1) await work();
  };
  let times = 1;
  for (;;) {
    const { cpuMs } = await timed(runTimes(times));
    if (cpuMs >= REPETITION_MS / 3) {
      times = Math.ceil((times * REPETITION_MS) / cpuMs);
      return { times, run: runTimes(times) };
    }
    times *= 2;
  }
}

async function warmUp(): Promise<void> {
  const answers = ORDINARY.map(({ body }) => JSON.stringify(body(SIZES['10 KB'])));
  const end = performance.now() + WARM_UP_MS;
  while (performance.now() < end) {
    for (const answer of answers) {
      await composed(JSON.parse(answer));
      plainWork(answer);
    }
  }
}

async function readingOf({ body }: MailShape, characters: number): Promise<string> {
  const answer = JSON.stringify(body(characters));
  const subject = await repeated(() => composed(JSON.parse(answer)));
  const yardstick = await repeated(() => plainWork(answer));
  const { subject: ours, baseline } = await compare(subject.run, yardstick.run, REPETITIONS);
  const ms = ours.cpuMs / subject.times;
  return `${figure(ms, ms < 10 ? 2 : 0)} (${figure(ms / (baseline.cpuMs / yardstick.times), 1)}×)`;
}

/** How long ordinary mail takes, so that a later change shows. */
export async function readingSection(): Promise<string> {
  await warmUp();
  const rows: (readonly string[])[] = [];
  for (const shape of ORDINARY) {
    const cells: string[] = [shape.name];
    for (const characters of Object.values(SIZES)) cells.push(await readingOf(shape, characters));
    rows.push(cells);
  }
  return `### Reading mail

Milliseconds of processor time to compose an event about a mail from the vendor's JSON, and in brackets their ratio to plain work on the
same text in the same process: parsing that JSON, and HTML in it with \`htmlparser2\` and nothing done about it. Read the ratios.

${table(['Mail', ...Object.keys(SIZES)], rows)}`;
}
