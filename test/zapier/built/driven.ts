import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { httpServer, type Loopback } from '../../adapters/node/loopback.ts';

type Fields = Readonly<Record<string, unknown>>;

/** One of Zapier's own errors, as its backend sees it. */
export interface Ended {
  readonly name: string;
  readonly message: string;
}

export interface Call {
  readonly authData?: Fields;
  readonly inputData?: Fields;
  readonly meta?: Fields;
  /** Of a REST hook. */
  readonly targetUrl?: string;
  readonly subscribeData?: Fields;
  readonly rawRequest?: Fields;
  /** Where Zapier's own services are. */
  readonly services?: string;
  /** The cache is one of them, and not the memory of this test. */
  readonly hasCache?: boolean;
}

export interface Driven extends AsyncDisposable {
  readonly folder: string;
  /** Runs one method of the app, like `creates.send_reply.operation.perform`. Rejects with {@link Ended}. */
  run(method: string, call: Call): Promise<unknown>;
  /** The definition as the platform compiled it. */
  definition(): Promise<unknown>;
  /** What the app's calls remember; empty it to lose it. */
  memory: Record<string, unknown>;
  /** What was logged at Zapier, by calls that know where its services are. */
  readonly logs: string[];
}

interface Answer {
  readonly id?: number;
  readonly ready?: true;
  readonly results?: unknown;
  readonly error?: Ended;
  readonly event?: { readonly zcacheTestObj?: Record<string, unknown> };
}

export function unzipped(zip: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'replybus-zapier-zip-'));
  execFileSync('unzip', ['-q', zip, '-d', folder]);
  return folder;
}

/** Starts the built app as Zapier would, with the vendors' addresses in its environment. */
export async function drive(zip: string, environment: Readonly<Record<string, string>>): Promise<Driven> {
  const folder = unzipped(zip);
  const logs: string[] = [];
  const logger = await httpServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    logs.push(Buffer.concat(chunks).toString());
    response.end('{}');
  });
  const lambda = fork(join(import.meta.dirname, 'lambda.ts'), [folder], {
    // Under this name of an environment the platform throws for answers it would only complain about.
    env: { PATH: process.env.PATH ?? '', NODE_ENV: 'test', LOGGING_ENDPOINT: logger.url, ...environment },
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  await new Promise<void>((ready, failed) => {
    lambda.once('exit', (code) => failed(new Error(`The app ended with ${code} before it was ready.`)));
    lambda.on('message', (answer: Answer) => (answer.ready ? ready() : waiting.get(answer.id ?? -1)?.(answer)));
  });
  return driven({ folder, lambda, waiting, logs, logger });
}

interface Parts {
  readonly folder: string;
  readonly lambda: ChildProcess;
  readonly waiting: Map<number, (answer: Answer) => void>;
  readonly logs: string[];
  readonly logger: Loopback;
}

function driven({ folder, lambda, waiting, logs, logger }: Parts): Driven {
  let calls = 0;
  async function send(event: Fields): Promise<Answer> {
    calls += 1;
    const id = calls;
    const answer = await new Promise<Answer>((resolve) => {
      waiting.set(id, resolve);
      lambda.send({ id, event });
    });
    waiting.delete(id);
    return answer;
  }
  const app: Driven = {
    folder,
    memory: {},
    logs,
    async run(method, { services, hasCache = false, ...call }) {
      const bundle = { authData: {}, inputData: {}, meta: {}, ...call };
      const zapier = services === undefined ? {} : { rpc_base: services, token: 'token' };
      const memory = hasCache ? {} : { zcacheTestObj: app.memory };
      const answer = await send({ command: 'execute', method, bundle, ...memory, ...zapier });
      if (!hasCache) app.memory = answer.event?.zcacheTestObj ?? {};
      if (answer.error) throw answer.error;
      return answer.results;
    },
    definition: async () => (await send({ command: 'definition' })).results,
    async [Symbol.asyncDispose]() {
      lambda.kill('SIGKILL');
      await logger[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return app;
}

/** How a call ended, with the sentence that a person sees. */
export async function ending(
  work: Promise<unknown>,
): Promise<Ended & { readonly sentence: string; readonly delay?: number }> {
  const ended = await work.then(
    () => ({ name: 'none', message: '' }),
    (error: Ended) => error,
  );
  const told = /^\{/.test(ended.message) ? JSON.parse(ended.message) : { message: ended.message };
  return { ...ended, sentence: told.message, ...(told.delay === undefined ? {} : { delay: told.delay }) };
}
