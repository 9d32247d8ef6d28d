import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RUNTIME_CLIENT } from './paths.ts';
import type { FunctionSpec } from './template.ts';

/** How an invocation ended. `killed`: the process is gone, whoever ended it. */
export type Outcome =
  | { readonly kind: 'response'; readonly value: unknown }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'killed' };

export interface ContainerOptions {
  readonly spec: FunctionSpec;
  /** Where the function's zip was unpacked. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly preload: string;
  readonly onOutput: (text: string) => void;
}

export interface InvokeOptions {
  /** What the function is told it has; the template's time-out unless given. */
  readonly timeoutMs?: number;
  /** The process is killed this long after the call, whatever it was told: a time-out in the middle. */
  readonly killAfterMs?: number;
}

interface Invocation {
  readonly id: string;
  readonly body: string;
  readonly endsAt: number;
  readonly settle: (outcome: Outcome) => void;
}

const PREFIX = '/2018-06-01/runtime';

/** A process that stands still does not notice that nobody needs it any more. */
const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/**
 * One process of one function under the real runtime client, and the Runtime API it asks for work. As at AWS it does one
 * invocation at a time, and stands still between two.
 */
export class Container {
  readonly #spec: FunctionSpec;
  readonly #process: ChildProcess;
  #waiting: ServerResponse | undefined;
  #given: Invocation | undefined;
  #onRest: () => void = () => {};
  #frozen = false;
  #killed = false;

  private constructor(options: ContainerOptions, server: Server, process: ChildProcess) {
    this.#spec = options.spec;
    this.#process = process;
    living.add(process);
    process.once('exit', () => {
      living.delete(process);
      this.#settle({ kind: 'killed' });
      this.#onRest();
      server.closeAllConnections();
      server.close();
    });
    for (const stream of [process.stdout, process.stderr]) {
      stream?.on('data', (chunk) => options.onOutput(String(chunk)));
    }
  }

  static async start(options: ContainerOptions): Promise<Container> {
    let container: Container | undefined;
    const server = createServer((request, response) => {
      container?.answer(request, response).catch(() => response.destroy());
    });
    // A process that stood still for longer than a connection is kept would find it closed, and die of it.
    server.keepAliveTimeout = 0;
    server.requestTimeout = 0;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { spec, folder, environment, preload } = options;
    const env = {
      PATH: process.env.PATH ?? '',
      ...environment,
      _HANDLER: spec.handler,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      LAMBDA_TASK_ROOT: folder,
      AWS_LAMBDA_FUNCTION_NAME: spec.name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMegabytes),
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${spec.name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: 'test',
    };
    const parameters = ['--import', preload, RUNTIME_CLIENT, spec.handler];
    const child = spawn(process.execPath, parameters, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    container = new Container(options, server, child);
    return container;
  }

  /** Not so from the kill on: its last answer may still come, and the news of its end comes later. */
  get alive(): boolean {
    return !this.#killed && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  async invoke(
    event: unknown,
    { timeoutMs = this.#spec.timeoutMs, killAfterMs }: InvokeOptions = {},
  ): Promise<Outcome> {
    if (this.#given) throw new Error(`${this.#spec.name} is at work already.`);
    if (!this.alive) return { kind: 'killed' };
    const ended = new Promise<Outcome>((settle) => {
      this.#given = {
        id: randomUUID(),
        body: JSON.stringify(event),
        endsAt: Date.now() + timeoutMs,
        settle,
      };
    });
    this.thaw();
    this.#hand();
    const timer = setTimeout(() => this.kill(), killAfterMs ?? timeoutMs);
    const outcome = await ended;
    clearTimeout(timer);
    if (outcome.kind === 'response') await this.#rest();
    this.freeze();
    return outcome;
  }

  /** Until it asks for work again, or is gone. As at AWS it stands still from then on: stopped as it asks, it would die of it. */
  async #rest(): Promise<void> {
    if (this.#waiting || !this.alive) return;
    await new Promise<void>((resolve) => {
      this.#onRest = resolve;
    });
  }

  /** SIGSTOP: nothing in the process runs until it is thawed. */
  freeze(): void {
    this.#frozen = this.#process.kill('SIGSTOP');
  }

  thaw(): void {
    if (this.#frozen) this.#process.kill('SIGCONT');
    this.#frozen = false;
  }

  kill(): void {
    this.#killed = true;
    this.#process.kill('SIGKILL');
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '' } = request;
    if (method === 'GET' && url === `${PREFIX}/invocation/next`) {
      this.#waiting = response;
      this.#onRest();
      return this.#hand();
    }
    const body = await text(request);
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
    await new Promise((resolve) => response.once('close', resolve));
    if (url === `${PREFIX}/invocation/${this.#given?.id}/response`)
      return this.#settle({ kind: 'response', value: body === '' ? undefined : JSON.parse(body) });
    if (url === `${PREFIX}/invocation/${this.#given?.id}/error`) return this.#settle({ kind: 'error', message: body });
    // It could not even be loaded.
    if (url === `${PREFIX}/init/error`) this.#settle({ kind: 'error', message: body });
  }

  #hand(): void {
    const response = this.#waiting;
    const invocation = this.#given;
    if (!response || !invocation) return;
    this.#waiting = undefined;
    response.writeHead(200, {
      'content-type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': invocation.id,
      'Lambda-Runtime-Deadline-Ms': String(invocation.endsAt),
      'Lambda-Runtime-Invoked-Function-Arn': `arn:aws:lambda:eu-west-1:000000000000:function:${this.#spec.name}`,
    });
    response.end(invocation.body);
  }

  #settle(outcome: Outcome): void {
    const invocation = this.#given;
    this.#given = undefined;
    invocation?.settle(outcome);
  }
}
