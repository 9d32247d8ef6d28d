import { mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { createProgram, runCommandLine } from '../../cli/program.ts';
import { terminalScreen } from '../../cli/screen.ts';
import { writeApiFile } from '../../local/api-file.ts';
import { PROBLEMS } from '../../shared/api/problem.ts';
import { ROUTES } from '../../shared/api/routes.ts';
import type { Event } from '../../shared/events/event.ts';

/** What a stranger can put into a name, an id, a subject, a label. */
const HOSTILE = [
  '\u001b]0;title\u0007\u001b[2J\u001b[31mred\u001b[0m',
  '\u009b31m\u0090q\u009c\u007f\u0080',
  'abc\u202edef\u2066ghi\u2069\u200e\u200f\u061c',
  'a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg\u180eh',
  'one\u2028two\u2029three\u0085four\r\nfive\rsix\vseven\feight',
  '\ud800 half \udc00',
  'tag\u{e0001}\u{e0041}\u{e007f} \u{1d173}',
  '$(reboot) `id` %s %n \\u001b[2J',
].join(' | ');

const RAW = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

type Schema = Readonly<Record<string, unknown>>;

/** A value of the schema, as hostile as the schema lets it be. */
function sample(schema: Schema, text: string): unknown {
  const { anyOf, enum: words, const: only, properties, items, additionalProperties } = schema;
  const type = [schema.type].flat().find((each) => each !== 'null');
  if (Array.isArray(anyOf)) return sample(anyOf.find((each) => each.type !== 'null') ?? {}, text);
  // The last state of a send is one that nobody waits for.
  if (Array.isArray(words)) return words.at(-1);
  if (only !== undefined) return only;
  if (type === 'string') return text;
  if (type === 'integer' || type === 'number') return 1;
  if (type === 'boolean') return true;
  if (type === 'array') return [sample(items as Schema, text)];
  const named = Object.entries((properties ?? {}) as Record<string, Schema>);
  // An end, or the list would go on for ever.
  const own = named.map(([name, each]) => [name, name === 'cursor' ? null : sample(each, text)]);
  const loose = typeof additionalProperties === 'object' && named.length === 0;
  return Object.fromEntries([...own, ...(loose ? [[text, sample(additionalProperties as Schema, text)]] : [])]);
}

const answerOf = new Map(
  ROUTES.map((route) => [
    `${route.method} ${route.path}`,
    { route, schema: z.toJSONSchema(route.answer, { io: 'input' }) as Schema },
  ]),
);

interface Mood {
  text: string;
  /** Every request ends in a problem. */
  refuses: boolean;
}
const mood: Mood = { text: HOSTILE, refuses: false };
let server: Server;
let data: string;

function answerTo(
  method: string,
  url: string,
): { readonly status: number; readonly type: string; readonly body: unknown } {
  const path = url.split('?')[0] ?? '';
  if (path === '/health') return { status: 200, type: 'application/json', body: {} };
  const problem = { type: mood.text, title: mood.text, status: 409, detail: mood.text };
  if (mood.refuses) return { status: PROBLEMS.conflict.status, type: 'application/problem+json', body: problem };
  const found = [...answerOf.values()].find(
    ({ route }) => route.method === method && new RegExp(`^${route.path.replace(/\{.+?\}/g, '[^/]+')}$`).test(path),
  );
  const type = found?.route.isStream ? 'application/x-ndjson' : 'application/json';
  return { status: found?.route.status ?? 200, type, body: sample(found?.schema ?? {}, mood.text) };
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const { status, type, body } = answerTo(request.method ?? '', request.url ?? '');
    request.resume();
    response.writeHead(status, { 'content-type': type }).end(`${JSON.stringify(body)}\n`);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  data = mkdtempSync(join(tmpdir(), 'replybus-hostile-'));
  const { port } = server.address() as AddressInfo;
  await writeApiFile(data, { address: `http://127.0.0.1:${port}`, token: 'token', pid: process.pid });
});
afterAll(() => server.close());
beforeEach(() => {
  mood.text = HOSTILE;
  mood.refuses = false;
});

const ID = 'sales/550e8400-e29b-41d4-a716-446655440000';

/** Every command that asks the API; `run` is a test of its own below. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  poll: [],
  backfill: ['sales', '--since', '7d'],
  doctor: [],
  'token create': ['mine'],
  'token list': [],
  'token revoke': ['tok_a'],
  campaigns: [],
  threads: [],
  thread: [ID],
  reply: [ID, '--text', 'Hello.'],
  forward: [ID, '--to', 'a@acme.example'],
  star: [ID],
  unstar: [ID],
  read: [ID],
  unread: [ID],
  sends: [],
  'sends decide': ['snd_a', 'sent'],
  'sends again': ['snd_a'],
  'sends undo': ['snd_a'],
  events: [],
  replay: ['evt_a'],
  'sinks test': ['crm'],
  'subscriptions list': [],
  'subscriptions remove': ['sub_a'],
  backup: ['copy.db'],
};
/** Of a deployment, of the process that runs, or of this machine's files: nothing of a vendor's passes through the API. */
const ELSEWHERE = new Set(['run', 'apply']);

