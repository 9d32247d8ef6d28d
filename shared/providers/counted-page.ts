import { digest } from '../fingerprint.ts';
import type { Instant, Thread } from '../model.ts';
import type { Position, RowPage } from '../provider.ts';

/** A page of a list that its vendor pages by counting rows. */
export interface CountedPage extends Omit<RowPage, 'next' | 'shuffled'> {
  /** Index of the first row in the whole list; at most the one asked for. */
  readonly offset: number;
  /** It holds as many rows as a page of this vendor can: that it ends says nothing of the list. */
  readonly isFull?: boolean;
  /** Its vendor counts pages, and this one has another number of rows than was counted in: only its rows tell where it stands. */
  readonly isGuess?: boolean;
  /** It was counted in as many rows as any page had, so that it begins where that says, or above. */
  readonly isNoDeeper?: boolean;
}

/** What must be known of a page to ask for the one below it, however the rows have moved until then. */
export interface Place {
  /** Index after its last row. */
  readonly end: number;
  /** Where the rows as old as its last one begin. */
  readonly from: number;
  /** These rows begin on this page, below its first row. */
  readonly fits: boolean;
  /** They were seen in another order than before. */
  readonly shuffled: boolean;
  /** Activity of its last row; absent when it had no readable one. */
  readonly at?: Instant;
  /** Names of its last rows, the lowest last. */
  readonly tail: readonly string[];
}

const NAME_LENGTH = 8;

export const nameOf = ({ key }: Thread) => digest(key).slice(0, NAME_LENGTH);

export const written = ({ end, from, fits, shuffled, at, tail }: Place): Position =>
  [end, from, Number(fits), Number(shuffled), at ?? '', ...tail].join('.');

const PLACE = /^(\d{1,9})\.(\d{1,9})\.([01])\.([01])\.(-?\d{1,15})?((?:\.[\w-]{8}){0,3})$/;

export function placeIn(position: Position): Place | undefined {
  const [, end, from, fits, shuffled, at, tail = ''] = PLACE.exec(position) ?? [];
  if (end === undefined || from === undefined) return undefined;
  return {
    end: Number(end),
    from: Number(from),
    fits: fits === '1',
    shuffled: shuffled === '1',
    ...(at === undefined ? {} : { at: Number(at) }),
    tail: tail.split('.').filter(Boolean),
  };
}

/** To ask for a row by its index alone. */
export const beginningAt = (index: number): Place => ({
  end: index,
  from: index,
  fits: false,
  shuffled: false,
  tail: [],
});

export const endOf = ({ offset, received }: CountedPage) => offset + received;

/** Where the page begins, by the row that was read last, or by the first one that is older. */
function offsetByRows({ rows }: CountedPage, { end, at = 0, tail }: Place, unordered: boolean): number | undefined {
  const last = rows.findIndex((row) => nameOf(row) === tail.at(-1));
  if (last >= 0) return Math.max(0, end - 1 - last);
  const older = unordered ? -1 : rows.findIndex(({ lastActivityAt }) => lastActivityAt < at);
  return older > 0 ? Math.max(0, end - older) : undefined;
}

/** It begins no deeper than right below the row that was read last, and shows nothing as new as that row. */
const isRightBelow = ({ rows, unreadable, offset, isNoDeeper }: CountedPage, { end, at = 0 }: Place): boolean =>
  isNoDeeper === true &&
  offset === end &&
  rows.length > 0 &&
  unreadable.length === 0 &&
  rows.every(({ lastActivityAt }) => lastActivityAt < at);

/** The page where it stands; undefined where that is not known. */
export function placed(page: CountedPage, place: Place, unordered: boolean): CountedPage | undefined {
  if (!page.isGuess || place.at === undefined) return page;
  const offset = offsetByRows(page, place, unordered);
  if (offset === undefined && unordered) return page;
  if (offset === undefined)
    return isRightBelow(page, place) ? { ...page, isFull: endOf(page) !== page.total } : undefined;
  if (Math.abs(offset - page.offset) <= page.unreadable.length) return page;
  // Pages are of another size than was thought: this one may be full, unless the total is reached.
  return { ...page, offset, isFull: offset + page.received !== page.total };
}

/** Whether the last row that was read stands where it stood. */
export function isInPlace({ rows, offset }: CountedPage, { end, tail }: Place): boolean {
  const row = rows[end - 1 - offset];
  return row === undefined || nameOf(row) === tail.at(-1);
}
