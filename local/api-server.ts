import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ApiDeps } from '../shared/api/deps.ts';
import { handle } from '../shared/api/handle.ts';
import type { ApiRequest, ApiResponse } from '../shared/api/request.ts';
import { UserError } from '../shared/failure.ts';

const HOST = '127.0.0.1';
/** Attachments of 10 MB in base64, and the mail around them. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;
const BODY_BYTES_READ_MAX = 4 * BODY_BYTES_MAX;

export interface ApiServer {
  readonly address: string;
  close(): Promise<void>;
}

/** Undefined when it is too long. It is read on for a while then: a caller that is still sending reads no answer. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
    else if (bytes > BODY_BYTES_READ_MAX) return undefined;
    else chunks.length = 0;
  }
  return bytes > BODY_BYTES_MAX ? undefined : Buffer.concat(chunks).toString();
}

function apiRequest(request: IncomingMessage, body: string): ApiRequest {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const { authorization, 'idempotency-key': key } = request.headers;
  const idempotencyKey = key?.toString();
  return {
    method: request.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    body,
    ...(authorization === undefined ? {} : { authorization }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

async function write(response: ServerResponse, answer: ApiResponse): Promise<void> {
  if ('body' in answer) {
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(`${JSON.stringify(answer.body)}\n`);
    return;
  }
  response.writeHead(answer.status, { 'content-type': 'application/x-ndjson' });
  for await (const line of answer.lines) {
    // Leaving the loop stops the work behind the stream.
    if (response.destroyed) return;
    response.write(`${JSON.stringify(line)}\n`);
  }
  response.end();
}

async function respond(request: IncomingMessage, response: ServerResponse, deps: ApiDeps): Promise<void> {
  const body = await bodyOf(request);
  if (body === undefined) {
    const detail = 'The request is larger than 16 MB; attachments may take 10 MB together.';
    const problem = { type: 'about:blank', title: 'Too large', status: 413, detail };
    response.writeHead(413, { connection: 'close', 'content-type': 'application/problem+json' });
    response.end(`${JSON.stringify(problem)}\n`);
    return;
  }
  await write(response, await handle(apiRequest(request, body), deps));
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is taken' : `cannot be opened (${error.code ?? 'no code'})`;
      reject(new UserError(`Port ${port} of this machine ${why}; choose another with --port.`, 1));
    });
    server.listen(port, HOST, () => {
      const address = server.address();
      resolve(`http://${HOST}:${typeof address === 'object' && address ? address.port : port}`);
    });
  });
}

/** The API over loopback HTTP. */
export async function startApiServer(port: number, deps: ApiDeps): Promise<ApiServer> {
  const server = createServer((request, response) => {
    respond(request, response, deps).catch(() => response.destroy());
  });
  const address = await listen(server, port);
  return {
    address,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
