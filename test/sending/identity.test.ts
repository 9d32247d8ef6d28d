import { describe, expect, it } from 'vitest';
import type { Attachment, Message } from '../../shared/model.ts';
import { likenessOf } from '../../shared/sending/identity.ts';
import { htmlFromText } from '../../shared/sending/mail.ts';
import type { Mail, ReplyMail, SendFile } from '../../shared/sending/send.ts';

const AT = Date.UTC(2026, 0, 5, 12);
const US = { email: 'jane@ours.example', name: 'Jane Doe' };
const LEAD = { email: 'lead@acme.example' };

const message = (id: string, change: Partial<Message> = {}): Message => ({
  id,
  direction: 'outbound',
  from: US,
  to: [LEAD],
  cc: [],
  bcc: [],
  sentAt: AT,
  attachments: [],
  vendor: {},
  ...change,
});
const ASKED = message('asked', {
  direction: 'inbound',
  from: LEAD,
  to: [US],
  text: 'When would it suit you?',
  sentAt: AT - 9,
});
const file = (filename: string, change: Partial<SendFile> = {}): SendFile => ({
  filename,
  contentType: 'application/pdf',
  ...change,
});
const shown = (filename: string, change: Partial<Attachment> = {}): Attachment => ({
  filename,
  contentType: 'application/pdf',
  ...change,
});
const reply = (text: string, change: Partial<ReplyMail> = {}): ReplyMail => ({
  kind: 'reply',
  text,
  html: htmlFromText(text),
  cc: [],
  bcc: [],
  files: [],
  ...change,
});

async function judged(mail: Mail, seen: Partial<Message>, words: 'html' | 'text' | 'both' = 'both') {
  const found = message('new', seen);
  return (await likenessOf({ mail, words }, found, [ASKED, found])).kind;
}

const OURS = 'Thank you for asking, Jane. Shall we talk on Thursday at 10:30?';
const HTML = htmlFromText(OURS);

