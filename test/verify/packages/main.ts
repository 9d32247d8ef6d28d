import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare } from './prepare.ts';
import { SCENARIOS } from './scenario.ts';
import { unpack } from './unpack.ts';

/** Much of a scenario is waiting for processes that start. */
const AT_ONCE = 3;
const SCENARIO_MS_MAX = 5 * 60_000;
const SCENARIO = join(import.meta.dirname, 'scenario.ts');

const seconds = (since: number) => `${((performance.now() - since) / 1_000).toFixed(1)} s`;

async function run(name: string, packages: string, seed: string): Promise<boolean> {
  const beganAt = performance.now();
  const child = spawn(process.execPath, [SCENARIO, name, packages, '--seed', seed], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const timer = setTimeout(() => child.kill('SIGTERM'), SCENARIO_MS_MAX);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  const isWell = code === 0;
  console.log(`${isWell ? 'ok    ' : 'FAILED'} ${name.padEnd(20)} ${seconds(beganAt).padStart(7)}  ${output.trim()}`);
  return isWell;
}

/** All scenarios, or those named; `--seed N` for others of the hostile rounds. */
async function main(): Promise<number> {
  if (process.platform !== 'linux') {
    console.log('The runtime client of AWS Lambda runs on Linux only; nothing was tested.');
    return 0;
  }
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string', default: '1' } },
  });
  const beganAt = performance.now();
  const names = positionals.length > 0 ? positionals : Object.keys(SCENARIOS);
  await prepare({ withZapier: names.includes('instant') });
  const packages = unpack();
  console.log(`ready  ${seconds(beganAt)}`);
  const queue = names.values();
  let failed = 0;
  const worker = async () => {
    for (const name of queue) if (!(await run(name, packages, values.seed))) failed += 1;
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  rmSync(packages, { recursive: true, force: true });
  console.log(failed === 0 ? `All scenarios passed in ${seconds(beganAt)}.` : `${failed} scenarios failed.`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
