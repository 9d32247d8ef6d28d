import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startApiServer } from '../../local/api-server.ts';
import { Problem } from '../../shared/api/shapes.ts';
import { type ApiWorld, apiWorld, OWN_TOKEN } from '../api/world.ts';

/** As a program that does not know the length beforehand sends it. */
async function post(address: string, path: string, pieces: readonly string[]): Promise<Response> {
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  const headers = { authorization: `Bearer ${OWN_TOKEN}`, 'content-type': 'application/json' };
  return await fetch(`${address}${path}`, { method: 'POST', headers, body, duplex: 'half' });
}

async function over<Result>(world: ApiWorld, work: (address: string) => Promise<Result>): Promise<Result> {
  const server = await startApiServer(0, world.host);
  try {
    return await work(server.address);
  } finally {
    await server.close();
  }
}

const socketTo = (address: string) => connect(Number(new URL(address).port), '127.0.0.1');

/** What comes back for these very bytes until the connection is closed. */
async function answerTo(address: string, bytes: string): Promise<{ readonly head: string; readonly body: string }> {
  const socket = socketTo(address);
  let answer = '';
  socket.on('data', (data) => {
    answer += data;
  });
  socket.write(bytes);
  await once(socket, 'close');
  const end = answer.indexOf('\r\n\r\n');
  return { head: answer.slice(0, end), body: answer.slice(end + 4) };
}

const HEAD = `POST /v1/poll HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer ${OWN_TOKEN}\r\nContent-Type: application/json\r\n`;

describe('what is no request', () => {
  it.each([
    ['no HTTP', 'GARBAGE\r\n\r\n', 400],
    ['headers that are too long', `GET / HTTP/1.1\r\nHost: here\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['an expectation', 'GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\nExpect: tea\r\n\r\n', 417],
    ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['a length that is no number', 'GET / HTTP/1.1\r\nHost: here\r\nContent-Length: x\r\n\r\n', 400],
    ['a body in pieces that are none', `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
  ])('for %s is answered with a problem document', async (_, bytes, status) => {
    const world = apiWorld();
    const { head, body } = await over(world, (address) => answerTo(address, bytes));
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*content-type: application/problem\\+json`, 'i'));
    expect(Problem.parse(JSON.parse(body)).status).toBe(status);
    expect(world.warned).toEqual([]);
  });
});

describe('who hangs up in the middle of a request', () => {
  it.each([
    ['of a known length', 'Content-Length: 100\r\n\r\n{"a'],
    ['in pieces', 'Transfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n'],
  ])('%s is no failure of ours', async (_, rest) => {
    const world = apiWorld();
    const { promise: admitted, resolve: admit } = Promise.withResolvers<void>();
    const host = {
      ...world.host,
      get door() {
        admit();
        return world.host.door;
      },
    };
    const server = await startApiServer(0, host);
    const socket = socketTo(server.address);
    socket.write(`${HEAD}${rest}`);
    await admitted;
    socket.destroy();
    // Who comes later finds that one gone.
    await (await fetch(`${server.address}/health`)).text();
    await server.close();
    expect(world.warned).toEqual([]);
  });
});

describe('the API over a real connection', () => {
  it('takes a body that comes in pieces without a length, and refuses one that never ends', async () => {
    const world = apiWorld();
    const server = await startApiServer(0, world.host);
    try {
      const path = `${await world.thread('sales')}/reply`;
      const taken = await post(server.address, path, ['{"text":', '"Tuesday at ten."}']);
      expect(taken.status).toBe(202);
      const refused = await post(server.address, path, Array(20).fill(' '.repeat(1_000_000)));
      expect(refused.status).toBe(413);
    } finally {
      await server.close();
    }
  });

  it('answers a DELETE', async () => {
    const world = apiWorld();
    const server = await startApiServer(0, world.host);
    try {
      const headers = { authorization: `Bearer ${OWN_TOKEN}` };
      const gone = await fetch(`${server.address}/v1/sends/snd_none`, { method: 'DELETE', headers });
      expect(gone.status).toBe(404);
    } finally {
      await server.close();
    }
  });
});
