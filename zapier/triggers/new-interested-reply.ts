import { createHash } from 'node:crypto';
import { UserError } from '../../shared/failure.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import type { Instant, Thread } from '../../shared/model.ts';
import { interestedId, type ReplyItem, replyItem } from '../items.ts';
import { isRecord } from '../memory.ts';
import { fitted } from './fit.ts';
import { type Opened, openAll, remembered } from './openings.ts';
import {
  type IsEnough,
  type Mode,
  PAGES_MAX,
  PARALLEL_MAX,
  type Poll,
  readScopes,
  rowsOf,
  SAMPLES,
  scopesOf,
  TOO_LARGE,
  WINDOW_MS,
} from './poll.ts';

export interface InterestedFilter {
  readonly campaign?: string;
}

/**
 * What is known of the interested threads. Shared by all Zaps of a connection, and only ever used to save openings: Zapier's
 * own memory of ids decides what fires.
 */
interface Seen {
  /** When the lists were last read to their ends. */
  readonly wholeAt: Instant;
  /** Marks of threads that every Zap has been given long since. */
  readonly old: readonly string[];
  /** Keys of threads that were found lately, and when. They are given out again for a window's time. */
  readonly fresh: Readonly<Record<string, Instant>>;
}

const NOTHING: Seen = { wholeAt: 0, old: [], fresh: {} };

const markOf = (key: string) => createHash('sha256').update(key).digest('base64url').slice(0, 12);

const seenKey = ({ campaign }: InterestedFilter) => `interested:${campaign ?? '*'}`;

async function seenOf({ memory }: Poll, filter: InterestedFilter): Promise<Seen | undefined> {
  const value = await memory.get(seenKey(filter));
  return isRecord(value) && Array.isArray(value.old) && isRecord(value.fresh) ? (value as unknown as Seen) : undefined;
}

/**
 * New Interested Reply: once for each thread, however late its label comes and however deep it lies by then. The first page
 * of every list is read at each poll, all of it as often as the vendor's list demands.
 */
export async function newInterested(poll: Poll, filter: InterestedFilter, mode: Mode): Promise<readonly ReplyItem[]> {
  if (mode === 'priming') return await prime(poll, filter);
  if (mode === 'sample') return await samples(poll, filter);
  const now = poll.clock.now();
  // The cache answers while the first page is on its way.
  const knowing = knownOf(poll, filter, now);
  const reading = interestedRows(poll, filter, mode, async (page) => {
    const { isDue, isNew } = await knowing;
    return !isDue && !page.every(isNew);
  });
  const [{ rows, isWhole }, { seen, isDue, isNew }] = await Promise.all([reading, knowing]);
  const found = rows.filter(isNew).sort((one, other) => other.lastActivityAt - one.lastActivityAt);
  const { opened, left } = await openAll(poll, found, mode);
  const again = await freshAgain(poll, seen, rows, now);
  const next: Seen = {
    wholeAt: left.length > 0 || again.isMissing ? 0 : isDue && isWhole ? now : seen.wholeAt,
    ...aged({ ...again.fresh, ...freshOf(opened, now) }, isDue && isWhole ? listed(seen.old, rows) : seen.old, now),
  };
  await poll.memory.set(seenKey(filter), next);
  return fitted([...opened.values(), ...again.opened].flatMap((thread) => itemOf(poll, thread)));
}

async function knownOf(poll: Poll, filter: InterestedFilter, now: Instant) {
  const seen = (await seenOf(poll, filter)) ?? NOTHING;
  const old = new Set(seen.old);
  const isNew = ({ key }: Thread) => !old.has(markOf(key)) && seen.fresh[key] === undefined;
  return { seen, isNew, isDue: now - seen.wholeAt >= poll.connection.feeds.tailMs };
}

const freshOf = (opened: ReadonlyMap<string, Opened>, now: Instant) =>
  Object.fromEntries([...opened.keys()].map((key) => [key, now]));

