import type { HttpResponse } from '../shared/ports.ts';
import { markRead, sendReply, toggleStar } from './coldsend-actions.ts';
import {
  type Issue,
  LIMIT_DEFAULT,
  QueryReader,
  refuseKey,
  type Scope,
  unprocessable,
  uuidIssues,
} from './coldsend-checks.ts';
import { campaignRow, details, listRow, messageRow, shownIntent } from './coldsend-shapes.ts';
import { decoded, type Handler, json, noContent, type SandboxRequest, type Scene, text } from './exchange.ts';
import {
  AnswerCache,
  hasReplies,
  inOrder,
  isBad,
  isOrderDrawn,
  isPageDrawn,
  pageRows,
  RowCache,
  served,
  timed,
  withDoubles,
} from './lists.ts';
import type { Switches } from './switches.ts';
import type { WorldCampaign, WorldThread } from './world-model.ts';

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

const folded = (label: string) =>
  label
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');

/** The page names neither the values of `category` nor how they are compared. */
function isOfCategory(thread: WorldThread, category: string, switches: Switches): boolean {
  const shown = shownIntent(thread, switches);
  if (switches.coldsendFilter === 'documented') return thread.intent === category;
  if (switches.coldsendFilter === 'any-case') return shown !== null && folded(shown) === folded(category);
  return shown === category;
}

const isAsked = (thread: WorldThread, { campaignId, read, starred, category }: Asked, { switches }: Scene) =>
  (campaignId === undefined || thread.campaignId === campaignId) &&
  (read === undefined || thread.read === read) &&
  (starred === undefined || thread.starred === starred) &&
  (category === undefined || isOfCategory(thread, category, switches));

/** What the list says of how many rows it has. */
const TOTALS: Readonly<
  Record<Switches['coldsendTotals'], (found: readonly WorldThread[], onPage: number) => number | null>
> = {
  right: (found) => found.length,
  none: () => null,
  page: (_, onPage) => onPage,
  twice: (found) => found.length * 2,
  twelve: () => 12,
  messages: (found) => found.reduce((sum, { visible }) => sum + visible.length, 0),
};

class ThreadList {
  readonly #scene: Scene;
  readonly #sorted = new AnswerCache<readonly WorldThread[]>(isOrderDrawn);
  readonly #pages = new AnswerCache<string | readonly Issue[]>(isPageDrawn);
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
    if (page === '') return noContent(scene);
    return typeof page === 'string' ? text(scene, page) : unprocessable(scene, page);
  }

  /** Empty for an answer without a body. */
  #page(asked: Asked): string {
    const scene = this.#scene;
    const { page } = asked;
    const { coldsendSaysLimit, coldsendEchoesLimit, coldsendHeedsLimit } = scene.switches;
    const most = pageRows(scene.switches.coldsendPageRows, scene);
    const limit = coldsendHeedsLimit ? Math.min(asked.limit, most) : most;
    const all = this.#sorted.get(scene, '', () =>
      inOrder(
        withDoubles(
          [...scene.world.threads.values()].filter((thread) => isHere(thread) && hasReplies(thread)),
          scene,
        ),
        scene,
      ),
    );
    const found = all.filter((thread) => isAsked(thread, asked, scene));
    const rows = served(found.slice((page - 1) * limit, page * limit), scene).map((thread) => this.#row(thread));
    const { coldsendTotals, emptyLists } = scene.switches;
    if (rows.length === 0 && emptyLists === 'no-content') return '';
    const list = rows.length === 0 && emptyLists === 'null' ? 'null' : `[${rows.join()}]`;
    const total = TOTALS[coldsendTotals](found, rows.length);
    const named = coldsendEchoesLimit ? asked.limit : limit;
    // Assumed: the two last counts are of the whole workspace, `total_count` of what was asked for.
    const unread = all.filter((thread) => !thread.read).length;
    const stars = all.filter((thread) => thread.starred).length;
    return `{"success":true,"conversations":${list},"total_count":${total},"page":${page},"limit":${coldsendSaysLimit ? named : null},"unread_count":${unread},"starred_count":${stars}}`;
  }

  #row(thread: WorldThread): string {
    const scene = this.#scene;
    if (isBad(thread.id, scene)) return JSON.stringify(listRow(thread, scene, true));
    const { isoTimes, isoZoneMinutes, coldsendSpellings } = scene.switches;
    const form = `${isoTimes} ${isoZoneMinutes} ${coldsendSpellings}`;
    const row = this.#rows.get(thread, form, () => JSON.stringify(listRow(thread, scene, false)));
    return timed(row, { id: thread.id, field: 'last_message_at' }, scene);
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
    .filter((campaign) => isHere(campaign) && !scene.switches.campaignsHidden)
    .filter((campaign) => campaign.createdAt >= world.now() - days * DAY_MS)
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
    messages: cut.map((message) => messageRow(message, thread, scene)),
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
