import { request as ask, createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TappedCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface TapHooks {
  /** Before the call is passed on; what it waits for delays the call. With an answer of its own the call is not passed on. */
  before?: (call: TappedCall) => Promise<{ readonly status: number; readonly body: string } | undefined>;
  /** After it was carried out, before the caller hears of it. True: the answer is lost. */
  after?: (call: TappedCall, status: number) => Promise<boolean>;
}

export interface Tap {
  readonly url: string;
  /** May be changed at any time. */
  readonly hooks: TapHooks;
  stop(): void;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function pass(target: URL, { method, path, headers, body }: TappedCall): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { host: _, ...kept } = headers;
    const sent = ask(
      { host: target.hostname, port: target.port, method, path, headers: kept, agent: false },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('end', () => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) });
        });
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

/** Stands before a server and sees every call; the test decides what becomes of call and answer. */
export async function startTap(target: string, hooks: TapHooks = {}): Promise<Tap> {
  const origin = new URL(target);
  const server = createServer(async (request, response) => {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const { method = 'GET', url: path = '/', headers } = request;
      const call = { method, path, headers, body: Buffer.concat(chunks).toString() };
      const instead = await hooks.before?.(call);
      if (instead) {
        response.writeHead(instead.status, { 'content-type': 'application/x-amz-json-1.0' }).end(instead.body);
        return;
      }
      const answer = await pass(origin, call);
      if (await hooks.after?.(call, answer.status)) response.destroy();
      else response.writeHead(answer.status, answer.headers).end(answer.body);
    } catch {
      // The caller died, or the server behind broke the connection: so it looks from here too.
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${origin.pathname === '/' ? '' : origin.pathname}`,
    hooks,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
