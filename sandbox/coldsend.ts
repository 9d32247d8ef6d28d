import type { HttpResponse } from '../shared/ports.ts';
import { markRead, sendReply, toggleStar } from './coldsend-actions.ts';
import { type Issue, QueryReader, refuseKey, type Scope, unprocessable, uuidIssues } from './coldsend-checks.ts';
import { campaignRow, details, listRow, messageRow } from './coldsend-shapes.ts';
import { decoded, type Handler, json, type SandboxRequest, type Scene, text } from './exchange.ts';
import { AnswerCache, hasReplies, inOrder, isBad, RowCache, timed } from './lists.ts';
import type { WorldCampaign, WorldThread } from './world-model.ts';

const LIMIT_DEFAULT = 20;
const MESSAGES_DEFAULT = 50;
const LIMIT_MAX = 100;
const DAY_MS = 86_400_000;

const isHere = ({ vendor }: WorldThread | WorldCampaign) => vendor === null || vendor === 'coldsend';

/** What a list request asks for, once it is known to be well formed. */
interface Asked {
  readonly page: number;
  readonly limit: number;
  readonly campaignId: string | undefined;
  readonly read: boolean | undefined;
  readonly starred: boolean | undefined;
  readonly category: string | undefined;
}

function readAsked(query: string): Asked | readonly Issue[] {
  const reader = new QueryReader(query);
  const asked: Asked = {
    page: reader.integer('page', 1, Number.MAX_SAFE_INTEGER),
    limit: reader.integer('limit', LIMIT_DEFAULT, LIMIT_MAX),
    campaignId: reader.uuid('campaign_id'),
    read: reader.boolean('is_read'),
    starred: reader.boolean('is_starred'),
    category: reader.text('category'),
  };
  return reader.issues.length > 0 ? reader.issues : asked;
}

const isAsked = (thread: WorldThread, { campaignId, read, starred, category }: Asked) =>
  (campaignId === undefined || thread.campaignId === campaignId) &&
  (read === undefined || thread.read === read) &&
  (starred === undefined || thread.starred === starred) &&
  (category === undefined || thread.intent === category);

class ThreadList {
  readonly #scene: Scene;
  readonly #sorted = new AnswerCache<readonly WorldThread[]>();
  readonly #pages = new AnswerCache<string | readonly Issue[]>();
  readonly #rows = new RowCache();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  answer(query: string): HttpResponse {
    const scene = this.#scene;
    const page = this.#pages.get(scene, query, () => {
      const asked = readAsked(query);
      return 'page' in asked ? this.#page(asked) : asked;
    });
    scene.switches.onListPage?.();
    return typeof page === 'string' ? text(scene, page) : unprocessable(scene, page);
  }

  #page(asked: Asked): string {
    const scene = this.#scene;
    const { page } = asked;
    const limit = Math.min(asked.limit, scene.switches.coldsendPageRows);
    const all = this.#sorted.get(scene, '', () =>
      inOrder(
        [...scene.world.threads.values()].filter((thread) => isHere(thread) && hasReplies(thread)),
        scene,
      ),
    );
    const found = all.filter((thread) => isAsked(thread, asked));
    const rows = found.slice((page - 1) * limit, page * limit).map((thread) => this.#row(thread));
    // Assumed: the two last counts are of the whole workspace, `total_count` of what was asked for.
    const unread = all.filter((thread) => !thread.read).length;
    const stars = all.filter((thread) => thread.starred).length;
    return `{"success":true,"conversations":[${rows.join()}],"total_count":${found.length},"page":${page},"limit":${scene.switches.coldsendSaysLimit ? limit : null},"unread_count":${unread},"starred_count":${stars}}`;
  }

  #row(thread: WorldThread): string {
    const scene = this.#scene;
    if (isBad(thread.id, scene)) return JSON.stringify(listRow(thread, scene, true));
    const row = this.#rows.get(thread, '', () => JSON.stringify(listRow(thread, scene, false)));
    return timed(row, 'last_message_at', scene);
  }
}

