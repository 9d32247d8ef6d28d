import type { IncomingMessage } from 'node:http';
import { httpServer, type Loopback } from '../../adapters/node/loopback.ts';
import type { Driven } from './driven.ts';

type Item = Readonly<Record<string, unknown>>;

export interface InstantZap {
  readonly url: string;
  readonly subscription: Item;
  readonly fired: { readonly at: number; readonly item: Item }[];
  /** What came while it was paused, and is run when it goes on. */
  pause(): void;
  resume(): Promise<void>;
  /** Unsubscribes, and answers 410 from then on. */
  off(): Promise<void>;
}

export interface HookSide extends AsyncDisposable {
  /** Calls that came, by the status they were answered with. */
  readonly answers: Record<number, number>;
  /** Zapier's receiver is away. */
  isDown: boolean;
  /** Each call is run so often: what Zapier retries, or took twice. */
  times: number;
  /** A call is taken, and answered only after this. */
  answersAfter: () => Promise<unknown>;
  switchOn(trigger: string, authData: Item, inputData?: Item): Promise<InstantZap>;
}

interface Hook {
  readonly trigger: string;
  readonly authData: Item;
  readonly inputData: Item;
  subscription: Item;
  isPaused: boolean;
  readonly waiting: Item[];
  readonly fired: InstantZap['fired'];
}

/** Zapier's side of REST hooks: an address for each Zap, 410 once it is off, and the trigger's perform for each call. */
export async function hookSide(app: Driven): Promise<HookSide> {
  const hooks = new Map<string, Hook>();
  let turn = Promise.resolve();
  const run = async (hook: Hook, rawRequest: Item) => {
    const { authData, inputData, subscription } = hook;
    const call = { authData, inputData, subscribeData: subscription, rawRequest };
    const items = (await app.run(`triggers.${hook.trigger}.operation.perform`, call)) as Item[];
    for (const item of items) hook.fired.push({ at: Date.now(), item });
  };
  const side = {
    answers: {} as Record<number, number>,
    isDown: false,
    times: 1,
    answersAfter: (): Promise<unknown> => Promise.resolve(),
  };
  const server: Loopback = await httpServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const hook = hooks.get(request.url ?? '');
    const status = side.isDown ? 503 : hook ? 200 : 410;
    side.answers[status] = (side.answers[status] ?? 0) + 1;
    if (status === 200 && hook) take(hook, request, Buffer.concat(chunks).toString());
    await side.answersAfter();
    response.writeHead(status).end('{}');
  });
  function take(hook: Hook, request: IncomingMessage, content: string): void {
    // As Zapier passes them on.
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [
        `Http-${name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())}`,
        `${value}`,
      ]),
    );
    const rawRequest = { method: 'POST', querystring: '', headers, content };
    if (hook.isPaused) hook.waiting.push(rawRequest);
    else for (let time = 0; time < side.times; time += 1) turn = turn.then(() => run(hook, rawRequest)).catch(() => {});
  }
  let hooksMade = 0;
  return Object.assign(side, {
    async switchOn(trigger: string, authData: Item, inputData: Item = {}): Promise<InstantZap> {
      hooksMade += 1;
      const path = `/hooks/standard/${hooksMade}/`;
      const url = `${server.url.replace(/\/$/, '')}${path}`;
      const hook: Hook = { trigger, authData, inputData, subscription: {}, isPaused: false, waiting: [], fired: [] };
      hooks.set(path, hook);
      const method = (name: string) => `triggers.${trigger}.operation.${name}`;
      hook.subscription = (await app.run(method('performSubscribe'), { authData, inputData, targetUrl: url })) as Item;
      return {
        url,
        subscription: hook.subscription,
        fired: hook.fired,
        pause: () => {
          hook.isPaused = true;
        },
        async resume() {
          hook.isPaused = false;
          for (const rawRequest of hook.waiting.splice(0)) await run(hook, rawRequest);
        },
        async off() {
          hooks.delete(path);
          const call = { authData, inputData, targetUrl: url, subscribeData: hook.subscription };
          await app.run(method('performUnsubscribe'), call);
        },
      };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  });
}
