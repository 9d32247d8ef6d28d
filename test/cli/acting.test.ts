import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../local/settings.ts';
import { openSystem } from '../../local/system.ts';
import { acceptSend } from '../../shared/sending/accept.ts';
import { type ActingBench, startActingBench } from './acting-bench.ts';
import { type Ended, ended, printed, replybus, start } from './command-line.ts';

const SLOW_MS = 60_000;
let bench: ActingBench;

beforeAll(async () => {
  bench = await startActingBench();
});
afterAll(async () => await bench.stop());

const document = ({ stdout }: Ended) => JSON.parse(stdout);
const complaint = ({ stderr }: Ended): string =>
  stderr
    .split('\n')
    .filter((line) => line !== '' && !line.includes('holds the secret itself'))
    .join('\n');
const sentTo = (thread: string) => bench.sandbox.world.outbox.filter((sent) => thread.endsWith(sent.threadId));

interface Daemon {
  readonly folder: string;
  readonly ask: (...args: string[]) => Promise<Ended>;
}

/** Each has a share of the vendor's budget of its own. */
function daemon(): Daemon {
  const held = { folder: '' };
  let child: ChildProcess;
  let end: Promise<Ended>;
  beforeAll(async () => {
    held.folder = bench.folder();
    child = start(['run'], held.folder);
    end = ended(child);
    await printed(child, /data /);
  });
  afterAll(async () => {
    child.kill('SIGTERM');
    expect((await end).code).toBe(0);
  });
  return Object.assign(held, { ask: async (...args: string[]) => await replybus(args, held.folder) });
}

