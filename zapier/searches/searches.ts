import { ProviderError } from '../../shared/failure.ts';
import type { Campaign } from '../../shared/model.ts';
import type { Provider } from '../../shared/provider.ts';
import { CAMPAIGN_ITEM, MESSAGE_ITEM, outputFieldsOf, sampleOf, THREAD_ITEM } from '../catalogue.ts';
import { openEdge } from '../edge.ts';
import { told } from '../errors.ts';
import { CAMPAIGN, THREAD } from '../fields.ts';
import { wordsOf } from '../hydrators.ts';
import { neededText, textOf, threadIdOf } from '../input.ts';
import { messageItem, threadItem } from '../items.ts';
import { linksOf } from '../links.ts';
import type { Bundle, InputField, Search, Z } from '../platform.ts';
import { liveFirst } from '../triggers/choices.ts';
import { findThreads, SEARCH_CALLS_MAX } from './find.ts';

const MESSAGES_MAX = 100;
const CAMPAIGNS_MAX = 20;

/** A search that finds nothing is no error. */
function nothingIfGone(error: unknown): readonly never[] {
  if (error instanceof ProviderError && error.failure.kind === 'not-found') return [];
  throw error;
}

async function findThread(z: Z, bundle: Bundle, providers: readonly Provider[]) {
  const search = neededText(bundle, 'search', 'Search').trim();
  const edge = openEdge(z, bundle, providers, { operation: 'find_thread', callsMax: SEARCH_CALLS_MAX });
  const [rows, link] = await Promise.all([
    findThreads(edge, search, textOf(bundle, 'campaign_id')?.trim()),
    linksOf(edge),
  ]);
  return rows.map((thread) => threadItem(edge.provider.id, thread, { link }));
}

async function findMessages(z: Z, bundle: Bundle, providers: readonly Provider[]) {
  const threadId = threadIdOf(bundle);
  const direction = textOf(bundle, 'direction') ?? 'any';
  const { connection } = openEdge(z, bundle, providers, { operation: 'find_messages' });
  const messages = await connection.threads.content(threadId).then((content) => content.messages, nothingIfGone);
  const wanted = messages.filter((message) => direction === 'any' || message.direction === direction);
  const newest = wanted.toReversed().slice(0, MESSAGES_MAX);
  return await Promise.all(newest.map(async (message) => messageItem(threadId, message, await wordsOf(message))));
}

/** The campaign of exactly this id or name first, then those whose names hold the words. */
export function campaignsLike(campaigns: readonly Campaign[], search: string): readonly Campaign[] {
  const wanted = search.toLowerCase();
  const isExact = ({ id, name }: Campaign) => id.toLowerCase() === wanted || name.trim().toLowerCase() === wanted;
  const found = liveFirst(campaigns).filter((one) => isExact(one) || one.name.toLowerCase().includes(wanted));
  return found.toSorted((one, other) => Number(isExact(other)) - Number(isExact(one))).slice(0, CAMPAIGNS_MAX);
}

async function findCampaign(z: Z, bundle: Bundle, providers: readonly Provider[]) {
  const search = neededText(bundle, 'search', 'Search').trim();
  const { connection } = openEdge(z, bundle, providers, { operation: 'find_campaign', callsMax: SEARCH_CALLS_MAX });
  const found = campaignsLike(await connection.campaigns.list(), search);
  return found.map(({ id, name, status, vendor }) => ({ id, name, status, vendor }));
}

export const CAMPAIGN_SEARCH: InputField = {
  key: 'search',
  label: 'Search',
  type: 'string',
  required: true,
  helpText: 'The name of a campaign, or a part of it.',
};
export const SEARCH: InputField = {
  key: 'search',
  label: 'Search',
  type: 'string',
  required: true,
  helpText: 'An address finds the thread of exactly this lead first.',
};
export const DIRECTION: InputField = {
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
    {
      key: 'find_campaign',
      noun: 'Campaign',
      display: { label: 'Find Campaign', description: 'Finds a campaign by its name, with its status.' },
      operation: {
        perform: told((z, bundle) => findCampaign(z, bundle, providers)),
        inputFields: [CAMPAIGN_SEARCH],
        outputFields: outputFieldsOf(CAMPAIGN_ITEM),
        sample: sampleOf(CAMPAIGN_ITEM),
      },
    },
  ];
}
