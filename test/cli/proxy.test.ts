import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeApiFile } from '../../local/api-file.ts';
import { emptyFolder, ended } from './command-line.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const seen = { api: [] as string[], proxy: [] as string[] };
const servers: Server[] = [];

async function listening(take: string[]): Promise<string> {
  const server = createServer((request, response) => {
    take.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`.trim());
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"items":[],"cursor":null,"failures":[],"unreadable":0}\n');
  }).listen(0, '127.0.0.1');
  server.on('connect', (request, socket) => {
    take.push(`CONNECT ${request.url}`);
    socket.destroy();
  });
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const data = emptyFolder();
let proxy = '';
beforeAll(async () => {
  await writeApiFile(data, { address: await listening(seen.api), token: 'own-token', pid: process.pid });
  proxy = await listening(seen.proxy);
});
afterAll(() => {
  for (const server of servers) server.close();
});

describe('the token of this machine', { timeout: 30_000 }, () => {
  it('goes over loopback alone, whatever the environment says of proxies', async () => {
    const env = { PATH: process.env.PATH, NODE_USE_ENV_PROXY: '1', NO_PROXY: '' };
    const proxies = { HTTP_PROXY: proxy, http_proxy: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy };
    const child = spawn(process.execPath, [MAIN, 'token', 'list', '--data', data], {
      cwd: data,
      env: { ...env, ...proxies },
    });
    expect(await ended(child)).toMatchObject({ code: 0, stderr: 'No tokens.\n' });
    expect(seen.api).toEqual(['GET /health', 'GET /v1/tokens Bearer own-token']);
    expect(seen.proxy).toEqual([]);
  });
});
