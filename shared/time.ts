import type { Instant } from './model.ts';

/** Years a vendor's time may lie in: wide enough for a lead's wrong clock, narrow enough to tell s, ms and µs apart. */
const EARLIEST: Instant = Date.UTC(2000, 0, 1);
const LATEST: Instant = Date.UTC(2100, 0, 1);

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$/i;
/** Without separators a zone must be named: digits alone may be anything. */
const BASIC_ISO = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(?:(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)$/i;
/** What some programs write behind an offset, which says it all. */
const ZONE_BESIDES = /(?<=[+-]\d{2}:?\d{2})(?: ?\[[\w/+-]+\]| [A-Z]{3,5})$/;
/** The date of a mail's header. Its weekday is not compared: a wrong one makes no time unsure. */
const MAIL_DATE =
  /^(?:(?:mon|tue|wed|thu|fri|sat|sun), ?)?(\d{1,2}) ([a-z]{3}) (\d{4}) (\d{2}):(\d{2})(?::(\d{2}))? ([+-]\d{4}|[a-z]{1,3})$/i;
/** A `Date` of JavaScript as text. */
const SCRIPT_DATE =
  /^(?:mon|tue|wed|thu|fri|sat|sun) ([a-z]{3}) (\d{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT([+-]\d{4})$/i;
/** Hours east of UTC of the only names that say it. Source: RFC 5322, 4.3. */
const NAMED_ZONES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    Z: 0,
    UT: 0,
    UTC: 0,
    GMT: 0,
    EST: -5,
    EDT: -4,
    CST: -6,
    CDT: -5,
    MST: -7,
    MDT: -6,
    PST: -8,
    PDT: -7,
  }),
);
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

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
function daysOf(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0);
}

/** Refuses days and hours that do not exist, which `Date` would carry over into the next month. */
function fromFields({ year, month, day, hour, minute, second }: Fields): number | undefined {
  if (hour > 23 || minute > 59 || second > 60 || day < 1 || day > daysOf(year, month)) return undefined;
  // A leap second (…:60) is read as the second before it.
  return Date.UTC(year, month - 1, day, hour, minute, Math.min(second, 59));
}

function zoneMs(zone: string | undefined): number | undefined {
  // No zone is read as UTC: ColdSend promises ISO-8601 in UTC, and the machine's own zone must never matter.
  if (zone === undefined || zone === 'Z') return 0;
  if (/^[a-z]/i.test(zone)) {
    const named = NAMED_ZONES.get(zone.toUpperCase());
    return named === undefined ? undefined : named * 3_600_000;
  }
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2));
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

interface Parts {
  readonly [part: string]: string | undefined;
}

function instantOf({ year, month, day, hour, minute, second = '0', fraction = '', zone }: Parts): Instant | undefined {
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
  const milliseconds = fraction === '' ? 0 : Number(fraction.padEnd(3, '0').slice(0, 3));
  return inRange(base + milliseconds - shift);
}

const monthOf = (name = ''): string =>
  String(MONTHS.findIndex((month) => month.toLowerCase() === name.toLowerCase()) + 1);

function isoInstant(text: string): Instant | undefined {
  const match = ISO.exec(text) ?? ISO.exec(text.replace(ZONE_BESIDES, '')) ?? BASIC_ISO.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  return instantOf({ year, month, day, hour, minute, second, fraction, zone });
}

/** Comments may stand in comments. */
const COMMENTS_DEEP = 3;

function withoutComments(text: string): string {
  let bare = text;
  for (let depth = 0; depth < COMMENTS_DEEP; depth += 1) bare = bare.replace(/\([^()]*\)/g, ' ');
  return bare.replace(/\s+/g, ' ').trim();
}

function mailInstant(text: string): Instant | undefined {
  const bare = withoutComments(text);
  const mail = MAIL_DATE.exec(bare);
  if (mail) {
    const [, day, month, year, hour, minute, second, zone] = mail;
    return instantOf({ year, month: monthOf(month), day, hour, minute, second, zone });
  }
  const [, month, day, year, hour, minute, second, zone] = SCRIPT_DATE.exec(bare) ?? [];
  return zone === undefined ? undefined : instantOf({ year, month: monthOf(month), day, hour, minute, second, zone });
}

/** Seconds, milliseconds, microseconds or nanoseconds, told apart by size. */
function numericInstant(value: number): Instant | undefined {
  for (const scale of [1_000, 1, 0.001, 0.000_001]) {
    const instant = inRange(Math.floor(value * scale));
    if (instant !== undefined) return instant;
  }
  return undefined;
}

/** No time is longer, whatever comment stands in it. */
const CHARACTERS_MAX = 100;

/**
 * A vendor's time, strictly read: ISO 8601 with or without a zone, the date of a mail's header or of JavaScript, which name theirs, or
 * a number of s, ms, µs or ns, also as text. Undefined for anything `Date.parse` would guess at (`01/02/2025`, `Jan 15`, 30 February).
 */
export function vendorInstant(value: unknown): Instant | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? numericInstant(value) : undefined;
  if (typeof value !== 'string' || value.length > CHARACTERS_MAX) return undefined;
  const text = value.trim();
  if (/^\d{9,19}(\.\d{1,9})?$/.test(text)) return numericInstant(Number(text));
  return isoInstant(text) ?? mailInstant(text);
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
