import type { Event, EventType } from '../events/event.ts';

/** What a sink wants to hear; what is absent does not filter, `*` stands for all. */
export interface SinkFilter {
  readonly events?: readonly EventType[];
  /** Events of no connection, such as a sink's own, pass. */
  readonly connections?: readonly string[];
  /** Campaign ids; narrows replies only. */
  readonly campaigns?: readonly string[];
  /** Narrows replies only. */
  readonly interested?: boolean;
}

type Loose = { readonly [Key in keyof SinkFilter]?: SinkFilter[Key] | undefined };

/** The filter among a sink's settings. */
export function filterOf({ events, connections, campaigns, interested }: Loose): SinkFilter {
  return {
    ...(events && { events }),
    ...(connections && { connections }),
    ...(campaigns && { campaigns }),
    ...(interested !== undefined && { interested }),
  };
}

function wanted(list: readonly string[] | undefined, value: string | null | undefined): boolean {
  if (list === undefined || list.includes('*')) return true;
  return typeof value === 'string' && list.includes(value);
}

export function accepts({ events, connections, campaigns, interested }: SinkFilter, event: Event): boolean {
  if (!wanted(events, event.type)) return false;
  if ('connection' in event.data && !wanted(connections, event.data.connection)) return false;
  if (event.type !== 'reply.received' && event.type !== 'reply.interested') return true;
  if (!wanted(campaigns, event.data.campaign?.id)) return false;
  return interested === undefined || event.data.thread.interested === interested;
}
