import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ended, printed } from '../../cli/command-line.ts';

const MAIN = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
const ADDRESS = /http:\/\/127\.0\.0\.1:(\d+)/;

export interface DeploymentRun {
  /** The same each time it is started. */
  readonly url: string;
  start(): Promise<void>;
  /** SIGKILL is what a machine does that loses its power. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** `replybus run` in a folder that outlives it. `options` are Node's. */
export async function deploymentRun(folder: string, options: readonly string[] = []): Promise<DeploymentRun> {
  let port = '0';
  let running: ChildProcess | undefined;
  const run = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    async start() {
      const env = { PATH: process.env.PATH, NO_COLOR: '1' };
      running = spawn(process.execPath, [...options, MAIN, 'run', '--port', port], { cwd: folder, env });
      [, port = port] = ADDRESS.exec(await printed(running, ADDRESS)) ?? [];
    },
    async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') {
      if (!running) return;
      const end = ended(running);
      running.kill(signal);
      await end;
      running = undefined;
    },
  };
  await run.start();
  return run;
}
