import { describe, expect, it } from 'vitest';
import { compose, type Forwarded } from '../../shared/forwarding/compose.ts';
import {
  EARLIER_CHARACTERS_MAX,
  EARLIER_MESSAGES_MAX,
  HTML_CHARACTERS_MAX,
  MESSAGE_CHARACTERS_MAX,
} from '../../shared/forwarding/limits.ts';
import { arrived, message } from './world.ts';

const CUT = '[… cut here: the rest is in the conversation]';
const composed = (fields: Partial<Forwarded> = {}) =>
  compose({ message: message(), others: [], subject: 'Offer', leftOut: [], ...fields });
const subjectFor = async (subject: string) => (await composed({ message: message({ subject }) })).subject;

describe('the subject', () => {
  it.each([
    ['Offer', 'Fwd: Offer'],
    ['Re: Offer', 'Fwd: Re: Offer'],
    ['Fwd: Offer', 'Fwd: Offer'],
    ['FW: Fwd:fwd : Re: Offer', 'Fwd: Re: Offer'],
    ['Forward thinking', 'Fwd: Forward thinking'],
    ['  Fwd:  ', 'Fwd: (no subject)'],
    ['', 'Fwd: (no subject)'],
    ['Grüße 😀', 'Fwd: Grüße 😀'],
    ['{{name}} <%= 1 %>', 'Fwd: {{name}} <%= 1 %>'],
    ['=?utf-8?q?a?= b', 'Fwd: = ?utf-8?q?a?= b'],
  ])('of %j is %j', async (given, expected) => {
    expect(await subjectFor(given)).toBe(expected);
  });

  it('is the conversation’s where the message has none', async () => {
    const { subject: _, ...bare } = message();
    expect((await composed({ message: bare })).subject).toBe('Fwd: Offer');
  });
});

describe('the text', () => {
  it('marks what stands behind whatever ends a line somewhere', async () => {
    const text = 'Yes.\u2028From: boss@acme.example\u2029To: me\u000bSubject: pay\u0085now';
    const { text: written } = await composed({ message: message({ text }) });
    const words = written.slice(written.indexOf('Yes.') - 2).split(/[\n\v\u0085\u2028\u2029]/);
    expect(words.filter((line) => line !== '' && !line.startsWith('>'))).toEqual([]);
  });

  it('has the note on top, then the message with its headers, then the others, newest first', async () => {
    const our = { email: 'sam@acme.example', name: 'Sam Sales' };
    const messages = [
      message({
        direction: 'outbound',
        from: our,
        to: [{ email: 'lena@lead.example' }],
        subject: 'Offer',
        text: 'Shall we talk?',
        sentAt: Date.UTC(2025, 5, 1, 8),
      }),
      message({
        direction: 'outbound',
        from: our,
        to: [{ email: 'lena@lead.example' }],
        subject: 'Re: Offer',
        text: 'A reminder',
        sentAt: Date.UTC(2025, 5, 2, 8),
      }),
      message({ text: 'Yes, please call me.\n\nLena' }),
    ];
    const { mail } = await arrived(messages, { note: 'Please call her.\nToday.' });
    expect(mail.text?.trim()).toBe(
      [
        'Please call her.',
        'Today.',
        '',
        '---------- Forwarded message ----------',
        'From: Lena Lead <lena@lead.example>',
        'Date: Tue, 03 Jun 2025 10:00:00 GMT',
        'Subject: Re: Offer',
        'To: Sam Sales <sam@acme.example>',
        '',
        '> Yes, please call me.',
        '>',
        '> Lena',
        '',
        '---------- The conversation, newest first ----------',
        '',
        'From: Sam Sales <sam@acme.example>',
        'Date: Mon, 02 Jun 2025 08:00:00 GMT',
        'Subject: Re: Offer',
        'To: lena@lead.example',
        '',
        '> A reminder',
        '',
        'From: Sam Sales <sam@acme.example>',
        'Date: Sun, 01 Jun 2025 08:00:00 GMT',
        'Subject: Offer',
        'To: lena@lead.example',
        '',
        '> Shall we talk?',
      ].join('\n'),
    );
  });

  it('forwards what the lead wrote last, also when we wrote since', async () => {
    const messages = [message({ text: 'from the lead' }), message({ direction: 'outbound', text: 'our answer' })];
    const { mail } = await arrived(messages);
    expect(mail.text).toMatch(/Forwarded message.+> from the lead.+The conversation.+> our answer/s);
  });

  it('marks every line of the lead, so that none passes for ours', async () => {
    const text = 'Hi\n---------- Forwarded message ----------\nFrom: The Boss <boss@acme.example>\r\nPay them.';
    const { text: body } = await composed({ message: message({ text }) });
    expect(body.split('\n').filter((line) => /Boss|Pay/.test(line))).toEqual([
      '> From: The Boss <boss@acme.example>',
      '> Pay them.',
    ]);
  });

  it('is read from HTML where there is no text', async () => {
    const { text: _, ...bare } = message({ html: '<p>Yes,<br>please <b>call</b></p>' });
    expect((await composed({ message: bare })).text).toContain('> Yes,\n> please call');
  });

  it('leaves the quoted history out of the others only, and says so', async () => {
    const text = 'My answer\n\nOn Mon, 2 Jun 2025, Sam <sam@acme.example> wrote:\n> Shall we talk?';
    const { text: body } = await composed({ message: message({ text }), others: [message({ text })] });
    expect(body.match(/wrote:/g)).toHaveLength(1);
    expect(body).toContain('[… the history quoted below it is left out]');
  });

  it('cuts what is too long, and says where', async () => {
    const { text, html } = await composed({
      message: message({ text: 'ä'.repeat(MESSAGE_CHARACTERS_MAX + 1) }),
      others: Array.from({ length: EARLIER_MESSAGES_MAX + 3 }, () =>
        message({ text: 'x'.repeat(EARLIER_CHARACTERS_MAX + 1) }),
      ),
    });
    for (const part of [text, html]) {
      expect(part.split(CUT)).toHaveLength(EARLIER_MESSAGES_MAX + 2);
      expect(part).toContain('[… 3 older messages are left out; the conversation has them]');
    }
    expect(text.length).toBeLessThan(350_000);
  });

  it('says when a message has none', async () => {
    const { text: _, ...bare } = message();
    expect((await composed({ message: bare })).text).toContain('> (no text)');
  });

  it('names the files of the others', async () => {
    const attachments = [{ filename: 'old.pdf', contentType: 'application/pdf' }];
    expect((await composed({ others: [message({ attachments })] })).text).toContain(
      'Attachments, in the conversation: old.pdf',
    );
  });
});

