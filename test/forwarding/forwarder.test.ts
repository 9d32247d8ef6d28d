import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../shared/failure.ts';
import { FILES_BYTES_MAX, FILES_MAX } from '../../shared/forwarding/limits.ts';
import type { Attachment, Message } from '../../shared/model.ts';
import type { Forwarding } from '../../shared/provider.ts';
import { HOSTILE_RECIPIENTS } from '../sending/hostile-recipients.ts';
import { scriptedServer } from './mail-server.ts';
import { arrived, FROM, forwarderTo, forwarding, message, NOW } from './world.ts';

const HEADERS = ['from', 'to', 'subject', 'message-id', 'date', 'mime-version', 'content-type'];
const sorted = (names: readonly string[]) => [...names].sort();

/** Nobody listens at the mail server's address, and nobody needs to. */
async function refusal(
  fields: Partial<Forwarding>,
  messages: readonly Message[] = [message()],
): Promise<ProviderError> {
  const error = await forwarderTo('smtp://127.0.0.1:1', messages)
    .prepare(forwarding(fields))
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  if (error instanceof ProviderError) return error;
  throw new Error('expected a refusal');
}

describe.concurrent('a forward', () => {
  it('comes from the sender of the config and goes to everybody, of whom bcc is in the envelope alone', async () => {
    const { taken, mail, headers } = await arrived([message()], {
      to: ['deals@acme.example', 'joe@bücher.example'],
      cc: ['kim@acme.example'],
      bcc: ['boss@acme.example'],
    });
    // As this server shows them.
    const recipients = ['deals@acme.example', 'joe@bücher.example', 'kim@acme.example', 'boss@acme.example'];
    expect(taken).toMatchObject([{ from: FROM, recipients }]);
    expect(mail.headerLines.find(({ key }) => key === 'to')?.line).toBe(
      'To: deals@acme.example, joe@xn--bcher-kva.example',
    );
    expect(mail.headerLines.find(({ key }) => key === 'cc')?.line).toBe('Cc: kim@acme.example');
    expect(mail.headerLines.find(({ key }) => key === 'from')?.line).toBe(`From: ${FROM}`);
    expect(taken[0]?.bytes.toString('latin1')).not.toContain('boss@');
    expect(sorted(headers)).toEqual(sorted([...HEADERS, 'cc']));
  });

  it('has no Reply-To: an internal answer must not reach the lead', async () => {
    expect((await arrived([message()])).headers).not.toContain('reply-to');
  });

  it('goes to a person named twice once', async () => {
    const { taken } = await arrived([message()], {
      to: ['deals@acme.example'],
      cc: ['Deals@acme.example', 'kim@acme.example'],
      bcc: ['kim@acme.example'],
    });
    expect(taken[0]?.recipients).toEqual(['deals@acme.example', 'kim@acme.example']);
  });

  it('tells its message id, the same for the same mail and another for another', async () => {
    const one = await arrived([message({ id: 'a' })]);
    const again = await arrived([message({ id: 'a' })], { bcc: ['boss@acme.example'] });
    const other = await arrived([message({ id: 'b' })]);
    expect(one.mail.messageId).toBe(one.receipt.messageId);
    expect(one.receipt.messageId).toMatch(/^<[0-9a-f]{40}@acme\.example>$/);
    expect(again.receipt.messageId).toBe(one.receipt.messageId);
    expect(other.receipt.messageId).not.toBe(one.receipt.messageId);
    expect(one.mail.date).toEqual(new Date(NOW));
  });

  it.each([
    ['its own id', { id: '<a.b@lead.example>' }],
    ['an id the vendor sent along', { vendor: { message_id: 'a.b@lead.example' } }],
  ])('refers to the mail it forwards by %s', async (_what, fields) => {
    expect((await arrived([message(fields)])).mail.references).toBe('<a.b@lead.example>');
  });

  it.each(['m1', 'a@b\r\nBcc: evil@evil.example', 'a b@c', '<a@b> <c@d>', `${'a'.repeat(300)}@b`])(
    'refers to no mail by what is no mail id: %j',
    async (id) => {
      expect(sorted((await arrived([message({ id })])).headers)).toEqual(sorted(HEADERS));
    },
  );

  it('tells whom the server did not take', async () => {
    const { receipt } = await arrived([message()], { to: ['deals@acme.example', 'no-one@acme.example'] });
    expect(receipt.refusedRecipients).toEqual(['no-one@acme.example']);
  });

  it('is prepared without anything leaving, and posted in one transaction', async () => {
    await using server = await scriptedServer({});
    const prepared = await forwarderTo(server.url, [message()]).prepare(forwarding());
    expect(server.commands).toEqual([]);
    await prepared.post();
    expect(server.ended()).toBe(1);
    expect(server.commands.filter((command) => command.startsWith('MAIL'))).toHaveLength(1);
  });
});

