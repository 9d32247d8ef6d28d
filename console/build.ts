import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';

const HERE = import.meta.dirname;
/** What is served: one page, its script, its styles, and the documents mails are shown in. */
export const DIST = join(HERE, 'dist');

const SOURCES = ['index.html', 'build.ts', 'public/*', 'src/**/*'];

const changedAt = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Whether a page is there and no source is younger than it. */
export function isBuilt(): boolean {
  const builtAt = changedAt(join(DIST, 'index.html'));
  return builtAt > 0 && globSync(SOURCES, { cwd: HERE }).every((file) => changedAt(join(HERE, file)) <= builtAt);
}

/** Builds the page into `console/dist/`. */
export async function buildConsole(): Promise<void> {
  const { build } = await import('vite');
  await build({
    root: HERE,
    configFile: false,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: { outDir: DIST, emptyOutDir: true, assetsInlineLimit: 0, modulePreload: false, target: 'es2024' },
  });
}

/** After an installation. Where the tools to build it were left out, whoever packaged this brought the page, or does without. */
async function buildWhenPossible(): Promise<void> {
  const isAbsent = (error: unknown) =>
    error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
  await buildConsole().catch((error: unknown) => {
    if (!isAbsent(error)) throw error;
    console.log('The console was not built: that needs the development dependencies.');
  });
}

if (import.meta.main && !isBuilt()) await buildWhenPossible();
