import { ProviderError } from '../../shared/failure.ts';
import type { Campaign, Message } from '../../shared/model.ts';
import type { Provider } from '../../shared/provider.ts';
import { CAMPAIGN_ITEM, MESSAGE_ITEM, outputFieldsOf, sampleOf, THREAD_ITEM } from '../catalogue.ts';
import { openEdge } from '../edge.ts';
import { told } from '../errors.ts';
import { FIND_CAMPAIGN, FIND_MESSAGES, FIND_THREAD } from '../faces.ts';
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
  const { connection } = openEdge(z, bundle, providers, { operation: 'find_messages' });
  const messages = await connection.threads.content(threadId).then((content) => content.messages, nothingIfGone);
  return await messageItems(bundle, threadId, messages);
}

/** The newest first, of the direction that was chosen. */
export async function messageItems(bundle: Bundle, threadId: string, messages: readonly Message[]) {
  const direction = textOf(bundle, DIRECTION.key) ?? 'any';
  const wanted = messages.filter((message) => direction === 'any' || message.direction === direction);
  const newest = wanted.toReversed().slice(0, MESSAGES_MAX);
  return await Promise.all(newest.map(async (message) => messageItem(threadId, message, await wordsOf(message))));
}

/** The campaign of exactly this id or name first, then those whose names hold the words. */
export function campaignItems(campaigns: readonly Campaign[], search: string) {
  const wanted = search.toLowerCase();
  const isExact = ({ id, name }: Campaign) => id.toLowerCase() === wanted || name.trim().toLowerCase() === wanted;
  const found = liveFirst(campaigns).filter((one) => isExact(one) || one.name.toLowerCase().includes(wanted));
  const best = found.toSorted((one, other) => Number(isExact(other)) - Number(isExact(one))).slice(0, CAMPAIGNS_MAX);
  return best.map(({ id, name, status, vendor }) => ({ id, name, status, vendor }));
}

async function findCampaign(z: Z, bundle: Bundle, providers: readonly Provider[]) {
  const search = neededText(bundle, 'search', 'Search').trim();
  const { connection } = openEdge(z, bundle, providers, { operation: 'find_campaign', callsMax: SEARCH_CALLS_MAX });
  return campaignItems(await connection.campaigns.list(), search);
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
      ...FIND_THREAD,
      operation: {
        perform: told((z, bundle) => findThread(z, bundle, providers)),
        inputFields: [SEARCH, CAMPAIGN],
        outputFields: outputFieldsOf(THREAD_ITEM),
        sample: sampleOf(THREAD_ITEM, sampleProvider),
      },
    },
    {
      ...FIND_MESSAGES,
      operation: {
        perform: told((z, bundle) => findMessages(z, bundle, providers)),
        inputFields: [THREAD, DIRECTION],
        outputFields: outputFieldsOf(MESSAGE_ITEM),
        sample: sampleOf(MESSAGE_ITEM),
      },
    },
    {
      ...FIND_CAMPAIGN,
      operation: {
        perform: told((z, bundle) => findCampaign(z, bundle, providers)),
        inputFields: [CAMPAIGN_SEARCH],
        outputFields: outputFieldsOf(CAMPAIGN_ITEM),
        sample: sampleOf(CAMPAIGN_ITEM),
      },
    },
  ];
}
