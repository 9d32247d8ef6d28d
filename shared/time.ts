import type { Instant } from './model.ts';

/** Years a vendor's time may lie in: wide enough for a lead's wrong clock, narrow enough to tell s, ms and µs apart. */
const EARLIEST: Instant = Date.UTC(2000, 0, 1);
const LATEST: Instant = Date.UTC(2100, 0, 1);

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?([Zz]|[+-]\d{2}(?::?\d{2})?)?$/;
const HTTP_DATE = /^(?:[A-Z][a-z]{2}), (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function inRange(instant: number): Instant | undefined {
  return instant >= EARLIEST && instant < LATEST ? instant : undefined;
}

interface Fields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** Refuses days and hours that do not exist, which `Date` would carry over into the next month. */
function fromFields({ year, month, day, hour, minute, second }: Fields): number | undefined {
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  // A leap second (…:60) is read as the second before it.
  return Date.UTC(year, month - 1, day, hour, minute, Math.min(second, 59));
}

function zoneMs(zone: string | undefined): number | undefined {
  // No zone is read as UTC: ColdSend promises ISO-8601 in UTC, and the machine's own zone must never matter.
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2));
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

function isoInstant(text: string): Instant | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second = '0', fraction = '', zone] = match;
  const base = fromFields({
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
  });
  const shift = zoneMs(zone);
  if (base === undefined || shift === undefined) return undefined;
  return inRange(base + Number(fraction.padEnd(3, '0').slice(0, 3)) - shift);
}

/** Seconds, milliseconds or microseconds, told apart by size. */
function numericInstant(value: number): Instant | undefined {
  for (const scale of [1_000, 1, 0.001]) {
    const instant = inRange(Math.floor(value * scale));
    if (instant !== undefined) return instant;
  }
  return undefined;
}

/**
 * A vendor's time, strictly read: ISO 8601 with or without a zone, or a number of s, ms or µs, also as text.
 * Undefined for anything `Date.parse` would guess at (`01/02/2025`, `Jan 15`, 30 February).
 */
export function vendorInstant(value: unknown): Instant | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? numericInstant(value) : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return /^\d{9,17}(\.\d{1,9})?$/.test(text) ? numericInstant(Number(text)) : isoInstant(text);
}

/** An HTTP date (`Sun, 06 Nov 1994 08:49:37 GMT`), the only form servers may send today. */
export function httpDate(text: string | undefined): Instant | undefined {
  const match = HTTP_DATE.exec(text?.trim() ?? '');
  if (!match) return undefined;
  const [, day, month = '', year, hour, minute, second] = match;
  return fromFields({
    year: Number(year),
    month: MONTHS.indexOf(month) + 1,
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
  });
}
