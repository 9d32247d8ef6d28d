import { createHash } from 'node:crypto';
import { inParallel } from '../../shared/concurrency/in-parallel.ts';
import { ProviderError, UserError } from '../../shared/failure.ts';
import type { Thread } from '../../shared/model.ts';
import type { Edge } from '../edge.ts';
import { isRecord } from '../memory.ts';
import { liveFirst } from '../triggers/choices.ts';
import { unionOf } from '../triggers/lists.ts';
import { named, type Scope } from '../triggers/poll.ts';
import { campaignsOf } from '../triggers/thread-memory.ts';

/** Calls that one search makes, whatever it finds: what it takes, polls and actions with the same key lack. */
export const SEARCH_CALLS_MAX = 10;
const PARALLEL_MAX = 5;
/** As many threads are enough. */
const THREADS_MAX = 20;
/** A list that is begun with less time left may not be read in time. */
const BEGIN_MS = 5_000;
/** How long a search that was cut is gone on with. */
const RESUMED_MS = 30 * 60_000;

/** Lists that are still to be looked through, and where. */
interface Left {
  readonly scope: Scope;
  readonly cursor?: string;
}

const isAddress = (search: string) => /^[^\s@]+@[^\s@]+$/.test(search);

/** The lead of exactly this address first, then whoever wrote last. */
export function bestFirst(rows: readonly Thread[], search: string): readonly Thread[] {
  const wanted = search.toLowerCase();
  const rank = ({ lead }: Thread) => (lead.email.toLowerCase() === wanted ? 0 : 1);
  return rows.toSorted((one, other) => rank(one) - rank(other) || other.lastActivityAt - one.lastActivityAt);
}

function holds({ lead, subject, preview, campaign }: Thread, search: string): boolean {
  const needle = search.toLowerCase();
  return [lead.email, lead.name, subject, preview, campaign?.name].some((text) => text?.toLowerCase().includes(needle));
}

/**
 * Threads that hold these words, the best first. Nothing found means that there is nothing: a search that could not look
 * everywhere ends in a sentence, and the next one goes on where it stopped.
 */
export async function findThreads(
  edge: Edge,
  search: string,
  campaign: string | undefined,
): Promise<readonly Thread[]> {
  const hunt = new Hunt(edge, search);
  const entry = `search:${createHash('sha256')
    .update(JSON.stringify([search, campaign]))
    .digest('hex')
    .slice(0, 24)}`;
  const kept = await edge.memory.get(entry);
  const before = leftOf(kept, edge.clock.now());
  const lists = before ?? (await likelyFirst(edge, search, await listsOf(edge, campaign, hunt)));
  await hunt.through(lists);
  const { rows, left, failures } = hunt;
  if (rows.length > 0) return bestFirst(unionOf(rows), search).slice(0, THREADS_MAX);
  if (left.length === 0) {
    if (before) await edge.memory.forget(entry);
    return [];
  }
  await edge.memory.set(entry, { at: edge.clock.now(), left });
  throw failures[0] ?? new UserError(cutSentence(edge, left.length, lists.length, campaign), 1);
}

const isLeft = (value: unknown): value is Left =>
  isRecord(value) && isRecord(value.scope) && isRecord(value.scope.query);

function leftOf(kept: unknown, now: number): readonly Left[] | undefined {
  if (!isRecord(kept) || !Array.isArray(kept.left) || now - Number(kept.at) >= RESUMED_MS) return undefined;
  return kept.left.filter(isLeft);
}

async function listsOf({ connection }: Edge, campaign: string | undefined, hunt: Hunt): Promise<readonly Left[]> {
  if (campaign !== undefined) return [{ scope: { id: campaign, query: { campaign } } }];
  hunt.calls += 1;
  const feeds = await connection.feeds.feeds(['*']);
  const live = new Map(liveFirst(feeds.flatMap((feed) => feed.campaign ?? [])).map(({ id }, at) => [id, at]));
  const sorted = feeds.toSorted((one, other) => (live.get(one.id) ?? 0) - (live.get(other.id) ?? 0));
  return sorted.map(({ id, campaign: of }) => ({
    scope: of ? { id, campaign: of, query: { campaign: of.id } } : { id, query: {} },
  }));
}

/** A lead that a trigger told of is looked for where it wrote, when not all lists can be asked. */
async function likelyFirst(edge: Edge, search: string, lists: readonly Left[]): Promise<readonly Left[]> {
  if (!isAddress(search) || lists.length < SEARCH_CALLS_MAX) return lists;
  const known = await campaignsOf(edge, search);
  return lists.toSorted((one, other) => Number(known.has(other.scope.id)) - Number(known.has(one.scope.id)));
}

function cutSentence({ provider }: Edge, left: number, all: number, campaign: string | undefined): string {
  const where =
    all > 1
      ? `in ${all - left} of ${all} campaigns; the others are still to be looked through`
      : 'among the newest threads; older ones are still to be looked through';
  const what = campaign === undefined ? 'Choose a campaign, or run' : 'Run';
  return `${provider.label} was searched as far as one search may go, and nothing was found ${where}. ${what} this again to go on from there.`;
}

/** One search under way. */
class Hunt {
  calls = 0;
  readonly rows: Thread[] = [];
  readonly left: Left[] = [];
  readonly failures: unknown[] = [];
  readonly #edge: Edge;
  readonly #search: string;
  #isFound = false;

  constructor(edge: Edge, search: string) {
    this.#edge = edge;
    this.#search = search;
  }

  async through(lists: readonly Left[]): Promise<void> {
    await inParallel(lists, PARALLEL_MAX, (list) => this.#list(list));
  }

  #mayCall(): boolean {
    return this.calls < SEARCH_CALLS_MAX && this.#edge.deadline.leftMs() >= BEGIN_MS;
  }

  async #list({ scope, cursor: from }: Left): Promise<void> {
    let cursor = from;
    do {
      if (this.#isFound) return;
      if (!this.#mayCall()) return this.#leave(scope, cursor);
      this.calls += 1;
      try {
        cursor = await this.#page(scope, cursor);
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        // A campaign that is gone has no threads; one that was asked for by name is missed.
        if (error.failure.kind === 'not-found' && scope.campaign !== undefined) return;
        this.failures.push(error);
        return this.#leave(scope, cursor);
      }
    } while (cursor !== undefined && this.rows.length < THREADS_MAX);
  }

  #leave(scope: Scope, cursor: string | undefined): void {
    this.left.push({ scope, ...(cursor === undefined ? {} : { cursor }) });
  }

  /** Where the list goes on. */
  async #page(scope: Scope, cursor: string | undefined): Promise<string | undefined> {
    const { connection, provider } = this.#edge;
    // A list of everything is looked through here, so that it ends with the lead that is looked for.
    const query = provider.oneFeed ? scope.query : { ...scope.query, search: this.#search };
    const page = await connection.threads.list(query, cursor);
    const found = page.threads.filter((thread) => !provider.oneFeed || holds(thread, this.#search));
    this.rows.push(...found.map((thread) => named(thread, scope)));
    const wanted = this.#search.toLowerCase();
    const isExact = ({ lead }: Thread) => lead.email.toLowerCase() === wanted;
    this.#isFound ||= isAddress(this.#search) && found.some(isExact);
    return this.#isFound ? undefined : page.cursor;
  }
}
