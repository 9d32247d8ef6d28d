import { describe, expect, it } from 'vitest';
import type { Switches } from '../../sandbox/switches.ts';
import { acceptSend } from '../../shared/sending/accept.ts';
import { decideSend } from '../../shared/sending/decide.ts';
import type { ReplyRequest } from '../../shared/sending/mail.ts';
import type { StoredSend } from '../../shared/sending/send.ts';
import { meaningOf } from '../../shared/sending/words.ts';
import { replyTo, type SendBench, sendBench } from '../verify/sending/bench.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WORDS = 'Thank you for the question; our prices start at forty a month.';

const under = (bench: SendBench, switches: Partial<Switches>) =>
  Object.assign(bench.open.switches, { faultScope: 'writes', ...switches });
const outbox = ({ open }: SendBench) => open.world.outbox.length;

/** The world's name of the conversation. */
function threadOf({ open, threadId }: SendBench): string {
  const { threads } = open.world;
  const [, email] = threads.has(threadId) ? [] : JSON.parse(Buffer.from(threadId, 'base64url').toString('utf8'));
  return [...threads.values()].find(({ id, leadEmail }) => id === threadId || leadEmail === email)?.id ?? '';
}

/** A colleague in the vendor's own window, so long ago. */
const colleague = (bench: SendBench, agoMs: number, text = WORDS) =>
  bench.open.world.addMessage(threadOf(bench), {
    direction: 'outbound',
    text,
    sentAt: bench.open.world.now() - agoMs,
  });

async function posted(bench: SendBench, fault: Partial<Switches>, change: Partial<ReplyRequest> = {}) {
  const { send } = await acceptSend(bench.ports, replyTo(bench.threadId, { text: WORDS, ...change }));
  under(bench, fault);
  await bench.run(send.id);
  under(bench, { resetBeforeRate: 0, resetAfterRate: 0, sentDelayMs: 0 });
  return send;
}

/** A day and more, in which everything is looked for as often as it ever is. */
async function aDayLater(bench: SendBench, { id }: StoredSend): Promise<StoredSend> {
  let last = await bench.run(id);
  for (let hour = 0; hour < 25; hour += 1) {
    bench.wait(HOUR_MS);
    last = await bench.run(id);
  }
  return last;
}

const LOST = { resetBeforeRate: 1 };
const TAKEN = { resetAfterRate: 1 };

describe.each(['cohesive', 'coldsend'] as const)('a message of %s that has another id at each reading', (vendor) => {
  it('was there before, and confirms no mail of its words that was lost', async () => {
    const bench = await sendBench(vendor);
    under(bench, { idsStay: false });
    colleague(bench, MINUTE_MS);
    const send = await posted(bench, LOST, { overrideBy: 'Jane' });
    expect((await aDayLater(bench, send)).state).toBe('needs_decision');
  });

  it('confirms the mail that it is', async () => {
    const bench = await sendBench(vendor);
    under(bench, { idsStay: false });
    colleague(bench, MINUTE_MS);
    const send = await posted(bench, TAKEN, { overrideBy: 'Jane' });
    bench.wait(MINUTE_MS);
    expect((await bench.run(send.id)).state).toBe('confirmed');
  });

  it('confirms one mail alone', async () => {
    const bench = await sendBench(vendor);
    under(bench, { idsStay: false, coldsendNullMessageId: true });
    const first = await posted(bench, { sentDelayMs: 10 * MINUTE_MS }, { key: 'first' });
    const second = await posted(bench, { sentDelayMs: 90 * HOUR_MS }, { key: 'second', overrideBy: 'Jane' });
    bench.wait(20 * MINUTE_MS);
    const states = [(await bench.run(first.id)).state, (await bench.run(second.id)).state];
    expect(states).toEqual(['confirmed', 'sent']);
  });

  it('does not hold up for ever what a person has decided to send all the same', async () => {
    const bench = await sendBench(vendor);
    under(bench, { idsStay: false });
    colleague(bench, 0);
    const send = await posted(bench, {});
    expect((await bench.run(send.id)).state).toBe('needs_decision');
    await decideSend(bench.ports, send.id, 'resend', 'Jane');
    expect([(await bench.run(send.id)).state, outbox(bench)]).toEqual(['sent', 1]);
  });
});

describe.each(['cohesive', 'coldsend'] as const)('of two mails of the same words through %s', (vendor) => {
  it("the one that was lost is not confirmed by the other's message, where a stranger's stands above", async () => {
    const bench = await sendBench(vendor);
    under(bench, { coldsendNullMessageId: true });
    const first = await posted(bench, {}, { key: 'first' });
    bench.wait(MINUTE_MS);
    expect((await bench.run(first.id)).state).toBe('confirmed');
    bench.wait(2 * HOUR_MS);
    colleague(bench, 0);
    bench.wait(HOUR_MS);
    const lost = await posted(bench, LOST, { key: 'lost', overrideBy: 'Jane' });
    await posted(bench, {}, { key: 'sent', overrideBy: 'Jane' });
    bench.wait(MINUTE_MS);
    expect((await bench.run(lost.id)).state).toBe('uncertain');
  });

  it('but for a signature the one that was accepted is not confirmed by the other, which shows first', async () => {
    const bench = await sendBench(vendor);
    under(bench, { coldsendNullMessageId: true });
    const plain = await posted(bench, { sentDelayMs: 90 * HOUR_MS }, { key: 'plain' });
    const signed = { text: `${WORDS}\n\nBest regards,\nMaria`, overrideBy: 'Jane' };
    await posted(bench, TAKEN, { key: 'signed', ...signed });
    bench.wait(MINUTE_MS);
    expect((await bench.run(plain.id)).state).toBe('sent');
  });
});

