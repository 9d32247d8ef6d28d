import { UserError } from '../../shared/failure.ts';
import type { Instant, Thread } from '../../shared/model.ts';
import { isRecord } from '../memory.ts';
import { openAll } from './openings.ts';
import { type Poll, PROGRESS_MS } from './poll.ts';
import type { Opened } from './thread-memory.ts';

const entryOf = (name: string) => `priming:${name}`;

/** When the first of these attempts began: what it opened need not be opened again. */
async function beganAt({ memory, clock }: Poll, name: string): Promise<Instant> {
  const kept = await memory.get(entryOf(name));
  const now = clock.now();
  const since = isRecord(kept) && typeof kept.since === 'number' ? kept.since : now;
  return now - since < PROGRESS_MS ? since : now;
}

/**
 * Every thread that a later poll could tell of. One that was not opened would fire for what is old, so a Zap is not switched
 * on before all are; what an attempt has opened is remembered, and the next one goes on from there.
 */
export async function allOpened(poll: Poll, name: string, rows: readonly Thread[]): Promise<readonly Opened[]> {
  poll.deadline.keep(0);
  const since = await beganAt(poll, name);
  const newestFirst = rows.toSorted((one, other) => other.lastActivityAt - one.lastActivityAt);
  const { opened, read, left, failed, failure } = await openAll(poll, newestFirst, { mode: 'priming', since });
  const missing = left.length + failed.length;
  if (missing === 0) {
    await poll.memory.forget(entryOf(name));
    return [...opened.values()];
  }
  await poll.memory.set(entryOf(name), { since });
  if (read === 0 && failure) throw failure;
  throw new UserError(sentence(poll, rows.length, missing, read), 1);
}

function sentence({ connection }: Poll, all: number, missing: number, read: number): string {
  const begin = `${all - missing} of the ${all} threads that were active lately are read`;
  const why = 'what is not read now would fire as new later';
  // As many as one attempt a minute opens while what the first one saw still holds.
  const isHopeless = missing > Math.max(1, read) * (PROGRESS_MS / 60_000);
  const what = isHopeless
    ? `there are too many for ${connection.provider.label} to show in time, so choose a campaign or switch the Zap on at a quieter hour`
    : 'switch the Zap on again in a minute, and reading goes on from there';
  return `${begin}; ${why}: ${what}.`;
}
