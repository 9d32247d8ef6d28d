import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { argv } from 'node:process';
import { buildConsole } from '../../../console/build.ts';
import { browserPath } from './browser.ts';

const ROOT = join(import.meta.dirname, '../../..');

async function main(): Promise<number> {
  if (browserPath() === undefined) {
    console.log('Skipped: no Chromium here. Install it (apt-get install chromium), or name one in CHROMIUM.');
    return process.env.CI === undefined ? 0 : 1;
  }
  await buildConsole();
  const config = join(import.meta.dirname, 'vitest.config.ts');
  const parameters = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', config, ...argv.slice(2)];
  return spawnSync(process.execPath, parameters, { cwd: ROOT, stdio: 'inherit' }).status ?? 1;
}

process.exitCode = await main();
