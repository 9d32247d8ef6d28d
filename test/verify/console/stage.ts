import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const MAIN = join(import.meta.dirname, '../../../cli/main.ts');
const START_MS = 30_000;

/** A running demo, as `npm start` runs it, in a folder of its own. */
export interface Stage {
  readonly address: string;
  readonly token: string;
  readonly data: string;
  /** In which it was started. */
  readonly folder: string;
  /** Moves the sandboxed vendors. */
  control(method: string, path: string, body?: unknown): Promise<unknown>;
  /** The API, with the page's token. */
  api(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
  /** The API, as the command line of this machine asks it. */
  own(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
  stop(): Promise<void>;
}

async function call(url: string, method: string, body: unknown, token?: string) {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

async function addressesOf(child: ChildProcess) {
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  for (const until = Date.now() + START_MS; Date.now() < until; await sleep(100)) {
    const control = /(http:\/\/127\.0\.0\.1:\d+\/control)/.exec(said)?.[1];
    const [, address, token] = /(http:\/\/127\.0\.0\.1:\d+)\/#token=([\w-]+)/.exec(said) ?? [];
    if (control !== undefined && address !== undefined && token !== undefined) return { control, address, token };
    if (child.exitCode !== null) break;
  }
  throw new Error(`the demo did not start: ${said}`);
}

export async function openStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'replybus-console-'));
  const data = join(folder, 'data');
  const child = spawn(process.execPath, [MAIN, 'run', '--data', data, '--port', '0'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { control, address, token } = await addressesOf(child);
  return {
    address,
    token,
    data,
    folder,
    async control(method, path, body) {
      const answer = await call(`${control}${path}`, method, body);
      if (answer.status >= 400) throw new Error(`control ${path}: ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    api: async (method, path, body) => await call(`${address}${path}`, method, body, token),
    async own(method, path, body) {
      const file: { readonly token: string } = JSON.parse(readFileSync(join(data, 'api.json'), 'utf8'));
      return await call(`${address}${path}`, method, body, file.token);
    },
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
