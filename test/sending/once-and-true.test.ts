import { describe, expect, it } from 'vitest';
import type { Switches } from '../../sandbox/switches.ts';
import type { OutgoingAttachment } from '../../shared/provider.ts';
import { acceptSend } from '../../shared/sending/accept.ts';
import { sendAgain } from '../../shared/sending/again.ts';
import { decideSend } from '../../shared/sending/decide.ts';
import type { ReplyRequest } from '../../shared/sending/mail.ts';
import type { StoredSend } from '../../shared/sending/send.ts';
import { undoSend } from '../../shared/sending/undo.ts';
import { meaningOf } from '../../shared/sending/words.ts';
import { sendFileAddress } from '../../shared/store/keys.ts';
import { forwardOf, replyTo, type SendBench, sendBench } from '../verify/sending/bench.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

const under = (bench: SendBench, switches: Partial<Switches>) =>
  Object.assign(bench.open.switches, { faultScope: 'writes', ...switches });
const accept = async (bench: SendBench, change: Partial<ReplyRequest> = {}) =>
  (await acceptSend(bench.ports, replyTo(bench.threadId, change))).send;
const outbox = ({ open }: SendBench) => open.world.outbox.length;
const threadOf = ({ open, threadId }: SendBench) => {
  const { threads } = open.world;
  const [, email] = threads.has(threadId) ? [] : JSON.parse(Buffer.from(threadId, 'base64url').toString('utf8'));
  return [...threads.values()].find(({ id, leadEmail }) => id === threadId || leadEmail === email)?.id ?? '';
};
const writes = (bench: SendBench, direction: 'inbound' | 'outbound', text: string) =>
  bench.open.world.addMessage(threadOf(bench), { direction, text, sentAt: bench.open.world.now() });

async function later(bench: SendBench, send: StoredSend, ms: number): Promise<StoredSend> {
  bench.wait(ms);
  return await bench.run(send.id);
}

/** A day and more, in which everything is looked for as often as it ever is. */
async function aDayLater(bench: SendBench, send: StoredSend): Promise<StoredSend> {
  let last = send;
  for (let hour = 0; hour < 25; hour += 1) last = await later(bench, send, HOUR_MS);
  return last;
}

/** Posted while the connection breaks before the vendor carries it out. */
async function lost(bench: SendBench, change: Partial<ReplyRequest>): Promise<StoredSend> {
  const send = await accept(bench, { key: 'lost', ...change });
  under(bench, { resetBeforeRate: 1 });
  await bench.run(send.id);
  under(bench, { resetBeforeRate: 0 });
  return send;
}

const file = (bench: SendBench, name: string, content: string): OutgoingAttachment => {
  const common = { filename: name, contentType: 'application/pdf' };
  return bench.open.connection.replies.takes.attachments.by === 'url'
    ? { ...common, url: `https://ours.example/${content}/${name}` }
    : { ...common, contentBase64: Buffer.from(content).toString('base64') };
};

