import * as z from 'zod/mini';
import { isKept, keptStars, withKeptStar } from '../acting/stars.ts';
import { ProviderError } from '../failure.ts';
import type { Thread } from '../model.ts';
import type { Connection, SentReader, ThreadPage, ThreadQuery } from '../provider.ts';
import { type CursorOf, cursorAt, placeAt } from './cursors.ts';
import type { ApiConnection, ApiDeps } from './deps.ts';
import { ApiProblem, quoted } from './problem.ts';
import type { CampaignView, ConversationView, List, ThreadView } from './shapes.ts';
import { messageView, threadView } from './views.ts';

/** Pages of one connection read for one request, where rows are filtered out here. */
const PAGES_MAX = 10;

export interface InboxQuery extends ThreadQuery {
  readonly connection?: string;
  readonly sent?: boolean;
  readonly cursor?: string;
}

export function connectionNamed({ connections }: ApiDeps, id: string): ApiConnection {
  const found = connections.find((connection) => connection.id === id);
  if (found) return found;
  const known = connections.map((connection) => connection.id).join(', ') || 'none';
  throw new ApiProblem('not-found', `There is no connection ${quoted(id)}; the config names: ${known}.`);
}

export const chosen = (deps: ApiDeps, id: string | undefined): readonly ApiConnection[] =>
  id === undefined ? deps.connections : [connectionNamed(deps, id)];

interface Gathered<Item> {
  readonly items: readonly Item[];
  readonly failures: readonly { readonly connection: string; readonly detail: string }[];
  /** Of the connections that failed, those that may answer another time. */
  readonly passing: readonly string[];
}

/** Asks several connections at once; one that fails is told about, and only if all fail the request does. */
async function gather<Asked extends { readonly id: string }, Item>(
  connections: readonly Asked[],
  ask: (connection: Asked) => Promise<Item>,
): Promise<Gathered<Item>> {
  const results = await Promise.allSettled(connections.map(ask));
  const items = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.flatMap((result, index) => {
    if (result.status === 'fulfilled') return [];
    const { reason } = result;
    if (!(reason instanceof ProviderError) || items.length === 0) throw reason;
    return [{ connection: connections[index]?.id ?? '', detail: reason.message, kind: reason.failure.kind }];
  });
  return {
    items,
    failures: failed.map(({ connection, detail }) => ({ connection, detail })),
    passing: failed.filter(({ kind }) => kind !== 'unsupported').map(({ connection }) => connection),
  };
}

export async function listCampaigns(deps: ApiDeps, id: string | undefined): Promise<List<CampaignView>> {
  const { items, failures } = await gather(chosen(deps, id), async ({ id: connection, connection: opened }) => {
    const campaigns = await opened.campaigns.list();
    return campaigns.map((campaign): CampaignView => ({ connection, ...campaign }));
  });
  return { items: items.flat(), cursor: null, failures, unreadable: 0 };
}

type ReadPage = (at: string | undefined) => Promise<ThreadPage>;

function sentMail({ sent, provider }: Connection): SentReader {
  if (sent) return sent;
  const place = { provider: provider.label, operation: 'list sent mail' };
  throw new ProviderError({ kind: 'unsupported', capability: 'a list of sent mail' }, place);
}

/** Rows that show, and are filtered by, the stars we keep. */
async function withOurStars(read: ReadPage, from: string | undefined, kept: ReadonlySet<string>, starred?: boolean) {
  if (starred === true && kept.size === 0) return { threads: [], unreadable: [] };
  const unreadable: ThreadPage['unreadable'][number][] = [];
  let at = from;
  for (let pages = 1; ; pages += 1) {
    const page = await read(at);
    unreadable.push(...page.unreadable);
    const shown = page.threads.map((thread) => withKeptStar(thread, kept));
    const threads = starred === undefined ? shown : shown.filter((thread) => thread.starred === starred);
    at = page.cursor;
    // An empty page has been looked for on further pages already, by whoever read it.
    const isEnough = threads.length > 0 || page.threads.length === 0 || pages >= PAGES_MAX;
    if (isEnough || at === undefined) return { threads, unreadable, ...(at === undefined ? {} : { cursor: at }) };
  }
}

async function pageOf(
  { store }: ApiDeps,
  { id, connection }: ApiConnection,
  { connection: _, cursor: __, sent, ...query }: InboxQuery,
  from: string | undefined,
): Promise<ThreadPage> {
  const { starred, ...rest } = query;
  const wanted = connection.stars ? query : rest;
  const read: ReadPage = async (at) =>
    sent ? await sentMail(connection).list(wanted, at) : await connection.threads.list(wanted, at);
  return connection.stars ? await read(from) : await withOurStars(read, from, await keptStars(store, id), starred);
}

const NOT_OF_SENT = ['interested', 'intent', 'starred', 'unread'] as const;

function checkQuery(query: InboxQuery): void {
  const strange = query.sent ? NOT_OF_SENT.filter((name) => query[name] !== undefined) : [];
  if (strange.length > 0)
    throw new ApiProblem('invalid', `The list of sent mail cannot be filtered by ${strange.join(', ')}; leave it out.`);
  if (query.sort !== undefined && query.connection === undefined)
    throw new ApiProblem('invalid', 'Each vendor sorts by words of its own; name a connection beside "sort".');
}

