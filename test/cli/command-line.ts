import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

/** For processes that tests start, which spend half of their start on compiling the same modules. */
export const COMPILE_ONCE = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url)),
};

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const emptyFolder = (): string => mkdtempSync(join(tmpdir(), 'replybus-test-'));

export function start(args: readonly string[], cwd: string): ChildProcess {
  const env = { PATH: process.env.PATH, NO_COLOR: '1', ...COMPILE_ONCE };
  return spawn(process.execPath, [MAIN, ...args], { cwd, env });
}

export function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

export const replybus = async (args: readonly string[], cwd: string): Promise<Ended> => await ended(start(args, cwd));

/** Resolves with what was printed once `pattern` is in it. */
export function printed(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk) => {
      text += chunk;
      if (pattern.test(text)) resolve(text);
    });
    child.on('close', () => reject(new Error(`It ended without printing ${pattern}.`)));
  });
}