describe('a message that is our mail', () => {
  const carried: readonly (readonly [string, Partial<Message>])[] = [
    ['as text', { text: OURS }],
    ['as HTML', { html: `<div>${OURS}</div>` }],
    ['wrapped at other places', { text: OURS.replace(' Shall', '\r\n\r\nShall').replace(' on ', '\r\non ') }],
    ['with spaces that do not break', { text: OURS.replaceAll(' ', '\u00a0') }],
    ['with letters in parts (NFD)', { text: OURS.normalize('NFD') }],
    ['with a signature below', { text: `${OURS}\n\n-- \nMaria\nOurs Inc. We build things.` }],
    [
      'with a signature of the sender’s name',
      { text: `${OURS}\n\nJane Doe\nHead of Sales, Ours Inc.\n+49 30 1234567` },
    ],
    ['with a closing and a name', { html: `${HTML}<p>Best regards,<br>Jane</p>` }],
    [
      'with what the markup calls a signature',
      { html: `${HTML}<div class="gmail_signature">Maria! Ours. Call me.</div>` },
    ],
    ['with a tracking pixel', { html: `${HTML}<img src="https://t.example/p.gif" width="1" height="1">` }],
    ['with a link to unsubscribe', { html: `${HTML}<p><a href="https://t.example/u/1">Unsubscribe</a></p>` }],
    [
      'with a sentence to unsubscribe',
      { text: `${OURS}\n\nTo opt out of these mails, click here: https://t.example/u/1` },
    ],
    ['with what the program says of itself', { text: `${OURS}\n\nSent from my iPhone` }],
    [
      'with the lead’s mail quoted',
      { text: `${OURS}\n\nOn Mon, 5 Jan 2026, Lead <lead@acme.example> wrote:\n> Hello` },
    ],
    [
      'with the lead’s mail in a blockquote',
      { html: `${HTML}<blockquote type="cite">When would it suit you?</blockquote>` },
    ],
    [
      'with the lead’s mail below an Outlook header',
      {
        text: `${OURS}\n\nFrom: Lead <lead@acme.example>\nSent: Monday\nTo: Jane\nSubject: Hi\n\nWhen would it suit you?`,
      },
    ],
  ];
  it.each(carried)('is it %s', async (_name, seen) => {
    expect(await judged(reply(OURS), seen)).toBe('same');
  });

  it('is it in scripts without spaces, with a footer on a line of its own', async () => {
    const ours = '好的，我们星期二上午十点见面。';
    expect(await judged(reply(ours), { text: `${ours}\n\n-- \nJane` })).toBe('same');
    expect(
      await judged(reply('はい、火曜日の十時でお願いします。'), { html: '<p>はい、火曜日の十時でお願いします。</p>' }),
    ).toBe('same');
  });

  it('is it when the vendor follows clicks', async () => {
    const html = '<p>Here is <a href="https://ours.example/offer?v=2">our offer</a> for next Tuesday.</p>';
    const tracked = (href: string) => ({ html: html.replace('https://ours.example/offer?v=2', href) });
    const mail = reply('Here is our offer for next Tuesday.', { html });
    expect(await judged(mail, tracked('https://click.example/c/Zm9vYmFyYmF6cXV4'), 'html')).toBe('same');
    expect(
      await judged(mail, tracked('https://click.example/?to=https%3A%2F%2Fours.example%2Foffer%3Fv%3D2'), 'html'),
    ).toBe('same');
  });

  it('is it when links are written out in its text, or made of what is written', async () => {
    const html = '<p>Here is <a href="https://ours.example/offer">our offer</a>, as you wanted.</p>';
    const mail = reply('Here is our offer, as you wanted.', { html });
    expect(await judged(mail, { text: 'Here is our offer (https://ours.example/offer), as you wanted.' }, 'html')).toBe(
      'other',
    );
    expect(await judged(mail, { text: 'Here is our offer, (https://ours.example/offer) as you wanted.' }, 'html')).toBe(
      'same',
    );
    const plain = 'The offer is at https://ours.example/offer, as you wanted.';
    const linked =
      '<p>The offer is at <a href="https://ours.example/offer">https://ours.example/offer</a>, as you wanted.</p>';
    expect(await judged(reply(plain), { html: linked })).toBe('same');
  });

  it('is it with its files, in any order', async () => {
    const mail = reply(OURS, { files: [file('a.pdf', { bytes: 3 }), file('b.pdf', { bytes: 4 })] });
    const attachments = [shown('b.pdf', { sizeBytes: 4 }), shown('a.pdf')];
    expect(await judged(mail, { text: OURS, attachments })).toBe('same');
  });

  it('is it with its copies, in any order and letter case', async () => {
    const mail = reply(OURS, { cc: ['a@ours.example', 'b@ours.example'] });
    const cc = [{ email: 'B@ours.example' }, { email: 'A@Ours.example' }];
    expect(await judged(mail, { text: OURS, cc })).toBe('same');
  });

  it('is it when the vendor makes pictures of emoji', async () => {
    const shown = '<p>That is a good plan <img src="https://t.example/1f44d.png" alt="👍"></p>';
    expect(await judged(reply('That is a good plan 👍'), { html: shown })).toBe('same');
    expect(await judged(reply('That is a good plan 👎'), { html: shown })).toBe('other');
  });

  it('is it with the name below by which the lead calls the sender', async () => {
    const found = message('new', { from: { email: 'jd@ours.example' }, text: `${OURS}\n\nMaria\nOurs Inc.` });
    const asked = { ...ASKED, to: [{ email: 'jd@ours.example', name: 'Maria Doe' }] };
    expect((await likenessOf({ mail: reply(OURS), words: 'both' }, found, [asked, found])).kind).toBe('same');
  });

  it('may be as short as a sign, if it is all there is', async () => {
    for (const words of ['Yes.', 'Ok', '👍', '好的', 'نعم'])
      expect(await judged(reply(words), { html: `<p>${words}</p><img src="https://t.example/p.gif">` }), words).toBe(
        'same',
      );
  });
});

