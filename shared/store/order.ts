import { UserError } from '../failure.ts';
import type { Instant } from '../model.ts';
import type { Address, Put } from './store.ts';

/** Both indexes sort by one text: the time, padded so that text order is time order, then the address. */
const DIGITS = 15;
const INSTANT_MAX = 10 ** DIGITS - 2;

/**
 * Source: Amazon DynamoDB quotas, an item is at most 400 KB with its attribute names. 8 KB are left for the address
 * (3 KB at most) and its copies in the index attributes (1 KB at most each).
 */
export const VALUE_BYTES_MAX = (400 - 8) * 1024;

/** The document will never fit, so trying again is of no use. */
export class DocumentTooLarge extends Error {
  override readonly name = 'DocumentTooLarge';
  constructor(bytes: number) {
    super(`A document of ${bytes} bytes cannot be stored; at most ${VALUE_BYTES_MAX} bytes fit.`);
  }
}

const encoder = new TextEncoder();

/** A document's value as it is stored: JSON text. Throws when it is too large. */
export function valueText(value: unknown): string {
  const text = JSON.stringify(value);
  // A UTF-16 unit takes at most three bytes in UTF-8, so most values need no counting.
  if (text.length * 3 > VALUE_BYTES_MAX) {
    const bytes = encoder.encode(text).length;
    if (bytes > VALUE_BYTES_MAX) throw new DocumentTooLarge(bytes);
  }
  return text;
}

/** The value as it was stored. Text that is no JSON stays text, which no schema takes, so that it holds up nothing else. */
export function parsedValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * Source: Amazon DynamoDB quotas, a partition key takes 1 to 2,048 bytes of UTF-8 and a sort key 1 to 1,024, that of an index
 * too. Every store refuses what DynamoDB would.
 */
const PARTITION_BYTES_MAX = 2_048;
const KEY_BYTES_MAX = 1_024;

/** No document can lie there. */
export class AddressUnfit extends Error {
  override readonly name = 'AddressUnfit';
}

function isWithin(text: string, bytesMax: number): boolean {
  return text.length * 3 <= bytesMax || encoder.encode(text).length <= bytesMax;
}

/** Whether a document can lie at an address. */
export const isFit = ({ partition, key }: Address): boolean =>
  partition !== '' && key !== '' && isWithin(partition, PARTITION_BYTES_MAX) && isWithin(key, KEY_BYTES_MAX);

/** As databases hold it: half of a surrogate pair cannot be written in UTF-8. */
export const wellFormed = ({ partition, key }: Address): Address => ({
  partition: partition.toWellFormed(),
  key: key.toWellFormed(),
});

/** The document as every store takes it. Throws where one of them would not. */
export function checkedPut(put: Put): Put {
  const { dueAt, recordedAt, ...rest } = put;
  const checked = { ...rest, ...wellFormed(put) };
  if (!isFit(checked)) throw new AddressUnfit('The address of a document is empty or too long.');
  for (const instant of [dueAt, recordedAt]) {
    if (instant !== undefined && !isWithin(indexKey(instant, checked), KEY_BYTES_MAX)) {
      throw new AddressUnfit('The address of a document is too long for an index.');
    }
  }
  return { ...checked, ...(dueAt !== undefined && { dueAt }), ...(recordedAt !== undefined && { recordedAt }) };
}

/** Text order of the padded number equals the order of the instants. */
function instantText(instant: Instant): string {
  if (!Number.isInteger(instant) || instant < 0 || instant > INSTANT_MAX) {
    throw new RangeError(`The store takes whole milliseconds since 1970, not ${instant}.`);
  }
  return String(instant).padStart(DIGITS, '0');
}

/** An address as an index orders it behind the time. */
const addressText = ({ partition, key }: Address): string => `${partition}#${key}`;

/** The place of an address in an index. */
export function indexKey(instant: Instant, address: Address): string {
  return `${instantText(instant)}#${addressText(address)}`;
}

export function instantOf(indexKeyText: string): Instant {
  return Number(indexKeyText.slice(0, DIGITS));
}

/** What {@link addressText} gave; empty for a place that is a time alone. */
export const addressTextOf = (indexKeyText: string): string => indexKeyText.slice(DIGITS + 1);

/** The last instant that counts as at or before `before`; less than any where none does. */
export const lastInstant = (before: Instant): Instant => Math.max(-1, Math.min(Math.floor(before), INSTANT_MAX - 1));

/** Sorts after every place up to and including `instant`, and before all later ones. */
export function boundAfter(instant: Instant): string {
  return instantText(lastInstant(instant) + 1);
}

/** Sorts before every place from `instant` on. */
export function boundBefore(instant: Instant): string {
  return instantText(Math.min(Math.max(Math.ceil(instant), 0), INSTANT_MAX));
}

/** The first code unit that UTF-16 and UTF-8 put in another order. */
const SURROGATES_FROM = 0xd800;
const AFTER_SURROGATES = 0xe000;

/** Order of code points, which is that of UTF-8 bytes and so of every database; JavaScript compares halves of them. */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  let at = 0;
  while (at < length && left.charCodeAt(at) === right.charCodeAt(at)) at += 1;
  if (at === length) return left.length - right.length;
  const [one, other] = [left.charCodeAt(at), right.charCodeAt(at)];
  if (one < SURROGATES_FROM || other < SURROGATES_FROM) return one - other;
  // A half stands for a code point behind all that fit into one unit.
  const rank = (unit: number) => (unit < AFTER_SURROGATES ? unit + 0x10000 : unit);
  return rank(one) - rank(other);
}

const CODE_POINT_MAX = 0x10ffff;

/** The first text after all that start with `prefix`; undefined where there is none. */
export function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix, (char) => char.codePointAt(0) ?? 0);
  while (points.at(-1) === CODE_POINT_MAX) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  const next = last + 1 === SURROGATES_FROM ? AFTER_SURROGATES : last + 1;
  return String.fromCodePoint(...points, next);
}

/** A cursor is the place of the last address of a page; encoded so that nobody builds one by hand. */
export function cursorOf(place: string): string {
  return btoa(String.fromCharCode(...encoder.encode(place)));
}

/** The cursor of a page of the timeline that ends with this address. */
export const cursorAt = (recordedAt: Instant, address: Address): string => cursorOf(indexKey(recordedAt, address));

export function placeOf(cursor: string): string {
  let place = '';
  try {
    place = new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.from(atob(cursor), (char) => char.charCodeAt(0)),
    );
  } catch {
    // Reported below with every other text that is no cursor.
  }
  if (!/^\d{15}#/.test(place)) {
    throw new UserError('The cursor is not one that a page before gave; start again without a cursor.');
  }
  return place;
}
