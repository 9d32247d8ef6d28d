import type { Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import type { Resolve } from '../../../adapters/node/address-guard.ts';
import { checkSmtpUrl, type SmtpOptions, smtpMailer } from '../../../adapters/node/smtp.ts';
import { ProviderError, UserError } from '../../../shared/failure.ts';
import type { EncodedMail } from '../../../shared/forwarding/mailer.ts';
import { CERTIFICATE, KEY } from '../../forwarding/certificate.ts';
import { mailServer, type Script, scriptedServer } from '../../forwarding/mail-server.ts';
import { tcpServer } from './loopback.ts';

const CANARY = 'canary-4711';
const PASSWORD = `pass-${CANARY}`;
const MAIL: EncodedMail = {
  from: `replies.${CANARY}@acme.example`,
  recipients: [`jane.${CANARY}@acme.example`, 'joe@acme.example'],
  bytes: Buffer.from(`Subject: ${CANARY}\r\n\r\n.\r\nwords\r\n`),
};
/** More than sockets buffer: its end cannot have been written while a server has read next to nothing. */
const LARGE: EncodedMail = { ...MAIL, bytes: Buffer.alloc(13 * 1_900_000, 'words words\r\n') };
const LOCAL: SmtpOptions = { allowPrivate: true, deadlineMs: 5_000 };
const toLoopback: Resolve = (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
const NAMED: SmtpOptions = { ...LOCAL, resolve: toLoopback };

const reset = (socket: Socket) => void socket.resetAndDestroy();
const close = (socket: Socket) => void socket.end();
const hang = () => {};

async function failed(url: string, mail = MAIL, options = LOCAL): Promise<ProviderError> {
  const error = await smtpMailer(url, options)
    .send(mail)
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  if (error instanceof ProviderError) return error;
  throw new Error('expected a failure');
}

/** How it fails at a server of this script, and how many whole mails that server saw. */
async function failedAt(script: Script, mail = MAIL, options = LOCAL) {
  await using server = await scriptedServer(script);
  const { failure } = await failed(server.url, mail, options);
  return { failure, ended: server.ended() };
}

const notSent = (code: string | RegExp) => ({
  kind: 'unavailable',
  mayHaveHappened: false,
  code: typeof code === 'string' ? code : expect.stringMatching(code),
});
const unknown = (code: string | RegExp) => ({ ...notSent(code), mayHaveHappened: true });
const refused = (issue: string) => ({ kind: 'invalid', issues: [expect.stringContaining(issue)] });
/** Two lines of EHLO with PIPELINING, as most servers have it: sender, recipients and DATA come at once. */
const PIPELINING = '250-here\r\n250 PIPELINING';

describe('a mail server that takes the mail', () => {
  it('gets sender, recipients and every byte', async () => {
    await using server = await mailServer();
    expect(await smtpMailer(server.url, LOCAL).send(MAIL)).toEqual({ refused: [] });
    const { from, recipients } = MAIL;
    expect(server.taken).toMatchObject([{ from, recipients }]);
    expect(server.taken[0]?.bytes.equals(MAIL.bytes)).toBe(true);
  });

  it('gets a large mail whole', async () => {
    await using server = await mailServer();
    await smtpMailer(server.url, LOCAL).send(LARGE);
    expect(server.taken[0]?.bytes.equals(LARGE.bytes)).toBe(true);
  });

  it('gets the user name and password it asks for', async () => {
    await using server = await mailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) =>
        done(password === 'p@ss:/' ? null : new Error('no'), { user: username ?? '' }),
    });
    await smtpMailer(server.url.replace('//', '//re%40plies:p%40ss%3A%2F@'), LOCAL).send(MAIL);
    expect(server.taken[0]?.user).toBe('re@plies');
  });

  it('tells whom it did not take', async () => {
    await using server = await mailServer();
    const recipients = ['jane@acme.example', 'no-one@acme.example', 'joe@acme.example'];
    const { refused: not } = await smtpMailer(server.url, LOCAL).send({ ...MAIL, recipients });
    expect(not).toEqual(['no-one@acme.example']);
    expect(server.taken[0]?.recipients).toEqual(['jane@acme.example', 'joe@acme.example']);
  });

  it('is called once for each mail, and told goodbye', async () => {
    await using server = await scriptedServer({ commands: { QUIT: '221 bye' } });
    await smtpMailer(server.url, LOCAL).send(MAIL);
    expect(server.commands.map((command) => command.split(/[ :]/)[0])).toEqual(
      expect.arrayContaining(['EHLO', 'MAIL', 'RCPT', 'RCPT', 'DATA']),
    );
    expect(server.ended()).toBe(1);
    expect(server.commands[0]).toBe('EHLO acme.example');
  });

  it('is connected to before anything is awaited', async () => {
    let asked = 0;
    const counting: Resolve = (host, options, done) => {
      asked += 1;
      toLoopback(host, options, done);
    };
    await using server = await mailServer();
    const sending = smtpMailer(`smtp://localhost:${server.port}`, { ...LOCAL, resolve: counting }).send(MAIL);
    expect(asked).toBe(1);
    await sending;
  });

  it('may be slow to say goodbye', async () => {
    await using server = await scriptedServer({ commands: { QUIT: hang } });
    expect(await smtpMailer(server.url, LOCAL).send(MAIL)).toEqual({ refused: [] });
  });
});