describe.each(['cohesive', 'coldsend'] as const)('what never left through %s is not called sent', (vendor) => {
  const PAIRS: readonly (readonly [lost: string, sent: string])[] = [
    ['Yes.', 'Yesterday I sent you our price list, did you get it?'],
    ['Tuesday at 10', 'Tuesday at 10:30 is fine for us, thank you.'],
    ['Tuesday at 10:30 is fine for us.', 'Tuesday at 10.'],
    ['It costs 1,500 EUR for all of it.', 'It costs 1.500 EUR for all of it.'],
    [
      'Tuesday at ten suits me very well.',
      'Sorry, wrong day.\n\nOn Tue, Ana wrote:\n> Tuesday at ten suits me very well.',
    ],
    ['That is a good plan 👍', 'That is a good plan 👎'],
  ];
  it.each(PAIRS)('"%s", where "%s" was', async (words, others) => {
    const bench = await sendBench(vendor);
    const send = await lost(bench, { text: words });
    const other = await accept(bench, { key: 'other', text: others, overrideBy: 'Jane' });
    await bench.run(other.id);
    expect(outbox(bench)).toBe(1);
    expect((await aDayLater(bench, send)).state).toBe('needs_decision');
    expect((await bench.run(other.id)).state).toBe('confirmed');
  });

  it('the same words with the file that was forgotten', async () => {
    const bench = await sendBench(vendor);
    const text = 'Our offer is in the file, as you wanted it.';
    const send = await lost(bench, { text, attachments: [file(bench, 'offer.pdf', 'one')] });
    const bare = await accept(bench, { key: 'bare', text, overrideBy: 'Jane' });
    await bench.run(bare.id);
    expect((await aDayLater(bench, send)).state).toBe('needs_decision');
    expect((await bench.run(bare.id)).state).toBe('confirmed');
  });

  it('one of two mails of the very same words, while it cannot be told which is there', async () => {
    const bench = await sendBench(vendor);
    const first = await lost(bench, {});
    const second = await accept(bench, { key: 'second', overrideBy: 'Jane' });
    under(bench, { resetAfterRate: 1 });
    await bench.run(second.id);
    under(bench, { resetAfterRate: 0 });
    expect((await aDayLater(bench, first)).state).toBe('needs_decision');
    expect((await aDayLater(bench, second)).state).toBe('needs_decision');
  });

  it('and two of the very same words, both there, are both found', async () => {
    const bench = await sendBench(vendor);
    under(bench, { resetAfterRate: 1 });
    const first = await accept(bench, { key: 'first' });
    await bench.run(first.id);
    const second = await accept(bench, { key: 'second', overrideBy: 'Jane' });
    await bench.run(second.id);
    const seen = [await later(bench, first, MINUTE_MS), await later(bench, second, MINUTE_MS)];
    expect(seen.map(({ state }) => state)).toEqual(['confirmed', 'confirmed']);
    expect(new Set(seen.map(({ seenAs }) => seenAs)).size).toBe(2);
  });
});

describe('a second mail of the same words', () => {
  it('with another file is shown to a person, neither posted nor called sent', async () => {
    const bench = await sendBench('coldsend');
    const text = 'Our offer is in the file, as you wanted it.';
    const first = await accept(bench, { key: 'one', text });
    await bench.run(first.id);
    const again = accept(bench, { key: 'two', text, attachments: [file(bench, 'offer.pdf', 'one')] });
    await expect(again).rejects.toMatchObject({ kind: 'possible-duplicate' });
    // Days later nothing but the conversation tells.
    bench.wait(26 * HOUR_MS);
    const late = await accept(bench, { key: 'three', text, attachments: [file(bench, 'offer.pdf', 'one')] });
    const asked = await bench.run(late.id);
    expect(asked.state).toBe('needs_decision');
    expect(meaningOf(asked)).toMatch(
      /^Not sent: the same words stand in the conversation already, but its files are not/,
    );
    await decideSend(bench.ports, late.id, 'resend', 'Jane');
    expect((await bench.run(late.id)).state).toBe('sent');
    expect(outbox(bench)).toBe(2);
  });

  it('forwards to one person with different files do not confirm each other', async () => {
    const bench = await sendBench('cohesive');
    const one = await acceptSend(
      bench.ports,
      forwardOf(bench.threadId, { key: 'a', attachments: [file(bench, 'a.pdf', 'a')] }),
    );
    under(bench, { resetBeforeRate: 1 });
    await bench.run(one.send.id);
    under(bench, { resetBeforeRate: 0 });
    for (let times = 0; times < 4; times += 1) await later(bench, one.send, MINUTE_MS);
    const other = forwardOf(bench.threadId, { key: 'b', attachments: [file(bench, 'b.pdf', 'b')] });
    const { send } = await acceptSend(bench.ports, other);
    await bench.run(send.id);
    await decideSend(bench.ports, one.send.id, 'resend', 'Jane');
    expect((await later(bench, one.send, MINUTE_MS)).state).not.toBe('confirmed');
  });
});