describe('the HTML', () => {
  it('keeps the lead’s formatting and nothing that runs, loads or hides', async () => {
    const html =
      '<p>Yes, <b>call</b> <a href="https://lead.example/x" onclick="x()">me</a></p><img src="https://track.example/1.gif"><script>x()</script><style>*{}</style><iframe></iframe><form><input></form><a href="javascript:x()">no</a>';
    const { html: body } = await composed({ message: message({ html }) });
    expect(body).toContain('<b>call</b> <a href="https://lead.example/x" rel="noopener noreferrer nofollow">me</a>');
    expect(body).not.toMatch(/<img|<script|<style|<iframe|<form|<input|javascript:|onclick|track\.example/);
  });

  it('cannot be left by markup of the lead', async () => {
    const html = '</blockquote></div></td></table></body></html><p>outside?</p><div><table><tr><td>open';
    const { html: body } = await composed({ message: message({ html }), note: 'ours' });
    const [, inside = '', after = ''] = /<blockquote[^>]*>(.*?)<\/blockquote>(.*)$/s.exec(body) ?? [];
    expect(inside).toContain('outside?');
    expect(inside.match(/<table/g)?.length).toBe(inside.match(/<\/table/g)?.length);
    expect(after.trim()).toBe('</body></html>');
  });

  it('shows markup in names, subjects and notes as text', async () => {
    const evil = '<b onmouseover=x()>"&\'';
    const { html } = await composed({
      message: message({ subject: evil, from: { email: 'lena@lead.example', name: evil }, text: evil }),
      note: evil,
      leftOut: [{ filename: evil, reason: 'too large' }],
    });
    expect(html).not.toContain('<b onmouseover');
    expect(html.split('&#60;b onmouseover').length).toBe(5);
  });

  it('falls back to the text when it is too large to be made safe', async () => {
    const html = `<p>${'ä'.repeat(HTML_CHARACTERS_MAX + 1)}</p>`;
    const { html: body } = await composed({ message: message({ html, text: 'the text' }) });
    expect(body).toContain('the text</blockquote>');
  });

  it('has a link that writes to the lead, where the lead has one bare address', async () => {
    const { html } = await composed({
      message: message({ from: { email: "o'neil+a@lead.example" }, subject: 'Offer & more' }),
    });
    expect(html).toContain(`href="mailto:o&#39;neil%2Ba@lead.example?subject=Re%3A%20Offer%20%26%20more"`);
    const evil = message({ from: { email: 'lena@lead.example?bcc=evil@evil.example' } });
    expect((await composed({ message: evil })).html).not.toContain('mailto:');
  });
});
