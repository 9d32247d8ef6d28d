import { expect, it } from 'vitest';
import { addressesOf, complaintAbout } from '../../console/src/inbox/recipients.ts';

it.each([
  ['jane@acme.example', ['jane@acme.example']],
  [
    'jane@acme.example, joe@acme.example; kim@acme.example',
    ['jane@acme.example', 'joe@acme.example', 'kim@acme.example'],
  ],
  ['jane@acme.example joe@acme.example', ['jane@acme.example', 'joe@acme.example']],
  ['Jane Doe <jane@acme.example>, joe@acme.example', ['jane@acme.example', 'joe@acme.example']],
  ['"Doe, Jane" <jane@acme.example>', ['jane@acme.example']],
  [' , ', []],
])('reads %s as people mean it', (text, addresses) => expect(addressesOf(text)).toEqual(addresses));

it('names what is no address, and where it stands', () =>
  expect(complaintAbout('Cc', 'jane@acme.example, not an address')).toBe(
    '“not an address” in Cc is no e-mail address; write it like jane@acme.example.',
  ));

it.each(['', 'jane@acme.example', 'Jane Doe <jane@acme.example>'])('has nothing against "%s"', (text) =>
  expect(complaintAbout('To', text)).toBeUndefined(),
);
