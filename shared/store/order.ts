import { UserError } from '../failure.ts';
import type { Instant } from '../model.ts';
import type { Address } from './store.ts';

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

/** Text order of the padded number equals the order of the instants. */
export function instantText(instant: Instant): string {
  if (!Number.isInteger(instant) || instant < 0 || instant > INSTANT_MAX) {
    throw new RangeError(`The store takes whole milliseconds since 1970, not ${instant}.`);
  }
  return String(instant).padStart(DIGITS, '0');
}

/** The place of an address in an index. */
export function indexKey(instant: Instant, { partition, key }: Address): string {
  return `${instantText(instant)}#${partition}#${key}`;
}

export function instantOf(indexKeyText: string): Instant {
  return Number(indexKeyText.slice(0, DIGITS));
}

/** Sorts after every place up to and including `instant`, and before all later ones. */
export function boundAfter(instant: Instant): string {
  if (instant < 0) return instantText(0);
  return instantText(Math.min(Math.floor(instant), INSTANT_MAX - 1) + 1);
}

/** Sorts before every place from `instant` on. */
export function boundBefore(instant: Instant): string {
  return instantText(Math.min(Math.max(Math.ceil(instant), 0), INSTANT_MAX));
}

export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A cursor is the place of the last address of a page; encoded so that nobody builds one by hand. */
export function cursorOf(place: string): string {
  return btoa(String.fromCharCode(...encoder.encode(place)));
}

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
