import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSystem } from '../../local/system.ts';
import { parseConfig } from '../../shared/config/parse.ts';
import { UserError } from '../../shared/failure.ts';
import { type ActingBench, startActingBench } from './acting-bench.ts';
import { emptyFolder, replybus } from './command-line.ts';

const SLOW_MS = 60_000;
const ID = 'sales/550e8400-e29b-41d4-a716-446655440000';
const nothing = () => {};
const SILENT = {
  log: { info: nothing, warn: nothing },
  show: nothing,
  warn: nothing,
  recorded: nothing,
  wake: nothing,
  wakeSend: nothing,
};
/** As it stands in a file: without the keys that are undefined. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
let bench: ActingBench;

beforeAll(async () => {
  bench = await startActingBench();
});
afterAll(async () => await bench.stop());

/** Of stderr, what is not the warning about a literal key. */
const complaint = (stderr: string): string =>
  stderr
    .split('\n')
    .filter((line) => line !== '' && !line.includes('holds the secret itself'))
    .join('\n');

async function refusals(folder: string, cases: readonly (readonly [readonly string[], number, RegExp])[]) {
  const results = await Promise.all(cases.map(async ([args]) => await replybus(args, folder)));
  for (const [index, { code, stdout, stderr }] of results.entries()) {
    const [args, expected, sentence] = cases[index] ?? [[], 0, /never/];
    expect([args.join(' '), code, stdout]).toEqual([args.join(' '), expected, '']);
    expect(complaint(stderr)).toMatch(sentence);
    expect(complaint(stderr).split('\n')).toHaveLength(1);
  }
}

describe('a mail that cannot be sent as asked is met with one sentence', { timeout: SLOW_MS }, () => {
  it('before anything is opened', async () => {
    const folder = emptyFolder();
    mkdirSync(join(folder, 'folder'));
    writeFileSync(join(folder, 'empty.txt'), ' \n');
    writeFileSync(join(folder, 'big.pdf'), Buffer.alloc(10 * 1024 * 1024 + 1));
    await refusals(folder, [
      [['reply', ID], 2, /^Nothing to say: give the reply with --text, --html or --file\.$/],
      [['reply', ID, '--text', 'a', '--html', 'b'], 2, /^Give the reply once: .* exclude each other\.$/],
      [['reply', ID, '--text', ' '], 2, /^The reply is empty; write something\.$/],
      [['reply', ID, '--file', 'empty.txt'], 2, /^The reply is empty; write something\.$/],
      [['reply', ID, '--file', 'none.txt'], 2, /^There is no file none\.txt; check the path\.$/],
      [['reply', ID, '--text', 'a', '--attach', 'none.pdf'], 2, /^There is no file none\.pdf; check the path\.$/],
      [['reply', ID, '--text', 'a', '--attach', 'folder'], 2, /^folder is not a file; name the file itself\.$/],
      [['reply', ID, '--text', 'a', '--attach', 'big.pdf'], 2, /^With big\.pdf .* larger than 10 MB together.*\.$/],
      [['reply', ID, '--text', 'a', '--idempotency-key', 'a b'], 2, /^--idempotency-key takes .*\.$/],
      [['reply', 'nothing', '--text', 'a'], 2, /^A thread is named CONNECTION\/THREAD, .*\.$/],
      [['forward', ID], 2, /^Nobody to forward to: give an address with --to\.$/],
      [['sends', '--state', 'lost'], 2, /^"lost" is no state of a send; it is one of waiting, .*\.$/],
      [['sends', 'decide', 'snd_a', 'maybe'], 2, /^A decision is "sent" or "resend", and "maybe" is neither\.$/],
      [['star'], 2, /^Missing required argument 'id'; see replybus --help\.$/],
    ]);
  });

  it('by the process that holds the data', async () => {
    const folder = (...args: string[]) => [args, bench.folder()] as const;
    const acme = bench.thread('acme');
    const sales = bench.thread('sales');
    const cases = [
      [...folder('reply', sales, '--text', 'a', '--cc', 'x@y.example'), 1, /^ColdSend sends a reply to the lead alone/],
      [...folder('forward', acme, '--to', 'Jane <j@x.example>'), 2, /^Number 1 in "to" is not a plain e-mail address/],
      [
        ...folder('forward', acme, '--to', 'j@x.example', '--note', 'Look.'),
        1,
        /^Cohesive forwards the thread as it is/,
      ],
      [
        ...folder('reply', acme, '--text', 'a', '--attach', 'replybus.config.json'),
        1,
        /^Cohesive takes attachments by/,
      ],
      [...folder('sends', 'decide', `snd_${'a'.repeat(32)}`, 'sent'), 1, /^There is no send .*\.$/],
      [...folder('star', 'other/thread'), 1, /^There is no connection .*acme, sales\.$/],
    ] as const;
    await Promise.all(
      cases.map(async ([args, where, code, sentence]) => await refusals(where, [[args, code, sentence]])),
    );
  });

  it('and nothing that was never sent is listed as empty, without an error', async () => {
    const { code, stdout, stderr } = await replybus(['sends'], bench.folder());
    expect([code, stdout, complaint(stderr)]).toEqual([0, '', 'Nothing was sent yet.']);
  });
});

