import { describe, expect, it } from 'vitest';
import { vendorText, wordsIn } from '../../shared/http/vendor-text.ts';
import { bareAddress, peopleOf, personOf } from '../../shared/providers/mail-address.ts';
import { inOrder } from '../../shared/providers/messages.ts';

describe('mail addresses', () => {
  it('are read with and without a name', () => {
    expect(personOf('"Doe, Jane" <jane@a.example>')).toEqual({ email: 'jane@a.example', name: 'Doe, Jane' });
    expect(personOf(' jane@a.example ', 'Jane')).toEqual({ email: 'jane@a.example', name: 'Jane' });
    expect(personOf('<jane@a.example>')).toEqual({ email: 'jane@a.example' });
    expect(personOf(null)).toEqual({ email: '' });
  });

  it('are compared bare and in lower case', () => {
    expect(bareAddress('"Doe, Jane" <Jane@A.example>')).toBe('jane@a.example');
    expect(bareAddress(' Jane@A.example (Jane)')).toBe('jane@a.example');
    expect(bareAddress(' Nobody ')).toBe('nobody');
  });

  it('are split at commas outside quotes', () => {
    const people = peopleOf('"Doe, Jane" <jane@a.example>, joe@a.example,');
    expect(people.map(({ email }) => email)).toEqual(['jane@a.example', 'joe@a.example']);
    expect(peopleOf(['a@b.example', ' '])).toEqual([{ email: 'a@b.example' }]);
    expect(peopleOf(undefined)).toEqual([]);
  });
});

describe('a vendor’s words', () => {
  it('lose the key, addresses, control characters and length', () => {
    expect(vendorText('key k1\u0000\r\nfor jane@a.example', 'k1')).toBe('key [key] for [address]');
    expect(vendorText('x'.repeat(9_999), 'k1')).toHaveLength(200);
  });

  it('are found in bodies of any shape, and not looked for without end', () => {
    expect(wordsIn({ detail: [{ msg: 'deep' }] })).toBe('deep');
    expect(wordsIn({ error: { error: { error: { error: { error: 'too deep' } } } } })).toBeUndefined();
    expect(wordsIn(7)).toBeUndefined();
  });
});

it('messages of one time are ordered by id, and each kept once', () => {
  const draft = (id: string, text: string) => ({
    id,
    text,
    direction: 'inbound' as const,
    from: { email: 'a@b.example' },
    to: [],
    cc: [],
    bcc: [],
    sentAt: 5,
    attachments: [],
    vendor: {},
  });
  const given = [draft('b', '1'), draft('a', '2'), draft('b', '1')];
  expect(inOrder(given).map(({ id }) => id)).toEqual(['a', 'b']);
  expect(inOrder([...given].reverse())).toEqual(inOrder(given));
});