describe('a mail of which the vendor was given the HTML', () => {
  it('is found by it, also where its text is written otherwise', async () => {
    const bench = await sendBench('cohesive');
    under(bench, { resetAfterRate: 1 });
    const text = 'The offer is at https://ours.example/offer, as you wanted.';
    const html = '<p>The <a href="https://ours.example/offer">offer</a> is ready, as you wanted.</p>';
    const send = await accept(bench, { text, html });
    await bench.run(send.id);
    expect((await later(bench, send, 6 * SECOND_MS)).state).toBe('confirmed');
  });

  it('is found with a footer below and its links followed', async () => {
    for (const footer of ['signature', 'unsubscribe', 'pixel', 'history'] as const) {
      const bench = await sendBench('cohesive');
      under(bench, { resetAfterRate: 1, footer, trackLinks: true });
      const html = '<p>The <a href="https://ours.example/offer">offer</a> is ready, as you wanted.</p>';
      const send = await accept(bench, { html });
      await bench.run(send.id);
      expect((await later(bench, send, 6 * SECOND_MS)).state, footer).toBe('confirmed');
    }
  });
});

describe.each(['cohesive', 'coldsend'] as const)('before every post through %s', (vendor) => {
  /** Accepted while the newest message is looked at, and told to wait at its first post. */
  async function waiting(bench: SendBench): Promise<StoredSend> {
    const { messages } = await bench.open.connection.threads.content(bench.threadId);
    const send = await accept(bench, {
      key: 'one',
      text: 'Here is the contract.',
      ifLatest: messages.at(-1)?.id ?? '',
    });
    under(bench, { throttledRate: 1, throttledSignal: 'retry-after', throttledSeconds: 90 });
    expect((await bench.run(send.id)).state).toBe('waiting');
    under(bench, { throttledRate: 0 });
    return send;
  }

  it('it is asked whether the lead has written since', async () => {
    const bench = await sendBench(vendor);
    const send = await waiting(bench);
    writes(bench, 'inbound', 'Please stop.');
    const last = await later(bench, send, 3 * MINUTE_MS);
    expect([last.state, outbox(bench)]).toEqual(['failed', 0]);
    expect(meaningOf(last)).toMatch(/^Somebody has written in this conversation/);
  });

  it('mail of ours may be newer, and a colleague’s may not', async () => {
    const bench = await sendBench(vendor);
    const send = await waiting(bench);
    // The vendor wants everybody to wait.
    bench.wait(2 * MINUTE_MS);
    const ours = await accept(bench, { key: 'ours', text: 'A word of ours in between.', overrideBy: 'Jane' });
    await bench.run(ours.id);
    await later(bench, ours, 6 * SECOND_MS);
    expect((await later(bench, send, MINUTE_MS)).state).toBe('sent');

    const other = await sendBench(vendor);
    const stopped = await waiting(other);
    writes(other, 'outbound', 'I have called her, leave it to me.');
    expect((await later(other, stopped, 3 * MINUTE_MS)).state).toBe('failed');
  });

  it('it is asked whether sending is switched off, and whether the day has room', async () => {
    const off = await sendBench(vendor);
    const first = await waiting(off);
    off.limits = { ...off.limits, off: true };
    expect((await later(off, first, 3 * MINUTE_MS)).state).toBe('failed');

    const full = await sendBench(vendor);
    const second = await waiting(full);
    full.limits = { ...full.limits, perDay: 0 };
    expect((await later(full, second, 3 * MINUTE_MS)).state).toBe('failed');
    expect([outbox(off), outbox(full)]).toEqual([0, 0]);
  });

  it('it is asked whether the same words went out otherwise', async () => {
    const bench = await sendBench(vendor);
    const send = await accept(bench, { key: 'one' });
    under(bench, { refusedRate: 1 });
    await bench.run(send.id);
    under(bench, { refusedRate: 0 });
    const twin = await accept(bench, { key: 'two', overrideBy: 'Jane' });
    await bench.run(twin.id);
    expect((await later(bench, send, 3 * MINUTE_MS)).state).toBe('failed');
    expect(outbox(bench)).toBe(1);
  });
});

