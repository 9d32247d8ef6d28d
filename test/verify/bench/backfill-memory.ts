import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { MemoryReport } from './backfill-child.ts';

export const THREADS = 100_000;

export interface BackfillMemory {
  /** Before anything was read, after the baseline, and at every tenth of the backfill; each after a collection. */
  readonly reports: readonly MemoryReport[];
  /** Of the process over all of the backfill, in MB. */
  readonly growthMb: number;
  /** Of the second half. */
  readonly lateGrowthMb: number;
  readonly cpuSeconds: number;
}

/** What `npm start` tells Node; the `replybus` command tells it the same. */
export function startFlags(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  const words: readonly string[] = scripts.start.split(' ');
  return words.filter((word) => word.startsWith('--'));
}

/** A backfill of 100,000 threads in a fresh process that collects its garbage before each look. */
export async function measureBackfill(threads: number, flags: readonly string[]): Promise<BackfillMemory> {
  const execArgv = ['--expose-gc', ...flags];
  const child = fork(new URL('./backfill-child.ts', import.meta.url), [String(threads)], { execArgv });
  const reports: MemoryReport[] = [];
  child.on('message', (report) => reports.push(report as MemoryReport));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  const first = reports.find(({ threads: done }) => done === 0);
  const last = reports.at(-1);
  const half = reports.find(({ threads: done }) => done >= threads / 2);
  if (code !== 0 || !first || !last || !half || last.threads < threads) throw new Error('The backfill did not end.');
  const during = reports.filter(({ threads: done }) => done > 0).map(({ rssMb }) => rssMb);
  return {
    reports,
    growthMb: Math.max(...during) - first.rssMb,
    lateGrowthMb: last.rssMb - half.rssMb,
    cpuSeconds: last.cpuSeconds - first.cpuSeconds,
  };
}