describe('sending while "run" runs', { timeout: SLOW_MS }, () => {
  const running = daemon();
  const { ask } = running;

  it('reply sends once, says what became of it and what a reply does besides', async () => {
    const thread = bench.thread('sales');
    const first = await ask('reply', thread, '--text', 'Tuesday at ten suits me.', '--idempotency-key', 'one');
    const again = await ask('reply', thread, '--text', 'Tuesday at ten suits me.', '--idempotency-key', 'one');
    expect([first.code, again.code]).toEqual([0, 0]);
    expect(first.stdout).not.toContain('not sent a second time');
    expect(again.stdout).toMatch(/note +Accepted at .* already; it is not sent a second time\./);
    expect(first.stdout).toMatch(
      /sent\n[\s\S]*send +snd_[a-z2-7]{32}\n[\s\S]*key +one\n[\s\S]*also +Cancels the lead's/,
    );
    expect(sentTo(thread)).toHaveLength(1);
    const other = await ask('reply', thread, '--text', 'Other words.', '--idempotency-key', 'one');
    expect(other.code).toBe(1);
    expect(complaint(other)).toBe('This idempotency key already names another mail; use a new key for a new mail.');
  });

  it('reply takes files, copies and the newest message where the vendor does', async () => {
    const [acme, sales] = [bench.thread('acme'), bench.thread('sales')];
    writeFileSync(join(running.folder, 'answer.html'), '<p>See the <b>offer</b>, please.</p>');
    writeFileSync(join(running.folder, 'offer.pdf'), 'a file');
    const url = 'https://files.example/the%20offer.pdf?x=1';
    const [byUrl, byFile, moved] = await Promise.all([
      ask('reply', acme, '--file', 'answer.html', '--cc', 'boss@acme.example', '--attach', url, '--json'),
      ask('reply', sales, '--file', 'answer.html', '--attach', 'offer.pdf', '--json'),
      ask('reply', bench.thread('acme'), '--text', 'Late words.', '--if-latest', '<old@mail.example>'),
    ]);
    expect([byUrl.code, byFile.code, moved.code]).toEqual([0, 0, 1]);
    expect(document(byUrl)).toMatchObject({ state: expect.stringMatching(/sent|confirmed/), kind: 'reply', by: 'cli' });
    const requests = bench.sandbox.world.outbox.map(({ request }) => request);
    expect(requests).toContainEqual(
      expect.objectContaining({
        cc: 'boss@acme.example',
        attachments: [{ url, filename: 'the offer.pdf', contentType: 'application/pdf' }],
      }),
    );
    expect(sentTo(sales)[0]?.request).toMatchObject({
      html_body: '<p>See the <b>offer</b>, please.</p>',
      attachments: [{ filename: 'offer.pdf', content_type: 'application/pdf', content_base64: 'YSBmaWxl' }],
    });
    expect(complaint(moved)).toMatch(/^Somebody has written in this conversation .*\.$/);
  });

  it('reply --undo holds a mail back, and "sends undo" calls it back', async () => {
    const thread = bench.thread('sales');
    const held = await ask('reply', thread, '--text', 'Words held back.', '--undo', '10m', '--json');
    expect(held.code).toBe(0);
    const { id, state, goesAt } = document(held);
    expect(state).toBe('waiting');
    expect(Date.parse(goesAt)).toBeGreaterThan(Date.now() + 500_000);
    expect(complaint(held)).toMatch(
      /^It goes out at .*; until then "replybus sends undo snd_[a-z2-7]+" calls it back\.$/,
    );

    const undone = await ask('sends', 'undo', id);
    expect([undone.stderr, undone.code]).toEqual(['', 0]);
    expect(undone.stdout).toMatch(/undone\n +Called back by .* before it was sent\./);
    expect(document(await ask('sends', 'undo', id, '--json'))).toMatchObject({ id, state: 'undone' });
    expect(sentTo(thread)).toHaveLength(0);

    // The same words may be wanted after all; they go by themselves once the time is over.
    const went = await ask('reply', thread, '--text', 'Words held back.', '--undo', '1s', '--json');
    expect(document(went)).toMatchObject({ state: expect.stringMatching(/sent|confirmed/), goesAt: null });
    expect(sentTo(thread)).toHaveLength(1);
    const late = await ask('sends', 'undo', document(went).id);
    expect(late.code).toBe(1);
    expect(complaint(late)).toMatch(/so it can no longer be called back\.$/);
    const again = await ask('sends', 'again', document(went).id);
    expect(complaint(again)).toMatch(/only one that has failed, and certainly did not leave, can be sent again\.$/);
    const strange = await ask('reply', thread, '--text', 'Other words.', '--undo', '2h');
    expect([strange.code, complaint(strange)]).toEqual([
      2,
      '--undo takes a time from 1s to 1h, written as 10s, 5m or 1h.',
    ]);
  });

  it('reply takes its words from standard input', async () => {
    const thread = bench.thread('sales');
    const child = start(['reply', thread, '--file', '-', '--json'], running.folder);
    const result = ended(child);
    child.stdin?.end('Words that came through a pipe.\n');
    expect((await result).code).toBe(0);
    expect(sentTo(thread)[0]?.text).toContain('Words that came through a pipe.');
  });

  it('a file of nearly 10 MB goes through, and a request larger than 16 MB is refused', async () => {
    const thread = bench.thread('sales');
    writeFileSync(join(running.folder, 'big.bin'), Buffer.alloc(10 * 1024 * 1024 - 1, 7));
    const { code } = await ask('reply', thread, '--text', 'See the file.', '--attach', 'big.bin', '--json');
    expect(code).toBe(0);
    expect(sentTo(thread)).toHaveLength(1);

    const { address, token } = JSON.parse(readFileSync(join(running.folder, '.replybus/api.json'), 'utf8'));
    const refused = await fetch(`${address}/v1/threads/${thread}/reply`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: 'x'.repeat(16 * 1024 * 1024 + 1),
    });
    expect(refused.status).toBe(413);
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('larger than 16 MB') });
  });

  it('forward goes through the vendor where it forwards, else through the mail server', async () => {
    const [acme, sales] = [bench.thread('acme'), bench.thread('sales')];
    const [own, composed] = await Promise.all([
      ask('forward', acme, '--to', 'deals@acme.example'),
      ask('forward', sales, '--to', 'a@acme.example', '--to', 'b@acme.example', '--note', 'Yours?', '--json'),
    ]);
    expect([own.code, composed.code]).toEqual([0, 0]);
    expect(
      bench.sandbox.world.outbox.some(({ kind, to }) => kind === 'forward' && to[0] === 'deals@acme.example'),
    ).toBe(true);
    const mail = bench.mailServer.mails.at(-1);
    expect(mail?.subject).toMatch(/^Fwd: /);
    expect(mail?.from?.text).toContain('replies@acme.example');
    expect(mail?.text).toMatch(/Yours\?[\s\S]*tell me more/);
    expect(document(composed)).toMatchObject({ state: 'sent', to: ['a@acme.example', 'b@acme.example'] });
  });
});

