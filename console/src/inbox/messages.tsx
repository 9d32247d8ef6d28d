import { useEffect, useRef, useState } from 'preact/hooks';
import type { ConversationView } from '../core/api.ts';
import { Message } from './message.tsx';

/** Of a longer conversation the newest messages are shown; the others when they are asked for. */
const WHOLE_MAX = 8;
const NEWEST_SHOWN = 5;

/** The messages, of a long conversation the newest; whoever opens it wants the last one. */
export function Messages({
  value: { messages, unreadable, thread },
  loading,
  toNewest,
}: {
  readonly value: ConversationView;
  readonly loading: boolean;
  readonly toNewest: boolean;
}) {
  const [isWhole, setWhole] = useState(messages.length <= WHOLE_MAX);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (toNewest) [...(list.current?.querySelectorAll('.message') ?? [])].at(-1)?.scrollIntoView({ block: 'nearest' });
  }, []);
  const earlier = isWhole ? 0 : messages.length - NEWEST_SHOWN;
  const count = messages.length;
  return (
    <div class="messages" ref={list} aria-busy={loading}>
      {earlier > 0 && (
        <button type="button" class="earlier" onClick={() => setWhole(true)}>
          Show {earlier} earlier messages
        </button>
      )}
      {messages.slice(earlier, count).map((message) => (
        <Message key={message.id} message={message} lead={thread.lead} />
      ))}
      {unreadable.length > 0 && (
        <p class="notice">
          {unreadable.length === 1 ? 'One message' : `${unreadable.length} messages`} of this thread could not be read.
        </p>
      )}
    </div>
  );
}
