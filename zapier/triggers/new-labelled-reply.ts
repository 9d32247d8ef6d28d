import { inParallel } from '../../shared/concurrency/in-parallel.ts';
import { hasLabel, INTERESTED, normalisedLabel } from '../../shared/labels.ts';
import type { Instant, Thread } from '../../shared/model.ts';
import { interestedId, labelledId, type ReplyItem, replyItem } from '../items.ts';
import { elsewhereOf, newestOf } from './belonging.ts';
import { fitted } from './fit.ts';
import { checkLabel, queriesOf, type Spelled, spellings } from './labels.ts';
import { isLost, type Lists, NO_ROWS, primeLists, type Reading, type Rows, readLists, unionOf, walk } from './lists.ts';
import { aged, claimMarks, type Depth, keepMarks, listed, type Marks, markOf, marksOf, NO_MARKS } from './marks.ts';
import { openAll } from './openings.ts';
import {
  BEGIN_MS,
  type Mode,
  OPENINGS_MS,
  PAGES_MAX,
  PARALLEL_MAX,
  type Poll,
  pagesMaxOf,
  type Scope,
  scopesOf,
  tooLittle,
} from './poll.ts';
import { newestMatching } from './samples.ts';
import type { Opened } from './thread-memory.ts';

/** Pages of one list that are read beyond the first ones in one poll; the next one goes on from there. */
const DEPTH_PAGES_MAX = 10;

export interface LabelFilter {
  readonly campaign?: string;
  /** Absent: whoever is interested, by whatever sign the vendor gives. */
  readonly label?: string;
}

type Loose<Fields> = { readonly [Name in keyof Fields]?: Fields[Name] | undefined };

/** One trigger at work: what it looks for, and how that is spelled. */
interface Hunt {
  readonly poll: Poll;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly spelled: Spelled;
  isWanted(row: Thread): boolean;
  idOf(row: Thread): string;
}

const nameOf = ({ campaign, label }: Loose<LabelFilter>) =>
  `marked:${label === undefined ? '' : normalisedLabel(label)}:${campaign ?? '*'}`;

async function huntOf(poll: Poll, { campaign, label }: LabelFilter, mode: Mode): Promise<Hunt> {
  const { provider } = poll.connection;
  const wanted = label ?? INTERESTED;
  checkLabel(poll.connection, wanted);
  const [spelled, lists] = await Promise.all([spellings(poll, wanted, mode), scopesOf(poll, campaign)]);
  const scopes = queriesOf(wanted, spelled.as).flatMap((query, at) =>
    lists.map((scope) => ({
      ...scope,
      id: at === 0 ? scope.id : `${scope.id}~${at}`,
      query: { ...scope.query, ...query },
    })),
  );
  return {
    poll,
    name: nameOf({ campaign, label }),
    scopes,
    spelled,
    isWanted: (row) => (label === undefined ? row.interested : hasLabel(row, provider, label)),
    idOf: (row) =>
      label === undefined ? interestedId(provider.id, row) : labelledId(provider.id, row, normalisedLabel(label)),
  };
}

/**
 * Once for each thread that gets a label, however late the label comes and however deep the thread lies by then. The first
 * page of every list is read at each poll, all of it, piece by piece, as often as the vendor's list demands.
 */