describe('a send that has failed', () => {
  async function failed(bench: SendBench, change: Partial<ReplyRequest> = {}): Promise<StoredSend> {
    const send = await accept(bench, change);
    under(bench, { refusedRate: 1 });
    let last = await bench.run(send.id);
    for (let time = 0; time < 8; time += 1) last = await later(bench, send, 21 * MINUTE_MS);
    under(bench, { refusedRate: 0 });
    expect(last.state).toBe('failed');
    return send;
  }

  it('goes out when a person says again, with every guard asked anew', async () => {
    const bench = await sendBench('cohesive');
    const send = await failed(bench, { key: 'order-7' });
    expect(await sendAgain(bench.ports, send.id, 'Jane')).toMatchObject({ state: 'waiting', failedAttempts: 0 });
    expect((await bench.run(send.id)).state).toBe('sent');
    expect(outbox(bench)).toBe(1);
    await expect(sendAgain(bench.ports, send.id, 'Jane')).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('does not answer for the same request made once more', async () => {
    const bench = await sendBench('cohesive');
    const send = await failed(bench);
    const fresh = await accept(bench);
    expect(fresh.id).not.toBe(send.id);
    expect((await bench.run(fresh.id)).state).toBe('sent');
    // One that went out does.
    expect((await accept(bench)).id).toBe(fresh.id);
    expect(outbox(bench)).toBe(1);
  });

  it('is no such thing while an earlier post of it may have arrived', async () => {
    const bench = await sendBench('cohesive');
    const send = await accept(bench);
    under(bench, { errorAfterRate: 1, sentDelayMs: 90 * HOUR_MS });
    await bench.run(send.id);
    expect((await aDayLater(bench, send)).state).toBe('needs_decision');
    await decideSend(bench.ports, send.id, 'resend', 'Jane');
    bench.limits = { ...bench.limits, off: true };
    expect((await bench.run(send.id)).state).toBe('needs_decision');
    await expect(sendAgain(bench.ports, send.id, 'Jane')).rejects.toMatchObject({ kind: 'conflict' });
  });
});

describe.each(['cohesive', 'coldsend'] as const)('a mail that %s answers with a 4xx', (vendor) => {
  it.each([409, 423, 499])('of %i, which is no clear no, is looked for, and found', async (errorStatus) => {
    const bench = await sendBench(vendor);
    const send = await accept(bench);
    under(bench, { errorAfterRate: 1, errorStatus });
    expect((await bench.run(send.id)).state).toBe('uncertain');
    under(bench, { errorAfterRate: 0 });
    expect((await later(bench, send, MINUTE_MS)).state).toBe('confirmed');
  });

  it('of 404, and shows in its conversation, is not sent again at a word', async () => {
    const bench = await sendBench(vendor);
    const send = await accept(bench);
    under(bench, { errorAfterRate: 1, errorStatus: 404 });
    expect((await bench.run(send.id)).state).toBe('refused');
    under(bench, { errorAfterRate: 0 });
    bench.wait(MINUTE_MS);
    await expect(sendAgain(bench.ports, send.id, 'Jane')).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('the same words stand in the conversation since its post'),
    });
    expect([(await bench.run(send.id)).state, outbox(bench)]).toEqual(['refused', 1]);
  });
});