describe('a forward is refused, with nothing sent,', () => {
  it('for every hostile recipient in any field', async () => {
    for (const [, hostile] of HOSTILE_RECIPIENTS) {
      for (const field of ['to', 'cc', 'bcc'] as const) {
        const { failure } = await refusal({ [field]: ['deals@acme.example', hostile] });
        expect(failure).toEqual({ kind: 'invalid', issues: [expect.stringContaining(`Number 2 in "${field}"`)] });
      }
    }
  });

  it('for nobody', async () => {
    expect((await refusal({ to: [], cc: ['deals@acme.example'] })).message).toContain('at least one address');
  });

  it('for an empty conversation', async () => {
    expect((await refusal({}, [])).message).toContain('no message that could be forwarded');
  });

  it('for too many files, or too large ones', async () => {
    const file = { filename: 'a', contentType: 'text/plain', contentBase64: 'YQ==' };
    const many = Array.from({ length: FILES_MAX + 1 }, () => file);
    expect((await refusal({ attachments: many })).message).toContain(`at most ${FILES_MAX} files`);
    const large = { ...file, contentBase64: Buffer.alloc(FILES_BYTES_MAX + 3).toString('base64') };
    expect((await refusal({ attachments: [large] })).message).toContain('larger than');
  });
});

describe.concurrent('attachments', () => {
  const bytes = randomBytes(100_000);
  const file = (fields: Partial<Attachment> = {}): Attachment => ({
    filename: 'plan.pdf',
    contentType: 'application/pdf',
    url: 'https://files.example/plan',
    ...fields,
  });
  const fetchBytes = async () => ({ contentBase64: bytes.toString('base64') });

  it('of the sender and of the lead go along, every byte of them', async () => {
    const own = {
      filename: 'price.csv',
      contentType: 'text/csv',
      contentBase64: Buffer.from('ä;1\r\n.\r\n').toString('base64'),
    };
    const { mail } = await arrived([message({ attachments: [file()] })], { attachments: [own] }, fetchBytes);
    const named = mail.attachments.map(({ filename, contentType }) => [filename, contentType]);
    expect(named).toEqual([
      ['price.csv', 'text/csv'],
      ['plan.pdf', 'application/pdf'],
    ]);
    expect(mail.attachments[0]?.content.equals(Buffer.from('ä;1\r\n.\r\n'))).toBe(true);
    expect(mail.attachments[1]?.content.equals(bytes)).toBe(true);
  });

  it('that cannot come along are named, and hold nothing up', async () => {
    const files = [
      file({ filename: 'gone.pdf' }),
      file({ filename: 'huge.zip', sizeBytes: FILES_BYTES_MAX + 1 }),
      { filename: 'inside.doc', contentType: 'application/msword' },
    ];
    const { mail } = await arrived([message({ attachments: files })]);
    const line =
      'Not attached: gone.pdf (could not be fetched); huge.zip (too large for a mail); inside.doc (only in the conversation)';
    expect(mail.text).toContain(line);
    expect(mail.html).toContain('huge.zip (too large for a mail)');
    expect(mail.attachments).toEqual([]);
  });

  it('beyond the number a mail carries are named', async () => {
    const files = Array.from({ length: FILES_MAX + 2 }, (_, at) => file({ filename: `${at}.pdf` }));
    const { mail } = await arrived([message({ attachments: files })], {}, async () => ({ contentBase64: 'YQ==' }));
    expect(mail.attachments).toHaveLength(FILES_MAX);
    expect(mail.text).toContain(`Not attached: ${FILES_MAX}.pdf (too many for a mail); ${FILES_MAX + 1}.pdf`);
  });

  it('share the room that is left', async () => {
    const rooms: number[] = [];
    const own = { filename: 'a', contentType: 'text/plain', contentBase64: Buffer.alloc(1_000).toString('base64') };
    await arrived([message({ attachments: [file(), file()] })], { attachments: [own] }, async (_url, bytesMax) => {
      rooms.push(bytesMax);
      return { contentBase64: Buffer.alloc(2_000).toString('base64') };
    });
    expect(rooms).toEqual([FILES_BYTES_MAX - 1_000, FILES_BYTES_MAX - 3_000]);
  });

  it.each([
    ['message/rfc822', 'application/octet-stream'],
    ['multipart/mixed; boundary=x', 'application/octet-stream'],
    ['text/html\r\nX-Evil: 1', 'application/octet-stream'],
    ['', 'application/octet-stream'],
    ['image/png; name="a\r\nX-Evil: 1"', 'image/png'],
  ])('of type %j come as %s', async (contentType, expected) => {
    const { mail } = await arrived(
      [message({ attachments: [file({ filename: 'plan', contentType })] })],
      {},
      fetchBytes,
    );
    expect(mail.attachments).toMatchObject([{ contentType: expected, contentDisposition: 'attachment' }]);
    expect(mail.attachments[0]?.content.equals(bytes)).toBe(true);
    expect(mail.headers.has('x-evil')).toBe(false);
  });
});

