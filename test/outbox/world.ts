import { type Event, eventId } from '../../shared/events/event.ts';
import { type Deliveries, readEventLog } from '../../shared/outbox/outbox.ts';
import { recordEvent, type StoredEvent } from '../../shared/outbox/record.ts';
import type { Outcome, Sink } from '../../shared/outbox/sink.ts';
import type { LogFields } from '../../shared/ports.ts';
import { memoryStore } from '../../shared/store/memory.ts';
import type { Store } from '../../shared/store/store.ts';

export const START = Date.UTC(2026, 0, 5, 12);
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export function newWorld(store: Store = memoryStore()) {
  let now = START;
  const lines: string[] = [];
  const write = (event: string, fields?: LogFields) => {
    lines.push(`${event} ${JSON.stringify(fields)}`);
  };
  return {
    store,
    lines,
    clock: { now: () => now, sleep: async () => {} },
    random: () => 0.5,
    log: { info: write, warn: write },
    pass(ms: number) {
      now += ms;
    },
    async record(name: string, more: { backfill?: true; campaign?: string; interested?: boolean } = {}) {
      const id = eventId('reply.received', 'acme', 'thread', name);
      await recordEvent({ store, now: () => now }, id, replyEvent(name, now, more), 'acme');
      return id;
    },
    /** The event, what became of it, and when anything of it is due. */
    async stored(id: string): Promise<StoredEvent & { deliveries?: Deliveries; dueAt: number | undefined }> {
      const log = await readEventLog(store, id);
      if (!log) throw new Error('no such event');
      const due = [log.document, ...log.documents.values()].flatMap(({ dueAt }) => dueAt ?? []);
      const { deliveries } = log;
      return { ...log.stored, ...(deliveries && { deliveries }), dueAt: due.length > 0 ? Math.min(...due) : undefined };
    },
  };
}
export type World = ReturnType<typeof newWorld>;

export function replyEvent(
  name: string,
  now: number,
  { backfill, campaign, interested = false }: { backfill?: true; campaign?: string; interested?: boolean } = {},
): Event {
  const person = { email: 'lead@customer.example', name: null };
  const at = new Date(now).toISOString();
  return {
    type: 'reply.received',
    timestamp: at,
    data: {
      connection: 'acme',
      provider: 'cohesive',
      campaign: campaign === undefined ? null : { id: campaign, name: null },
      lead: person,
      thread: {
        id: 'acme/thread',
        subject: null,
        intent: null,
        interested,
        starred: null,
        read: null,
        tags: [],
        preview: null,
        lastActivityAt: at,
        messageCount: null,
      },
      message: {
        id: name,
        isFirst: true,
        mailbox: null,
        from: person,
        to: [],
        cc: [],
        bcc: [],
        subject: 'Hello',
        preview: 'canary-body',
        text: 'canary-body',
        html: null,
        sentAt: at,
        attachments: [],
      },
      vendor: {},
      ...(backfill && { backfill }),
    },
  };
}

export interface FakeSink extends Sink {
  readonly received: { id: string; attempt: number }[];
}

export function fakeSink(
  id: string,
  answer: (attempt: number) => Outcome | Promise<Outcome> = () => ({ kind: 'delivered' }),
  more: Partial<Sink> = {},
): FakeSink {
  const received: { id: string; attempt: number }[] = [];
  return {
    id,
    type: 'fake',
    actsOnOld: true,
    accepts: () => true,
    received,
    async deliver(event, _body, attempt) {
      received.push({ id: event, attempt });
      return await answer(attempt);
    },
    ...more,
  };
}