/** Of the old ones those that are still listed. */
function listed(old: readonly string[], rows: readonly Thread[]): readonly string[] {
  const there = new Set(rows.map(({ key }) => markOf(key)));
  return old.filter((mark) => there.has(mark));
}

/** What has been given out for a window's time is old. */
function aged(fresh: Readonly<Record<string, Instant>>, old: readonly string[], now: Instant) {
  const isOver = ([, at]: readonly [string, Instant]) => now - at >= WINDOW_MS;
  const entries = Object.entries(fresh);
  const gone = entries.filter(isOver).map(([key]) => markOf(key));
  return { old: [...new Set([...old, ...gone])], fresh: Object.fromEntries(entries.filter((entry) => !isOver(entry))) };
}

/** What was found lately, from memory; what memory has lost is found anew. */
async function freshAgain(poll: Poll, seen: Seen, rows: readonly Thread[], now: Instant) {
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const fresh = new Map(Object.entries(seen.fresh));
  const opened: Opened[] = [];
  const recent = [...fresh].filter(([, at]) => now - at < WINDOW_MS);
  await inParallel(recent, 2 * PARALLEL_MAX, async ([key]) => {
    const known = await remembered(poll, key);
    if (known) opened.push({ ...known, row: byKey.get(key) ?? known.row });
    else fresh.delete(key);
  });
  return { fresh: Object.fromEntries(fresh), opened, isMissing: opened.length < recent.length };
}

/** The newest inbound reply; a thread without one has nothing to tell. */
function itemOf(poll: Poll, { row: thread, replies }: Opened): readonly ReplyItem[] {
  const provider = poll.connection.provider.id;
  const reply = replies.at(-1);
  return reply ? [replyItem(interestedId(provider, thread), { provider, thread, reply, later: poll.later })] : [];
}

async function interestedRows(poll: Poll, { campaign }: InterestedFilter, mode: Mode, isEnough: IsEnough) {
  const scopes = await scopesOf(poll, campaign, { interested: true });
  const found = await readScopes(poll, scopes, mode, async (scope) => {
    // Priming must not stop before polling does.
    const pagesMax = mode === 'priming' ? 3 * PAGES_MAX : PAGES_MAX;
    const list = await rowsOf(poll, scope, isEnough, pagesMax);
    const isCutShort = !list.isWhole && list.pages < pagesMax;
    if (mode === 'priming' && isCutShort) throw new UserError(TOO_LARGE, 1);
    return list;
  });
  return { ...found, rows: found.rows.filter(({ interested }) => interested) };
}

/**
 * Everything that is interested now must never fire, nor what other Zaps found lately and are given again, though its label
 * may be gone. Ids are enough for that, so nothing is opened.
 */
async function prime(poll: Poll, filter: InterestedFilter): Promise<readonly ReplyItem[]> {
  const { rows, isWhole } = await interestedRows(poll, filter, 'priming', () => false);
  const provider = poll.connection.provider.id;
  const again = await freshAgain(poll, (await seenOf(poll, filter)) ?? NOTHING, rows, poll.clock.now());
  const threads = new Map([...again.opened.map(({ row }) => row), ...rows].map((row) => [row.key, row]));
  const known: Seen = { wholeAt: isWhole ? poll.clock.now() : 0, old: rows.map(({ key }) => markOf(key)), fresh: {} };
  // Another Zap that is on already knows better what it has been given.
  await poll.memory.claim(seenKey(filter), known);
  return [...threads.values()].map((thread) =>
    replyItem(interestedId(provider, thread), { provider, thread, later: poll.later }),
  );
}

async function samples(poll: Poll, filter: InterestedFilter): Promise<readonly ReplyItem[]> {
  const { rows } = await interestedRows(poll, filter, 'sample', () => true);
  const newest = [...rows].sort((one, other) => other.lastActivityAt - one.lastActivityAt).slice(0, SAMPLES);
  const { opened } = await openAll(poll, newest, 'sample');
  return fitted([...opened.values()].flatMap((thread) => itemOf(poll, thread)));
}