export async function newLabelled(poll: Poll, filter: LabelFilter, mode: Mode): Promise<readonly ReplyItem[]> {
  const now = poll.clock.now();
  const [hunt, before] = await Promise.all([huntOf(poll, filter, mode), marksOf(poll, nameOf(filter))]);
  if (mode === 'priming') return await prime(hunt, before);
  if (mode === 'sample') return await samples(hunt, filter);
  const marks = aged(before ?? NO_MARKS, now);
  const isNew = ({ key }: Thread) => marks.old[markOf(key)] === undefined && marks.fresh[key] === undefined;
  poll.deadline.keep(OPENINGS_MS);
  const lists = await readLists(poll, { ...readingOf(hunt), isEnough: (page) => !page.every(isNew) });
  const depths = await readDeeper(hunt, lists, marks, now);
  poll.deadline.keep(0);
  const rows = unionOf(lists.rows, depths.rows).filter(hunt.isWanted);
  const isBaseline = baselineOf(hunt, depths.rowsOf, marks);
  const found = rows.filter((row) => isNew(row) && !isBaseline(row));
  const silent = rows.filter((row) => isNew(row) && isBaseline(row));
  const order = [...found.sort((one, other) => other.lastActivityAt - one.lastActivityAt), ...freshOf(marks, rows)];
  const settled = new Set(Object.keys(marks.fresh));
  const { opened, read, left, failure } = await openAll(poll, order, { mode, settled });
  const after = withoutLeft(depths, new Set(left.filter(isNew).map(({ key }) => key)));
  const next: Marks = {
    ...marks,
    polledAt: now,
    spelled: hunt.spelled.as,
    isSure: hunt.spelled.isSure || marks.isSure,
    old: listed({ ...marks, depths: after }, rows, silent, now),
    fresh: withOpened(marks.fresh, opened, now),
    depths: after,
  };
  await keepMarks(poll, hunt.name, before ?? NO_MARKS, next);
  if (read === 0 && left.some(isNew)) throw failure ?? tooLittle(poll, 'read threads');
  if (read === 0) await lists.checkStuck();
  return fitted([...opened.values()].flatMap((thread) => itemOf(hunt, thread)));
}

function readingOf({ poll, name, scopes, isWanted }: Hunt): Reading {
  return { name, scopes, isEnough: () => true, isWanted, isByLabel: true, pagesMax: pagesMaxOf(poll) };
}

/** What was found lately is given out again; its newest row tells its state, and what memory has lost is opened anew. */
function freshOf({ fresh }: Marks, rows: readonly Thread[]): readonly Thread[] {
  const byKey = new Map(rows.map((row) => [row.key, row]));
  return Object.entries(fresh).map(([key, { row }]) => byKey.get(key) ?? row);
}

function withOpened(fresh: Marks['fresh'], opened: ReadonlyMap<string, Opened>, now: Instant): Marks['fresh'] {
  const added = [...opened].filter(([key]) => fresh[key] === undefined);
  return { ...fresh, ...Object.fromEntries(added.map(([key, { row }]) => [key, { at: now, row }])) };
}

interface Deeper {
  readonly rows: readonly Thread[];
  readonly rowsOf: ReadonlyMap<string, readonly Thread[]>;
  readonly after: Marks['depths'];
}

/** A list with threads that one poll could not open is due again at once, from its top: a first page would not show them. */
function withoutLeft({ after, rowsOf }: Deeper, left: ReadonlySet<string>): Marks['depths'] {
  const hasLeft = (id: string) => (rowsOf.get(id) ?? []).some(({ key }) => left.has(key));
  return Object.fromEntries(
    Object.entries(after).map(([id, depth]) => {
      const { cursor: _, since: __, ...rest } = depth;
      return [id, hasLeft(id) ? { ...rest, wholeAt: 0 } : depth];
    }),
  );
}

/** Below the first pages: each list that is due, the one that has waited longest first. */
async function readDeeper({ poll, scopes, spelled }: Hunt, lists: Lists, marks: Marks, now: Instant): Promise<Deeper> {
  const { interestedScanMs } = poll.connection.feeds;
  const rowsOf = new Map<string, readonly Thread[]>();
  const after: Record<string, Depth> = {};
  const isNewSpelling = !marks.isSure && spelled.as.some((label) => !marks.spelled.includes(label));
  const depthOf = ({ id }: Scope): Depth => ({
    wholeAt: 0,
    beganAt: 0,
    ...marks.depths[id],
    ...(isNewSpelling ? { baseline: marks.polledAt, wholeAt: 0 } : {}),
  });
  const due = scopes.filter((scope) => now - depthOf(scope).wholeAt >= interestedScanMs && lists.read.has(scope.id));
  for (const scope of scopes) after[scope.id] = depthOf(scope);
  const byWait = due.toSorted((one, other) => depthOf(one).wholeAt - depthOf(other).wholeAt);
  await inParallel(byWait, PARALLEL_MAX, async (scope) => {
    const first = lists.read.get(scope.id);
    const depth = depthOf(scope);
    const { rows, isWhole, cursor } = await deeper(poll, scope, depth.cursor, first);
    rowsOf.set(scope.id, [...(first?.rows ?? []), ...rows]);
    const { cursor: _, baseline, since = now, ...rest } = depth;
    if (isWhole) after[scope.id] = { wholeAt: now, beganAt: since };
    else
      after[scope.id] = {
        ...rest,
        since,
        ...(baseline === undefined ? {} : { baseline }),
        ...(cursor === undefined ? {} : { cursor }),
      };
  });
  for (const [id, { rows }] of lists.read) if (!rowsOf.has(id)) rowsOf.set(id, rows);
  return { rows: [...rowsOf.values()].flat(), rowsOf, after };
}

