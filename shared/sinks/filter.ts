import * as z from 'zod/mini';
import { EVENT_TYPES, type Event, type EventType, type ReplyData } from '../events/event.ts';
import { ids } from '../fields.ts';

/** What a sink wants to hear; what is absent does not filter, `*` stands for all. */
export interface SinkFilter {
  readonly events?: readonly EventType[];
  /** Events of no connection, such as a sink's own, pass. */
  readonly connections?: readonly string[];
  /** Campaign ids; narrows replies only. */
  readonly campaigns?: readonly string[];
  /** Narrows replies only. */
  readonly interested?: boolean;
  /** Labels, however they are written; `interested` is also whoever is so without a label. Narrows replies only. */
  readonly intents?: readonly string[];
}

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

/** "Meeting_Booked" and "meeting booked" are one label. */
const label = (text: string) =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .split(/[\s_-]+/)
    .filter(Boolean)
    .join(' ');

const INTERESTED = 'interested';

/** Whether a reply's thread carries one of these labels. Without a label, as at vendors that have none, its interest is read as one. */
export function hasLabel({ intent, interested }: ReplyData['thread'], labels: readonly string[] | undefined): boolean {
  const own = intent ?? (interested ? INTERESTED : null);
  return wanted(labels?.map(label), own === null ? null : label(own));
}

function wanted(list: readonly string[] | undefined, value: string | null | undefined): boolean {
  if (list === undefined || list.includes('*')) return true;
  return typeof value === 'string' && list.includes(value);
}

export function accepts({ events, connections, campaigns, interested, intents }: SinkFilter, event: Event): boolean {
  if (!wanted(events, event.type)) return false;
  if ('connection' in event.data && !wanted(connections, event.data.connection)) return false;
  if (event.type !== 'reply.received' && event.type !== 'reply.interested') return true;
  if (!wanted(campaigns, event.data.campaign?.id)) return false;
  const { thread } = event.data;
  if (!hasLabel(thread, intents)) return false;
  return interested === undefined || thread.interested === interested;
}