const EVIL = 'evil@evil.example';
const HOSTILE_TEXTS: readonly (readonly [what: string, text: string])[] = [
  ['a header behind CRLF', `x\r\nBcc: ${EVIL}\r\nX-Evil: 1`],
  ['a header behind LF', `x\nX-Evil: 1\n\nbody`],
  ['a header behind CR', `x\rX-Evil: 1`],
  ['a header behind a folded line', `x\r\n X-Evil: 1\r\nX-Evil: 2`],
  ['the end of a mail', 'x\r\n.\r\nMAIL FROM:<evil@evil.example>\r\n'],
  ['the end of a mail by a lone CR', 'x\r.\rMAIL FROM:<evil@evil.example>\r'],
  ['NUL', 'a\u0000b'],
  ['control characters', 'a\u0001\u0007\u001b[31mb\u007f\u0085c'],
  ['line separators', 'a\u2028X-Evil: 1\u2029b'],
  ['text turned right to left', 'invoice\u202efdp.exe'],
  ['isolates', '\u2066a\u2069\u2067b'],
  ['an emoji', 'Ünïcode 😀 👩‍👩‍👧'],
  ['a lone surrogate', 'a\ud800b\udc00c'],
  ['an encoded word', '=?utf-8?q?X=0D=0AX-Evil:_1?='],
  ['an encoded word in base64', '=?utf-8?b?DQpYLUV2aWw6IDE=?='],
  ['a boundary', '--boundary\r\nContent-Type: text/html\r\n\r\n<script>'],
  ['quotes and brackets', `"a" <${EVIL}>, b; (c)`],
  ['a template', '{{lead.email}} {% raw %} <%= 1 %> %s %0d%0aX-Evil: 1'],
  ['markup', '</blockquote></body><script>alert(1)</script><img src=x onerror=alert(1)>'],
  ['the word constructor', '__proto__'],
  ['an attachment by path', '/etc/passwd'],
  ['a data URL', 'data:text/html,<script>alert(1)</script>'],
  ['nothing', ''],
  ['spaces', '   '],
  ['a megabyte', 'a '.repeat(500_000)],
  ['a megabyte of one line', 'a'.repeat(1_000_000)],
  ['a megabyte of emoji', '😀'.repeat(250_000)],
  ['a megabyte of line ends', '\r\n'.repeat(500_000)],
  ['a megabyte of Fwd', 'Fwd: '.repeat(200_000)],
  ['a megabyte of quotes', '>'.repeat(1_000_000)],
];

describe.concurrent('hostile values', () => {
  it.each(HOSTILE_TEXTS)('in every field make no header, recipient or part: %s', async (_what, text) => {
    const person = { email: text, name: text };
    const hostile = message({
      id: text,
      subject: text,
      text,
      from: person,
      to: [person],
      cc: [person],
      attachments: [
        { filename: text, contentType: text, url: text },
        { filename: text, contentType: text },
      ],
      vendor: { message_id: text },
    });
    const older = message({ ...hostile, id: 'older', direction: 'outbound', sentAt: NOW - 1e9 });
    const own = { filename: text, contentType: text, contentBase64: 'YWJj' };
    const sent = { note: text, attachments: [own] };
    const { mail, headers, taken } = await arrived([older, hostile], sent, async () => ({ contentBase64: 'ZGVm' }));
    expect(sorted(headers)).toEqual(sorted(HEADERS));
    expect(taken).toMatchObject([{ recipients: ['deals@acme.example'] }]);
    expect(mail.attachments.map(({ content }) => content.toString())).toEqual(['abc', 'def']);
    expect(mail.attachments.map(({ filename }) => filename)).toEqual([
      expect.stringMatching(/^[^\p{Cc}\\/?<>\u202e]{1,130}$/u),
      expect.stringMatching(/^[^\p{Cc}\\/?<>\u202e]{1,130}$/u),
    ]);
    expect(mail.subject).toMatch(/^Fwd: [^\p{Cc}\u202e]{1,260}$/u);
    expect(mail.html).not.toMatch(/<script|<img/i);
    expect(taken[0]?.bytes.toString('latin1')).not.toMatch(/[^\t\r\n\x20-\x7e]|\r(?!\n)|(?<!\r)\n/);
    expect(taken[0]?.bytes.length).toBeLessThan(4_000_000);
  });
});
