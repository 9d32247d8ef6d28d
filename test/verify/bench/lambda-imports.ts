import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { buildAll, FUNCTIONS, ROOT } from '../../../lambdas/packaging/build.ts';

/**
 * Import time of every function's bundle against an empty handler with the bare DynamoDB client: in one run, in turns, the
 * fastest of each. */

const ROUNDS = Number(process.argv[2] ?? 15);

const BARE = `import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
const client = new DynamoDBClient({});
export const handler = async () => await client.send(new GetItemCommand({ TableName: 't', Key: { pk: { S: 'a' } } }));
`;

async function buildBare(folder: string): Promise<string> {
  const outfile = join(folder, 'bare.mjs');
  await build({
    stdin: { contents: BARE, resolveDir: ROOT, loader: 'js' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    logLevel: 'silent',
  });
  return outfile;
}

/** Milliseconds one import takes in a fresh process. */
function importMs(probe: string, file: string): number {
  const env = { ...process.env, REPLYBUS_TABLE: 't', AWS_REGION: 'eu-west-1' };
  const { stdout } = spawnSync(process.execPath, [probe, pathToFileURL(file).href], { encoding: 'utf8', env });
  return Number(stdout);
}

/** Other work on the machine only ever adds time. */
const least = (values: readonly number[] = []) => Math.min(...values);

const folder = mkdtempSync(join(tmpdir(), 'replybus-imports-'));
try {
  const probe = join(folder, 'probe.mjs');
  const code =
    'const t=performance.now();await import(process.argv[2]);process.stdout.write(String(performance.now()-t));';
  writeFileSync(probe, code);
  await buildAll();
  const files = new Map([
    ['bare client', await buildBare(folder)],
    ...FUNCTIONS.map((name) => [name, join(ROOT, 'build', 'lambdas', name, 'handler.mjs')] as const),
  ]);
  const times = new Map([...files.keys()].map((name) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, file] of files) times.get(name)?.push(importMs(probe, file));
  }
  const bare = least(times.get('bare client'));
  for (const [name, values] of times) {
    const ms = least(values);
    console.log(`${name.padEnd(12)} ${ms.toFixed(0).padStart(4)} ms  ${(ms / bare).toFixed(2)}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