function listCampaigns(scene: Scene, query: string): HttpResponse {
  const { world } = scene;
  const asked = new QueryReader(query);
  const page = asked.integer('page', 1, Number.MAX_SAFE_INTEGER);
  const limit = asked.integer('limit', LIMIT_DEFAULT, LIMIT_MAX);
  const days = asked.integer('days', Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  if (asked.issues.length > 0) return unprocessable(scene, asked.issues);
  world.look();
  const status = asked.text('status')?.toUpperCase();
  const search = asked.text('search')?.toLowerCase();
  // Assumed: the values of `sort_by` are the row's keys, newest first where nothing is asked.
  const sortBy = asked.text('sort_by') ?? 'created_at';
  const sign = asked.text('sort_order') === 'asc' ? 1 : -1;
  const found = [...world.campaigns.values()]
    .filter((campaign) => isHere(campaign) && campaign.createdAt >= world.now() - days * DAY_MS)
    .map((campaign) => campaignRow(campaign, scene))
    .filter((row) => (!status || row.status === status) && (!search || row.name.toLowerCase().includes(search)))
    .sort((left, right) => sign * compare(Reflect.get(left, sortBy), Reflect.get(right, sortBy)));
  const pages = Math.ceil(found.length / limit);
  return json(scene, {
    success: true,
    message: 'Campaigns retrieved successfully',
    campaigns: found.slice((page - 1) * limit, page * limit),
    pagination: { page, limit, total: found.length, pages, has_next: page < pages, has_prev: page > 1 },
  });
}

function compare(left: unknown, right: unknown): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return String(left) < String(right) ? -1 : String(left) > String(right) ? 1 : 0;
}

function listMessages(scene: Scene, thread: WorldThread, query: string): HttpResponse {
  const asked = new QueryReader(query);
  const page = asked.integer('page', 1, Number.MAX_SAFE_INTEGER);
  const limit = asked.integer('limit', MESSAGES_DEFAULT, LIMIT_MAX);
  if (asked.issues.length > 0) return unprocessable(scene, asked.issues);
  const pages = Math.ceil(thread.visible.length / limit);
  const cut = thread.visible.slice((page - 1) * limit, page * limit);
  return json(scene, {
    success: true,
    message: 'Messages retrieved successfully',
    thread_id: thread.id,
    messages: cut.map((message) => messageRow(message, thread, scene.switches.badRowIds.includes(message.replyId))),
    total_count: thread.visible.length,
    page,
    limit,
    total_pages: pages,
    has_next: page < pages,
    has_prev: page > 1,
  });
}

interface Route {
  readonly scope: Scope;
  readonly answer: (scene: Scene, thread: WorldThread, request: SandboxRequest) => HttpResponse;
}

const THREAD_ROUTES: Readonly<Record<string, Route>> = {
  'GET ': { scope: 'replies:read', answer: (scene, thread) => json(scene, details(thread, scene)) },
  'GET /messages': {
    scope: 'replies:read',
    answer: (scene, thread, { query }) => listMessages(scene, thread, query),
  },
  'POST /reply': { scope: 'replies:create', answer: (scene, thread, { body }) => sendReply(scene, thread, body) },
  'PATCH /read': { scope: 'replies:update', answer: (scene, thread, { body }) => markRead(scene, thread, body) },
  'PATCH /star': { scope: 'replies:update', answer: (scene, thread) => toggleStar(scene, thread) },
};

const THREAD_PATH = /^\/replies\/threads\/([^/]+)(\/[a-z]+)?$/;

function ofThread(scene: Scene, request: SandboxRequest): HttpResponse {
  const found = THREAD_PATH.exec(request.path);
  const name = `${request.method} ${found?.[2] ?? ''}`;
  const route = found && Object.hasOwn(THREAD_ROUTES, name) ? THREAD_ROUTES[name] : undefined;
  if (!found || !route) return json(scene, { detail: 'Not Found' }, 404);
  const refusal = refuseKey(scene, request.headers, route.scope);
  if (refusal) return refusal;
  const id = decoded(found[1] ?? '').toLowerCase();
  const issues = uuidIssues('path', 'thread_id', id);
  if (issues.length > 0) return unprocessable(scene, issues);
  scene.world.look();
  const thread = scene.world.thread(id);
  if (!thread || !isHere(thread) || thread.visible.length === 0)
    return json(scene, { detail: 'Thread not found' }, 404);
  return route.answer(scene, thread, request);
}

/** ColdSend's API over a world. Source: ColdSend's replies page, and its reference pages where named. */
export function createColdsend(scene: Scene): Handler {
  const list = new ThreadList(scene);
  return (request) => {
    const { method, path, headers, query } = request;
    if (method === 'GET' && path === '/replies') return refuseKey(scene, headers, 'replies:read') ?? list.answer(query);
    if (method === 'GET' && path === '/campaigns') {
      return refuseKey(scene, headers, 'campaigns:read') ?? listCampaigns(scene, query);
    }
    return ofThread(scene, request);
  };
}
