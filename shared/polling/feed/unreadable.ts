import { type Event, eventId } from '../../events/event.ts';
import type { Thread, Unreadable } from '../../model.ts';
import { eventAddress, events, recordEvent } from '../../outbox/record.ts';
import { type FeedContext, recorderPorts } from './context.ts';

/** What cannot be read, and where. */
export interface Unread extends Unreadable {
  /** Null for a row of the list. */
  readonly thread: Thread | null;
  /** It was there when the connection was switched on. */
  readonly isOld?: boolean;
}

const idOf = ({ polled }: FeedContext, thread: Thread | null, name: string): string =>
  eventId('reply.unreadable', polled.id, thread?.key ?? '', name);

/** Recorded by another name than its own, where it stands for others too. */
async function record(context: FeedContext, { id: item, issues, thread }: Unread, name = item): Promise<void> {
  const { polled, ports } = context;
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
  if (await recordEvent(recorderPorts(context), idOf(context, thread, name), body, polled.id)) {
    ports.log.warn('reply.unreadable', { connection: polled.id, feed: context.feed.id });
  }
}

/** So that nothing is said of it later either. */
async function recordBaseline(context: FeedContext, { id: item, thread }: Unread): Promise<void> {
  const id = idOf(context, thread, item);
  const value = { id, kind: 'baseline', type: 'reply.unreadable', connection: context.polled.id } as const;
  await events.put(context.ports.store, { ...eventAddress(id), value }, 0);
}

/** So many of one list or thread are looked up one by one. */
const LOOKED_UP_MAX = 100;

/** So many that are unreadable in the same way are told one by one. */
const ALIKE_MAX = 3;

/** So many threads are told of in one poll; that there are more is said with the next. */
const THREADS_MAX = 10;

/** Those of which nothing is recorded yet, as far as they are looked up. */
async function unrecorded(context: FeedContext, unread: readonly Unread[]): Promise<readonly Unread[]> {
  const { store } = context.ports;
  const isNew = async ({ id, thread }: Unread) => !(await store.get(eventAddress(idOf(context, thread, id))));
  const looked = unread.slice(0, LOOKED_UP_MAX);
  const are = await Promise.all(looked.map(isNew));
  return [...looked.filter((_, index) => are[index]), ...unread.slice(LOOKED_UP_MAX)];
}

/** Told as one: by the least of their ids, which is the same in whatever order they come. */
async function recordAsOne(context: FeedContext, alike: readonly Unread[]): Promise<void> {
  const [first] = alike.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  if (!first) return;
  const issues = [...first.issues, `${alike.length - 1} others are unreadable in the same way`];
  await record(context, { ...first, issues }, `${first.id} and others`);
}

async function recordNew(context: FeedContext, found: readonly Unread[]): Promise<void> {
  for (const each of found.filter(({ isOld }) => isOld).slice(0, LOOKED_UP_MAX)) await recordBaseline(context, each);
  const told = found.filter(({ isOld }) => !isOld);
  for (const alike of Map.groupBy(told, ({ issues }) => issues.join('\n')).values()) {
    if (alike.length > ALIKE_MAX) await recordAsOne(context, alike);
    else for (const each of alike) await record(context, each);
  }
}

/** Records once of each, but once for all of many that are unreadable in the same way; of what is old, that nothing is to be said of it. */
export async function recordUnreadable(context: FeedContext, unread: readonly Unread[]): Promise<void> {
  await recordNew(context, await unrecorded(context, unread));
}

/** The same of what a thread holds, or of a thread. Where a poll meets many such threads, it is the vendor that has changed. */
export async function recordUnreadableIn(context: FeedContext, unread: readonly Unread[]): Promise<void> {
  const { spent } = context;
  const found = await unrecorded(context, unread);
  const [first] = found.filter(({ isOld }) => !isOld);
  if (!first) return await recordNew(context, found);
  spent.unreadThreads += 1;
  if (spent.unreadThreads <= THREADS_MAX) await recordNew(context, found);
  if (spent.unreadThreads !== THREADS_MAX + 1) return;
  const more = 'there are more such threads in this poll, which are not told one by one';
  await record(context, { ...first, issues: [...first.issues, more] });
}
