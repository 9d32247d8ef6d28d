import * as z from 'zod/mini';
import type { EventType } from '../events/event.ts';
import type { Instant } from '../model.ts';
import { type EventLog, readEventLogs } from '../outbox/outbox.ts';
import type { StoredEvent } from '../outbox/record.ts';
import { type CursorOf, cursorAt, placeAt } from './cursors.ts';
import type { ApiDeps } from './deps.ts';
import { ApiProblem } from './problem.ts';
import type { EventList, EventView } from './shapes.ts';
import { eventView } from './views.ts';

/** Read at once, of the timeline and of its events. */
const PAGE = 100;
/** Pages of the timeline that one request looks through, where most is filtered out. */
const PAGES_MAX = 10;
/** Clocks of those who record may differ by this much, and the timeline may show an event this much later. */
const OVERLAP_MS = 60_000;
const SEEN_MAX = 200;

export interface EventsQuery {
  readonly type?: EventType;
  readonly connection?: string;
  readonly campaign?: string;
  readonly undelivered: boolean;
  readonly since: Instant;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly cursor?: string;
  readonly after?: string;
}

/** Up to where a caller knows everything, and what it knows of the last minute before that. */
const Latest = z.object({ at: z.number(), seen: z.array(z.string()) });
type Latest = z.infer<typeof Latest>;

const short = ({ stored }: EventLog): string => stored.id.slice(4, 12);

function isUndelivered({ deliveries }: EventLog): boolean {
  return deliveries === undefined || Object.values(deliveries).some(({ state }) => state !== 'delivered');
}

function campaignOf({ body }: StoredEvent): string | undefined {
  return body && 'campaign' in body.data ? (body.data.campaign?.id ?? undefined) : undefined;
}

function isWanted(log: EventLog, { type, connection, campaign, undelivered }: EventsQuery): boolean {
  const { stored } = log;
  if (type !== undefined && stored.type !== type) return false;
  if (connection !== undefined && stored.connection !== connection) return false;
  if (campaign !== undefined && campaignOf(stored) !== campaign) return false;
  return !undelivered || isUndelivered(log);
}

interface Pages {
  readonly from: Instant;
  readonly order: 'newest' | 'oldest';
  readonly cursor: string | undefined;
  /** Of the next page; asked for before each. */
  readonly limit: () => number;
}

interface LogPage {
  readonly logs: readonly EventLog[];
  /** Behind this page; absent at the end. */
  readonly cursor: string | undefined;
}

/** Pages of the timeline with their events, as many as one request looks through. */
async function* readPages({ store }: ApiDeps, { from, order, cursor, limit }: Pages): AsyncGenerator<LogPage> {
  let after = cursor;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const page = await store.timeline(from, { limit: limit(), order, ...(after === undefined ? {} : { after }) });
    yield { logs: await readEventLogs(store, page.addresses), cursor: page.cursor };
    after = page.cursor;
    if (after === undefined) return;
  }
}

interface Read {
  readonly wanted: readonly EventLog[];
  /** Wanted or not. */
  readonly all: readonly EventLog[];
}

/** Until enough of what is wanted was found. */
async function readList(
  deps: ApiDeps,
  query: EventsQuery,
  from: string | undefined,
): Promise<Read & { readonly cursor: string | undefined }> {
  const wanted: EventLog[] = [];
  const all: EventLog[] = [];
  let cursor = from;
  // Never more than is asked for, so that what a page holds too much is not lost between two cursors.
  const limit = () => Math.min(PAGE, query.limit - wanted.length);
  const order = query.order === 'desc' ? 'newest' : 'oldest';
  for await (const page of readPages(deps, { from: query.since, order, cursor, limit })) {
    all.push(...page.logs);
    wanted.push(...page.logs.filter((each) => isWanted(each, query)));
    cursor = page.cursor;
    if (wanted.length >= query.limit) break;
  }
  return { wanted, all, cursor };
}

/**
 * What was recorded from a moment on and is not known yet, oldest first. Whole pages, however little is asked for: else what is known
 * of the last minute could fill every page, and nothing after it would ever be met. What lies beyond the last one given is not
 * part of `all`, so that the next question finds it.
 */
async function readChanges(
  deps: ApiDeps,
  query: EventsQuery,
  from: Instant,
  known: ReadonlySet<string>,
): Promise<Read> {
  const wanted: EventLog[] = [];
  const all: EventLog[] = [];
  for await (const { logs } of readPages(deps, { from, order: 'oldest', cursor: undefined, limit: () => PAGE })) {
    for (const log of logs) {
      all.push(log);
      if (known.has(short(log)) || !isWanted(log, query)) continue;
      wanted.push(log);
      if (wanted.length === query.limit) return { wanted, all };
    }
  }
  return { wanted, all };
}

function cursorsOf({ type, connection, campaign, undelivered, order }: EventsQuery) {
  const filters = { type, connection, campaign, undelivered };
  const pages: CursorOf = { list: 'events', filters: { ...filters, order } };
  const changes: CursorOf = { list: 'changes', filters };
  return { pages, changes };
}

/** Where the next question about changes starts. */
function latestOf(all: readonly EventLog[], before: Latest): Latest {
  const at = all.reduce((latest, { recordedAt }) => Math.max(latest, recordedAt), before.at);
  const near = all.filter(({ recordedAt }) => recordedAt > at - OVERLAP_MS).map(short);
  return { at, seen: [...new Set([...before.seen, ...near])].slice(-SEEN_MAX) };
}

const viewsOf = (found: readonly EventLog[]): EventView[] => found.map(eventView);

const whole = { failures: [], unreadable: 0 };

/** What was recorded since a `latest`, oldest first. */
async function listChanges(deps: ApiDeps, query: EventsQuery, after: string): Promise<EventList> {
  if (query.cursor !== undefined || query.order === 'desc') {
    const detail = 'What came after a moment is told oldest first, without a cursor; leave "cursor" and "order" out.';
    throw new ApiProblem('invalid', detail);
  }
  const { changes } = cursorsOf(query);
  const before = placeAt(Latest, changes, after);
  // In a rush there is more in a minute than can be remembered, and reading it again would never end.
  const overlap = before.seen.length < SEEN_MAX ? OVERLAP_MS : 0;
  const from = Math.max(query.since, before.at - overlap);
  const { wanted, all } = await readChanges(deps, query, from, new Set(before.seen));
  const latest = cursorAt(changes, latestOf(all, before));
  return { items: viewsOf(wanted), cursor: null, latest, ...whole };
}

/** What was recorded, page by page. May be empty before the end, where most is filtered out. */
export async function listEvents(deps: ApiDeps, query: EventsQuery): Promise<EventList> {
  if (query.after !== undefined) return await listChanges(deps, query, query.after);
  const { pages, changes } = cursorsOf(query);
  const cursor = query.cursor === undefined ? undefined : placeAt(z.string(), pages, query.cursor);
  const read = await readList(deps, query, cursor);
  // Newest first the first page reaches up to now; oldest first the last one does.
  const isUpToNow = query.order === 'desc' ? cursor === undefined : read.cursor === undefined;
  const start = { at: deps.clock.now() - OVERLAP_MS, seen: [] };
  return {
    items: viewsOf(read.wanted),
    cursor: read.cursor === undefined ? null : cursorAt(pages, read.cursor),
    latest: isUpToNow ? cursorAt(changes, latestOf(read.all, start)) : null,
    ...whole,
  };
}
