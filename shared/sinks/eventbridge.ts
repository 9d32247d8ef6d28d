import type { Event } from '../events/event.ts';
import type { Outcome, Sink } from '../outbox/sink.ts';
import { accepts, type SinkFilter } from './filter.ts';

/** What rules of the bus match on. */
const SOURCE = 'replybus';

/** One entry of PutEvents. */
export interface BusEntry {
  readonly source: string;
  readonly detailType: string;
  /** JSON text. */
  readonly detail: string;
  readonly bus: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/**
 * Puts one entry on the bus. Resolves to the code with which the bus refused it, or to nothing when it took it: an answer
 * of 200 may hold a failed entry. Rejects when there was no answer.
 */
export type PutOnBus = (entry: BusEntry) => Promise<{ readonly errorCode?: string }>;

export interface EventBridgeSettings {
  readonly id: string;
  /** Name or ARN. */
  readonly bus: string;
  readonly filter: SinkFilter;
}

/** A short word of ours or the SDK's; never a message, which may quote the entry. */
function word(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  return /^[A-Za-z]{1,60}$/.test(name) ? name : 'failed';
}

/** The detail is the webhook's payload and the event id, which stays the same on every try: rules and targets can tell repeats. */
export function eventBridgeSink({ id, bus, filter }: EventBridgeSettings, put: PutOnBus): Sink {
  return {
    id,
    type: 'eventbridge',
    actsOnOld: true,
    accepts: (event) => accepts(filter, event),
    async deliver(eventId: string, event: Event): Promise<Outcome> {
      const detail = JSON.stringify({ id: eventId, ...event });
      const time = Date.parse(event.timestamp);
      try {
        const { errorCode } = await put({ source: SOURCE, detailType: event.type, detail, bus, time });
        return errorCode === undefined ? { kind: 'delivered' } : { kind: 'retry', error: errorCode };
      } catch (error) {
        return { kind: 'retry', error: word(error) };
      }
    },
  };
}
