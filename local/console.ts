import { readConsole } from '../adapters/node/console-files.ts';
import { buildConsole, DIST, isBuilt } from '../console/build.ts';
import type { ConsoleFiles } from '../shared/api/console.ts';

async function open(): Promise<ConsoleFiles | undefined> {
  // Without the tools that build it, the rest runs all the same.
  if (!isBuilt()) await buildConsole().catch(() => {});
  return await readConsole(DIST);
}

/** The console of this machine: nothing is read, and nothing built, before somebody opens it. */
export function localConsole(): () => Promise<ConsoleFiles | undefined> {
  let files: Promise<ConsoleFiles | undefined> | undefined;
  return async () => {
    files ??= open();
    return await files;
  };
}
