import { describe, expect, it } from 'vitest';
import type { Message } from '../../shared/model.ts';
import { searchMail, sinceNow } from '../../shared/sending/search.ts';
import type { Mail } from '../../shared/sending/send.ts';

const AT = Date.UTC(2026, 0, 5, 12);
const HOUR_MS = 3_600_000;

const message = (id: string, change: Partial<Message> = {}): Message => ({
  id,
  direction: 'outbound',
  from: { email: 'jane@ours.example' },
  to: [{ email: 'lead@acme.example' }],
  cc: [],
  bcc: [],
  sentAt: AT,
  attachments: [],
  vendor: {},
  ...change,
});
const reply = (text: string): Mail => ({ kind: 'reply', text, html: `<p>${text}</p>`, cc: [], bcc: [], files: [] });

const OURS = 'Thank you for asking, Jane. Shall we talk on Thursday at 10?';

async function found(messages: readonly Message[], known: readonly Message[] = [], messageId?: string) {
  const wanted = { mail: reply(OURS), words: 'both', ...(messageId === undefined ? {} : { messageId }) } as const;
  const { same, alike, others } = await searchMail(wanted, messages, await sinceNow(known));
  return { same: same.map(({ id }) => id), alike: alike.map(({ message: { id } }) => id), others };
}

const IN_TWO = { campaign: 'two', id: 'in two', key: 'in two' };

describe('looking for our mail in its conversation', () => {
  it('finds it, and counts the outgoing mail that is another', async () => {
    const all = [
      message('a', { text: 'Other words' }),
      message('b', { text: OURS }),
      message('c', { text: `${OURS}\n\nPS: no.` }),
    ];
    expect(await found(all)).toEqual({ same: ['b'], alike: ['c'], others: 1 });
  });

  it('does not take the same words sent before for it', async () => {
    const before = message('old', { text: OURS });
    expect((await found([before], [before])).same).toEqual([]);
  });

  it('does not take what the lead wrote for it', async () => {
    expect((await found([message('in', { direction: 'inbound', text: OURS })])).same).toEqual([]);
  });

  it('does not take an older mail that only shows up now for it', async () => {
    const late = message('late', { text: OURS, sentAt: AT - HOUR_MS });
    expect((await found([late], [message('known')])).same).toEqual([]);
  });

  it('is not sure of one that names another campaign, in whose conversation it is another mail', async () => {
    const elsewhere = message('b', { text: OURS, belongsTo: IN_TWO });
    const ours = message('a', { text: 'Hello' });
    expect(await found([ours, elsewhere], [ours])).toEqual({ same: [], alike: ['b'], others: 0 });
  });

  it('believes one of a conversation in which no message names the campaign itself', async () => {
    const ours = message('a', { text: 'Hello', belongsTo: IN_TWO });
    const mail = message('b', { text: OURS, belongsTo: IN_TWO });
    expect(await found([ours, mail], [ours])).toEqual({ same: ['b'], alike: [], others: 0 });
  });

  it('is not misled by a lead whose clock is ahead', async () => {
    const future = message('in', { direction: 'inbound', sentAt: AT + 30 * HOUR_MS });
    expect((await found([message('new', { text: OURS })], [future])).same).toEqual(['new']);
  });

  it('trusts the vendor’s id, also where the message carries it in another field, but not what answers it', async () => {
    const altered = message('r1', { text: 'altered beyond recognition', vendor: { message_id: 'm-7' } });
    const answer = message('r2', { text: 'A follow-up.', vendor: { in_reply_to: 'm-7' } });
    expect((await found([altered, answer], [], 'm-7')).same).toEqual(['r1']);
  });

  it('finds two of the same words', async () => {
    expect((await found([message('a', { text: OURS }), message('b', { text: OURS })])).same).toEqual(['a', 'b']);
  });
});