async function output(line: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const take = (to: string[]) => (chunk: string | Uint8Array) => to.push(String(chunk)) > 0;
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(take(stdout)),
    vi.spyOn(process.stderr, 'write').mockImplementation(take(stderr)),
  ];
  try {
    await runCommandLine([...line, '--data', data]);
  } finally {
    process.exitCode = 0;
    for (const spy of spies) spy.mockRestore();
  }
  return { stdout: stdout.join(''), stderr: stderr.join('') };
}

function leaves(command: Command, name = ''): readonly string[] {
  const path = (child: Command) => (name === '' ? child.name() : `${name} ${child.name()}`);
  const below = command.commands.flatMap((child) => leaves(child, path(child)));
  return command.commands.length === 0 || name === 'sends' ? [name, ...below] : below;
}

const named = Object.entries(COMMANDS).map(([name, rest]) => ({ name, line: [...name.split(' '), ...rest] }));

describe('whatever a vendor or a stranger wrote', () => {
  it('is tried on every command', () => {
    const known = [...Object.keys(COMMANDS), ...ELSEWHERE];
    expect(leaves(createProgram()).filter((name) => !known.includes(name))).toEqual([]);
  });

  it.each(named)('reaches no terminal raw by "$name"', async ({ line }) => {
    const { stdout, stderr } = await output(line);
    expect(stdout).not.toBe('');
    expect(stdout).not.toMatch(RAW);
    expect(stderr).not.toMatch(RAW);
    // What steers is taken out, and what is read stays.
    expect(stdout + stderr).not.toContain('[object');
  });

  it.each(named)('reaches no terminal raw by "$name --json", and is the same when read', async ({ name, line }) => {
    const { stdout, stderr } = await output([...line, '--json']);
    expect(stdout).not.toMatch(RAW);
    expect(stderr).not.toMatch(RAW);
    const documents = stdout
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(documents.length).toBeGreaterThan(0);
    if (name !== 'replay') expect(JSON.stringify(documents)).toContain(JSON.stringify(HOSTILE).slice(1, -1));
  });

  it.each(named)('reaches no terminal raw in what "$name" complains of, in one line', async ({ line }) => {
    mood.refuses = true;
    for (const more of [[], ['--json']]) {
      const { stdout, stderr } = await output([...line, ...more]);
      expect(stdout + stderr).not.toMatch(RAW);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    }
  });

  it.each(named)('with a name of a megabyte floods no line of "$name"', async ({ name, line }) => {
    mood.text = `${HOSTILE}${'x'.repeat(1_000_000)}`;
    const { stdout, stderr } = await output(line);
    expect(stdout + stderr).not.toMatch(RAW);
    // The words of a mail are shown whole.
    const longest = Math.max(...stdout.split('\n').map(({ length }) => length));
    if (name !== 'thread') expect(longest).toBeLessThan(30_000);
  });

  it.each(named)('given on the command line to "$name" is quoted without its controls', async ({ line }) => {
    const { stdout, stderr } = await output([...line, HOSTILE, `--${HOSTILE}`]);
    expect(stdout + stderr).not.toMatch(RAW);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('a run on a terminal', () => {
  const person = { email: HOSTILE, name: HOSTILE };
  const timestamp = '2026-01-01T00:00:00.000Z';
  const events: readonly unknown[] = [
    ...['reply.received', 'reply.interested'].map((type) => ({
      type,
      timestamp,
      data: {
        connection: HOSTILE,
        lead: person,
        campaign: { id: HOSTILE, name: HOSTILE },
        thread: { id: HOSTILE, subject: HOSTILE },
        message: { subject: HOSTILE, preview: HOSTILE },
      },
    })),
    { type: 'send.needs_decision', timestamp, data: { kind: 'reply', thread: HOSTILE, send: HOSTILE } },
    { type: 'connection.unauthorized', timestamp, data: { connection: HOSTILE, reason: HOSTILE, detail: HOSTILE } },
    { type: 'sink.disabled', timestamp, data: { sink: HOSTILE, episode: timestamp, reason: HOSTILE } },
    { type: 'reply.unreadable', timestamp, data: { connection: HOSTILE, item: HOSTILE, issues: [HOSTILE] } },
  ];

  it.each([false, true])('shows events and sentences without what steers it (json: %s)', (json) => {
    const written: string[] = [];
    const take = (chunk: string | Uint8Array) => written.push(String(chunk)) > 0;
    const spies = [
      vi.spyOn(process.stdout, 'write').mockImplementation(take),
      vi.spyOn(process.stderr, 'write').mockImplementation(take),
    ];
    try {
      const screen = terminalScreen(json);
      for (const event of events) screen.show(HOSTILE, event as Event);
      screen.note(HOSTILE);
      screen.log.warn('something', { connection: HOSTILE });
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
    const lines = written.join('').trimEnd().split('\n');
    expect(lines.filter((line) => RAW.test(line))).toEqual([]);
    expect(lines).toHaveLength(events.length + 2);
  });
});

describe('every command', () => {
  const all = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(all)];

  it('says what it does, and those that run show lines to try', () => {
    const silent = all(createProgram()).filter((command) => command.description() === '');
    expect(silent.map((command) => command.name())).toEqual([]);
    const written: string[] = [];
    for (const command of all(createProgram()).filter(({ commands }) => commands.length === 0)) {
      command.configureOutput({ writeOut: (text) => void written.push(text) });
      command.outputHelp();
      expect([command.name(), written.pop()]).toEqual([
        command.name(),
        expect.stringMatching(/Examples:\n {2}\$ replybus /),
      ]);
    }
  });
});
