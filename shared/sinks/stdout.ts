import { type Event, whyOf } from '../events/event.ts';
import type { Sink } from '../outbox/sink.ts';
import { accepts, type SinkFilter } from './filter.ts';

export interface StdoutSettings {
  readonly id: string;
  readonly filter: SinkFilter;
  /** `json`: one line of NDJSON with the id. `pretty`: one line for a person. */
  readonly form: 'json' | 'pretty';
}

function pretty(event: Event): string {
  const at = event.timestamp.slice(0, 19).replace('T', ' ');
  if (event.type === 'reply.received' || event.type === 'reply.interested') {
    const { lead, thread, message, connection } = event.data;
    const from = lead.name ? `${lead.name} <${lead.email}>` : lead.email;
    return `${at}  ${event.type}  ${connection}  ${from}  ${message.subject ?? thread.subject ?? ''}: ${message.preview}`;
  }
  const about = 'sink' in event.data ? event.data.sink : event.data.connection;
  const why = whyOf(event.data);
  return `${at}  ${event.type}  ${about}  ${why}`;
}

export function stdoutSink({ id, filter, form }: StdoutSettings, write: (line: string) => void): Sink {
  return {
    id,
    type: 'stdout',
    actsOnOld: true,
    accepts: (event) => accepts(filter, event),
    async deliver(eventId, event) {
      write(form === 'json' ? JSON.stringify({ id: eventId, ...event }) : pretty(event));
      return { kind: 'delivered' };
    },
  };
}
