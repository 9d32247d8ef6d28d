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
async function gather<Item>(
  connections: readonly ApiConnection[],
  ask: (connection: ApiConnection) => Promise<Item>,
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

/** Where each connection goes on, by its id; null at its start, and absent once it has ended. */
const Places = z.record(z.string(), z.nullable(z.string()));
type Places = z.infer<typeof Places>;

function placesOf(all: readonly ApiConnection[], of: CursorOf, cursor: string | undefined): Places {
  if (cursor === undefined) return Object.fromEntries(all.map(({ id }) => [id, null]));
  const places = placeAt(Places, of, cursor);
  const strange = Object.keys(places).find((named) => all.every(({ id }) => id !== named));
  if (strange === undefined) return places;
  throw new ApiProblem('invalid', 'This cursor names a connection that is not of this list; start again without it.');
}

/** A live page of each connection, newest first. The cursor holds where each goes on; one that fails keeps its place. */
export async function listThreads(deps: ApiDeps, query: InboxQuery): Promise<List<ThreadView>> {
  checkQuery(query);
  const { cursor, ...filters } = query;
  const of: CursorOf = { list: 'threads', filters };
  const all = chosen(deps, query.connection);
  const places = placesOf(all, of, cursor);
  const asked = all.filter(({ id }) => Object.hasOwn(places, id));
  const { items, failures, passing } = await gather(asked, async (connection) => ({
    id: connection.id,
    page: await pageOf(deps, connection, query, places[connection.id] ?? undefined),
  }));
  const threads = items.flatMap(({ id, page }) => page.threads.map((thread) => threadView(id, thread)));
  threads.sort((left, right) => right.lastActivityAt.localeCompare(left.lastActivityAt));
  const next: readonly (readonly [string, string | null])[] = [
    ...items.flatMap(({ id, page }) => (page.cursor === undefined ? [] : [[id, page.cursor] as const])),
    ...passing.map((id) => [id, places[id] ?? null] as const),
  ];
  return {
    items: threads,
    cursor: next.length === 0 ? null : cursorAt(of, Object.fromEntries(next)),
    failures,
    unreadable: items.reduce((sum, { page }) => sum + page.unreadable.length, 0),
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