describe('a message that is another mail', () => {
  const others: readonly (readonly [ours: string, seen: string])[] = [
    ['Yes.', 'Yesterday I sent you our price list, did you get it?'],
    ['Yes.', 'Yes. But not this week.'],
    ['Yes.', 'Yes'],
    ['Yes.', 'yes.'],
    ['Thanks!', 'Thanks for nothing yet: just a reminder of my mail below.'],
    ['Thanks Jane', 'Thanks Jane, I will ask our team and come back on Friday.'],
    ['Tuesday at 10:30 is fine.', 'Tuesday at 10.'],
    ['Tuesday at 10', 'Tuesday at 10 works for me as well, see you there.'],
    ['The price is 1,500 EUR for all of it.', 'The price is 1.500 EUR for all of it.'],
    ['The price is 1,500 EUR for all of it.', 'The price is 1,500 USD for all of it.'],
    ['We meet on 3/4 at our office in town.', 'We meet on 4/3 at our office in town.'],
    ['It takes 10² metres of cable, all told.', 'It takes 102 metres of cable, all told.'],
    ['It is not able to do that, I am afraid.', 'It is notable to do that, I am afraid.'],
    ['Shall we talk about the US market soon?', 'Shall we talk about the us market soon?'],
    ['That is a good plan 👍', 'That is a good plan 👎'],
    ['That is a good plan for us 👍', 'That is a good plan for us 👍🏽'],
    ['You said “never” in your last mail, right?', 'You said “ever” in your last mail, right?'],
    ['That suits me very well, of course!', 'That suits me very well, of course?'],
    ['好的，我们星期二上午十点见面。', '好的，我们星期二上午十点见面。不过地点要改。'],
    ['نلتقي يوم الثلاثاء في العاشرة صباحا.', 'نلتقي يوم الثلاثاء في الحادية عشرة صباحا.'],
    ['Встретимся во вторник в десять часов.', 'Встретимся в среду в десять часов.'],
    [
      'Tuesday at ten suits me very well.',
      'Sorry, wrong day.\n\nOn Tue, Jun 3, Ana <me@acme.example> wrote:\n> Tuesday at ten suits me very well.',
    ],
    ['Tuesday at ten suits me very well.', 'Hello,\n\nTuesday at ten suits me very well.'],
    ['Just following up on my last mail, did you see it?', 'Just following up on my last mail, did you see it yet?'],
  ];
  it.each(others)('%s — %s', async (ours, seen) => {
    expect(await judged(reply(ours), { text: seen })).toBe('other');
    expect(await judged(reply(ours), { html: htmlFromText(seen) }, 'html')).toBe('other');
  });
});

describe('a message that may be our mail, and may be another', () => {
  const SUITS = 'Tuesday at ten suits me very well.';
  const below: readonly (readonly [string, string])[] = [
    ['a correction', `${SUITS}\n\nSorry, I meant Wednesday.`],
    ['a postscript below the name', `${SUITS}\n\nBest,\nJane\n\nP.S. Please bring the contract.`],
    ['a line without an end', `${SUITS}\nNot Wednesday, though`],
    ['a sentence that begins with the name', `${SUITS}\nJane will call you on Wednesday`],
    ['an answer below the quote', `${SUITS}\n\nOn Mon, 5 Jan 2026, Lead wrote:\n> When?\n\nAnd on Wednesday too.`],
    ['words taken for history', `${SUITS}\n\nFrom: Hamburg\nDate: Friday\nTo: Rotterdam\n\nPlease ship all of it.`],
  ];
  it.each(below)('has %s below', async (_name, text) => {
    expect(await judged(reply(SUITS), { text })).toBe('alike');
    expect(await judged(reply(SUITS), { html: htmlFromText(text) }, 'html')).toBe('alike');
  });

  it('is short and has a footer below', async () => {
    expect(await judged(reply('Yes.'), { text: 'Yes.\n\n-- \nJane' })).toBe('alike');
    expect(await judged(reply('Yes.'), { text: 'Yes.\n\nBut not this week.' })).toBe('other');
  });

  it('has other files: none, another, one more, another size, another address', async () => {
    const bare = reply(OURS);
    const with1 = reply(OURS, { files: [file('offer.pdf', { bytes: 4 })] });
    const byUrl = reply(OURS, { files: [file('offer.pdf', { url: 'https://ours.example/v1/offer.pdf' })] });
    expect(await judged(bare, { text: OURS, attachments: [shown('offer.pdf')] })).toBe('alike');
    expect(await judged(with1, { text: OURS })).toBe('alike');
    expect(await judged(with1, { text: OURS, attachments: [shown('prices.pdf')] })).toBe('alike');
    expect(await judged(with1, { text: OURS, attachments: [shown('offer.pdf'), shown('b.pdf')] })).toBe('alike');
    expect(await judged(with1, { text: OURS, attachments: [shown('offer.pdf', { sizeBytes: 5 })] })).toBe('alike');
    const v2 = [shown('offer.pdf', { url: 'https://ours.example/v2/offer.pdf' })];
    expect(await judged(byUrl, { text: OURS, attachments: v2 })).toBe('alike');
  });

  it('has other people on it', async () => {
    expect(await judged(reply(OURS, { cc: ['boss@ours.example'] }), { text: OURS })).toBe('alike');
    expect(await judged(reply(OURS), { text: OURS, cc: [{ email: 'boss@ours.example' }] })).toBe('alike');
    expect(await judged(reply(OURS, { bcc: ['boss@ours.example'] }), { text: OURS })).toBe('alike');
    expect(await judged(reply(OURS), { text: OURS, to: [{ email: 'other@acme.example' }] })).toBe('alike');
    expect(await judged(reply(OURS), { text: OURS, from: { email: 'colleague@ours.example' } })).toBe('alike');
  });

  it('has a link that leads elsewhere', async () => {
    const html = '<p>Here is <a href="https://ours.example/a">our offer</a> for next Tuesday.</p>';
    const mail = reply('Here is our offer for next Tuesday.', { html });
    expect(await judged(mail, { html: html.replace('/a"', '/b"') }, 'html')).toBe('alike');
    expect(
      await judged(
        mail,
        { html: html.replace('https://ours.example/a', 'https://t.example/?u=https%3A%2F%2Fours.example%2Fb') },
        'html',
      ),
    ).toBe('alike');
  });

  it('has other pictures', async () => {
    const html = `${HTML}<img src="https://ours.example/chart-1.png">`;
    expect(await judged(reply(OURS, { html }), { html: html.replace('-1', '-2') }, 'html')).toBe('alike');
  });
});