describe('a config that could never work is refused at the start', { timeout: SLOW_MS }, () => {
  const sink = (step: object, more: object = {}) => ({
    sinks: [{ id: 'hot', type: 'automation', do: [step], ...more }],
  });
  const sales = { connections: ['sales'] };
  const cases: readonly (readonly [object, RegExp])[] = [
    [
      { ...sink({ forward: ['a@x.example'] }, sales), forwarding: undefined },
      /sinks\[0\]\.do\[0\]: this can never work, because ColdSend has no forward of its own and the config has no "forwarding"/,
    ],
    [
      sink({ read: true }, { connections: ['acme'] }),
      /do\[0\]: this can never work, because Cohesive has no read marks/,
    ],
    [sink({ star: true }, { events: ['sink.disabled'] }), /sinks\[0\]\.events: an automation acts on replies/],
    [sink({ forward: ['a..b@x.example'] }), /sinks\[0\]\.do\[0\]/],
    [{ forwarding: { smtp: 'http://mail.example', from: 'a@x.example' } }, /forwarding\.smtp: This is not the address/],
    [{ forwarding: { smtp: 'env:NO_SUCH_URL', from: 'a@x.example' } }, /forwarding\.smtp: .*NO_SUCH_URL is not set/],
    [{ forwarding: { smtp: 'smtp://127.0.0.1:25', from: 'a@x' } }, /forwarding\.from: this is not a plain e-mail/],
  ];

  it.each(cases)('with its file and place: %j', async (more, sentence) => {
    const dataDir = emptyFolder();
    const settings = {
      kind: 'config',
      file: 'F',
      config: parseConfig(plain(bench.config(more)), 'F'),
      dataDir,
    } as const;
    const opened = openSystem({ ...SILENT, settings, lively: false });
    await expect(opened).rejects.toThrow(UserError);
    await expect(opened).rejects.toThrow(sentence);
    await expect(opened).rejects.toThrow(/^F, [^\n]*\.$/);
  });

  it('with exit code 2', async () => {
    const [[more, sentence] = [{}, /never/]] = cases;
    const { code, stderr } = await replybus(['run', '--once'], bench.folder(more));
    expect(code).toBe(2);
    expect(complaint(stderr)).toMatch(sentence);
  });

  it('and one that works for some connections only is told so', async () => {
    const { code, stderr } = await replybus(['run', '--once'], bench.folder(sink({ read: true })));
    expect(code).toBe(0);
    expect(complaint(stderr)).toMatch(/replies of "acme" are left alone by it, because Cohesive has no read marks\.$/);
  });
});
