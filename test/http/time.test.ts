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
    [AT, AT],
    [AT / 1000, AT],
    [AT * 1000, AT],
    [String(AT), AT],
    [String(AT / 1000), AT],
  ])('reads %s', (given, expected) => {
    expect(vendorInstant(given)).toBe(expected);
  });

  it.each([
    '2025-02-30T00:00:00Z',
    '01/02/2025',
    'Jan 15',
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