describe('what is compared is what the vendor was given', () => {
  const text = 'The offer is at https://ours.example/offer, as you wanted.';
  const html = '<p>The <a href="https://ours.example/offer">offer</a> is ready, as you wanted.</p>';
  it('is the HTML where HTML alone went', async () => {
    expect(await judged(reply(text, { html }), { html }, 'html')).toBe('same');
    expect(await judged(reply(text, { html }), { html: htmlFromText(text) }, 'html')).toBe('other');
  });
  it('is the text where text alone is shown', async () => {
    expect(await judged(reply(text, { html }), { text }, 'both')).toBe('same');
    expect(await judged(reply(text, { html }), { text: 'The offer is ready, as you wanted.' }, 'html')).toBe('same');
  });
});

describe('a forward', () => {
  const forward = (change: Partial<Extract<Mail, { kind: 'forward' }>> = {}): Mail => ({
    kind: 'forward',
    to: ['deals@team.example'],
    cc: [],
    bcc: [],
    files: [],
    ...change,
  });
  const to = [{ email: 'Deals@team.example' }];
  const passed = 'When would it suit you?';
  it('is found by its people, its files and what it passes on', async () => {
    expect(await judged(forward(), { to, text: passed })).toBe('same');
    const headed = `---------- Forwarded message ---------\nFrom: Lead <lead@acme.example>\nDate: Monday\nSubject: Hi\n\n${passed}`;
    expect(await judged(forward(), { to, text: headed })).toBe('same');
  });
  it('is not a mail of somebody’s to the same people, nor one with a note, other people or files', async () => {
    expect(await judged(forward(), { to, text: 'Can you take this one?' })).toBe('alike');
    expect(await judged(forward(), { to, text: `Yours?\n\n---------- Forwarded message ---------\n${passed}` })).toBe(
      'alike',
    );
    expect(await judged(forward(), { to: [...to, { email: 'boss@team.example' }], text: passed })).toBe('alike');
    expect(await judged(forward({ to: ['deals@team.example', 'b@team.example'] }), { to, text: passed })).toBe('other');
    expect(await judged(forward({ files: [file('a.pdf')] }), { to, text: passed })).toBe('alike');
    expect(await judged(forward(), { to, text: passed, attachments: [shown('b.pdf')] })).toBe('alike');
  });
});
