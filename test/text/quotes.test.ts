import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trimQuoted } from '../../shared/text/quotes.ts';

const ANSWER = 'Sounds good.\n\nTuesday works.';

describe('trimQuoted', () => {
  it.each([
    ['Gmail', 'On Tue, Jun 3, 2025 at 10:00 AM Jane Doe <jane@acme.example> wrote:\n\n> Hello\n> there'],
    ['Gmail over two lines', 'On Tue, Jun 3, 2025 at 10:00 AM Jane Doe <\njane@acme.example> wrote:\n\n> Hello'],
    ['Apple Mail', '> On 3 Jun 2025, at 10:00, Jane <jane@acme.example> wrote:\n> \n> Hello'],
    ['German', 'Am Di., 3. Juni 2025 um 10:00 Uhr schrieb Jane <jane@acme.example>:\n> Hallo'],
    ['French', 'Le mar. 3 juin 2025 à 10:00, Jane <jane@acme.example> a écrit :\n> Bonjour'],
    ['a client that marks no quotes', 'On Tue, Jane <jane@acme.example> wrote:\nHello\nthere'],
    ['Outlook', 'From: Jane <jane@acme.example>\nSent: Tuesday, June 3, 2025\nTo: Bob\nSubject: Hello\n\nHello'],
    ['Outlook with a rule', '________________________________\nFrom: Jane\nSent: Tuesday\nTo: Bob\n\nHello'],
    ['old Outlook', '-----Original Message-----\nFrom: Jane\n\nHello'],
    ['bold Outlook', '*From:* Jane\n*Date:* Tuesday\n*To:* Bob\n\nHello'],
    ['bare quotes', '> Hello\n> there\n>> deeper'],
  ])('removes the history of %s', (_, history) => {
    expect(trimQuoted(`${ANSWER}\n\n${history}`)).toBe(ANSWER);
  });

  it.each([
    'On the whole I liked what you wrote: it is short.',
    'From: now on, please call me.',
    'We sent > 100 mails.\n- one\n- two',
    'Dates:\nFrom: Monday\n\nWe met.',
    '> Can you do Tuesday?\nYes.\n> And Friday?\nNo.',
    'On Tue, Jane <jane@acme.example> wrote:\n> Can you do Tuesday?\nYes, I can.',
  ])('keeps %j', (text) => {
    expect(trimQuoted(text)).toBe(text);
  });

  it.each(['> only\n> quotes', 'On Tue, Jane <j@acme.example> wrote:\n> Hello', '-----Original Message-----\nHello'])(
    'never trims everything: %j',
    (text) => {
      expect(trimQuoted(text)).toBe(text);
    },
  );

  it('gives back the start of the text, and nothing only for nothing', () => {
    const line = fc.constantFrom('> q', 'a', '', 'On x wrote:', 'From: a', 'Sent: b', 'To: c', '_'.repeat(30), '  x');
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = lines.join('\n').trim();
        expect(text.startsWith(trimQuoted(text))).toBe(true);
        expect(trimQuoted(text) === '').toBe(text === '');
      }),
    );
  });

  it('reads a megabyte of hostile lines in proportion', () => {
    for (const line of ['On \n', 'From: a\n', '>\n', 'On wrote ', '_', '-', 'On a wrote wrote wrote\n']) {
      expect(trimQuoted(line.repeat(1_000_000 / line.length)).length).toBeGreaterThan(0);
    }
  });
});
