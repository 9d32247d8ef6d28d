import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO_KEYS } from '../../../sandbox/switches.ts';
import { type ActingBench, startActingBench } from '../../cli/acting-bench.ts';
import { ended, printed, replybus, start } from '../../cli/command-line.ts';
import { type Driven, drive } from './driven.ts';

const ZIP = join(import.meta.dirname, '../../../zapier/build/build.zip');

let bench: ActingBench;
let folder: string;
let running: ChildProcess;
let app: Driven;
let own: Readonly<Record<string, string>>;

beforeAll(async () => {
  bench = await startActingBench();
  folder = bench.folder();
  running = start(['run', '--port', '0'], folder);
  const [, url = ''] = /(http:\/\/127\.0\.0\.1:\d+)/.exec(await printed(running, /http:\/\/127\.0\.0\.1:\d+/)) ?? [];
  const { stdout, stderr } = await replybus(['token', 'create', 'zapier', '--json'], folder);
  const { token } = stdout ? JSON.parse(stdout) : { token: stderr };
  own = { replybusUrl: url, replybusToken: token };
  const { cohesive, coldsend } = bench.sandbox.urls;
  app = await drive(ZIP, { COHESIVE_BASE_URL: cohesive, COLDSEND_BASE_URL: coldsend });
});

afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  const end = ended(running);
  running?.kill('SIGTERM');
  await end;
  await bench?.stop();
});

const cohesive = () => ({ provider: 'cohesive', apiKey: DEMO_KEYS.cohesive, ...own });
const coldsend = () => ({ provider: 'coldsend', apiKey: DEMO_KEYS.coldsend, ...own });

describe("the built app beside one's own Replybus", () => {
  it('says so when it connects', async () => {
    expect(await app.run('authentication.test', { authData: cohesive() })).toMatchObject({ replybus: 'yes' });
  });

  it('refuses a token that Replybus does not know', async () => {
    const authData = { ...cohesive(), replybusToken: 'wrong' };
    await expect(app.run('authentication.test', { authData })).rejects.toMatchObject({
      message: expect.stringContaining('does not accept the Deployment Token'),
    });
  });

  it('refuses a token that may read and not act', async () => {
    const { stdout } = await replybus(['token', 'create', 'reader', '--scope', 'read', '--json'], folder);
    const authData = { ...cohesive(), replybusToken: JSON.parse(stdout).token };
    await expect(app.run('authentication.test', { authData })).rejects.toMatchObject({
      message: expect.stringContaining('lacks act'),
    });
  });

  it('sends a reply through the send protocol, once for the same words', async () => {
    const thread = bench.thread('sales');
    const call = { authData: coldsend(), inputData: { thread_id: thread, text: 'Thursday at ten suits us well.' } };
    const first = await app.run('creates.send_reply.operation.perform', call);
    const second = await app.run('creates.send_reply.operation.perform', call);
    expect(first).toMatchObject({
      status: expect.stringMatching(/^(sent|confirmed)$/),
      id: expect.stringMatching(/^snd_/),
    });
    expect(second).toMatchObject({ id: (first as { id: string }).id });
    expect(bench.sandbox.world.outbox.filter(({ text }) => text.includes('Thursday at ten'))).toHaveLength(1);
  });

  it('stars threads of Cohesive, which has no stars', async () => {
    const call = { authData: cohesive(), inputData: { thread_id: bench.thread('acme'), starred: true } };
    expect(await app.run('creates.star_thread.operation.perform', call)).toMatchObject({ starred: true });
  });

  it('forwards threads of ColdSend, which has no forward', async () => {
    const inputData = { thread_id: bench.thread('sales'), to: ['boss@acme.example'], note: 'Worth a look' };
    const sent = await app.run('creates.forward_thread.operation.perform', { authData: coldsend(), inputData });
    expect(sent).toMatchObject({ status: 'sent' });
    expect(bench.mailServer.mails.at(-1)?.text).toContain('Worth a look');
  });
});

describe('the built app with a mail server', () => {
  it('forwards threads of ColdSend through it, once', async () => {
    const authData = { provider: 'coldsend', apiKey: DEMO_KEYS.coldsend, smtpUrl: bench.mailServer.url };
    const before = bench.mailServer.mails.length;
    const inputData = { thread_id: bench.thread('sales'), to: ['boss@acme.example'], from: 'me@acme.example' };
    const call = { authData, inputData };
    const first = await app.run('creates.forward_thread.operation.perform', call);
    const second = await app.run('creates.forward_thread.operation.perform', call);
    expect(first).toMatchObject({ status: 'sent', was_sent_before: false });
    expect(second).toMatchObject({ was_sent_before: true });
    expect(bench.mailServer.mails).toHaveLength(before + 1);
  });

  it('halts, and does not try again, when nobody knows whether the mail was taken', async () => {
    const authData = { provider: 'coldsend', apiKey: DEMO_KEYS.coldsend, smtpUrl: bench.mailServer.url };
    const inputData = { thread_id: bench.thread('sales'), to: ['boss@acme.example'], from: 'me@acme.example' };
    bench.mailServer.breaks = true;
    const run = () => app.run('creates.forward_thread.operation.perform', { authData, inputData });
    await expect(run()).rejects.toMatchObject({
      name: 'HaltedError',
      message: expect.stringContaining('may have been sent'),
    });
    bench.mailServer.breaks = false;
    const before = bench.mailServer.mails.length;
    await expect(run()).rejects.toMatchObject({ name: 'HaltedError' });
    expect(bench.mailServer.mails).toHaveLength(before);
  });
});