describe('encryption', () => {
  const TLS = { key: KEY, cert: CERTIFICATE };
  const trusting: SmtpOptions = { ...NAMED, ca: CERTIFICATE };

  it('stands from the first byte for smtps', async () => {
    await using server = await mailServer({ secure: true, ...TLS });
    await smtpMailer(`smtps://mail.example:${server.port}`, trusting).send(MAIL);
    expect(server.taken[0]?.secure).toBe(true);
  });

  it('stands before sender and mail for smtp', async () => {
    await using server = await mailServer({ disabledCommands: [], ...TLS });
    await smtpMailer(`smtp://mail.example:${server.port}`, trusting).send(MAIL);
    expect(server.taken[0]?.secure).toBe(true);
  });

  it('is never done without, where the server is not on this machine', async () => {
    await using server = await scriptedServer({ commands: { STARTTLS: '502 no such thing' } });
    const error = await failed(`smtp://user:${PASSWORD}@mail.example:${server.port}`, MAIL, NAMED);
    expect(error.failure).toEqual(refused('no encryption'));
    expect(server.commands).toEqual(['EHLO acme.example', 'STARTTLS']);
  });

  it('is not taken from a server of unknown name', async () => {
    await using server = await mailServer({ secure: true, ...TLS });
    const error = await failed(`smtps://mail.example:${server.port}`, MAIL, NAMED);
    expect(error.failure).toEqual(notSent('tls'));
  });

  it('is not taken from a server of another name', async () => {
    await using server = await mailServer({ disabledCommands: [], ...TLS });
    const error = await failed(`smtp://other.example:${server.port}`, MAIL, trusting);
    expect(error.failure).toEqual(notSent('tls'));
    expect(server.taken).toEqual([]);
  });

  it('fails where the server speaks none', async () => {
    await using server = await mailServer();
    expect((await failed(`smtps://mail.example:${server.port}`, MAIL, trusting)).failure).toEqual(notSent('tls'));
  });
});

