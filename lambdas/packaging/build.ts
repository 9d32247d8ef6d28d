import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildConsole, DIST, isBuilt } from '../../console/build.ts';

export const ROOT = join(import.meta.dirname, '../..');
export const FUNCTIONS = ['tick', 'poll', 'deliver', 'sweep', 'api'] as const;

/** What is written in CommonJS asks for Node's own modules by `require`, which ESM does not have. */
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/**
 * One folder for each function, with what it imports and no more. What is imported when first used (HTML, mail, further SDK
 * clients) becomes a chunk of its own, so that a start does not pay for it.
 */
export async function buildFunction(name: string, outdir: string): Promise<Readonly<Record<string, unknown>>> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { handler: `lambdas/functions/${name}/handler.ts` },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // The SDK's ES modules are a third smaller than its CommonJS.
    mainFields: ['module', 'main'],
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunk-[hash]',
    minify: true,
    legalComments: 'none',
    banner: { js: REQUIRE },
    metafile: true,
    logLevel: 'warning',
  });
  return metafile.inputs;
}

/** Every function into `build/lambdas/`, and beside the API the page it serves. */
export async function buildAll(): Promise<void> {
  const folder = join(ROOT, 'build', 'lambdas');
  rmSync(folder, { recursive: true, force: true });
  await Promise.all([
    ...FUNCTIONS.map(async (name) => await buildFunction(name, join(folder, name))),
    isBuilt() ? undefined : buildConsole(),
  ]);
  cpSync(DIST, join(folder, 'api', 'console'), { recursive: true });
}
