import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startFlags } from './backfill-memory.ts';
import { median } from './measure.ts';
import { count, met, table } from './report.ts';

const MAIN = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
const RUNS = 5;
const FIRST_REPLY_MAX_MS = 3_000;
const REPLY = /^\d\d:\d\d:\d\d [←★] /m;

interface DemoTimes {
  /** From the start of the process. */
  readonly bannerMs: number;
  /** From the banner. */
  readonly replyMs: number;
  /** From SIGTERM, until the process has ended with exit code 0. */
  readonly endMs: number;
}

/** `npm start` in a folder that is new. */
function startDemo(folder: string): Promise<DemoTimes> {
  const beganAt = performance.now();
  const demo = spawn(process.execPath, [...startFlags(), MAIN, 'run', '--data', folder], { cwd: folder });
  const times = { bannerMs: 0, replyMs: 0 };
  let stoppedAt = 0;
  let text = '';
  demo.stdout.on('data', (chunk: Buffer) => {
    text += chunk;
    const ms = performance.now() - beganAt;
    if (times.bannerMs === 0 && text.includes('npx replybus threads')) times.bannerMs = ms;
    if (stoppedAt > 0 || !REPLY.test(text)) return;
    times.replyMs = ms - times.bannerMs;
    stoppedAt = performance.now();
    demo.kill('SIGTERM');
  });
  return new Promise((resolve, reject) => {
    demo.on('close', (code) => {
      if (code === 0 && stoppedAt > 0) resolve({ ...times, endMs: performance.now() - stoppedAt });
      else reject(new Error(`The demo ended with exit code ${code}.`));
    });
  });
}

/** How soon the demo shows something, and how soon it ends. */
export async function firstReplySection(): Promise<string> {
  const runs: DemoTimes[] = [];
  while (runs.length < RUNS) {
    const folder = mkdtempSync(join(tmpdir(), 'replybus-bench-'));
    runs.push(await startDemo(folder));
    rmSync(folder, { recursive: true, force: true });
  }
  const middle = (of: (times: DemoTimes) => number) => count(median(runs.map(of)));
  const slowest = Math.max(...runs.map(({ replyMs }) => replyMs));
  const row = [middle((t) => t.bannerMs), middle((t) => t.replyMs), count(slowest), met(slowest <= FIRST_REPLY_MAX_MS)];
  return `### The first reply of \`npm start\`

A new folder each time, ${RUNS} runs, medians in milliseconds. Target: at most ${FIRST_REPLY_MAX_MS / 1_000} s from the banner.

${table(['Banner', 'First reply after it', 'Slowest', 'Target', 'SIGTERM to exit 0'], [[...row, middle((t) => t.endMs)]])}`;
}