const START = 0;
/** Its first page was shown, and its place did not fit into the cursor: it is found again by reading that page once more. */
const BEGUN = 1;
const ENDED = 2;
/** Where a connection goes on; a string is its vendor's own place. */
const Place = z.union([z.literal([START, BEGUN, ENDED]), z.string()]);
type Place = z.infer<typeof Place>;
/** In the config's order. */
const Places = z.array(Place);

/** Of the vendors' places in one cursor: with its encoding and the filters, an address stays within what one may have. */
const HELD_CHARS_MAX = 3_600;
/** No more connections go on at once than this once there are too many for a cursor. */
const HELD_MAX = 30;

function placesOf(all: readonly ApiConnection[], of: CursorOf, cursor: string | undefined): readonly Place[] {
  return cursor === undefined ? all.map(() => START) : placeAt(Places, of, cursor);
}

interface Turn {
  readonly id: string;
  readonly connection: ApiConnection;
  readonly at: number;
  readonly place: Place;
}

/** Whose turn it is: who goes on, who has not begun, and of those whose place did not fit as many as there is room for. */
function turnsOf(all: readonly ApiConnection[], places: readonly Place[]): readonly Turn[] {
  const turns = all.map(
    (connection, at): Turn => ({
      id: connection.id,
      connection,
      at,
      place: places[at] ?? ENDED,
    }),
  );
  const held = turns.filter(({ place }) => typeof place === 'string');
  const fresh = turns.filter(({ place }) => place === START);
  const begun = turns.filter(({ place }) => place === BEGUN);
  return [...held, ...fresh, ...begun.slice(0, Math.max(0, HELD_MAX - held.length - fresh.length))];
}

async function pageFrom(deps: ApiDeps, { connection, place }: Turn, query: InboxQuery): Promise<ThreadPage> {
  if (typeof place === 'string') return await pageOf(deps, connection, query, place);
  const first = await pageOf(deps, connection, query, undefined);
  if (place !== BEGUN) return first;
  if (first.cursor === undefined) return { threads: [], unreadable: [] };
  return await pageOf(deps, connection, query, first.cursor);
}

/** What is shown of the pages read, and where each connection goes on. */
function fitted(places: readonly Place[], read: readonly { readonly turn: Turn; readonly page: ThreadPage }[]) {
  const next = [...places];
  const shown: (typeof read)[number][] = [];
  let held = 0;
  for (const each of read) {
    const { turn, page } = each;
    const size = page.cursor?.length ?? 0;
    const fits = typeof turn.place === 'string' || held === 0 || held + size <= HELD_CHARS_MAX;
    next[turn.at] = fits ? (page.cursor ?? ENDED) : BEGUN;
    if (fits) held += size;
    // Another page of one that finds no room is shown when its turn comes again.
    if (fits || turn.place === START) shown.push(each);
  }
  return { next, shown };
}

/** A live page of each connection, newest first. The cursor holds where each goes on; one that fails keeps its place. */
export async function listThreads(deps: ApiDeps, query: InboxQuery): Promise<List<ThreadView>> {
  checkQuery(query);
  const { cursor, ...filters } = query;
  const all = chosen(deps, query.connection);
  const of: CursorOf = { list: 'threads', filters: { ...filters, connections: all.map(({ id }) => id) } };
  const places = placesOf(all, of, cursor);
  const turns = turnsOf(all, places);
  const { items, failures, passing } = await gather(turns, async (turn) => ({
    turn,
    page: await pageFrom(deps, turn, query),
  }));
  const isOver = (id: string) => failures.some(({ connection }) => connection === id) && !passing.includes(id);
  const kept = places.map((place, at) => (isOver(all[at]?.id ?? '') ? ENDED : place));
  const { next, shown } = fitted(kept, items);
  const threads = shown.flatMap(({ turn, page }) =>
    page.threads.map((thread) => threadView(turn.connection.id, thread)),
  );
  threads.sort((left, right) => right.lastActivityAt.localeCompare(left.lastActivityAt));
  return {
    items: threads,
    cursor: next.every((place) => place === ENDED) ? null : cursorAt(of, next),
    failures,
    unreadable: shown.reduce((sum, { page }) => sum + page.unreadable.length, 0),
  };
}

/** The thread as it is shown: with the star that we keep where the vendor has none. */
export async function withItsStar({ store }: ApiDeps, { id, connection }: ApiConnection, thread: Thread) {
  return connection.stars ? thread : { ...thread, starred: await isKept(store, id, thread) };
}

export async function readThread(deps: ApiDeps, id: string, threadId: string): Promise<ConversationView> {
  const opened = connectionNamed(deps, id);
  const { thread, content } = await opened.connection.threads.read(threadId);
  return {
    thread: threadView(id, await withItsStar(deps, opened, thread)),
    mailbox: content.mailbox ?? null,
    messages: content.messages.map(messageView),
    unreadable: content.unreadable.map((item) => ({ id: item.id, issues: [...item.issues] })),
  };
}
