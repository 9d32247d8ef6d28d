import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRecipients } from '../../shared/sending/recipients.ts';
import { bareRecipient } from '../../shared/text/recipient.ts';
import { GOOD_RECIPIENTS, HOSTILE_RECIPIENTS } from './hostile-recipients.ts';

/** Characters that end an address, a header or a command somewhere, and such as pass for others. */
const DANGEROUS = /[\p{Cc}\p{Cf}\p{Z}\p{Cs},;:<>()[\]"\\%]|[^\x21-\x7e]/u;
const shown = (address: string) => JSON.stringify(address).slice(0, 60);

describe('bareRecipient', () => {
  it('knows at least 100 hostile addresses', () => {
    expect(new Set(HOSTILE_RECIPIENTS.map(([, address]) => address)).size).toBeGreaterThanOrEqual(100);
  });

  it.each(HOSTILE_RECIPIENTS.map(([what, address]) => [what, shown(address), address]))(
    'refuses %s: %s',
    (_what, _shown, address) => {
      expect(bareRecipient(address)).toBeUndefined();
    },
  );

  it.each(GOOD_RECIPIENTS)('knows %s as %s', (typed, known) => {
    expect(bareRecipient(typed)).toBe(known);
  });

  it('gives what it would give again', () => {
    for (const [, known] of GOOD_RECIPIENTS) expect(bareRecipient(known)).toBe(known);
  });

  const pieces = fc.constantFrom(
    ...['jane', 'acme.example', '@', '@', '.', ',', ';', ' ', '\r\n', '\u0000', '%0a', '%', '<', '>', '"', '(', ')'],
    ...['\\', ':', '[', ']', '127.0.0.1', 'ü', 'а', '\u200b', '\ud800', 'xn--', '-', '+', 'Bcc:', '\u202e', '＠', '。'],
  );
  const nearAddresses = fc.oneof(
    fc.emailAddress(),
    fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join('')),
    fc
      .tuple(fc.emailAddress(), pieces, fc.nat(40))
      .map(([address, piece, at]) => `${address.slice(0, at)}${piece}${address.slice(at)}`),
    fc.tuple(fc.string({ unit: 'binary' }), fc.domain()).map(([local, domain]) => `${local}@${domain}`),
    fc.string({ unit: 'binary' }).map((domain) => `jane@${domain}.example`),
  );

  it('lets nothing through that could be read as more than one address', () => {
    let passed = 0;
    const isPlain = (text: string) => {
      const address = bareRecipient(text);
      if (address === undefined) return true;
      passed += 1;
      return !DANGEROUS.test(address) && address.split('@').length === 2 && address.length <= 254;
    };
    fc.assert(fc.property(nearAddresses, isPlain), { numRuns: 20_000 });
    expect(passed).toBeGreaterThan(1_000);
  });
});

describe('checkRecipients', () => {
  it('keeps each mailbox once, as it was first written', () => {
    const entries = ['Jane@acme.example', 'joe@acme.example', 'jane@ACME.example'];
    expect(checkRecipients('to', entries)).toEqual({ addresses: ['Jane@acme.example', 'joe@acme.example'] });
  });

  it('names the wrong entry by its number and field, and never quotes it', () => {
    for (const [, hostile] of HOSTILE_RECIPIENTS) {
      const checked = checkRecipients('cc', ['jane@acme.example', hostile]);
      const problem = 'problem' in checked ? checked.problem : '';
      expect(problem).toMatch(/^Number 2 in "cc" is not a plain e-mail address; .*\.$/);
      expect(problem).not.toContain('evil');
    }
  });

  it('takes an empty list', () => {
    expect(checkRecipients('bcc', [])).toEqual({ addresses: [] });
  });
});