describe.each(['cohesive', 'coldsend'] as const)(
  'a mail of the same words that %s shows only after ours was posted',
  (vendor) => {
    it.each([6 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, 11 * HOUR_MS, 23 * HOUR_MS])(
      'and dates %i ms before does not confirm ours, which was lost',
      async (agoMs) => {
        const bench = await sendBench(vendor);
        bench.wait(30 * HOUR_MS);
        const send = await posted(bench, LOST);
        colleague(bench, agoMs);
        const last = await aDayLater(bench, send);
        expect([last.state, outbox(bench)]).toEqual(['needs_decision', 0]);
        expect(meaningOf(last)).toMatch(
          /The conversation has the same words, but they are dated \d+ (?:minutes|hours) before this was sent\. Look there/,
        );
      },
    );

    it('and dates within what clocks differ by confirms ours', async () => {
      const bench = await sendBench(vendor);
      bench.wait(30 * HOUR_MS);
      const send = await posted(bench, LOST);
      colleague(bench, 4 * MINUTE_MS);
      bench.wait(MINUTE_MS);
      expect((await bench.run(send.id)).state).toBe('confirmed');
    });

    it('accounts for none of two mails of ours of the same words', async () => {
      const bench = await sendBench(vendor);
      under(bench, { coldsendNullMessageId: true });
      bench.wait(30 * HOUR_MS);
      const lost = await posted(bench, LOST, { key: 'lost', overrideBy: 'Jane' });
      bench.wait(2 * MINUTE_MS);
      const sent = await posted(bench, {}, { key: 'sent', overrideBy: 'Jane' });
      colleague(bench, HOUR_MS);
      bench.wait(MINUTE_MS);
      expect((await bench.run(lost.id)).state).toBe('uncertain');
      expect((await bench.run(sent.id)).state).toBe('confirmed');
    });

    it('is told by the clock of the vendor where that of this machine is behind', async () => {
      const bench = await sendBench(vendor);
      bench.wait(30 * HOUR_MS);
      under(bench, { dateSkewMs: 3 * HOUR_MS });
      const send = await posted(bench, LOST);
      // An hour before the post, by the vendor's clock.
      colleague(bench, -2 * HOUR_MS);
      expect((await aDayLater(bench, send)).state).toBe('needs_decision');
    });
  },
);

describe('a lead in two campaigns, whose mail is shown in both conversations', () => {
  it('has each of two lost mails of the same words confirmed by its own alone', async () => {
    const bench = await sendBench('cohesive');
    under(bench, { cohesiveWholeLead: true });
    const { world } = bench.open;
    const thread = world.thread(threadOf(bench));
    const { leadEmail = '', leadName = '' } = thread ?? {};
    const other = world.addThread({ campaignId: world.addCampaign({ vendor: 'cohesive' }).id, leadEmail, leadName });
    world.addMessage(other.id, { direction: 'inbound', text: 'And you?', sentAt: world.now() - HOUR_MS });
    const otherId = Buffer.from(JSON.stringify([other.campaignId, leadEmail])).toString('base64url');
    const lost = await posted(bench, LOST, { threadId: otherId });
    const gone = await posted(bench, TAKEN, { overrideBy: 'Jane' });
    expect(outbox(bench)).toBe(1);
    expect((await aDayLater(bench, gone)).state).toBe('confirmed');
    expect((await aDayLater(bench, lost)).state).toBe('needs_decision');
  });
});

describe('an accepted reply that no reading of its conversation ever shows', () => {
  it('says so plainly once it is looked for no more', async () => {
    const bench = await sendBench('cohesive');
    const send = await posted(bench, { sentDelayMs: 900 * HOUR_MS });
    expect(meaningOf(await bench.run(send.id))).toMatch(/; not seen in the conversation yet\.$/);
    const last = await aDayLater(bench, send);
    expect([last.state, meaningOf(last)]).toEqual([
      'sent',
      expect.stringMatching(
        /^It was accepted by the vendor at \S+, and never seen in the conversation\. Look there yourself\.$/,
      ),
    ]);
  });
});

describe('the words of ours in a message', () => {
  const shown = async (html: string, text: string) => {
    const bench = await sendBench('cohesive');
    const send = await posted(bench, LOST);
    bench.wait(MINUTE_MS);
    bench.open.world.addMessage(threadOf(bench), { direction: 'outbound', html, text, sentAt: bench.open.world.now() });
    return (await bench.run(send.id)).state;
  };

  it.each([
    ['quoted', `<blockquote><p>${WORDS}</p></blockquote>`],
    ['quoted by their class', `<div class="gmail_quote"><p>${WORDS}</p></div>`],
    ['struck through', `<p><s>${WORDS}</s></p>`],
    ['struck through in part', `<p>${WORDS.replace('forty', '<del>forty</del>')}</p>`],
    ['struck through by a style', `<p style="text-decoration: line-through">${WORDS}</p>`],
  ])('%s do not confirm it', async (_, html) => {
    expect(await shown(html, '')).toBe('uncertain');
  });

  it('as they are confirm it', async () => {
    expect(await shown(`<p>${WORDS}</p>`, WORDS)).toBe('confirmed');
  });
});
