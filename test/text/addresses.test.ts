import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressesIn } from '../../shared/text/addresses.ts';
import { decodeText } from '../../shared/text/decode.ts';
import { decodeWords } from '../../shared/text/encoded-words.ts';
import { bareRecipient } from '../../shared/text/recipient.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/mail');
const CASES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')));
const ofKind = (kind: string) => CASES.filter((each) => each.kind === kind);

interface Someone {
  readonly email: string;
  readonly name?: string;
  readonly nameHolds?: readonly string[];
}

const wordOf = (characters: string) => fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength: 8 });
const LETTERS = 'aZ09_-';
const addresses = fc
  .tuple(
    fc.array(wordOf(`${LETTERS}+`), { minLength: 1, maxLength: 3 }),
    fc.array(wordOf(LETTERS), { minLength: 2, maxLength: 3 }),
  )
  .map(([local, domain]) => `${local.join('.')}@${domain.join('.')}`);

describe('the people of a header', () => {
  it('that is a bare address are who they are in brackets', () => {
    fc.assert(
      fc.property(addresses, (address) => {
        expect(addressesIn(address)).toEqual([{ email: address }]);
        expect(addressesIn(`<${address}>`)).toEqual([{ email: address }]);
      }),
    );
  });

  it.each(ofKind('people').map((each) => [each.id, each.trouble, each]))('%s: %s', (_id, _trouble, each) => {
    const found = addressesIn(each.input.value);
    const wanted: readonly Someone[] = each.expected.equals;
    expect(found.map(({ email }) => email)).toEqual(wanted.map(({ email }) => email));
    for (const [index, { name, nameHolds = [] }] of wanted.entries()) {
      if (name !== undefined) expect(found[index]?.name).toBe(name);
      for (const words of nameHolds) expect(found[index]?.name).toContain(words);
    }
  });

  it.each([
    ['a group', 'Team: a@x.example, Bob <b@x.example>; c@x.example', ['a@x.example', 'b@x.example', 'c@x.example']],
    ['an empty group between', 'a@x.example, undisclosed-recipients:;, b@x.example', ['a@x.example', 'b@x.example']],
    ['an unknown group alone', 'Verborgene Empfänger:;', []],
    ['two names with commas', 'Doe, Jane <j@x.example>; Roe, Rich <r@x.example>', ['j@x.example', 'r@x.example']],
    ['no name and brackets', '<a@x.example>, <b@x.example>', ['a@x.example', 'b@x.example']],
    ['an unclosed bracket', 'Jane <jane@x.example', ['jane@x.example']],
    ['a name without brackets', 'Jane Doe jane@x.example', ['jane@x.example']],
    ['a folded header', 'a@x.example,\r\n\tb@x.example', ['a@x.example', 'b@x.example']],
    ['mailto', 'mailto:jane@x.example', ['jane@x.example']],
    ['nobody', 'Jane', []],
    ['empty parts', ', ;a@x.example;;', ['a@x.example']],
    ['nested comments', 'jane@x.example (Jane (at work))', ['jane@x.example']],
    ['an apostrophe', "o'brien@x.example", ["o'brien@x.example"]],
  ])('are found in %s', (_what, header, emails) => {
    expect(addressesIn(header).map(({ email }) => email)).toEqual(emails);
  });

  it.each([
    ["'Jane Doe' <jane@x.example>", 'Jane Doe'],
    ['"O\\"Brien, Pat" <p@x.example>', 'O"Brien, Pat'],
    ['Jane [jane@x.example]', 'Jane'],
    ['jane@x.example <jane@x.example>', undefined],
    ['=?iso-8859-1?Q?J=FCrgen?= =?iso-8859-1?Q?_M=FCller?= <j@x.example>', 'Jürgen Müller'],
    ['=?UTF-8?B?w4k=?= =?UTF-8?B?bWlsZQ==?= <e@x.example>', 'Émile'],
    ['=?windows-1252?Q?O=92Brien=2C_Pat?= <p@x.example>', 'O’Brien, Pat'],
    ['"=?utf-8?Q?J=C3=B6rg?=" <j@x.example>', 'Jörg'],
    ['=?x-unknown?Q?J?= <j@x.example>', '=?x-unknown?Q?J?='],
  ])('have a name in %j', (header, name) => {
    expect(addressesIn(header)[0]?.name).toBe(name);
  });

  it('joins a character that two encoded words share', () => {
    expect(decodeWords('=?UTF-8?Q?J=C3?= =?UTF-8?Q?=BCrgen?=')).toBe('Jürgen');
  });

  it('reads hostile headers in proportion', () => {
    for (const part of [' ', '(', '"', '<', 'a:', 'a@b,', '\\"', 'a@', '=?utf-8?q?', '?= =?']) {
      const start = performance.now();
      addressesIn(`${part.repeat(200_000 / part.length)}@`);
      expect(performance.now() - start).toBeLessThan(2_000);
    }
    expect(addressesIn(`${' '.repeat(4_000)}a@x.example`)).toEqual([{ email: 'a@x.example' }]);
  });
});

describe('a recipient', () => {
  it.each(ofKind('recipient').map((each) => [each.id, each.trouble, each]))('%s: %s', (_id, _trouble, each) => {
    const { equals, oneOf = [equals] } = each.expected;
    expect(oneOf).toContain(bareRecipient(each.input.address) ?? null);
  });
});

describe('the words of a file', () => {
  it.each(ofKind('words').map((each) => [each.id, each.trouble, each]))('%s: %s', (_id, _trouble, each) => {
    const words = decodeText(Buffer.from(each.input.bytesBase64, 'base64'))?.trim();
    const { equals, oneOf = [equals], orRefused } = each.expected;
    expect(words === undefined ? orRefused : oneOf.includes(words)).toBe(true);
  });

  it.each([
    ['UTF-8', Buffer.from('Grüße'), 'Grüße'],
    ['UTF-8 with its mark', Buffer.from('\ufeffGrüße'), 'Grüße'],
    ['UTF-16, big end first', Buffer.from('\ufeffGrüße', 'utf16le').swap16(), 'Grüße'],
    ['UTF-16 without its mark', Buffer.from('Hello', 'utf16le'), undefined],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0]), undefined],
    ['half a UTF-16 letter', Buffer.from([0xff, 0xfe, 0x41]), undefined],
    ['Latin-1', Buffer.from('Grüße', 'latin1'), undefined],
    ['a PDF', Buffer.from('%PDF-1.7\u0000\u0001', 'latin1'), undefined],
    ['nothing', Buffer.alloc(0), ''],
  ])('are read or refused: %s', (_what, bytes, words) => {
    expect(decodeText(bytes)).toBe(words);
  });
});
