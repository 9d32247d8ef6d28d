import { inParallel } from '../../shared/concurrency/in-parallel.ts';
import type { Campaign, Message, Thread } from '../../shared/model.ts';
import type { Provider } from '../../shared/provider.ts';
import { cut } from '../../shared/text/plain.ts';
import { type Edge, openEdge } from '../edge.ts';
import { wordsOf } from '../hydrators.ts';
import { textOf } from '../input.ts';
import { isRecord } from '../memory.ts';
import type { Bundle, Z } from '../platform.ts';
import { labelsSeen, labelsToChoose, rememberLabels } from './labels.ts';
import { unionOf } from './lists.ts';
import { named, PARALLEL_MAX, type Scope } from './poll.ts';

/** Lists that one page of a dropdown shows the newest threads of. */
const LISTS_MAX = 40;
const LABEL_PAGES_MAX = 3;
/** A list is begun only with so much time left. */
const BEGIN_MS = 8_000;
/** Lists of a page are found again by the cursors of the page before. */
const cursorKey = (campaign: string, page: number) => `dropdown:${campaign}:${page}`;

interface Choice {
  readonly id: string;
  readonly name: string;
}

const rank = ({ status }: Campaign) => (status === 'active' ? 0 : 1);
export const liveFirst = (campaigns: readonly Campaign[]): readonly Campaign[] =>
  campaigns.toSorted((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));

export const campaignChoices = (campaigns: readonly Campaign[]): readonly Choice[] =>
  liveFirst(campaigns).map(({ id, name, status }) => ({
    id,
    name: status === 'active' ? name : `${name} (${status})`,
  }));

/** Enough to tell apart two leads of one name, and two threads of one lead. */
export function threadName({ lead, campaign, subject, lastActivityAt }: ThreadFace): string {
  const who = lead.name && lead.name !== lead.email ? `${lead.name} <${lead.email}>` : lead.email;
  // The first instant of 1970 stands for a time that could not be read.
  const when = lastActivityAt === 0 ? 'time unknown' : new Date(lastActivityAt).toISOString().slice(0, 10);
  return [who, campaign?.name ?? subject, when].filter(Boolean).join(' · ');
}

export type ThreadFace = Pick<Thread, 'lead' | 'lastActivityAt'> & {
  readonly campaign: { readonly name?: string | null } | null;
  readonly subject?: string | null;
};

interface ThreadLists {
  readonly scopes: readonly Scope[];
  /** By list; where it goes on. */
  readonly cursors: Readonly<Record<string, string>>;
}

export async function threadChoices(z: Z, bundle: Bundle, providers: readonly Provider[]): Promise<readonly Choice[]> {
  const { connection, memory, deadline } = openEdge(z, bundle, providers, { operation: 'threads' });
  const campaign = textOf(bundle, 'campaign_id')?.trim();
  const page = bundle.meta?.page ?? 0;
  const name = campaign ?? '*';
  const listsOf = async (): Promise<ThreadLists> => {
    if (campaign !== undefined) return { scopes: [{ id: campaign, query: { campaign } }], cursors: {} };
    const feeds = await connection.feeds.feeds(['*']);
    const order = new Map(liveFirst(feeds.flatMap((feed) => feed.campaign ?? [])).map(({ id }, at) => [id, at]));
    const sorted = feeds.toSorted((one, other) => (order.get(one.id) ?? 0) - (order.get(other.id) ?? 0));
    const scopes = sorted.map(({ id, campaign: of }) =>
      of ? { id, campaign: of, query: { campaign: of.id } } : { id, query: {} },
    );
    return { scopes: scopes.slice(0, LISTS_MAX), cursors: {} };
  };
  const kept = page === 0 ? undefined : await memory.get(cursorKey(name, page));
  if (page > 0 && !isLists(kept)) return [];
  const { scopes, cursors } = isLists(kept) ? kept : await listsOf();
  const next: Record<string, string> = {};
  const rows: Thread[] = [];
  const failures: unknown[] = [];
  await inParallel(scopes, PARALLEL_MAX, async (scope) => {
    if (rows.length > 0 && deadline.leftMs() < BEGIN_MS) return;
    try {
      const listed = await connection.threads.list(scope.query, cursors[scope.id]);
      rows.push(...listed.threads.map((thread) => named(thread, scope)));
      if (listed.cursor !== undefined) next[scope.id] = listed.cursor;
    } catch (error) {
      failures.push(error);
    }
  });
  // One list that cannot be read leaves the others to choose from.
  if (rows.length === 0 && failures.length > 0) throw failures[0];
  const on = scopes.filter(({ id }) => next[id] !== undefined);
  if (on.length > 0) await memory.set(cursorKey(name, page + 1), { scopes: on, cursors: next });
  const newestFirst = unionOf(rows).toSorted((one, other) => other.lastActivityAt - one.lastActivityAt);
  return newestFirst.map((thread) => ({ id: thread.id, name: threadName(thread) }));
}

const isLists = (value: unknown): value is ThreadLists =>
  isRecord(value) && Array.isArray(value.scopes) && isRecord(value.cursors);

export const inWords = (label: string) => {
  const words = label.replaceAll('_', ' ').trim();
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
};

/** The labels that rows have shown, lately or just now, and those that they can always carry. */
export async function labelChoices(z: Z, bundle: Bundle, providers: readonly Provider[]): Promise<readonly Choice[]> {
  const edge = openEdge(z, bundle, providers, { operation: 'intents' });
  const seen = edge.connection.provider.labels === undefined ? [] : await labelsShown(edge);
  return labelsToChoose(seen).map((id) => ({ id, name: inWords(id) }));
}

async function labelsShown(edge: Edge): Promise<ReadonlySet<string>> {
  const known = new Set(await labelsSeen(edge));
  let cursor: string | undefined;
  for (let pages = 0; pages < LABEL_PAGES_MAX && edge.deadline.leftMs() >= BEGIN_MS; pages += 1) {
    const page = await edge.connection.threads.list({}, cursor).catch((error: unknown) => {
      if (known.size === 0) throw error;
    });
    if (!page) break;
    for (const label of await rememberLabels(edge, page.threads)) known.add(label);
    cursor = page.cursor;
    if (cursor === undefined) break;
  }
  return known;
}

const MESSAGES_MAX = 50;
const PREVIEW_CHARACTERS = 60;

/** What a message is called where one is chosen. */
function messageName({ from, sentAt }: Pick<Message, 'from' | 'sentAt'>, words: string): string {
  const when = new Date(sentAt).toISOString().slice(0, 16).replace('T', ' ');
  return `${when} · ${from.name ?? from.email}: ${cut(words.replace(/\s+/g, ' ').trim(), PREVIEW_CHARACTERS)}`;
}

/** The messages of a thread, newest first. */
export async function messageChoices(messages: readonly Message[]): Promise<readonly Choice[]> {
  const newest = messages.toReversed().slice(0, MESSAGES_MAX);
  return await Promise.all(
    newest.map(async (message) => ({ id: message.id, name: messageName(message, await wordsOf(message)) })),
  );
}