describe('what certainly was not sent', () => {
  it('is a mail for a server that is not there', async () => {
    const server = await tcpServer(() => {});
    await server[Symbol.asyncDispose]();
    expect((await failed(`smtp://127.0.0.1:${server.port}`)).failure).toEqual(notSent('refused'));
  });

  it.each<[string, Script, ReturnType<typeof notSent> | ReturnType<typeof refused>]>([
    ['a greeting that refuses', { greeting: '554 not you' }, refused('(554)')],
    ['a greeting that is busy', { greeting: '421 4.3.2 busy' }, notSent('SMTP 421 4.3.2')],
    ['a greeting of another kind', { greeting: 'HTTP/1.1 400 Bad Request' }, notSent('network')],
    ['a connection closed at once', { greeting: close }, notSent('closed')],
    ['a connection reset at once', { greeting: reset }, notSent(/closed|reset/)],
    ['a sender refused', { commands: { MAIL: '550 5.7.1 not him' } }, refused('the sender')],
    ['a sender put off', { commands: { MAIL: '451 4.7.0 later' } }, notSent('SMTP 451 4.7.0')],
    ['all recipients refused', { commands: { RCPT: '550 5.1.1 nobody' } }, refused('(550 5.1.1)')],
    ['all recipients put off', { commands: { RCPT: '450 greylisted' } }, notSent('SMTP 450')],
    ['DATA refused', { commands: { DATA: '554 no' } }, refused('this mail')],
    ['DATA put off', { commands: { DATA: '452 full' } }, notSent('SMTP 452')],
    ['a connection closed at DATA', { commands: { DATA: close } }, notSent('closed')],
    ['a connection reset at a recipient', { commands: { RCPT: reset } }, notSent(/closed|reset/)],
    ['a mail refused after its end', { end: '554 5.7.1 spam' }, refused('(554 5.7.1)')],
    ['a mail put off after its end', { end: '451 later' }, notSent('SMTP 451')],
  ])('is one that ends with %s', async (_what, script, expected) => {
    expect((await failedAt(script)).failure).toEqual(expected);
    const pipelined = { ...script, commands: { EHLO: PIPELINING, ...script.commands } };
    expect((await failedAt(pipelined)).failure).toEqual(expected);
  });

  it('is a mail with a wrong password', async () => {
    await using server = await mailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(new Error(`no ${PASSWORD}`)),
    });
    const { failure } = await failed(server.url.replace('//', `//user:${PASSWORD}@`));
    expect(failure).toEqual(refused('user name or password'));
  });

  it('is a mail larger than the server takes', async () => {
    await using server = await mailServer({ size: 1_000 });
    expect((await failed(server.url, LARGE)).failure).toEqual(refused('larger'));
    expect(server.taken).toEqual([]);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['closed', close],
    ['reset', reset],
    ['destroyed', (socket) => void socket.destroy()],
  ])('is a mail whose connection was %s before its end', async (_how, answer) => {
    const { failure, ended } = await failedAt({ during: { bytes: 10_000, answer } }, LARGE);
    expect(failure).toEqual(notSent(/closed|reset|network/));
    expect(ended).toBe(0);
  });

  it('is a mail refused before its end', async () => {
    const { failure, ended } = await failedAt({ during: { bytes: 10_000, answer: '552 too large' } }, LARGE);
    expect(failure).toEqual(refused('(552)'));
    expect(ended).toBe(0);
  });

  it('is a mail said to be taken before its end', async () => {
    const { failure, ended } = await failedAt({ during: { bytes: 10_000, answer: '250 fine' } }, LARGE);
    expect(failure).toMatchObject({ mayHaveHappened: false });
    expect(ended).toBe(0);
  });

  it.each<[string, Script, EncodedMail]>([
    ['the greeting', { greeting: hang }, MAIL],
    ['the answer to EHLO', { commands: { EHLO: hang } }, MAIL],
    ['the answer to DATA', { commands: { DATA: hang } }, MAIL],
    ['reading', { during: { bytes: 1, answer: (socket) => void socket.pause() } }, LARGE],
  ])('is a mail whose server was too slow with %s', async (_what, script, mail) => {
    const { failure, ended } = await failedAt(script, mail, { ...LOCAL, deadlineMs: 150 });
    expect(failure).toEqual(notSent('timeout'));
    expect(ended).toBe(0);
  });

  it('is a mail whose server drips its answers beyond the deadline', async () => {
    const drip = (socket: Socket) => {
      const timer = setInterval(() => socket.write('250-more\r\n'), 20);
      socket.once('close', () => clearInterval(timer));
    };
    const { failure } = await failedAt({ commands: { EHLO: drip } }, MAIL, { ...LOCAL, deadlineMs: 150 });
    expect(failure).toEqual(notSent('timeout'));
  });

  it.each<[string, (freeze: (socket: Socket) => void) => Script, EncodedMail]>([
    ['at the greeting', (greeting) => ({ greeting }), MAIL],
    ['at the last recipient', (RCPT) => ({ commands: { RCPT } }), MAIL],
    ['at DATA', (DATA) => ({ commands: { DATA } }), MAIL],
    ['in the middle of it', (answer) => ({ during: { bytes: 10_000, answer } }), LARGE],
  ])('is a mail during which the machine was frozen, timers and all, %s', async (_when, scriptOf, mail) => {
    // Timers count only the time a machine was awake; the clock on the wall knows better.
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const { greeting, commands } = scriptOf(() => {});
      const answer = greeting
        ? '220 here\r\n'
        : commands?.RCPT
          ? '250 fine\r\n'
          : commands?.DATA
            ? '354 go on\r\n'
            : '';
      const freeze = (socket: Socket) => {
        vi.setSystemTime(Date.now() + 3_600_000);
        if (answer !== '') socket.write(answer);
      };
      const { failure, ended } = await failedAt(scriptOf(freeze), mail);
      expect(failure).toEqual(notSent('timeout'));
      expect(ended).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('what may have been sent', () => {
  it.each<[string, Script, RegExp]>([
    ['a connection closed without an answer to it', { end: close }, /^closed$/],
    ['a connection reset without an answer to it', { end: reset }, /^(reset|closed)$/],
    ['half an answer', { end: (socket) => void socket.end('250') }, /^closed$/],
    ['half a refusal', { end: (socket) => void socket.end('55') }, /^closed$/],
    ['a refusal cut off', { end: (socket) => void socket.end('550 5.7.1 no') }, /^(closed|SMTP 550)$/],
    ['a server that shuts down', { end: '421 4.3.2 shutting down' }, /^SMTP 421$/],
    ['an answer that means nothing', { end: '354 go on' }, /^SMTP 354$/],
    ['an answer that only begins like a yes', { end: '2x fine' }, /^network$/],
  ])('is a mail whose end was followed by %s', async (_what, script, code) => {
    const { failure, ended } = await failedAt(script);
    expect(failure).toEqual(unknown(code));
    expect(ended).toBe(1);
  });

  it('is a mail whose end was not answered by the deadline', async () => {
    const { failure, ended } = await failedAt({ end: hang }, MAIL, { ...LOCAL, deadlineMs: 200 });
    expect(failure).toEqual(unknown('timeout'));
    expect(ended).toBe(1);
  });
});

describe('checkSmtpUrl', () => {
  it.each([
    'smtps://user:pass@smtp.example.com',
    'smtp://user:p%40ss@smtp.example.com:587/',
    'smtp://user:pass@email-smtp.eu-west-1.amazonaws.com:2587',
    'smtp://smtp.example.com:25',
    'smtps://8.8.8.8:465',
    'smtps://[2606:4700::1111]',
  ])('lets %s pass', (url) => {
    expect(checkSmtpUrl(url, { allowPrivate: false })).toBeUndefined();
  });

  it.each([
    ...['', 'smtp.example.com', 'smtp:', 'smtp://', 'https://smtp.example.com', 'smtp:smtp.example.com', 'smtp://:25'],
    ...['smtp://user@smtp.example.com', 'smtp://:pass@smtp.example.com', 'smtp://user:%zz@smtp.example.com'],
    ...[
      'smtp://user:a%0d%0ab@smtp.example.com',
      'smtp://user:a%00b@smtp.example.com',
      'smtp://us%0aer:b@smtp.example.com',
    ],
    ...['smtp://smtp.example.com:80', 'smtp://smtp.example.com:0', 'smtp://smtp.example.com:99999'],
    ...['smtp://smtp.example.com/path', 'smtp://smtp.example.com?tls=no', 'smtp://smtp.example.com#x'],
    ...[
      'smtp://127.0.0.1',
      'smtp://127.1',
      'smtp://2130706433',
      'smtp://0x7f000001',
      'smtp://[::1]',
      'smtp://localhost',
    ],
    ...[
      'smtp://[::ffff:127.0.0.1]',
      'smtp://169.254.169.254',
      'smtp://10.0.0.1:25',
      'smtp://mail.local',
      'smtp://intranet',
    ],
    ...['smtp://%31%32%37.0.0.1', 'smtp://0', 'smtp://[fe80::1]', 'smtp://user:pass@smtp.example.com@127.0.0.1'],
  ])('refuses %s in a sentence', (url) => {
    expect(checkSmtpUrl(url, { allowPrivate: false })).toMatch(/^[A-Z][^.]*(\.[^ ][^.]*)*\.$/);
    expect(() => smtpMailer(url, { allowPrivate: false })).toThrow(UserError);
  });

  it.each(['smtp://127.0.0.1:1025', 'smtp://localhost:1025', 'smtps://[::1]:1', 'smtp://10.0.0.1:25'])(
    'lets %s pass where private servers are allowed',
    (url) => {
      expect(checkSmtpUrl(url, { allowPrivate: true })).toBeUndefined();
    },
  );

  it('refuses what is reserved even where private servers are allowed', () => {
    for (const host of ['169.254.169.254', '[fe80::1]', '[::ffff:127.0.0.1]'])
      expect(checkSmtpUrl(`smtp://${host}`, { allowPrivate: true })).toBeDefined();
  });
});

describe('the address guard', () => {
  it('refuses a public name that is private when it is called', async () => {
    let reached = false;
    await using server = await tcpServer(() => {
      reached = true;
    });
    expect(server.port).toBeGreaterThan(0);
    const guarded: SmtpOptions = { allowPrivate: false, deadlineMs: 1_000, resolve: toLoopback };
    expect((await failed('smtps://smtp.example.com', MAIL, guarded)).failure).toEqual(refused('private'));
    expect(reached).toBe(false);
  });

  it('ends a name that does not resolve by the deadline', async () => {
    const stuck: SmtpOptions = { allowPrivate: false, deadlineMs: 50, resolve: () => {} };
    expect((await failed('smtps://smtp.example.com', MAIL, stuck)).failure).toEqual(notSent('timeout'));
  });
});

describe('what errors say', () => {
  it('holds no password, address or word of the mail, whatever the server says', async () => {
    const words = `550 ${MAIL.from} ${MAIL.recipients[0]} ${PASSWORD}`;
    const scripts: Script[] = [
      { greeting: words },
      { commands: { AUTH: words, EHLO: '250-here\r\n250 AUTH PLAIN' } },
      { commands: { AUTH: '235 fine', MAIL: words } },
      { commands: { AUTH: '235 fine', RCPT: words } },
      { commands: { AUTH: '235 fine' }, end: words },
      { commands: { AUTH: '235 fine' }, end: `2x ${words}` },
    ];
    for (const script of scripts) {
      await using server = await scriptedServer(script);
      const error = await failed(server.url.replace('//', `//user-${CANARY}:${PASSWORD}@`));
      expect(error.message).toMatch(/^Your mail server /);
      expect(`${error.stack}${JSON.stringify(error)}${String(error.cause)}`).not.toContain(CANARY);
    }
  });

  it('holds nothing of a URL that cannot be used', () => {
    for (const url of [`smtp://${CANARY}:${CANARY}@127.0.0.1`, `smtp://u:${CANARY}%zz@smtp.example.com`, CANARY])
      expect(checkSmtpUrl(url, { allowPrivate: false })).not.toContain(CANARY);
  });
});
