import { describe, expect, it } from 'vitest';
import { acceptSend } from '../../shared/sending/accept.ts';
import { listSends } from '../../shared/sending/list.ts';
import { htmlFromText, type ReplyRequest } from '../../shared/sending/mail.ts';
import { SendRefusal } from '../../shared/sending/refusal.ts';
import { readSend, writeSend } from '../../shared/sending/send.ts';
import { forwardOf, replyTo, type SendBench, sendBench } from '../verify/sending/bench.ts';

async function refusal(work: Promise<unknown>): Promise<SendRefusal> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof SendRefusal) return error;
  throw new Error(`expected a refusal, got ${String(error)}`);
}

/** One sentence or two that say what is wrong and what to do, without our words for things inside. */
function expectSentence(text: string): void {
  expect(text).toMatch(/^[A-Z"].*\.$/s);
  expect(text.length).toBeGreaterThan(30);
  expect(text).not.toMatch(/undefined|null|\bJSON\b|payload|schema|regex|Error/);
}

const accept = ({ ports }: SendBench, request: Parameters<typeof acceptSend>[1]) => acceptSend(ports, request);

describe('a reply is accepted', () => {
  it('with HTML made from the text', async () => {
    const bench = await sendBench('cohesive');
    const { send } = await accept(bench, replyTo(bench.threadId, { text: 'One <b>\ntwo\n\nthree & four' }));
    expect(send.mail).toMatchObject({ html: '<p>One &#60;b&#62;<br>two</p><p>three &#38; four</p>' });
  });

  it('with text made from the HTML', async () => {
    const bench = await sendBench('coldsend');
    const { text: _, ...rest } = replyTo(bench.threadId);
    const { send } = await accept(bench, { ...rest, html: '<p>Hello <b>Jane</b></p><p>Bye</p>' });
    expect(send.mail).toMatchObject({ html: '<p>Hello <b>Jane</b></p><p>Bye</p>', text: 'Hello Jane\n\nBye' });
  });

  it('once, from two callers with one key at the same moment', async () => {
    const bench = await sendBench('cohesive');
    const request = replyTo(bench.threadId, { key: 'order-7' });
    const both = await Promise.all([accept(bench, request), accept(bench, request)]);
    expect(both.map(({ isNew }) => isNew).sort()).toEqual([false, true]);
    expect(both[0]?.send.id).toBe(both[1]?.send.id);
  });

  it('and listed once, although each of two callers has noted it under a time of its own', async () => {
    const { ports, threadId } = await sendBench('cohesive');
    let now = ports.clock.now();
    const moving = { ...ports, clock: { ...ports.clock, now: () => ++now } };
    const request = replyTo(threadId, { key: 'order-7' });
    await Promise.all([acceptSend(moving, request), acceptSend(moving, request)]);
    expect((await listSends(ports.store, now, {})).sends).toHaveLength(1);
  });

  it('once without a key, while the lead has not written again', async () => {
    const bench = await sendBench('cohesive');
    const first = await accept(bench, replyTo(bench.threadId));
    expect((await accept(bench, replyTo(bench.threadId))).send.id).toBe(first.send.id);
  });

  it('without asking the vendor when it brings its key', async () => {
    const bench = await sendBench('coldsend');
    const calls = bench.open.requests.length;
    await accept(bench, replyTo(bench.threadId, { key: 'order-7' }));
    expect(bench.open.requests.length).toBe(calls);
  });

  it('with its files kept apart from it, however large', async () => {
    const bench = await sendBench('coldsend');
    const contentBase64 = Buffer.alloc(1_000_000, 'x').toString('base64');
    const attachments = [{ filename: 'offer.pdf', contentType: 'application/pdf', contentBase64 }];
    const { send } = await accept(bench, replyTo(bench.threadId, { attachments }));
    expect(send.mail?.files).toMatchObject([{ filename: 'offer.pdf', parts: 5, bytes: 1_000_000 }]);
    await bench.run(send.id);
    expect(bench.open.world.outbox[0]?.request).toMatchObject({ attachments: [{ content_base64: contentBase64 }] });
  });

  it('with a file from the web, fetched when it is sent', async () => {
    const bench = await sendBench('coldsend');
    const attachments = [{ filename: 'a.txt', contentType: 'text/plain', url: 'https://files.example/a.txt' }];
    const { send } = await accept(bench, replyTo(bench.threadId, { attachments }));
    await bench.run(send.id);
    expect(bench.open.world.outbox[0]?.request).toMatchObject({ attachments: [{ content_base64: 'ZmV0Y2hlZA==' }] });
  });
});

describe('a request is not accepted, in a sentence, and nothing is recorded', () => {
  const bad: readonly (readonly [string, 'cohesive' | 'coldsend', Partial<ReplyRequest>, RegExp])[] = [
    ['an unknown connection', 'cohesive', { connection: 'nobody' }, /no connection "nobody".*acme/],
    ['empty text', 'cohesive', { text: ' \n ' }, /empty/],
    ['text beyond all measure', 'cohesive', { text: 'x'.repeat(100_001) }, /longer than 100000/],
    ['cc where the vendor takes none', 'coldsend', { cc: ['a@b.example'] }, /lead alone, without cc or bcc/],
    ['an address with a name', 'cohesive', { cc: ['Jane <jane@acme.example>'] }, /plain e-mail address/],
    ['a header in an address', 'cohesive', { bcc: ['a@b.example\r\nBcc: c@d.example'] }, /plain e-mail address/],
    ['too many people', 'cohesive', { cc: Array.from({ length: 11 }, (_, i) => `p${i}@b.example`) }, /at most 10/],
    ['a key with spaces', 'cohesive', { key: 'my key' }, /idempotency key/],
    ['a key beyond all measure', 'cohesive', { key: 'k'.repeat(256) }, /idempotency key/],
    [
      'a file where the vendor takes addresses',
      'cohesive',
      { attachments: [{ filename: 'a.pdf', contentType: 'application/pdf', contentBase64: 'eA==' }] },
      /by web address only.*"a\.pdf"/,
    ],
    [
      'six files',
      'coldsend',
      { attachments: Array.from({ length: 6 }, () => ({ filename: 'a', contentType: 'b', contentBase64: 'eA==' })) },
      /at most 5 attachments/,
    ],
    [
      'more than 10 MB',
      'coldsend',
      { attachments: [{ filename: 'a', contentType: 'b', contentBase64: 'eHh4'.repeat(3_600_000) }] },
      /larger than 10 MB/,
    ],
    ['a file without content', 'coldsend', { attachments: [{ filename: 'a', contentType: 'b' }] }, /either a url or/],
    [
      'a file that is not base64',
      'coldsend',
      { attachments: [{ filename: 'a', contentType: 'b', contentBase64: '§§' }] },
      /not base64/,
    ],
    [
      'a file that is half of a base64 group too long',
      'coldsend',
      { attachments: [{ filename: 'a', contentType: 'b', contentBase64: 'QUJDR' }] },
      /not base64/,
    ],
    [
      'a line end in the name of a file',
      'coldsend',
      { attachments: [{ filename: 'a.pdf\r\nX-Evil: 1', contentType: 'b', contentBase64: 'eA==' }] },
      /attachment 1 must be one line/,
    ],
    [
      'a line separator in the type of a file',
      'coldsend',
      { attachments: [{ filename: 'a.pdf', contentType: 'text/plain\u2028x', contentBase64: 'eA==' }] },
      /attachment 1 must be one line/,
    ],
    ['a time to be undone of more than an hour', 'coldsend', { undoMs: 3_600_001 }, /at most an hour/],
    [
      'a file at no web address',
      'cohesive',
      { attachments: [{ filename: 'a', contentType: 'b', url: 'file:///etc/passwd' }] },
      /not a web address/,
    ],
    ['a message that is no longer the newest', 'cohesive', { ifLatest: 'older' }, /written in this conversation/],
  ];
  it.each(bad)('%s', async (_name, vendor, change, words) => {
    const bench = await sendBench(vendor);
    const { message } = await refusal(accept(bench, replyTo(bench.threadId, change)));
    expect(message).toMatch(words);
    expectSentence(message);
    expect(await bench.ports.store.due(Number.MAX_SAFE_INTEGER / 1_000, 10)).toEqual([]);
  });

  it('a file of a million blanks, at once', async () => {
    const bench = await sendBench('coldsend');
    const began = performance.now();
    const contentBase64 = `${' '.repeat(1_000_000)}!`;
    const attachments = [{ filename: 'a', contentType: 'b', contentBase64 }];
    await refusal(accept(bench, replyTo(bench.threadId, { attachments })));
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('a note where the vendor forwards as it is', async () => {
    const bench = await sendBench('cohesive');
    const { message } = await refusal(accept(bench, forwardOf(bench.threadId, { note: 'See below' })));
    expect(message).toMatch(/without a note/);
    expectSentence(message);
  });

  it('a forward to nobody', async () => {
    const bench = await sendBench('cohesive');
    expectSentence((await refusal(accept(bench, forwardOf(bench.threadId, { to: [] })))).message);
  });

  it('a forward where there is none, saying what to add', async () => {
    const bench = await sendBench('coldsend');
    const { message, kind } = await refusal(accept(bench, forwardOf(bench.threadId)));
    expect(kind).toBe('unsupported');
    expect(message).toMatch(/add "forwarding"/);
    expectSentence(message);
  });

  it('another mail under a key that is taken', async () => {
    const bench = await sendBench('cohesive');
    await accept(bench, replyTo(bench.threadId, { key: 'order-7' }));
    const { kind, message } = await refusal(accept(bench, replyTo(bench.threadId, { key: 'order-7', text: 'Other' })));
    expect(kind).toBe('conflict');
    expectSentence(message);
  });

  it('the same words under another key within a day, unless a person lets them pass', async () => {
    const bench = await sendBench('cohesive');
    const { send } = await accept(bench, replyTo(bench.threadId, { key: 'one' }));
    await bench.run(send.id);
    const { kind, message } = await refusal(accept(bench, replyTo(bench.threadId, { key: 'two' })));
    expect(kind).toBe('possible-duplicate');
    expectSentence(message.replace(send.id, ''));
    const passed = await accept(bench, replyTo(bench.threadId, { key: 'two', overrideBy: 'Jane' }));
    expect((await bench.run(passed.send.id)).state).toBe('sent');
    expect(bench.open.world.outbox).toHaveLength(2);
  });

  it.each([
    ['a blank at its end', 'Tell me more, please. '],
    ['a line end at its end', 'Tell me more, please.\n'],
    ['two blanks between words', 'Tell me  more, please.'],
    ['a line end of another kind', 'Tell me more,\r\nplease.'],
    ['a zero-width space', 'Tell me more, plea\u200bse.'],
  ])('the same words with %s', async (_, text) => {
    const bench = await sendBench('cohesive');
    const { send } = await accept(bench, replyTo(bench.threadId, { text: 'Tell me more, please.' }));
    await bench.run(send.id);
    const { kind, message } = await refusal(accept(bench, replyTo(bench.threadId, { text })));
    expect(kind).toBe('possible-duplicate');
    expect(message).toContain('--override');
    expect(message).toContain('written otherwise');
    expect(bench.open.world.outbox).toHaveLength(1);
  });

  it.each(['Tell me more, please!', 'Tell me more.', 'Tell me 10 more, please.'])(
    'nothing of the words "%s" after others',
    async (text) => {
      const bench = await sendBench('cohesive');
      const { send } = await accept(bench, replyTo(bench.threadId, { text: 'Tell me more, please.' }));
      await bench.run(send.id);
      expect((await accept(bench, replyTo(bench.threadId, { text }))).isNew).toBe(true);
    },
  );

  it('an answer to the newest message where the vendor shows none, and says that', async () => {
    const bench = await sendBench('cohesive');
    const { threads } = bench.open.connection;
    const content = async () => ({ messages: [], unreadable: [], campaign: null });
    Object.assign(bench.open, { connection: { ...bench.open.connection, threads: { ...threads, content } } });
    const { kind, message } = await refusal(accept(bench, replyTo(bench.threadId, { ifLatest: 'm1' })));
    expect([kind, message]).toEqual([
      'conversation-moved',
      'Nothing was sent: the vendor showed this conversation without a message, so it cannot be told whether somebody has written; try again later.',
    ]);
  });

  it.each(['\u202e', '\u2066', '\u200f', '\u061c'])('a file whose name turns its direction by %j', async (mark) => {
    const bench = await sendBench('coldsend');
    const file = { filename: `offer${mark}fdp.exe`, contentType: 'application/pdf', contentBase64: 'eA==' };
    expect(await refusal(accept(bench, replyTo(bench.threadId, { attachments: [file] })))).toMatchObject({
      kind: 'invalid',
      message: 'The name and type of attachment 1 must be one line of plain characters; rename it.',
    });
  });

  it('an override without a key of the very mail that went out, and says how to send it once more', async () => {
    const bench = await sendBench('cohesive');
    const { send } = await accept(bench, replyTo(bench.threadId));
    await bench.run(send.id);
    const { kind, message } = await refusal(accept(bench, replyTo(bench.threadId, { overrideBy: 'Jane' })));
    expect([kind, message]).toEqual([
      'possible-duplicate',
      `Nothing new was sent: this very mail went out already (${send.id}). To send it once more, give an idempotency key of its own with the override.`,
    ]);
    const again = await accept(bench, replyTo(bench.threadId, { overrideBy: 'Jane', key: 'once-more' }));
    expect(again).toMatchObject({ isNew: true });
  });

  it('never the retry of an override: it is the same send', async () => {
    const bench = await sendBench('cohesive');
    const { send } = await accept(bench, replyTo(bench.threadId, { overrideBy: 'Jane' }));
    await bench.run(send.id);
    const retried = await accept(bench, replyTo(bench.threadId, { overrideBy: 'Jane' }));
    expect(retried).toMatchObject({ isNew: false, send: { id: send.id } });
  });

  it.each(['uncertain', 'needs_decision'] as const)('an override of the very mail that is %s', async (state) => {
    const bench = await sendBench('cohesive');
    const { send } = await accept(bench, replyTo(bench.threadId, { key: 'one' }));
    const read = await readSend(bench.ports.store, send.id);
    await writeSend(bench.ports.store, { ...send, state }, undefined, read?.version ?? 0);
    const { kind, message } = await refusal(accept(bench, replyTo(bench.threadId, { key: 'one', overrideBy: 'Jane' })));
    expect(kind).toBe('conflict');
    expect(message).toContain(send.id);
  });

  it.each([' \u200b ', '\u2060\n\u00ad', '\u2800', '<p>\u200b</p>'])('a mail that shows nothing: %j', async (words) => {
    const bench = await sendBench('cohesive');
    const given = words.startsWith('<') ? { html: words } : { text: words };
    const { text: _, ...request } = replyTo(bench.threadId);
    const { message } = await refusal(accept(bench, { ...request, ...given }));
    expect(message).toBe('The reply is empty; write something.');
  });

  it('anything while sending is switched off', async () => {
    const bench = await sendBench('cohesive');
    bench.limits = { ...bench.limits, off: true };
    const { kind, message } = await refusal(accept(bench, replyTo(bench.threadId)));
    expect(kind).toBe('not-allowed');
    expectSentence(message);
  });
});

it('a person may let a waiting send pass after it was accepted', async () => {
  const bench = await sendBench('cohesive');
  const { send } = await accept(bench, replyTo(bench.threadId, { key: 'one' }));
  await accept(bench, replyTo(bench.threadId, { key: 'one', overrideBy: 'Jane' }));
  expect((await readSend(bench.ports.store, send.id))?.send.overrideBy).toBe('Jane');
});

it('text of several paragraphs becomes HTML of several paragraphs', () => {
  expect(htmlFromText('a\nb\n\n\nc')).toBe('<p>a<br>b</p><p>c</p>');
});
