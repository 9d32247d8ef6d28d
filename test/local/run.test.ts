import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder, ended, printed, replybus, start } from '../cli/command-line.ts';

const SLOW_MS = 40_000;
const COMMANDS = [
  [],
  ...[
    'run',
    'poll',
    'backfill',
    'doctor',
    'campaigns',
    'threads',
    'thread',
    'events',
    'replay',
    'reply',
    'forward',
    'apply',
  ].map((name) => [name]),
  ...['star', 'unstar', 'read', 'unread', 'sends'].map((name) => [name]),
  ['sends', 'decide'],
  ['token', 'create'],
  ['token', 'list'],
  ['token', 'revoke'],
  ['sinks', 'test'],
];

describe('the command line', { timeout: SLOW_MS }, () => {
  it('every command has a help with an example', async () => {
    const helps = await Promise.all(COMMANDS.map(async (command) => await replybus([...command, '--help'], '/')));
    for (const { code, stdout } of helps) {
      expect(code).toBe(0);
      expect(stdout).toContain('$ replybus');
    }
  });
});

describe('the demo', { timeout: SLOW_MS }, () => {
  it('shows a reply soon, serves the other commands meanwhile, and ends cleanly', async () => {
    const folder = emptyFolder();
    const demo = start(['run'], folder);
    const end = ended(demo);
    const text = await printed(demo, /^\d\d:\d\d:\d\d [←★] /m);
    expect(text).toContain('replybus.config.json');

    const apiFile = join(folder, '.replybus/demo/api.json');
    expect(statSync(apiFile).mode & 0o777).toBe(0o600);

    const { address, token: commandLine } = JSON.parse(readFileSync(apiFile, 'utf8'));
    const page = /#token=(\S+)/.exec(text)?.[1] ?? '';
    expect(page).not.toBe(commandLine);
    const asThePage = { authorization: `Bearer ${page}`, 'content-type': 'application/json' };
    const who = await fetch(`${address}/v1/whoami`, { headers: asThePage });
    expect(await who.json()).toEqual({ name: null, scopes: ['read', 'act', 'subscribe', 'admin'] });
    const wish = { method: 'POST', headers: asThePage, body: JSON.stringify({ file: join(folder, 'copy.db') }) };
    expect((await fetch(`${address}/v1/backup`, wish)).status).toBe(403);

    const campaigns = await replybus(['campaigns', '--json'], folder);
    expect(campaigns.code).toBe(0);
    const ids = campaigns.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).connection);
    expect(new Set(ids)).toEqual(new Set(['acme', 'sales']));

    const threads = await replybus(['threads', '--json', '--limit', '1'], folder);
    const { id } = JSON.parse(threads.stdout);
    const thread = await replybus(['thread', id, '--json'], folder);
    expect(JSON.parse(thread.stdout).thread.id).toBe(id);

    const created = JSON.parse((await replybus(['token', 'create', 'mine', '--json'], folder)).stdout);
    expect(JSON.parse((await replybus(['token', 'list', '--json'], folder)).stdout)).toEqual({
      id: created.id,
      name: 'mine',
      createdAt: created.createdAt,
      scopes: ['read', 'act', 'subscribe'],
      maker: null,
    });

    const doctor = await replybus(['doctor'], folder);
    expect(doctor.code).toBe(0);

    const backfill = await replybus(['backfill', 'sales', '--since', 'all', '--json'], folder);
    expect(backfill.code).toBe(0);
    expect(JSON.parse(backfill.stdout.trim().split('\n').at(-1) ?? '').state).toBe('done');

    demo.kill('SIGTERM');
    expect((await end).code).toBe(0);

    const events = await replybus(['events', '--json'], folder);
    expect(events.stdout.trim().split('\n').length).toBeGreaterThan(0);
  });
});
