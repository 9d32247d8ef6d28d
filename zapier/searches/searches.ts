import { ProviderError } from '../../shared/failure.ts';
import type { Thread } from '../../shared/model.ts';
import type { Provider } from '../../shared/provider.ts';
import { MESSAGE_ITEM, outputFieldsOf, sampleOf, THREAD_ITEM } from '../catalogue.ts';
import { type Edge, openEdge } from '../edge.ts';
import { told } from '../errors.ts';
import { CAMPAIGN, THREAD } from '../fields.ts';
import { wordsOf } from '../hydrators.ts';
import { neededText, textOf, threadIdOf } from '../input.ts';
import { messageItem, threadItem } from '../items.ts';
import type { Bundle, InputField, Search, Z } from '../platform.ts';

const THREADS_MAX = 20;
const PAGES_MAX = 10;
const MESSAGES_MAX = 100;
/** A page that is begun with less time left may not end in time. */
const PAGE_MS = 8_000;

async function found(edge: Edge, search: string, campaign: string | undefined): Promise<readonly Thread[]> {
  const { threads } = edge.connection;
  const query = { search, ...(campaign === undefined ? {} : { campaign }) };
  const rows: Thread[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < PAGES_MAX && rows.length < THREADS_MAX; pages += 1) {
    const page = await threads.list(query, cursor);
    rows.push(...page.threads);
    cursor = page.cursor;
    if (cursor === undefined || edge.deadline.leftMs() < PAGE_MS) break;
  }
  return rows;
}

/** The lead of exactly this address first, then whoever wrote last. */
function bestFirst(rows: readonly Thread[], search: string): readonly Thread[] {
  const wanted = search.toLowerCase();
  const rank = ({ lead }: Thread) => (lead.email.toLowerCase() === wanted ? 0 : 1);
  return [...rows].sort((one, other) => rank(one) - rank(other) || other.lastActivityAt - one.lastActivityAt);
}

/** A search that finds nothing is no error. */
function nothingIfGone(error: unknown): readonly never[] {
  if (error instanceof ProviderError && error.failure.kind === 'not-found') return [];
  throw error;
}

async function findThread(z: Z, bundle: Bundle, providers: readonly Provider[]) {
  const search = neededText(bundle, 'search', 'Search').trim();
  const edge = openEdge(z, bundle, providers, 1);
  const rows = await found(edge, search, textOf(bundle, 'campaign_id')?.trim()).catch(nothingIfGone);
  return bestFirst(rows, search)
    .slice(0, THREADS_MAX)
    .map((thread) => threadItem(edge.provider.id, thread));
}

async function findMessages(z: Z, bundle: Bundle, providers: readonly Provider[]) {
  const threadId = threadIdOf(bundle);
  const direction = textOf(bundle, 'direction') ?? 'any';
  const { connection } = openEdge(z, bundle, providers, 1);
  const messages = await connection.threads.content(threadId).then((content) => content.messages, nothingIfGone);
  const wanted = messages.filter((message) => direction === 'any' || message.direction === direction);
  const newest = wanted.toReversed().slice(0, MESSAGES_MAX);
  return await Promise.all(newest.map(async (message) => messageItem(threadId, message, await wordsOf(message))));
}

const SEARCH: InputField = {
  key: 'search',
  label: 'Search',
  type: 'string',
  required: true,
  helpText: 'An address finds the thread of exactly this lead first.',
};
const DIRECTION: InputField = {
  key: 'direction',
  label: 'Direction',
  type: 'string',
  choices: { any: 'Both', inbound: 'From the lead', outbound: 'From you' },
  default: 'any',
};

export function searchesFor(providers: readonly Provider[]): readonly Search[] {
  const sampleProvider = providers.at(-1)?.id ?? '';
  return [
    {
      key: 'find_thread',
      noun: 'Thread',
      display: { label: 'Find Thread', description: 'Finds a thread by address, name or words of a lead.' },
      operation: {
        perform: told((z, bundle) => findThread(z, bundle, providers)),
        inputFields: [SEARCH, CAMPAIGN],
        outputFields: outputFieldsOf(THREAD_ITEM),
        sample: sampleOf(THREAD_ITEM, sampleProvider),
      },
    },
    {
      key: 'find_messages',
      noun: 'Message',
      display: { label: 'Find Messages', description: 'Finds the messages of a thread, newest first.' },
      operation: {
        perform: told((z, bundle) => findMessages(z, bundle, providers)),
        inputFields: [THREAD, DIRECTION],
        outputFields: outputFieldsOf(MESSAGE_ITEM),
        sample: sampleOf(MESSAGE_ITEM),
      },
    },
  ];
}