describe('marking while "run" runs', { timeout: SLOW_MS }, () => {
  const { ask } = daemon();

  it('star and unstar set the star with both vendors', async () => {
    const threads = [bench.thread('acme'), bench.thread('sales')];
    for (const [command, starred] of [
      ['star', true],
      ['unstar', false],
    ] as const) {
      const results = await Promise.all(threads.map(async (thread) => await ask(command, thread, '--json')));
      expect(results.map((result) => document(result).starred)).toEqual([starred, starred]);
    }
  });

  it('read and unread mark what the vendor lets us mark, and say so where it does not', async () => {
    const [acme, sales] = [bench.thread('acme'), bench.thread('sales')];
    const [read, none] = await Promise.all([ask('read', sales), ask('read', acme)]);
    expect(read.stdout).toBe(`${sales} is read.\n`);
    expect(none.code).toBe(1);
    expect(complaint(none)).toMatch(/^Cohesive has no read marks .*\.$/);
    const unread = await ask('unread', sales);
    expect(unread.code).toBe(1);
    expect(complaint(unread)).toBe('ColdSend does not offer marking a thread as unread.');
  });

  it('thread tells how to answer it, and what an answer does besides', async () => {
    const { stdout } = await ask('thread', bench.thread('sales'));
    expect(stdout).toMatch(/To answer: replybus reply sales\/\S+ --text "…" --if-latest \S+\n.*Cancels the lead's/);
  });
});

describe('acting without "run"', { timeout: SLOW_MS }, () => {
  it('a command sends by itself and says who goes on with the rest', async () => {
    const folder = bench.folder();
    const thread = bench.thread('sales');
    const result = await replybus(['reply', thread, '--text', 'Nobody else is here.'], folder);
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('next   the next "replybus run" looks for it in the conversation.');
    expect(sentTo(thread)).toHaveLength(1);
    const list = await replybus(['sends', '--json'], folder);
    expect(document(list)).toMatchObject({ thread, state: 'sent', by: 'cli' });
  });

  it('what the vendor refuses ends with exit code 1', async () => {
    bench.sandbox.switches.coldsendKeys = { cs_live_demo: ['replies:read'] };
    const result = await replybus(['reply', bench.thread('sales'), '--text', 'Not allowed.', '--json'], bench.folder());
    bench.sandbox.switches.coldsendKeys = { cs_live_demo: ['replies:all', 'campaigns:read'] };
    expect(result.code).toBe(1);
    expect(document(result).state).toBe('refused');
  });

  it('a connection whose sending is switched off refuses, and doctor says so', async () => {
    const { connections } = bench.config() as { connections: object[] };
    const folder = bench.folder({ connections: connections.map((each) => ({ ...each, sending: { off: true } })) });
    const [refused, doctor] = [
      await replybus(['reply', bench.thread('sales'), '--text', 'Hello.'], folder),
      await replybus(['doctor'], folder),
    ];
    expect(refused.code).toBe(1);
    expect(complaint(refused)).toBe('Sending is switched off for "sales"; switch it on in the config.');
    expect(doctor.stdout).toContain('! connection sales, sending: Sending is switched off');
  });

  it('what became of a mail that may have arrived is decided by a person', async () => {
    const folder = bench.folder();
    const ask = async (...args: string[]) => await replybus(args, folder);
    bench.mailServer.breaks = true;
    const thread = bench.thread('sales');
    const lost = await ask('forward', thread, '--to', 'deals@acme.example');
    bench.mailServer.breaks = false;
    expect(lost.code).toBe(0);
    expect(lost.stdout).toMatch(/needs decision[\s\S]*replybus sends decide snd_\S+ sent/);
    const waiting = document(await ask('sends', '--state', 'needs_decision', '--json'));
    expect(waiting.thread).toBe(thread);
    const doctor = await ask('doctor');
    expect(doctor.code).toBe(0);
    expect(doctor.stdout).toContain('✓ forwarding: The mail server answers; threads of sales go out through it');
    expect(doctor.stdout).toContain('! sends: 1 send waits for your decision');

    const before = bench.mailServer.mails.length;
    const resent = await ask('sends', 'decide', waiting.id, 'resend', '--json');
    expect(document(resent)).toMatchObject({ state: 'sent', attempt: 2 });
    expect(bench.mailServer.mails).toHaveLength(before + 1);
    const again = await ask('sends', 'decide', waiting.id, 'sent');
    expect(again.code).toBe(1);
    expect(complaint(again)).toMatch(/so there is nothing to decide\.$/);
  });
});

describe('"run --once"', { timeout: SLOW_MS }, () => {
  it('sends what was accepted by a process that died before it could post', async () => {
    const folder = bench.folder();
    const thread = bench.thread('sales');
    const system = await openSystem({
      settings: await loadSettings({ config: join(folder, 'replybus.config.json'), data: join(folder, '.replybus') }),
      lively: false,
      log: { info: () => {}, warn: () => {} },
      show: () => {},
      warn: () => {},
      recorded: () => {},
      wake: () => {},
      wakeSend: () => {},
    });
    const [connection = '', threadId = ''] = thread.split('/');
    const words = { kind: 'reply', text: 'Better late than never.', cc: [], bcc: [], attachments: [] } as const;
    await acceptSend(system.sending, { ...words, connection, threadId, by: 'cli' });
    await system.close();
    expect(sentTo(thread)).toHaveLength(0);
    expect((await replybus(['run', '--once'], folder)).code).toBe(0);
    expect(sentTo(thread)).toHaveLength(1);
  });

  it('carries out an automation on both vendors, its mails included', async () => {
    const steps = [{ star: true }, { forward: ['team@acme.example'] }];
    const folder = bench.folder({ sinks: [{ id: 'hot', type: 'automation', do: steps }] });
    const threads = { acme: bench.thread('acme'), sales: bench.thread('sales') };
    expect((await replybus(['run', '--once'], folder)).code).toBe(0);
    const { world } = bench.sandbox;
    for (const { id } of [...world.threads.values()].slice(-2)) {
      world.addMessage(id, { direction: 'inbound', sentAt: world.now() + 1, text: 'We should talk.' });
    }
    const mails = bench.mailServer.mails.length;
    expect((await replybus(['run', '--once'], folder)).code).toBe(0);
    expect(bench.mailServer.mails).toHaveLength(mails + 1);
    expect(world.outbox.filter(({ to }) => to[0] === 'team@acme.example')).toHaveLength(1);
    const starred = await replybus(['threads', '--starred', '--json'], folder);
    const ids = starred.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id);
    expect(ids).toEqual(expect.arrayContaining([threads.acme, threads.sales]));
  });
});
