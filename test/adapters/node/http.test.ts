import { randomBytes } from 'node:crypto';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { nodeHttp } from '../../../adapters/node/http.ts';
import { HttpFault, type HttpRequest } from '../../../shared/ports.ts';
import { httpServer, tcpServer } from './loopback.ts';

const http = nodeHttp({ allowPrivate: true });
const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url,
  headers: {},
  timeoutMs: 5_000,
  bytesMax: 1_000_000,
  ...more,
});
const post = (url: string, more: Partial<HttpRequest> = {}) => get(url, { method: 'POST', body: '{"a":1}', ...more });

async function fault(request: HttpRequest, by = http): Promise<HttpFault> {
  const error = await by(request).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof HttpFault) return error;
  throw new Error('expected a fault');
}

describe('nodeHttp', () => {
  it('sends method, headers and body, and gives back status, headers and body', async () => {
    await using server = await httpServer((request, answer) => {
      request.setEncoding('utf8').on('data', (body) => {
        answer.writeHead(201, { 'X-Thing': 'a', 'set-cookie': ['b=1', 'c=2'] });
        answer.end(`${request.method} ${request.headers['x-key']} ${request.headers['content-length']} ${body}`);
      });
    });
    const answer = await http(post(server.url, { headers: { 'x-key': 'k' } }));
    expect(answer).toMatchObject({ status: 201, body: 'POST k 7 {"a":1}', headers: { 'x-thing': 'a' } });
    expect(answer.headers['set-cookie']).toBe('b=1, c=2');
    expect(answer).not.toHaveProperty('truncated');
  });

  it('reads over one connection and writes over a fresh one each', async () => {
    const ports: (number | undefined)[] = [];
    await using server = await httpServer((request, answer) => {
      ports.push(request.socket.remotePort);
      answer.end('ok');
    });
    for (const request of [get(server.url), get(server.url), post(server.url), post(server.url)]) await http(request);
    expect(ports[0]).toBe(ports[1]);
    expect(new Set(ports).size).toBe(3);
  });

  it('does not follow a redirect', async () => {
    let calls = 0;
    await using server = await httpServer((_, answer) => {
      calls += 1;
      answer.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    });
    expect((await http(get(server.url))).status).toBe(302);
    expect(calls).toBe(1);
  });

  it.each([
    ['GET', 'gzip'],
    ['POST', 'identity'],
  ] as const)('asks for answers to a %s as %s', async (method, expected) => {
    let asked: unknown;
    await using server = await httpServer((request, answer) => {
      asked = request.headers['accept-encoding'];
      answer.end();
    });
    await http(get(server.url, { method }));
    expect(asked).toBe(expected);
  });

  const TEXT = `{"rows":["${'ä'.repeat(40_000)}"]}`;

  it.each([
    ['gzip', gzipSync(TEXT)],
    ['GZIP', gzipSync(TEXT)],
    ['x-gzip', gzipSync(TEXT)],
    ['deflate', deflateSync(TEXT)],
    ['deflate', deflateRawSync(TEXT)],
    ['br', brotliCompressSync(TEXT)],
    ['identity', Buffer.from(TEXT)],
    ['identity, gzip', gzipSync(TEXT)],
    ['deflate, gzip', gzipSync(deflateSync(TEXT))],
    // What the header says was not done.
    ['gzip', Buffer.from(TEXT)],
    ['deflate', Buffer.from(TEXT)],
    ['br', Buffer.from(TEXT)],
    ['gzip', Buffer.from(`\n [${TEXT}]`)],
  ])('unpacks what comes as %s', async (encoding, packed) => {
    await using server = await httpServer((_, answer) => {
      answer.writeHead(200, { 'content-encoding': encoding }).end(packed);
    });
    const { body, truncated, packed: problem } = await http(get(server.url));
    expect(JSON.stringify(JSON.parse(body)).includes('ä'.repeat(40_000))).toBe(true);
    expect([truncated, problem]).toEqual([undefined, undefined]);
  });

  it('gives nothing of no body, whatever the header says', async () => {
    await using server = await httpServer((_, answer) => {
      answer.writeHead(200, { 'content-encoding': 'gzip' }).end();
    });
    expect(await http(get(server.url))).toMatchObject({ status: 200, body: '' });
  });

  it.each([
    ['zstd', 'unknown'],
    ['gzip, gzip, gzip', 'unknown'],
    ['gzip', 'broken'],
  ])('says of %s that it cannot unpack it: %s', async (encoding, problem) => {
    await using server = await httpServer((_, answer) => {
      answer.writeHead(200, { 'content-encoding': encoding }).end(gzipSync(TEXT).subarray(0, 60));
    });
    expect(await http(get(server.url))).toMatchObject({ status: 200, body: '', packed: problem });
  });

  it.each([
    ['gzip', gzipSync('a'.repeat(200_000_000))],
    ['gzip, gzip', gzipSync(gzipSync('a'.repeat(200_000_000)))],
    ['br', brotliCompressSync('a'.repeat(20_000_000))],
  ])('gives up unpacking %s at the cap, and never holds more', async (encoding, bomb) => {
    await using server = await httpServer((_, answer) => {
      answer.writeHead(200, { 'content-encoding': encoding }).end(bomb);
    });
    const before = process.memoryUsage().arrayBuffers;
    const answer = await http(get(server.url));
    expect(answer).toMatchObject({ body: '', truncated: true });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  });

  it('gives up a packed answer that is longer than the cap as it comes', async () => {
    await using server = await httpServer((_, answer) => {
      answer.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(randomBytes(100_000)));
    });
    expect(await http(get(server.url, { bytesMax: 16_384 }))).toMatchObject({ body: '', truncated: true });
  });

  it('stops reading an endless answer at the cap', async () => {
    await using server = await httpServer((_, answer) => {
      const more = () => {
        while (answer.write('x'.repeat(10_000)));
        answer.once('drain', more);
      };
      more();
    });
    const { body, truncated } = await http(get(server.url, { bytesMax: 16_384 }));
    expect(body).toHaveLength(16_384);
    expect(truncated).toBe(true);
  });

  it('ends an answer that drips by the deadline', async () => {
    await using server = await httpServer((_, answer) => {
      const drip = setInterval(() => answer.write('x'), 5);
      answer.once('close', () => clearInterval(drip));
    });
    expect(await fault(get(server.url, { timeoutMs: 100 }))).toMatchObject({ code: 'timeout', bytesLeft: true });
  });

  it('ends headers that drip by the deadline', async () => {
    await using server = await tcpServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx');
      const drip = setInterval(() => socket.write('x'), 5);
      socket.once('close', () => clearInterval(drip));
    });
    expect(await fault(post(server.url, { timeoutMs: 100 }))).toMatchObject({ code: 'timeout', bytesLeft: true });
  });

  it('ends a name that does not resolve by the deadline, with no byte left', async () => {
    const stuck = nodeHttp({ allowPrivate: true, resolve: () => {} });
    const request = post('http://never.example/', { timeoutMs: 50 });
    expect(await fault(request, stuck)).toMatchObject({ code: 'timeout', bytesLeft: false });
  });

  it('knows that nothing left when nobody listens', async () => {
    const server = await tcpServer(() => {});
    await server[Symbol.asyncDispose]();
    expect(await fault(post(server.url))).toMatchObject({ code: 'refused', bytesLeft: false });
  });

  it('knows that nothing left when TLS never stood', async () => {
    await using server = await tcpServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const request = post(`https://127.0.0.1:${server.port}/`);
    expect(await fault(request)).toMatchObject({ code: 'reset', bytesLeft: false });
  });

  it('knows that nothing left when the other side speaks no TLS', async () => {
    await using server = await httpServer((_, answer) => answer.end());
    const request = post(`https://127.0.0.1:${server.port}/`);
    expect((await fault(request)).bytesLeft).toBe(false);
  });

  it('knows that bytes left when the connection is reset after the request', async () => {
    await using server = await tcpServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expect(await fault(post(server.url))).toMatchObject({ code: 'reset', bytesLeft: true });
  });

  it('writes nothing when the process slept through the deadline while it connected', async () => {
    const received: string[] = [];
    await using server = await httpServer((request, answer) => {
      received.push(request.url ?? '');
      answer.end();
    });
    const ending = fault(post(server.url, { timeoutMs: 40 }));
    const until = Date.now() + 80;
    while (Date.now() < until);
    expect(await ending).toMatchObject({ code: 'timeout', bytesLeft: false });
    expect(received).toEqual([]);
  });

  it('counts only its own bytes on a connection used before', async () => {
    let calls = 0;
    await using server = await httpServer((request, answer) => {
      calls += 1;
      if (calls === 1) answer.end('ok');
      else request.socket.resetAndDestroy();
    });
    await http(get(server.url));
    expect(await fault(get(server.url))).toMatchObject({ code: 'reset', bytesLeft: true });
  });

  it.each([
    ['an answer cut short', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf', 'reset'],
    ['garbage', 'hello\r\n\r\n', 'http'],
    ['an upgrade nobody asked for', 'HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n', undefined],
    ['endless headers', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`, 'http'],
  ])('reports %s as a fault with bytes left', async (_, text, code) => {
    await using server = await tcpServer((socket) => socket.once('data', () => socket.end(text)));
    const error = await fault(post(server.url));
    expect(error.bytesLeft).toBe(true);
    if (code) expect(error.code).toBe(code);
  });

  it('refuses forbidden URLs before anything happens', async () => {
    const guarded = nodeHttp({ allowPrivate: false });
    expect(await fault(get('https://169.254.169.254/'), guarded)).toMatchObject({
      code: 'forbidden',
      bytesLeft: false,
    });
    expect(await fault(get('http://127.0.0.1/'), guarded)).toMatchObject({ code: 'forbidden', bytesLeft: false });
  });

  it('refuses a public name that resolves to a private address when it connects', async () => {
    let reached = false;
    await using server = await tcpServer(() => {
      reached = true;
    });
    const rebound = nodeHttp({
      allowPrivate: false,
      resolve: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
    });
    expect(await fault(post('https://public.example/'), rebound)).toMatchObject({
      code: 'forbidden',
      bytesLeft: false,
    });
    expect(server.port).toBeGreaterThan(0);
    expect(reached).toBe(false);
  });

  it('connects to the address it checked, without asking DNS again', async () => {
    let asked = 0;
    const named = nodeHttp({
      allowPrivate: true,
      resolve: (_host, _options, done) => {
        asked += 1;
        done(null, [{ address: asked === 1 ? '127.0.0.1' : '8.8.8.8', family: 4 }]);
      },
    });
    await using server = await httpServer((_, answer) => answer.end('here'));
    expect((await named(post(`http://name.example:${server.port}/`))).body).toBe('here');
    expect(asked).toBe(1);
  });

  it('puts no URL, header or body into its errors', async () => {
    const request = post('http://127.0.0.1:1/canary?canary', { headers: { 'x-key': 'canary\u0000' }, body: 'canary' });
    const error = await fault(request);
    expect(error.bytesLeft).toBe(false);
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)} ${error.cause}`).not.toContain('canary');
  });
});
