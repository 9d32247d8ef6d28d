import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROVIDERS } from '../shared/providers/index.ts';

const HERE = import.meta.dirname;
const LOCK = join(HERE, 'package-lock.json');
/** Says for which lock file `node_modules` was installed. */
const STAMP = join(HERE, 'node_modules/.replybus-lock');
const CLI = join(HERE, 'node_modules/zapier-platform-cli/src/bin/run');
export const ZIP = join(HERE, 'build/build.zip');

/** One app for each provider, one for all of them, and that of one's own deployment. */
export const APPS: readonly string[] = ['all', ...PROVIDERS.map(({ id }) => id), 'replybus'];

const USAGE = `Usage: npm run zapier:build -- [--provider ${APPS.join('|')}]`;

interface Run {
  readonly folder?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Ends with a sentence when the command fails; its output is shown then only. */
function run(command: string, parameters: readonly string[], { folder = HERE, env = {} }: Run = {}): string {
  // The Node that runs this comes first on the path, for npm and for what the builder starts.
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const options = { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env, PATH: path } } as const;
  const { status, stdout, stderr } = spawnSync(command, parameters, options);
  if (status === 0) return stdout;
  console.error(stdout, stderr);
  throw new Error(`${[command, ...parameters].join(' ')} failed for zapier/.`);
}

/** Installs what the app needs, once for each lock file. */
export function install(): void {
  const wanted = createHash('sha256').update(readFileSync(LOCK)).digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  run('npm', ['ci', '--no-audit', '--no-fund']);
  writeFileSync(STAMP, wanted);
}

/** Zapier's own command line, without a word to its makers. */
function zapierPlatform(stage: string, parameters: readonly string[]): string {
  return run(process.execPath, [CLI, ...parameters], { folder: stage, env: { DISABLE_ZAPIER_ANALYTICS: '1' } });
}

/**
 * A folder with nothing but what runs at Zapier. In the checkout the builder would copy every package of its own, more files
 * at once than some machines open, and pick up packages of the folder above.
 */
export function openStage(): string {
  const stage = mkdtempSync(join(realpathSync(tmpdir()), 'replybus-zapier-'));
  const { scripts: _, ...manifest } = JSON.parse(readFileSync(join(HERE, 'package.json'), 'utf8'));
  writeFileSync(join(stage, 'package.json'), JSON.stringify(manifest, null, 2));
  copyFileSync(LOCK, join(stage, 'package-lock.json'));
  // Optional packages are other encodings of old web pages, a fifth of the zip.
  const wanted = ['--omit=dev', '--omit=optional', '--prefer-offline'];
  run('npm', ['ci', ...wanted, '--no-audit', '--no-fund'], { folder: stage });
  return stage;
}

export const closeStage = (stage: string): void => rmSync(stage, { recursive: true, force: true });

/**
 * Bundles the app, checks it against the platform's own schema and writes the zip. The check that asks Zapier's servers is
 * left to `zapier-platform push`, which needs them anyway.
 */
export function buildZip(stage: string, provider: string, zip = ZIP): { readonly bytes: number } {
  run(process.execPath, [join(HERE, 'bundle.ts')], { env: { REPLYBUS_ZAPIER_PROVIDER: provider } });
  cpSync(join(HERE, 'dist'), join(stage, 'dist'), { recursive: true });
  zapierPlatform(stage, ['validate', '--without-style']);
  const said = zapierPlatform(stage, ['build', '--skip-validation', '--skip-dep-install']);
  // A failed build can leave a broken zip behind; only these words say that it is whole.
  if (!said.includes('Build complete')) throw new Error(`zapier-platform build did not complete: ${said}`);
  mkdirSync(dirname(zip), { recursive: true });
  copyFileSync(join(stage, 'build/build.zip'), zip);
  return { bytes: statSync(zip).size };
}

function providerAsked(): string | undefined {
  try {
    const { provider } = parseArgs({ options: { provider: { type: 'string', default: 'all' } } }).values;
    return APPS.includes(provider) ? provider : undefined;
  } catch {
    return undefined;
  }
}

function main(): void {
  const provider = providerAsked();
  if (provider === undefined) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  install();
  const stage = openStage();
  try {
    const { bytes } = buildZip(stage, provider);
    console.log(`zapier/build/build.zip: ${Math.round(bytes / 1024)} KB, for ${provider}`);
  } finally {
    closeStage(stage);
  }
}

if (import.meta.main) main();
