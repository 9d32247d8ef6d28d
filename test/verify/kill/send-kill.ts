import { type ChildProcess, spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningSandbox, startSandbox } from '../../../sandbox/server.ts';
import { createSwitches, DEMO_KEYS, type Switches, type Vendor } from '../../../sandbox/switches.ts';
import { COMPILE_ONCE } from '../../cli/command-line.ts';

const MAIN = join(import.meta.dirname, '../../../cli/main.ts');
const HOUR_MS = 3_600_000;
const PATIENCE_MS = 20_000;

export interface SendView {
  readonly id: string;
  readonly state: string;
  readonly attempt: number;
}

/** A process of the system whose clock runs ahead of this machine's, so that hours need not be waited for. */
function start(args: readonly string[], aheadMs: number): ChildProcess {
  const shift = `const now = Date.now; Date.now = () => now() + ${aheadMs};`;
  const preload = `data:text/javascript,${encodeURIComponent(shift)}`;
  return spawn(process.execPath, ['--import', preload, MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...COMPILE_ONCE },
  });
}

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()));

interface Daemon {
  readonly child: ChildProcess;
  readonly address: string;
  readonly token: string;
}

/** A sandbox that lives on, and a data folder on which the system is started, killed and started again. */
export class SendKillBench {
  readonly sandbox: RunningSandbox;
  readonly threads: Readonly<Record<Vendor, string>>;
  readonly #folder: string;
  #daemon: Daemon | undefined;
  /** Posts whose last byte the vendor has. */
  #postsTaken = 0;
  readonly #hear = (message: unknown): void => {
    const { request } = message as { readonly request: IncomingMessage };
    if (request.method !== 'POST' || !request.url?.includes('/api/')) return;
    request.once('end', () => {
      this.#postsTaken += 1;
    });
  };

  private constructor(sandbox: RunningSandbox, folder: string, threads: Readonly<Record<Vendor, string>>) {
    this.sandbox = sandbox;
    this.threads = threads;
    this.#folder = folder;
    subscribe('http.server.request.start', this.#hear);
  }

  static async open(): Promise<SendKillBench> {
    const folder = await mkdtemp(join(tmpdir(), 'replybus-send-kill-'));
    const sandbox = await startSandbox({ port: 0, seed: 3, lively: false });
    const threadOf = (vendor: Vendor): string => {
      const campaign = sandbox.world.addCampaign({ vendor });
      const leadEmail = `lead@${vendor}.example`;
      const thread = sandbox.world.addThread({ campaignId: campaign.id, leadEmail, leadName: 'Lead', vendor });
      const sentAt = sandbox.world.now() - HOUR_MS;
      sandbox.world.addMessage(thread.id, { direction: 'inbound', sentAt, text: 'Tell me more.' });
      const names = JSON.stringify([campaign.id, leadEmail]);
      return vendor === 'coldsend' ? thread.id : Buffer.from(names).toString('base64url');
    };
    const connections = (['cohesive', 'coldsend'] as const).map((provider) => ({
      id: provider,
      provider,
      apiKey: DEMO_KEYS[provider],
      baseUrl: sandbox.urls[provider],
    }));
    await writeFile(join(folder, 'config.json'), JSON.stringify({ connections, allowPrivateUrls: true }));
    return new SendKillBench(sandbox, folder, { cohesive: threadOf('cohesive'), coldsend: threadOf('coldsend') });
  }

  async close(): Promise<void> {
    unsubscribe('http.server.request.start', this.#hear);
    await this.kill();
    await this.sandbox.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  under(switches: Partial<Switches>): void {
    Object.assign(this.sandbox.switches, createSwitches({ faultScope: 'writes', ...switches }));
  }

  #place(): readonly string[] {
    return ['--config', join(this.#folder, 'config.json'), '--data', join(this.#folder, 'data')];
  }

  async run(aheadMs = 0): Promise<void> {
    const file = join(this.#folder, 'data', 'api.json');
    await rm(file, { force: true });
    const child = start(['run', ...this.#place()], aheadMs);
    child.stdout?.resume();
    for (let waited = 0; waited < PATIENCE_MS; waited += 20) {
      const api = await readFile(file, 'utf8').catch(() => undefined);
      if (api !== undefined) {
        const { address, token } = JSON.parse(api);
        this.#daemon = { child, address, token };
        return;
      }
      await sleep(20);
    }
    child.kill('SIGKILL');
    throw new Error('The system did not start.');
  }

  /** SIGKILL: nothing in the process can do anything about it. */
  async kill(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    if (!daemon) return;
    daemon.child.kill('SIGKILL');
    await ended(daemon.child);
  }

  async ask(method: string, path: string, body?: unknown): Promise<SendView> {
    if (!this.#daemon) throw new Error('The system is not running.');
    const { address, token } = this.#daemon;
    const response = await fetch(`${address}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'kill-test', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as SendView;
  }

  async reply(vendor: Vendor): Promise<SendView> {
    return await this.ask('POST', `/v1/threads/${vendor}/${this.threads[vendor]}/reply`, {
      text: 'Thank you, shall we talk on Thursday?',
    });
  }

  /** Waits until the send is in one of the states, after so many attempts to post it: each begins in `waiting`, too. */
  async reached(id: string, states: readonly string[], attempts = 0): Promise<SendView> {
    for (let waited = 0; waited < PATIENCE_MS; waited += 15) {
      const send = await this.ask('GET', `/v1/sends/${id}`);
      if (states.includes(send.state) && send.attempt >= attempts) return send;
      await sleep(15);
    }
    throw new Error(`The send never reached ${states.join(' or ')}.`);
  }

  /** Waits until the vendor has a post to the last byte: a send is in `sending` a moment before its request leaves. */
  async posted(): Promise<void> {
    for (let waited = 0; waited < PATIENCE_MS; waited += 5) {
      if (this.#postsTaken > 0) return;
      await sleep(5);
    }
    throw new Error('The vendor never had a post.');
  }

  async once(aheadMs: number): Promise<void> {
    const child = start(['run', '--once', ...this.#place()], aheadMs);
    child.stdout?.resume();
    await ended(child);
  }

  /** What a command that prints one JSON document a line printed. */
  async lines(args: readonly string[], aheadMs = 0): Promise<readonly Record<string, unknown>[]> {
    const child = start([...args, '--json', ...this.#place()], aheadMs);
    let text = '';
    child.stdout?.on('data', (chunk) => {
      text += chunk;
    });
    await new Promise<void>((resolve) => child.once('close', () => resolve()));
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }
}
