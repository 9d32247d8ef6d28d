import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningSandbox, startSandbox } from '../../sandbox/server.ts';
import { DEMO_KEYS } from '../../sandbox/switches.ts';
import { emptyFolder, ended, printed, replybus, start } from './command-line.ts';

const SECONDS_MS = 1_000;
const SLOW_MS = 30 * SECONDS_MS;
let sandbox: RunningSandbox;

beforeAll(async () => {
  const switches = { coldsendKeys: { [DEMO_KEYS.coldsend]: ['replies:all'], weak: ['campaigns:read'] } };
  sandbox = await startSandbox({ port: 0, seed: 1, lively: false, switches });
});
afterAll(async () => await sandbox.stop());

function folderWith(config: unknown): string {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'replybus.config.json'), JSON.stringify(config));
  return folder;
}

const connection = (more: object = {}) => ({
  id: 'sales',
  provider: 'coldsend',
  apiKey: DEMO_KEYS.coldsend,
  baseUrl: sandbox.urls.coldsend,
  ...more,
});
const config = (more: object = {}) => ({ connections: [connection(more)], allowPrivateUrls: true });

/** Of stderr, what is not the warning about a literal key. */
const complaint = (stderr: string): string =>
  stderr
    .split('\n')
    .filter((line) => line !== '' && !line.includes('holds the secret itself'))
    .join('\n');

describe('bad input is met with one sentence and the right exit code', { timeout: SLOW_MS }, () => {
  it('an unknown config key is named with its place', async () => {
    const result = await replybus(['run', '--once'], folderWith(config({ campaing: ['*'] })));
    expect(result.code).toBe(2);
    expect(complaint(result.stderr)).toBe(
      'replybus.config.json, connections[0]: unknown key "campaing"; correct its spelling or remove it.',
    );
  });

  it('a missing environment variable is named', async () => {
    const result = await replybus(['run', '--once'], folderWith(config({ apiKey: 'env:NO_SUCH_KEY' })));
    expect(result.code).toBe(2);
    expect(complaint(result.stderr)).toMatch(/^replybus\.config\.json, connections\[0\]\.apiKey: .*NO_SUCH_KEY.*\.$/);
  });

  it('a wrong key is said, without the key', async () => {
    const result = await replybus(['run', '--once'], folderWith(config({ apiKey: 'not-a-key' })));
    expect(result.code).toBe(1);
    expect(complaint(result.stderr)).toMatch(/^sales: ColdSend does not accept this API key; .*\.$/);
    expect(result.stderr).not.toContain('not-a-key');
  });

  it('a missing scope is said', async () => {
    const result = await replybus(['run', '--once'], folderWith(config({ apiKey: 'weak' })));
    expect(result.code).toBe(1);
    expect(complaint(result.stderr)).toMatch(/^sales: .*scope.*\.$/);
  });

  it('a URL that is no URL is said with its place', async () => {
    const result = await replybus(['run', '--once'], folderWith(config({ baseUrl: 'not a url' })));
    expect(result.code).toBe(2);
    expect(complaint(result.stderr)).toMatch(/^replybus\.config\.json, connections\[0\]\.baseUrl: .*\.$/);
  });

  it('a queue that is none is said', async () => {
    const sinks = [{ id: 'queue', type: 'sqs', url: 'https://sqs.eu-west-1.amazonaws.com/' }];
    const result = await replybus(['run', '--once'], folderWith({ ...config(), sinks }));
    expect(result.code).toBe(2);
    expect(complaint(result.stderr)).toContain('sinks[0].url: this is no URL of a queue');
  });

  it('a config that is no JSON is said, without its text', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'replybus.config.json'), '{ "apiKey": secret-words }');
    const result = await replybus(['doctor'], folder);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/is not JSON/);
    expect(result.stderr).not.toContain('secret-words');
  });

  it('a data folder that cannot be written is said', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'file'), '');
    const result = await replybus(['run', '--once', '--data', 'file/data'], folder);
    expect(result.code).toBe(1);
    expect(result.stderr.trim()).toMatch(/^The data folder .* cannot be written .*\.$/);
  });

  it('a taken port is said', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const result = await replybus(['run', '--port', String(port)], emptyFolder());
    server.close();
    expect(result.code).toBe(1);
    expect(result.stderr.trim()).toBe(`Port ${port} of this machine is taken; choose another with --port.`);
  });

  it('a port that is none, an unknown option and an unknown command are usage errors', async () => {
    const folder = emptyFolder();
    const wrong = [['run', '--port', 'x'], ['threads', '--intrested'], ['pol'], ['replay'], ['thread', 'x']];
    const results = await Promise.all(wrong.map(async (args) => await replybus(args, folder)));
    for (const { code, stderr } of results) {
      expect(code).toBe(2);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
  });

  it('a second process on the same folder is told so, and the first goes on', async () => {
    const folder = folderWith(config());
    const first = start(['run'], folder);
    const end = ended(first);
    await printed(first, /data /);
    const second = await replybus(['run'], folder);
    expect(second.code).toBe(1);
    expect(complaint(second.stderr)).toMatch(/^Another replybus process holds the data folder .*\.$/);
    first.kill('SIGINT');
    expect((await end).code).toBe(0);
  });
});