describe('a send that is held back', () => {
  it('goes by itself once the time is over, and not before', async () => {
    const bench = await sendBench('coldsend');
    const send = await accept(bench, { undoMs: 10 * SECOND_MS });
    expect(await bench.run(send.id)).toMatchObject({ state: 'waiting', attempt: 0 });
    expect(meaningOf(await later(bench, send, 9 * SECOND_MS))).toMatch(/^Goes out at .*called back until then\.$/);
    expect((await later(bench, send, SECOND_MS)).state).toBe('sent');
    await expect(undoSend(bench.ports, send.id, 'Jane')).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('is called back for good', async () => {
    const bench = await sendBench('coldsend');
    const send = await accept(bench, { undoMs: 10 * SECOND_MS });
    expect(await undoSend(bench.ports, send.id, 'Jane')).toMatchObject({ state: 'undone' });
    expect(await undoSend(bench.ports, send.id, 'Jane')).toMatchObject({ state: 'undone' });
    expect((await later(bench, send, HOUR_MS)).state).toBe('undone');
    await expect(sendAgain(bench.ports, send.id, 'Jane')).rejects.toMatchObject({ kind: 'conflict' });
    expect(outbox(bench)).toBe(0);
  });

  it('stays held when it is asked for again by somebody who lets it pass', async () => {
    const bench = await sendBench('coldsend');
    const send = await accept(bench, { key: 'one', undoMs: 10 * SECOND_MS });
    await accept(bench, { key: 'one', undoMs: 10 * SECOND_MS, overrideBy: 'Jane' });
    expect((await bench.run(send.id)).attempt).toBe(0);
  });
});

describe('a file that is not whole any more', () => {
  const contentBase64 = Buffer.alloc(700_000, 'x').toString('base64');
  const attachments = [{ filename: 'offer.pdf', contentType: 'application/pdf', contentBase64 }];

  it.each([
    [
      'a part is missing',
      async (bench: SendBench, send: StoredSend) => {
        const address = sendFileAddress(send, { file: 0, part: 1 });
        const { version = 0 } = (await bench.ports.store.get(address)) ?? {};
        await bench.ports.store.remove(address, version);
      },
    ],
    [
      'a part is another one',
      async (bench: SendBench, send: StoredSend) => {
        const address = sendFileAddress(send, { file: 0, part: 1 });
        const { version = 0 } = (await bench.ports.store.get(address)) ?? {};
        await bench.ports.store.put({ ...address, value: { text: 'eHh4' } }, version);
      },
    ],
  ] as const)('keeps its mail from going: %s', async (_name, harm) => {
    const bench = await sendBench('coldsend');
    const send = await accept(bench, { attachments });
    await harm(bench, send);
    const last = await bench.run(send.id);
    expect([last.state, outbox(bench)]).toEqual(['failed', 0]);
    expect(meaningOf(last)).toBe(
      'Nothing was sent: the file "offer.pdf" is not whole in the database any more; send it anew.',
    );
  });
});

describe('one conversation', () => {
  it('is one however its id is written', async () => {
    for (const vendor of ['cohesive', 'coldsend'] as const) {
      const bench = await sendBench(vendor);
      const first = await accept(bench, { key: 'one' });
      under(bench, { errorRate: 1 });
      expect((await bench.run(first.id)).state).toBe('uncertain');
      under(bench, { errorRate: 0 });
      const [campaign, lead] =
        vendor === 'cohesive' ? JSON.parse(Buffer.from(bench.threadId, 'base64url').toString('utf8')) : [];
      const spelt =
        vendor === 'cohesive'
          ? Buffer.from(JSON.stringify([campaign, lead.toUpperCase()])).toString('base64url')
          : bench.threadId.toUpperCase();
      const second = await acceptSend(bench.ports, replyTo(spelt, { key: 'two', text: 'Other words.' }));
      expect((await bench.run(second.send.id)).state).toBe('waiting');
      const same = acceptSend(bench.ports, replyTo(spelt, { key: 'three' }));
      await expect(same).rejects.toMatchObject({ kind: 'possible-duplicate' });
    }
  });
});
