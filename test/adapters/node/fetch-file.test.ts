import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { fetchFile } from '../../../adapters/node/fetch-file.ts';
import { ProviderError } from '../../../shared/failure.ts';
import { HOSTILE_URLS } from './hostile-urls.ts';
import { httpServer, tcpServer } from './loopback.ts';

const CANARY = 'canary-4711';
const fetched = fetchFile({ allowPrivate: true, timeoutMs: 5_000 });

async function failure(url: string, bytesMax = 1_000, by = fetched): Promise<ProviderError> {
  const error = await by(url, bytesMax).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ProviderError) return error;
  throw new Error('expected a failure');
}

async function answering(handle: RequestListener): Promise<ProviderError> {
  await using server = await httpServer(handle);
  return await failure(`${server.url}${CANARY}?key=${CANARY}`);
}

const withStatus = (status: number) =>
  answering((_, answer) => answer.writeHead(status, { location: `/${CANARY}` }).end(CANARY));

describe('fetchFile', () => {
  it('reads every byte as it is', async () => {
    const bytes = Buffer.concat([Buffer.from(Array.from({ length: 256 }, (_, at) => at)), randomBytes(100_000)]);
    await using server = await httpServer((_, answer) => answer.end(bytes));
    const { contentBase64 } = await fetched(server.url, bytes.length);
    expect(Buffer.from(contentBase64, 'base64').equals(bytes)).toBe(true);
  });

  it('reads an empty file', async () => {
    await using server = await httpServer((_, answer) => answer.end());
    expect(await fetched(server.url, 10)).toEqual({ contentBase64: '' });
  });

  it.each([301, 302, 307, 400, 401, 403, 404, 410, 422, 204])('takes %i for a definite no', async (status) => {
    const error = await withStatus(status);
    expect(error.failure.kind).toBe('invalid');
    expect(error.message).toMatch(/^The server of an attachment refused the request: [^.]+\.$/);
  });

  it.each([408, 429, 500, 502, 503])('takes %i for passing trouble', async (status) => {
    const expected = { kind: 'unavailable', mayHaveHappened: false, code: `HTTP ${status}` };
    expect((await withStatus(status)).failure).toEqual(expected);
  });

  it('follows no redirect', async () => {
    const asked: (string | undefined)[] = [];
    await answering((request, answer) => {
      asked.push(request.url);
      answer.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(asked).toHaveLength(1);
  });

  it('refuses a file of one byte too many', async () => {
    const error = await answering((_, answer) => answer.end(Buffer.alloc(1_001)));
    expect(error.failure).toMatchObject({ kind: 'invalid', issues: [expect.stringContaining('larger than')] });
  });

  it('refuses bytes that come packed', async () => {
    const error = await answering((_, answer) => answer.writeHead(200, { 'content-encoding': 'gzip' }).end('x'));
    expect(error.failure.kind).toBe('invalid');
  });

  it('takes a file cut short for passing trouble', async () => {
    await using server = await tcpServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')),
    );
    expect((await failure(server.url)).failure).toMatchObject({ kind: 'unavailable', mayHaveHappened: false });
  });

  it('takes a server that is not there for passing trouble', async () => {
    const server = await tcpServer(() => {});
    await server[Symbol.asyncDispose]();
    expect((await failure(server.url)).failure).toMatchObject({ kind: 'unavailable', code: 'refused' });
  });

  it('ends a file that drips by the deadline', async () => {
    await using server = await httpServer((_, answer) => {
      const drip = setInterval(() => answer.write('x'), 5);
      answer.once('close', () => clearInterval(drip));
    });
    const hasty = fetchFile({ allowPrivate: true, timeoutMs: 100 });
    expect((await failure(server.url, 1_000_000, hasty)).failure).toMatchObject({
      kind: 'unavailable',
      code: 'timeout',
    });
  });

  it('refuses every address no stranger may name', async () => {
    const guarded = fetchFile({ allowPrivate: false });
    for (const url of HOSTILE_URLS) expect((await failure(url, 10, guarded)).failure.kind).toBe('invalid');
  });

  it('refuses a name that has become private when it connects', async () => {
    const rebound = fetchFile({
      allowPrivate: false,
      resolve: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
    });
    expect((await failure('https://public.example/', 10, rebound)).failure.kind).toBe('invalid');
  });

  it('names no URL in what it says', async () => {
    const errors = [await withStatus(404), await withStatus(302), await withStatus(500)];
    errors.push(await failure(`http://127.0.0.1:1/${CANARY}`), await failure(`ftp://${CANARY}.example/`));
    for (const error of errors) expect(`${error.message}${JSON.stringify(error)}`).not.toContain(CANARY);
  });
});
