import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { httpServer, type Loopback } from '../../adapters/node/loopback.ts';

export interface InBetween extends Loopback {
  /** What was asked for, since it was last emptied. */
  readonly asked: { readonly method: string; readonly path: string; readonly userAgent: string }[];
  /** Paths that the vendor answers with 500. */
  fails: (path: string) => boolean;
  /** What comes in the place of the vendor's answer. */
  rewrites: (path: string, body: string) => string;
}

export const asItCame: InBetween['rewrites'] = (_, body) => body;

async function rewritten(answer: IncomingMessage, outgoing: ServerResponse, rewrite: (body: string) => string) {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  const { 'content-length': _, 'transfer-encoding': __, ...headers } = answer.headers;
  outgoing.writeHead(answer.statusCode ?? 502, headers).end(rewrite(Buffer.concat(chunks).toString()));
}

/** A server that passes everything on to a vendor, and counts. */
export async function inBetween(target: string): Promise<InBetween> {
  const asked: InBetween['asked'] = [];
  const state: Pick<InBetween, 'fails' | 'rewrites'> = { fails: () => false, rewrites: asItCame };
  const { origin, pathname } = new URL(target);
  const server = await httpServer((incoming, outgoing) => {
    const path = incoming.url ?? '';
    asked.push({ method: incoming.method ?? '', path, userAgent: incoming.headers['user-agent'] ?? '' });
    if (state.fails(path)) return void outgoing.writeHead(500).end('{}');
    const { host: _, ...headers } = incoming.headers;
    const onward = request(`${origin}${path}`, { method: incoming.method ?? 'GET', headers }, (answer) => {
      if (state.rewrites !== asItCame) return void rewritten(answer, outgoing, (body) => state.rewrites(path, body));
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  const url = `${server.url.replace(/\/$/, '')}${pathname}`;
  return Object.assign(state, {
    ...server,
    url,
    asked,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  });
}

/** Zapier's cache as a service of its own, so far away. */
export async function cacheService(latencyMs: number): Promise<Loopback & { readonly calls: string[] }> {
  const entries = new Map<string, unknown>();
  const calls: string[] = [];
  const server = await httpServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString());
    const [key, value] = params;
    calls.push(method);
    await sleep(latencyMs);
    if (method === 'zcache_set') entries.set(key, value);
    if (method === 'zcache_delete') entries.delete(key);
    const result = method === 'zcache_get' ? (entries.get(key) ?? null) : true;
    outgoing.setHeader('content-type', 'application/json').end(JSON.stringify({ id, result }));
  });
  return { ...server, calls, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
