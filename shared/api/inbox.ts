import { z } from 'zod/mini';
import { ProviderError } from '../failure.ts';
import { need, type ThreadPage, type ThreadQuery } from '../provider.ts';
import type { ApiConnection, ApiDeps } from './deps.ts';
import { ApiProblem } from './problem.ts';
import type { CampaignView, ConversationView, List, ThreadView } from './shapes.ts';
import { messageView, threadView } from './views.ts';

/** Pages of one connection read for one request, where most rows are filtered out here. */
const PAGES_MAX = 10;

const Cursors = z.record(z.string(), z.string());
type Cursors = z.infer<typeof Cursors>;

export interface InboxQuery extends ThreadQuery {
  readonly connection?: string;
  readonly sent?: boolean;
  readonly cursor?: string;
}

export function connectionNamed({ connections }: ApiDeps, id: string): ApiConnection {
  const found = connections.find((connection) => connection.id === id);
  if (found) return found;
  const known = connections.map((connection) => connection.id).join(', ') || 'none';
  throw new ApiProblem(404, 'not-found', `There is no connection "${id}"; the config names: ${known}.`);
}

export const chosen = (deps: ApiDeps, id: string | undefined): readonly ApiConnection[] =>
  id === undefined ? deps.connections : [connectionNamed(deps, id)];

interface Gathered<Item> {
  readonly items: readonly Item[];
  readonly failures: readonly { readonly connection: string; readonly detail: string }[];
}

/** Asks several connections at once; one that fails is told about, and only if all fail the request does. */
async function gather<Item>(
  connections: readonly ApiConnection[],
  ask: (connection: ApiConnection) => Promise<Item>,
): Promise<Gathered<Item>> {
  const results = await Promise.allSettled(connections.map(ask));
  const items = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failures = results.flatMap((result, index) => {
    if (result.status === 'fulfilled') return [];
    if (!(result.reason instanceof ProviderError) || items.length === 0) throw result.reason;
    return [{ connection: connections[index]?.id ?? '', detail: result.reason.message }];
  });
  return { items, failures };
}

export async function listCampaigns(deps: ApiDeps, id: string | undefined): Promise<List<CampaignView>> {
  const { items, failures } = await gather(chosen(deps, id), async ({ id: connection, connection: opened }) => {
    const campaigns = await opened.campaigns.list();
    return campaigns.map((campaign): CampaignView => ({ connection, ...campaign }));
  });
  return { items: items.flat(), cursor: null, failures, unreadable: 0 };
}

function readCursors(cursor: string): Cursors {
  try {
    return Cursors.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    throw new ApiProblem(400, 'invalid', 'This cursor is not one of ours; start without one.');
  }
}

async function pageOf({ connection }: ApiConnection, query: InboxQuery, from: string | undefined): Promise<ThreadPage> {
  const { connection: _, sent, cursor: __, ...wanted } = query;
  const list = sent
    ? async (at?: string) => await need(connection, 'sent').list(wanted, at)
    : async (at?: string) => await connection.threads.list(wanted, at);
  let page = await list(from);
  for (let pages = 1; page.threads.length === 0 && page.cursor !== undefined && pages < PAGES_MAX; pages += 1) {
    page = await list(page.cursor);
  }
  return page;
}

/** A live page of each connection, newest first. The cursor holds where each goes on; one that is absent has ended. */
export async function listThreads(deps: ApiDeps, query: InboxQuery): Promise<List<ThreadView>> {
  const cursors = query.cursor === undefined ? undefined : readCursors(query.cursor);
  const asked = chosen(deps, query.connection).filter(({ id }) => cursors === undefined || cursors[id] !== undefined);
  const { items, failures } = await gather(asked, async (connection) => ({
    id: connection.id,
    page: await pageOf(connection, query, cursors?.[connection.id]),
  }));
  const threads = items.flatMap(({ id, page }) => page.threads.map((thread) => threadView(id, thread)));
  threads.sort((left, right) => right.lastActivityAt.localeCompare(left.lastActivityAt));
  const next = items.flatMap(({ id, page }) => (page.cursor === undefined ? [] : [[id, page.cursor]]));
  return {
    items: threads,
    cursor: next.length === 0 ? null : Buffer.from(JSON.stringify(Object.fromEntries(next))).toString('base64url'),
    failures,
    unreadable: items.reduce((sum, { page }) => sum + page.unreadable.length, 0),
  };
}

export async function readThread(deps: ApiDeps, id: string, threadId: string): Promise<ConversationView> {
  const { thread, content } = await connectionNamed(deps, id).connection.threads.read(threadId);
  return {
    thread: threadView(id, thread),
    mailbox: content.mailbox ?? null,
    messages: content.messages.map(messageView),
    unreadable: content.unreadable.map((item) => ({ id: item.id, issues: [...item.issues] })),
  };
}