async function deeper(poll: Poll, scope: Scope, cursor: string | undefined, first: Rows | undefined): Promise<Rows> {
  const from = cursor ?? first?.cursor;
  if (from === undefined) return { rows: [], isWhole: first?.isWhole ?? false, pages: 0 };
  const later: Rows = { rows: [], isWhole: false, pages: 0, cursor: from };
  if (poll.deadline.leftMs() < BEGIN_MS || poll.connection.budget.available() < 2) return later;
  const walking = { isEnough: () => false, pagesMax: DEPTH_PAGES_MAX, from };
  // What cannot be read now is read on from there at the next poll; a place the vendor does not know is given up.
  return await walk(poll, scope, walking).catch((error: unknown) =>
    isLost(error) ? { ...NO_ROWS, isWhole: false } : later,
  );
}

/** A spelling that was not known when the Zap was switched on brings a list of old threads with it. */
function baselineOf({ spelled }: Hunt, rowsOf: ReadonlyMap<string, readonly Thread[]>, marks: Marks) {
  const isNewSpelling = !marks.isSure && spelled.as.some((label) => !marks.spelled.includes(label));
  const silent = new Set<string>();
  for (const [id, rows] of rowsOf) {
    const baseline = marks.depths[id]?.baseline ?? (isNewSpelling ? marks.polledAt : 0);
    for (const { key, lastActivityAt } of rows) if (lastActivityAt < baseline) silent.add(key);
  }
  return ({ key }: Thread) => silent.has(key);
}

/** The newest inbound reply; a thread without one has nothing to tell. */
function itemOf({ poll, idOf, scopes }: Hunt, opened: Opened): readonly ReplyItem[] {
  const provider = poll.connection.provider.id;
  const { row: thread } = opened;
  const reply = newestOf(opened, elsewhereOf(scopes));
  return reply ? [replyItem(idOf(thread), { provider, thread, reply, later: poll.later })] : [];
}

/**
 * Everything that has the label now must never fire, nor what other Zaps found lately and are given again, though its label
 * may be gone. Ids are enough for that, so nothing is opened.
 */
async function prime(hunt: Hunt, found: Marks | undefined): Promise<readonly ReplyItem[]> {
  const { poll, name, scopes, spelled, isWanted, idOf } = hunt;
  const reading = { ...readingOf(hunt), isEnough: () => false, pagesMax: 2 * PAGES_MAX };
  const rows = (await primeLists(poll, reading, async () => true)).rows.filter(isWanted);
  const now = poll.clock.now();
  const before = (await marksOf(poll, name)) ?? found;
  const fresh = Object.values(before?.fresh ?? {}).map(({ row }) => row);
  const threads = new Map([...fresh, ...rows].map((row) => [row.key, row]));
  const old = Object.fromEntries(rows.map(({ key }) => [markOf(key), now]));
  const depths = Object.fromEntries(scopes.map(({ id }) => [id, { wholeAt: now, beganAt: now }]));
  const known: Marks = {
    ...NO_MARKS,
    savedAt: now,
    polledAt: now,
    spelled: spelled.as,
    isSure: spelled.isSure,
    old,
    depths,
  };
  await claimMarks(poll, name, known, before);
  const provider = poll.connection.provider.id;
  return [...threads.values()].map((thread) => replyItem(idOf(thread), { provider, thread, later: poll.later }));
}

async function samples(hunt: Hunt, { campaign }: LabelFilter): Promise<readonly ReplyItem[]> {
  const { poll, scopes, isWanted } = hunt;
  const { campaign: _, ...query } = scopes[0]?.query ?? {};
  return await newestMatching(poll, campaign, isWanted, (opened) => itemOf(hunt, opened), query);
}
