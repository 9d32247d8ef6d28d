import * as z from 'zod/mini';
import { EVENT_TYPES, type Event, type EventType, type ReplyData } from '../events/event.ts';
import { ids } from '../fields.ts';
import { hasLabel } from '../labels.ts';
import type { Provider } from '../provider.ts';

/** What a sink wants to hear; what is absent does not filter, `*` stands for all. */
export interface SinkFilter {
  readonly events?: readonly EventType[];
  /** Events of no connection, such as a sink's own, pass. */
  readonly connections?: readonly string[];
  /** Campaign ids; narrows replies only. */
  readonly campaigns?: readonly string[];
  /** Narrows replies only. */
  readonly interested?: boolean;
  /** Labels, however they are written; at a vendor without any, `interested` and `not_interested`. Narrows replies only. */
  readonly intents?: readonly string[];
}

/** What is known of the labels of a provider, by its id. */
export type Labelling = (provider: string) => Pick<Provider, 'labels'>;

/** The filter in the config of every sink. */
export const FILTER_FIELDS = {
  events: z.optional(z.array(z.enum(EVENT_TYPES)).check(z.meta({ minItems: 1, uniqueItems: true }))),
  connections: z.optional(ids()),
  campaigns: z.optional(ids()),
  interested: z.optional(z.boolean()),
  intents: z.optional(ids()),
};

export type LooseFilter = { readonly [Key in keyof SinkFilter]?: SinkFilter[Key] | undefined };

/** The filter among a sink's settings. */
export function filterOf({ events, connections, campaigns, interested, intents }: LooseFilter): SinkFilter {
  return {
    ...(events && { events }),
    ...(connections && { connections }),
    ...(campaigns && { campaigns }),
    ...(interested !== undefined && { interested }),
    ...(intents && { intents }),
  };
}

/** Whether a reply's thread carries one of these labels. */
export function isLabelled(
  { provider, thread }: Pick<ReplyData, 'provider' | 'thread'>,
  intents: readonly string[] | undefined,
  labelling: Labelling,
): boolean {
  if (intents === undefined || intents.includes('*')) return true;
  return intents.some((intent) => hasLabel(thread, labelling(provider), intent));
}

function wanted(list: readonly string[] | undefined, value: string | null | undefined): boolean {
  if (list === undefined || list.includes('*')) return true;
  return typeof value === 'string' && list.includes(value);
}

export function accepts(
  { events, connections, campaigns, interested, intents }: SinkFilter,
  event: Event,
  labelling: Labelling,
): boolean {
  if (!wanted(events, event.type)) return false;
  if ('connection' in event.data && !wanted(connections, event.data.connection)) return false;
  if (event.type !== 'reply.received' && event.type !== 'reply.interested') return true;
  if (!wanted(campaigns, event.data.campaign?.id)) return false;
  const { thread } = event.data;
  if (!isLabelled(event.data, intents, labelling)) return false;
  return interested === undefined || thread.interested === interested;
}
