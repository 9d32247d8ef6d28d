import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildAll, FUNCTIONS, ROOT } from './build.ts';

/**
 * Packages, or with `deploy` as first argument packages and deploys. `--stage S` and whatever else osls takes is passed on.
 * Packaging needs no network, no account and no credential.
 */
async function main([first, ...rest]: readonly string[]): Promise<number> {
  const beganAt = performance.now();
  await buildAll();
  rmSync(join(ROOT, '.serverless'), { recursive: true, force: true });
  const isDeploy = first === 'deploy';
  const args = isDeploy ? ['deploy', ...rest] : ['package', ...(first === undefined ? [] : [first]), ...rest];
  const osls = join(ROOT, 'node_modules', 'osls', 'bin', 'serverless.js');
  const env = { ...process.env, SLS_TELEMETRY_DISABLED: '1', SLS_NOTIFICATIONS_MODE: 'off' };
  const stdio = isDeploy ? 'inherit' : 'pipe';
  const ran = spawnSync(process.execPath, [osls, ...args], { cwd: ROOT, env, encoding: 'utf8', stdio });
  if (ran.status !== 0) {
    process.stderr.write(`${ran.stdout ?? ''}${ran.stderr ?? ''}`);
    return 1;
  }
  for (const name of FUNCTIONS) {
    const zip = readFileSync(join(ROOT, '.serverless', `${name}.zip`));
    const digest = createHash('sha256').update(zip).digest('hex').slice(0, 16);
    console.log(`${name.padEnd(8)} ${(zip.length / 1024).toFixed(0).padStart(5)} KiB  sha256 ${digest}`);
  }
  if (!isDeploy) console.log(`Packaged in .serverless/ in ${((performance.now() - beganAt) / 1_000).toFixed(1)} s.`);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
