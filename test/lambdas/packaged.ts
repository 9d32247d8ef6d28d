import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Template } from './template-lint.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export const FOLDER = join(ROOT, '.serverless');

/** Runs the package script as a person would, and reads what it made. */
export function packageAll(): Template {
  execFileSync(process.execPath, [join(ROOT, 'lambdas', 'packaging', 'package.ts')], { cwd: ROOT, stdio: 'pipe' });
  return JSON.parse(readFileSync(join(FOLDER, 'cloudformation-template-update-stack.json'), 'utf8'));
}
