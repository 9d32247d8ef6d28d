import { describe, expect, it } from 'vitest';
import type { Message } from '../../shared/model.ts';
import { findMail, sinceNow } from '../../shared/sending/match.ts';
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
const forward = (...to: string[]): Mail => ({ kind: 'forward', to, cc: [], bcc: [], files: [] });

async function found(mail: Mail, messages: readonly Message[], known: readonly Message[] = []) {
  return await findMail({ mail }, messages, sinceNow(known));
}

const OURS = 'Thank you for asking, Jane. Shall we talk on Thursday at 10?';

describe('finding our mail in its conversation', () => {
  const altered: readonly (readonly [string, Partial<Message>])[] = [
    ['as text', { text: OURS }],
    ['as HTML', { html: `<div>${OURS}</div>` }],
    ['wrapped and with other line ends', { text: OURS.replace(' Shall', '\r\n\r\nShall').replace(' on ', '\r\non ') }],
    ['with a signature below', { text: `${OURS}\n\n-- \nMaria\nOurs Inc.` }],
    ['with a greeting the vendor adds', { text: `Hi there,\n${OURS}` }],
    ['with a tracking pixel', { html: `<p>${OURS}</p><img src="https://t.example/p.gif" width="1" height="1">` }],
    ['with typographic quotes and spaces', { text: OURS.replaceAll(' ', '\u00a0').replace('?', ' ?') }],
    [
      'with the lead’s mail quoted below',
      { text: `${OURS}\n\nOn Mon, 5 Jan 2026, Lead <lead@acme.example> wrote:\n> Hello` },
    ],
  ];
  it.each(altered)('sees it %s', async (_name, change) => {
    expect((await found(reply(OURS), [message('new', change)])).ours?.id).toBe('new');
  });

  it('does not take the same words sent before for it', async () => {
    const before = message('old', { text: OURS });
    expect((await found(reply(OURS), [before], [before])).ours).toBeUndefined();
  });

  it('does not take words quoted from an earlier mail for it', async () => {
    const text = `Something else.\n\nOn Mon, 5 Jan 2026, Jane <jane@ours.example> wrote:\n> ${OURS}`;
    expect(await found(reply(OURS), [message('new', { text })])).toEqual({ strange: 1 });
  });

  it('does not take what the lead wrote for it', async () => {
    expect((await found(reply(OURS), [message('in', { direction: 'inbound', text: OURS })])).ours).toBeUndefined();
  });

  it('does not take an older mail that only shows up now for it', async () => {
    const late = message('late', { text: OURS, sentAt: AT - HOUR_MS });
    expect((await found(reply(OURS), [late], [message('known')])).ours).toBeUndefined();
  });

  it('is not misled by a lead whose clock is ahead', async () => {
    const future = message('in', { direction: 'inbound', sentAt: AT + 30 * HOUR_MS });
    expect((await found(reply(OURS), [message('new', { text: OURS })], [future])).ours?.id).toBe('new');
  });

  it('recognises short words only where a mail begins with them', async () => {
    expect((await found(reply('Yes.'), [message('new', { text: 'Yes.\n\n-- Jane' })])).ours?.id).toBe('new');
    expect((await found(reply('Yes.'), [message('new', { text: 'I said yes before.' })])).ours).toBeUndefined();
  });

  it('compares signs where there are no letters', async () => {
    expect((await found(reply('👍'), [message('new', { text: '👍' })])).ours?.id).toBe('new');
    expect((await found(reply('👍'), [message('new', { text: '🎉' })])).ours).toBeUndefined();
  });

  it('trusts the vendor’s id, also where the message carries it in another field', async () => {
    const messages = [message('r1', { text: 'altered beyond recognition', vendor: { message_id: 'm-7' } })];
    const { ours } = await findMail({ mail: reply(OURS), messageId: 'm-7' }, messages, sinceNow([]));
    expect(ours?.id).toBe('r1');
  });

  it('finds a forward by whom it went to', async () => {
    const to = [{ email: 'Deals@team.example' }, { email: 'boss@team.example' }];
    expect((await found(forward('deals@team.example'), [message('new', { to })])).ours?.id).toBe('new');
    expect((await found(forward('deals@team.example', 'other@team.example'), [message('new', { to })])).ours).toBe(
      undefined,
    );
  });

  it('counts outgoing mail it does not recognise', async () => {
    expect(await found(reply(OURS), [message('a', { text: 'Other' }), message('b', { text: 'Words' })])).toEqual({
      strange: 2,
    });
  });
});
