import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { buildZip, closeStage, install, openStage } from '../../../zapier/build.ts';
import { HERE, PACKED, ROOT, ZAPIER_APP } from './paths.ts';

const LOCK = join(HERE, 'package-lock.json');
/** Says for which lock file `node_modules` was installed. */
const STAMP = join(HERE, 'node_modules', '.replybus-lock');
/** Where a system keeps Node's headers; the native part uses the interface that all versions of Node share. */
const HEADERS = 'include/node/node_api.h';

/** Headers that are here need not be fetched. */
function headersFolder(): string | undefined {
  if (process.env.npm_config_nodedir !== undefined) return undefined;
  const folders = [join(dirname(process.execPath), '..'), '/usr', '/usr/local'];
  return folders.find((folder) => existsSync(join(folder, HEADERS)));
}

function run(command: string, parameters: readonly string[], folder: string): Promise<void> {
  const nodedir = headersFolder();
  const env = {
    ...process.env,
    // The Node that runs this comes first on the path, for npm and for what it compiles.
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    ...(nodedir === undefined ? {} : { npm_config_nodedir: nodedir }),
  };
  const child = spawn(command, parameters, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) return resolve();
      console.error(output);
      reject(new Error(`${[command, ...parameters].join(' ')} failed in ${folder}.`));
    });
  });
}

/** The runtime client with its native part, installed and compiled once for each lock file; nothing is fetched after that. */
async function installRuntimeClient(): Promise<void> {
  const wanted = `${createHash('sha256').update(readFileSync(LOCK)).digest('hex')} ${process.platform} ${process.arch}`;
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  for (const tool of ['cmake', 'make', 'g++']) {
    if (spawnSync(tool, ['--version']).status !== 0)
      throw new Error(`The runtime client of AWS Lambda is compiled here, which needs ${tool}; install it.`);
  }
  console.log('Compiling the runtime client of AWS Lambda, about a minute, once.');
  await run('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund'], HERE);
  writeFileSync(STAMP, wanted);
}

const SOURCES = [
  '{shared,adapters,lambdas}/**/*.ts',
  'console/{build.ts,index.html,src/**,public/**}',
  'serverless.yml',
  'package-lock.json',
];
const ZAPIER_SOURCES = [
  '{shared,adapters}/**/*.ts',
  'zapier/*.{ts,json}',
  'zapier/{creates,replybus,searches,triggers}/*.ts',
];

/** A zip that is younger than every source is run as it is: it is what would be deployed. */
function isFresh(zip: string, sources: readonly string[]): boolean {
  if (!existsSync(zip)) return false;
  const packedAt = statSync(zip).mtimeMs;
  return globSync(sources, { cwd: ROOT }).every((file) => statSync(join(ROOT, file)).mtimeMs <= packedAt);
}

async function packageFunctions(): Promise<void> {
  if (isFresh(join(PACKED, 'api.zip'), SOURCES)) return;
  await run(process.execPath, [join(ROOT, 'lambdas', 'packaging', 'package.ts')], ROOT);
}

function buildZapierApp(): void {
  if (isFresh(ZAPIER_APP, ZAPIER_SOURCES)) return;
  install();
  const stage = openStage();
  try {
    buildZip(stage, 'replybus', ZAPIER_APP);
  } finally {
    closeStage(stage);
  }
}

/** `withZapier`: the app of one's own deployment is built, too. */
export async function prepare({ withZapier }: { readonly withZapier: boolean }): Promise<void> {
  await Promise.all([installRuntimeClient(), packageFunctions()]);
  if (withZapier) buildZapierApp();
}
