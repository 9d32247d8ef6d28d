import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { httpDate, vendorInstant } from '../../shared/time.ts';

const AT = Date.UTC(2025, 0, 15, 10, 30);

describe('a vendor time', () => {
  it.each([
    ['2025-01-15T10:30:00Z', AT],
    ['2025-01-15T10:30:00.123456Z', AT + 123],
    ['2025-01-15T10:30Z', AT],
    ['2025-01-15 10:30:00', AT],
    ['2025-01-15T12:30:00+02:00', AT],
    ['2025-01-15T05:30:00-0500', AT],
    ['2025-01-15t10:30:00z', AT],
    ['2025-01-15 10:30:00.123456789+0000', AT + 123],
    ['2025-01-15T10:30:00,5Z', AT + 500],
    ['2025-01-15 10:30:00 UTC', AT],
    ['2025-01-15T10:30:00 GMT', AT],
    ['2025-01-15 11:30:00.123456789 +0100 CET', AT + 123],
    ['2025-01-15T11:30:00+01:00[Europe/Berlin]', AT],
    ['20250115T103000Z', AT],
    ['20250115T113000.5+0100', AT + 500],
    ['Wed, 15 Jan 2025 10:30:00 +0000', AT],
    ['Wed, 15 Jan 2025 10:30:00 GMT', AT],
    ['Wed, 15 Jan 2025 10:30:00 UT', AT],
    ['Wed, 15 Jan 2025 10:30:00 Z', AT],
    ['Wed, 15 Jan 2025 05:30:00 EST', AT],
    ['Wed, 15 Jan 2025 03:30:00 pdt', AT],
    ['15 Jan 2025 10:30:00 -0000', AT],
    ['15 Jan 2025 10:30 +0000', AT],
    ['wed, 15 JAN 2025 16:00:00 +0530', AT],
    ['Wed, 15 Jan 2025 11:30:00 +0100 (CET)', AT],
    ['Wed, 15 Jan 2025 02:30:00 -0800 (Pacific (winter) time)', AT],
    ['Wed,  15 Jan 2025\r\n 10:30:00 +0000', AT],
    ['Mon, 6 Jan 2025 10:30:00 +0000', AT - 9 * 86_400_000],
    ['Wed Jan 15 2025 11:30:00 GMT+0100 (Central European Standard Time)', AT],
    [AT, AT],
    [AT / 1000, AT],
    [AT / 1000 + 0.5, AT + 500],
    [AT * 1000, AT],
    [AT * 1_000_000, AT],
    [String(AT), AT],
    [String(AT / 1000), AT],
    [`${AT / 1000}.250`, AT + 250],
    [`${AT}123456`, AT],
  ])('reads %s', (given, expected) => {
    expect(vendorInstant(given)).toBe(expected);
  });

  it.each([
    '2025-02-30T00:00:00Z',
    '01/02/2025',
    'Jan 15',
    '01/02/2026 10:00 +0000',
    'Wed, 15 Jan 2025 10:30:00',
    'Wed, 15 Jan 2025 10:30:00 CET',
    'Wed, 15 Jan 2025 10:30:00 A',
    'Wed, 15 Jan 25 10:30:00 +0000',
    'Wed, 30 Feb 2025 10:30:00 +0000',
    'Wed, 15 Foo 2025 10:30:00 +0000',
    'Wed, 15 Jan 2025 10:30:00 +0000 (open',
    'Wed Jan 15 10:30:00 2025',
    '20250115T103000',
    '20250115103000',
    '2025-01-15 10:30:00 CET',
    '2025-01-15T10:30:00 [Europe/Berlin]',
    `Wed, 15 Jan 2025 10:30:00 +0000 ${'('.repeat(10_000)}`,
    '2025-01-15',
    '2025-01-15T25:00:00Z',
    '2025-01-15T10:30:00+99:00',
    '1899-01-01T00:00:00Z',
    'soon',
    '',
    '120',
    0,
    -5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    {},
  ])('refuses %s', (given) => {
    expect(vendorInstant(given)).toBeUndefined();
  });

  it('reads every ISO time a Date can print', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
        (date) => {
          expect(vendorInstant(date.toISOString())).toBe(date.getTime());
          expect(httpDate(date.toUTCString())).toBe(Math.floor(date.getTime() / 1000) * 1000);
        },
      ),
    );
  });
});

describe('an HTTP date', () => {
  it.each(['120', '-5', 'Wed, 30 Feb 2025 10:00:00 GMT', '2025-01-15T10:30:00Z', '', undefined])(
    'refuses %s',
    (given) => {
      expect(httpDate(given)).toBeUndefined();
    },
  );
});
