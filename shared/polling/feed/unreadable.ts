import { type Event, eventId } from '../../events/event.ts';
import type { Thread, Unreadable } from '../../model.ts';
import { recordEvent } from '../../outbox/record.ts';
import { type ListContext, recorderPorts } from './context.ts';

/** Records once of a row or message that could not be parsed. `thread`: null for a row of the list. */
export async function recordUnreadable(
  context: ListContext,
  { id: item, issues }: Unreadable,
  thread: Thread | null,
): Promise<void> {
  const { polled, ports } = context;
  const id = eventId('reply.unreadable', polled.id, thread?.key ?? '', item);
  const body: Event = {
    type: 'reply.unreadable',
    timestamp: new Date(ports.clock.now()).toISOString(),
    data: {
      connection: polled.id,
      provider: polled.connection.provider.id,
      thread: thread ? `${polled.id}/${thread.id}` : null,
      item,
      issues: [...issues],
    },
  };
  if (await recordEvent(recorderPorts(context), id, body, polled.id)) {
    ports.log.warn('reply.unreadable', { connection: polled.id, feed: context.feed.id });
  }
}
