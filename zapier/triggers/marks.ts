import { createHash } from 'node:crypto';
import type { Instant, Thread } from '../../shared/model.ts';
import { isRecord, packed, unpacked } from '../memory.ts';
import { type Poll, WINDOW_MS } from './poll.ts';

/** As many as fit into one entry. */
const OLD_MAX = 15_000;
/** A mark that was seen as lately as that is not written again. */
const SEEN_AGAIN_MS = 20 * 60_000;
const RENEWED_MS = 3_600_000;

/** How far down a list was read. */
export interface Depth {
  /** When it was last read to its end, and when that reading began. */
  readonly wholeAt: Instant;
  readonly beganAt: Instant;
  /** When the reading that is under way began. */
  readonly since?: Instant;
  /** Where the reading that is under way goes on. */
  readonly cursor?: string;
  /** What was active before belongs to the baseline, until the list has been read to its end. */
  readonly baseline?: Instant;
}

/**
 * What is known of the threads with a label. Shared by all Zaps of a connection, and only ever used to save openings:
 * Zapier's own memory of ids decides what fires.
 */
export interface Marks {
  readonly savedAt: Instant;
  readonly polledAt: Instant;
  /** The label's spellings, and whether no other one can have been there before. */
  readonly spelled: readonly string[];
  readonly isSure: boolean;
  /** Marks of threads that every Zap has been given long since, and when a list last held them. */
  readonly old: Readonly<Record<string, Instant>>;
  /** Threads that were found lately, and when. They are given out again for a window's time. */
  readonly fresh: Readonly<Record<string, { readonly at: Instant; readonly row: Thread }>>;
  readonly depths: Readonly<Record<string, Depth>>;
}

export const NO_MARKS: Marks = {
  savedAt: 0,
  polledAt: 0,
  spelled: [],
  isSure: true,
  old: {},
  fresh: {},
  depths: {},
};

export const markOf = (key: string): string => createHash('sha256').update(key).digest('base64url').slice(0, 12);

const isMarks = (value: unknown): value is Marks =>
  isRecord(value) &&
  typeof value.savedAt === 'number' &&
  Array.isArray(value.spelled) &&
  isRecord(value.old) &&
  isRecord(value.fresh) &&
  isRecord(value.depths);

export async function marksOf({ memory }: Poll, name: string): Promise<Marks | undefined> {
  const value = unpacked(await memory.get(name));
  return isMarks(value) ? value : undefined;
}

/** What has been given out for a window's time is old. */
export function aged(marks: Marks, now: Instant): Marks {
  const isOver = ([, { at }]: readonly [string, { readonly at: Instant }]) => now - at >= WINDOW_MS;
  const entries = Object.entries(marks.fresh);
  const gone = entries.filter(isOver).map(([key]) => [markOf(key), now] as const);
  if (gone.length === 0) return marks;
  return {
    ...marks,
    old: { ...marks.old, ...Object.fromEntries(gone) },
    fresh: Object.fromEntries(entries.filter((entry) => !isOver(entry))),
  };
}

/**
 * Old threads as the lists show them now. One that no list has held since all of them were last read has lost its label, and
 * is new when it gets it again.
 */
export function listed(
  { old, depths }: Marks,
  rows: readonly Thread[],
  silent: readonly Thread[],
  now: Instant,
): Marks['old'] {
  const began = Math.min(now, ...Object.values(depths).map(({ beganAt }) => beganAt));
  const seen: Record<string, Instant> = { ...old };
  for (const mark of rows.map(({ key }) => markOf(key))) {
    const at = seen[mark];
    if (at !== undefined && now - at >= SEEN_AGAIN_MS) seen[mark] = now;
  }
  for (const { key } of silent) seen[markOf(key)] = now;
  const held = Object.entries(seen).filter(([, at]) => at >= began - SEEN_AGAIN_MS);
  return Object.fromEntries(held.sort(([, one], [, other]) => other - one).slice(0, OLD_MAX));
}

/** Only what changed is written, and now and then the rest, which would be forgotten after a day. */
export async function keepMarks({ memory }: Poll, name: string, before: Marks, next: Marks): Promise<void> {
  const { savedAt: _, polledAt: __, ...was } = before;
  const { savedAt: ___, polledAt, ...is } = next;
  const isSame = JSON.stringify(was) === JSON.stringify(is) && polledAt - before.savedAt < RENEWED_MS;
  if (isSame) return;
  const saved = memory.set(name, packed({ ...next, savedAt: polledAt }));
  await Promise.all([saved, memory.set(usedEntry(name), polledAt)]);
}

const usedEntry = (name: string) => `used:${name}`;

/**
 * What a Zap is given when it is switched on. Others that are on already know better what they have been given: what was found
 * here a moment ago is put back, and where a loss is noticed by the entry that says so, their polls find out anew.
 */
export async function claimMarks(
  { memory }: Poll,
  name: string,
  given: Marks,
  found: Marks | undefined,
): Promise<void> {
  const isFirst = await memory.claim(usedEntry(name), given.savedAt);
  if (found) await memory.claim(name, packed(found));
  else if (isFirst) await memory.claim(name, packed(given));
}
