import { UserError } from '../../shared/failure.ts';
import type { Instant } from '../../shared/model.ts';
import { isRecord } from '../memory.ts';
import type { Primed, Rows } from './lists.ts';
import { openAll, unopened } from './openings.ts';
import { type Poll, PROGRESS_MS } from './poll.ts';
import type { Opened } from './thread-memory.ts';

const MINUTE_MS = 60_000;

const entryOf = (name: string) => `priming:${name}`;

/** When the first of these attempts began: what it opened need not be opened again. */
async function beganAt({ memory, clock }: Poll, name: string): Promise<Instant> {
  const kept = await memory.get(entryOf(name));
  const now = clock.now();
  const since = isRecord(kept) && typeof kept.since === 'number' ? kept.since : now;
  return now - since < PROGRESS_MS ? since : now;
}

/** Whether the vendor's budget bears opening what is not opened yet, and reading the list once more. */
export async function canOpenAll(poll: Poll, name: string, { rows, pages }: Rows): Promise<boolean> {
  const room = poll.connection.budget.available() - 2 * pages;
  if (rows.length <= room) return true;
  const since = await beganAt(poll, name);
  return (await unopened(poll, rows, { mode: 'priming', since })) <= room;
}

/**
 * Every thread that a later poll could tell of. One that was not opened would fire for what is old, so a Zap is not switched
 * on before all are; what an attempt has opened is remembered, and the next one goes on from there.
 */
export async function allOpened(poll: Poll, name: string, { rows, isSettled }: Primed): Promise<readonly Opened[]> {
  poll.deadline.keep(0);
  const since = await beganAt(poll, name);
  const newestFirst = rows.toSorted((one, other) => other.lastActivityAt - one.lastActivityAt);
  const { opened, read, left, failed, failure } = await openAll(poll, newestFirst, { mode: 'priming', since });
  const missing = left.length + failed.length;
  if (missing === 0 && isSettled) {
    await poll.memory.forget(entryOf(name));
    return [...opened.values()];
  }
  await poll.memory.set(entryOf(name), { since });
  if (read === 0 && failure) throw failure;
  throw new UserError(sentence(poll, rows.length, missing, read), 1);
}

function sentence({ connection }: Poll, all: number, missing: number, read: number): string {
  const begin = `${all - missing} of the ${all} threads that were active lately are read`;
  const minutes = Math.max(1, Math.ceil(connection.budget.waitMs() / MINUTE_MS));
  const when = minutes === 1 ? 'in a minute' : `in ${minutes} minutes`;
  const more = Math.ceil(missing / Math.max(1, read));
  const often = more > 1 ? `, about ${more} times in all` : '';
  return `${begin}; what is not read now would fire as new later. Switch the Zap on again ${when}${often}, as reading goes on from there; for one campaign it is done sooner.`;
}
