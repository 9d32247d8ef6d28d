import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { APPS, buildZip, closeStage, install, openStage, ZIP } from './build.ts';

/** Builds the app for every provider and for all, as Zapier would get it, and runs the tests of what was built. */

const HERE = import.meta.dirname;

function buildAll(): void {
  const stage = openStage();
  try {
    for (const app of APPS) {
      const zip = app === 'all' ? ZIP : join(HERE, `build/${app}.zip`);
      report(app, buildZip(stage, app, zip).bytes);
    }
  } finally {
    closeStage(stage);
  }
}

function report(provider: string, bytes: number): void {
  console.log(`built for ${provider}: ${Math.round(bytes / 1024)} KB`);
}

/** A command of the packages of the folder above. */
function passes(command: string, parameters: readonly string[]): boolean {
  const options = { cwd: join(HERE, '..'), stdio: 'inherit' } as const;
  return spawnSync(process.execPath, [join(HERE, '../node_modules', command), ...parameters], options).status === 0;
}

install();
buildAll();
const isWell =
  passes('typescript/bin/tsc', ['--noEmit', '-p', HERE]) &&
  passes('vitest/vitest.mjs', ['run', '--config', join(HERE, 'vitest.config.ts')]);
process.exitCode = isWell ? 0 : 1;
