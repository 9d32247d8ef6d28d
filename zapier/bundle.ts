import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Bundles the app and what it takes from `shared/` into one file; Zapier's own core stays a package beside it. */

const HERE = import.meta.dirname;
const provider = process.env.REPLYBUS_ZAPIER_PROVIDER ?? 'all';

await rm(join(HERE, 'dist'), { recursive: true, force: true });
await build({
  entryPoints: [join(HERE, 'index.ts')],
  outfile: join(HERE, 'dist/index.js'),
  bundle: true,
  platform: 'node',
  // What Zapier runs. Source: version store of zapier-platform-cli 19.
  target: 'node22',
  format: 'esm',
  external: ['zapier-platform-core'],
  define: { 'process.env.REPLYBUS_ZAPIER_PROVIDER': JSON.stringify(provider) },
  // Libraries in CommonJS ask for Node's modules through require.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
});
