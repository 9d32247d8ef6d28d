import { createColdsend } from '../../../sandbox/coldsend.ts';
import { QueryReader, refuseKey, unprocessable } from '../../../sandbox/coldsend-checks.ts';
import { listRow } from '../../../sandbox/coldsend-shapes.ts';
import { type Handler, header, type SandboxRequest, type Scene, text } from '../../../sandbox/exchange.ts';
import { hasReplies, inOrder, RowCache } from '../../../sandbox/lists.ts';
import { RateLimits } from '../../../sandbox/rate-limits.ts';
import { SANDBOX_URLS } from '../../../sandbox/sandbox.ts';
import type { WorldMessage, WorldThread } from '../../../sandbox/world-model.ts';
import type { Http, HttpResponse } from '../../../shared/ports.ts';

const INTERESTED = 'interested';
/** Defaults and limits of the list. Source: ColdSend's replies page. */
const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 100;

/** Threads in the order of the sandbox's list, put where they belong one by one: no sorting of 100,000 for each reply. */
class OrderedThreads {
  readonly #scene: Scene;
  readonly #holds: (thread: WorldThread) => boolean;
  readonly threads: WorldThread[];

  constructor(scene: Scene, holds: (thread: WorldThread) => boolean) {
    this.#scene = scene;
    this.#holds = holds;
    this.threads = inOrder([...scene.world.threads.values()].filter(holds), scene);
  }

  #placeOf(thread: WorldThread): number {
    let low = 0;
    let high = this.threads.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const there = this.threads[middle];
      if (there && there !== thread && inOrder([thread, there], this.#scene)[0] === there) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  takeOut(thread: WorldThread): void {
    if (this.#holds(thread)) this.threads.splice(this.#placeOf(thread), 1);
  }

  putIn(thread: WorldThread): void {
    if (this.#holds(thread)) this.threads.splice(this.#placeOf(thread), 0, thread);
  }
}

/** What one request asked for. `below`: beyond the first page of a list. */
export const ASKED = ['top', 'below', 'interested top', 'interested below', 'details', 'messages'] as const;
export type Asked = (typeof ASKED)[number];

/**
 * ColdSend's API over a workspace of any size. Rows, threads and messages are the sandbox's own; the list alone is made here, from
 * arrays that are kept in order, and held to the sandbox's by a test.
 */
export class InboxVendor {
  readonly #scene: Scene;
  readonly #answer: Handler;
  readonly #limits = new RateLimits();
  readonly #rows = new RowCache();
  readonly #all: OrderedThreads;
  readonly #interested: OrderedThreads;
  #swapped: number | undefined;
  /** How often each was asked for, refused requests included. */
  readonly asked: Record<Asked, number> = Object.fromEntries(ASKED.map((kind) => [kind, 0])) as Record<Asked, number>;
  /** Requests answered with 429. */
  refused = 0;
  /** When the first page of the whole list was shown, and when the last. */
  readonly topsAt: number[] = [];
  readonly endsAt: number[] = [];

  constructor(scene: Scene) {
    scene.world.look();
    this.#scene = scene;
    this.#answer = createColdsend(scene);
    this.#all = new OrderedThreads(scene, hasReplies);
    this.#interested = new OrderedThreads(scene, (thread) => hasReplies(thread) && thread.intent === INTERESTED);
  }

  /** The threads of the list, as they are listed. */
  get threads(): readonly WorldThread[] {
    return this.#all.threads;
  }

  /** The lead writes now. */
  reply(thread: WorldThread, words: string): WorldMessage {
    const { world } = this.#scene;
    return this.#change(thread, () => {
      const message = world.addMessage(thread.id, { direction: 'inbound', sentAt: world.now(), text: words });
      world.look();
      return message;
    });
  }

  label(thread: WorldThread): void {
    this.#change(thread, () => this.#scene.world.setLabel(thread.id, INTERESTED));
  }

  /** In the next answer with the first page of the whole list, and in that alone, the rows at `place` and below it are swapped. */
  swapOnce(place: number): void {
    this.#swapped = place;
  }

  readonly http: Http = async ({ method, url, headers }) => {
    const { pathname, search } = new URL(url);
    const path = pathname.slice(new URL(SANDBOX_URLS.coldsend).pathname.length);
    const request: SandboxRequest = { method, path, query: search.slice(1), headers };
    const { switches } = this.#scene;
    const key = header(headers, 'x-api-key');
    if (!switches.coldsendRateLimits || !key) return this.#answerTo(request);
    const limits = this.#limits.take(this.#scene, key);
    if (limits.refusal) this.refused += 1;
    const answer = limits.refusal ?? this.#answerTo(request);
    return { ...answer, headers: { ...answer.headers, ...limits.headers } };
  };

  #answerTo(request: SandboxRequest): HttpResponse {
    if (request.path === '/replies')
      return refuseKey(this.#scene, request.headers, 'replies:read') ?? this.#list(request.query);
    this.asked[request.path.endsWith('/messages') ? 'messages' : 'details'] += 1;
    return this.#answer(request);
  }

  #change<Result>(thread: WorldThread, change: () => Result): Result {
    const lists = [this.#all, this.#interested];
    for (const list of lists) list.takeOut(thread);
    const result = change();
    for (const list of lists) list.putIn(thread);
    return result;
  }

  #list(query: string): HttpResponse {
    const scene = this.#scene;
    const reader = new QueryReader(query);
    const page = reader.integer('page', 1, Number.MAX_SAFE_INTEGER);
    const limit = Math.min(reader.integer('limit', LIMIT_DEFAULT, LIMIT_MAX), scene.switches.coldsendPageRows);
    const category = reader.text('category');
    if (['campaign_id', 'is_read', 'is_starred'].some((name) => reader.text(name) !== undefined))
      throw new Error('Polling asks for no such filter, so this vendor has none.');
    if (reader.issues.length > 0) return unprocessable(scene, reader.issues);
    const found = this.#found(category);
    this.#note(category !== undefined, page, page * limit >= found.length);
    const cut = found.slice((page - 1) * limit, page * limit);
    const rows = (category === undefined && page === 1 ? this.#withSwap(cut) : cut).map((thread) =>
      this.#rows.get(thread, '', () => JSON.stringify(listRow(thread, scene, false))),
    );
    // Nobody reads or stars anything here.
    return text(
      scene,
      `{"success":true,"conversations":[${rows.join()}],"total_count":${found.length},"page":${page},"limit":${limit},"unread_count":${this.threads.length},"starred_count":0}`,
    );
  }

  #found(category: string | undefined): readonly WorldThread[] {
    if (category === undefined) return this.threads;
    if (category === INTERESTED) return this.#interested.threads;
    return this.threads.filter(({ intent }) => intent === category);
  }

  #note(isInterested: boolean, page: number, isEnd: boolean): void {
    const part = page === 1 ? ('top' as const) : ('below' as const);
    this.asked[isInterested ? (`interested ${part}` as const) : part] += 1;
    if (isInterested) return;
    const now = this.#scene.world.now();
    if (page === 1) this.topsAt.push(now);
    if (isEnd) this.endsAt.push(now);
  }

  #withSwap(rows: readonly WorldThread[]): readonly WorldThread[] {
    const place = this.#swapped;
    const [above, below] = place === undefined ? [] : rows.slice(place, place + 2);
    if (place === undefined || !above || !below) return rows;
    this.#swapped = undefined;
    return rows.toSpliced(place, 2, below, above);
  }
}
