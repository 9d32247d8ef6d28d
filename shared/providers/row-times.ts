import { digest } from '../fingerprint.ts';
import type { Instant, Thread } from '../model.ts';

/** A row as it was read, perhaps without its time. */
export interface ReadRow {
  readonly thread: Omit<Thread, 'lastActivityAt'>;
  readonly at: Instant | undefined;
  readonly raw: unknown;
}

/** As many bits as a number holds exactly, and a store keeps. */
const HINT_DIGITS = 12;
const hintOf = (raw: unknown): number => Number.parseInt(digest(raw).slice(0, HINT_DIGITS), 16);

/** For each row the time of the first one with a time from there on. */
function timesAhead(rows: readonly ReadRow[]): readonly (Instant | undefined)[] {
  let last: Instant | undefined;
  return rows
    .toReversed()
    .map(({ at }) => {
      last = at ?? last;
      return last;
    })
    .toReversed();
}

/**
 * A row whose time cannot be read stands in an ordered list all the same: it is taken to be as old as the row below it, else as
 * the one above, and a number that changes with it stands for what its time would have told. On a page without any time all
 * are as old as can be.
 */
export function withTimes(rows: readonly ReadRow[]): readonly Thread[] {
  const isTold = rows.every(({ at }) => at !== undefined);
  const below = isTold ? [] : timesAhead(rows);
  const above = isTold ? [] : timesAhead(rows.toReversed()).toReversed();
  return rows.map(({ thread, at, raw }, index) =>
    at === undefined
      ? { ...thread, lastActivityAt: below[index] ?? above[index] ?? 0, changeHint: hintOf(raw) }
      : { ...thread, lastActivityAt: at },
  );
}
