import { eventId } from '../events/event.ts';
import { ProviderError } from '../failure.ts';
import type { Instant, Message, Thread } from '../model.ts';
import { eventAddress, events, recordEvent, type StoredEvent } from '../outbox/record.ts';
import type { ThreadContent } from '../provider.ts';
import { Unreadable } from '../store/collection.ts';
import { endsPoll, type FeedContext, recorderPorts, settleSpan } from './context.ts';
import { isSettled } from './settling.ts';
import { AFTER_EVERY_ID, type Cover, countOf, isNewer, type LedgerRow, newestInbound } from './state.ts';
import { tellUnreadable } from './unreadable.ts';

type ReplyType = 'reply.received' | 'reply.interested';

const replyId = (context: FeedContext, type: ReplyType, thread: Thread, message: Message) =>
  eventId(type, context.polled.id, thread.key, message.id);

export interface Telling {
  readonly type: ReplyType;
  readonly thread: Thread;
  readonly content: ThreadContent;
  readonly message: Message;
}

export async function tell(context: FeedContext, telling: Telling): Promise<boolean> {
  const { polled, ports, spent } = context;
  const happening = { ...telling, connection: polled.id, provider: polled.connection.provider.id };
  const body = await ports.compose(happening, ports.clock.now());
  const id = replyId(context, telling.type, telling.thread, telling.message);
  const recorded = await recordEvent(recorderPorts(context), id, body, polled.id);
  if (recorded) spent.recorded += 1;
  return recorded;
}

/** The newest message that was there when the thread was opened last, by the messages' own clock. */
const seenOf = (known: LedgerRow): Instant => known.seen ?? known.openedAt;

/**
 * Whether the message was there when the thread was opened before, and is told or kept back already. Nearly always it is, and
 * looking costs a fraction of a put that is refused. What became visible late is not there, and is told.
 */
async function isHandled(
  context: FeedContext,
  thread: Thread,
  message: Message,
  known: LedgerRow | undefined,
): Promise<boolean> {
  if (!known || message.sentAt > seenOf(known)) return false;
  const id = replyId(context, 'reply.received', thread, message);
  return (await context.ports.store.get(eventAddress(id))) !== undefined;
}

/** As {@link tell}, and also what the baseline kept back. */
export async function tellOld(context: FeedContext, telling: Telling): Promise<boolean> {
  const { polled, ports, spent } = context;
  const provider = polled.connection.provider.id;
  const at = ports.clock.now();
  const body = await ports.compose({ ...telling, connection: polled.id, provider, backfill: true }, at);
  const id = replyId(context, telling.type, telling.thread, telling.message);
  const stored = await events.get(ports.store, eventAddress(id));
  // What is there and cannot be read may be told already.
  if (stored instanceof Unreadable || (stored && stored.value.kind !== 'baseline')) return false;
  const value: StoredEvent = { id, kind: 'event', type: telling.type, connection: polled.id, body };
  const writing = { ...eventAddress(id), value, dueAt: at, recordedAt: at };
  const recorded = await events.put(ports.store, writing, stored?.version ?? 0);
  if (recorded) spent.recorded += 1;
  return recorded;
}

/** Marks a message as seen when the connection was switched on: it is never told, but by a backfill. */
export async function keepBack(context: FeedContext, thread: Thread, message: Message): Promise<void> {
  const id = replyId(context, 'reply.received', thread, message);
  const value: StoredEvent = { id, kind: 'baseline', type: 'reply.received', connection: context.polled.id };
  await events.put(context.ports.store, { ...eventAddress(id), value }, 0);
}

/** Whether the config asks for this thread's campaign. Known only once a thread is opened (ColdSend). */
export function isWanted({ polled, feed }: FeedContext, content: ThreadContent): boolean {
  if (feed.campaign || polled.campaigns.includes('*')) return true;
  return content.campaign?.id !== undefined && polled.campaigns.includes(content.campaign.id);
}

export async function fetchContent(
  context: FeedContext,
  row: Thread,
): Promise<{ thread: Thread; content: ThreadContent }> {
  const campaignId = context.ledger.get(row.key)?.campaign;
  context.spent.calls += 1;
  context.spent.opened += 1;
  const { feeds } = context.polled.connection;
  const content = await feeds.open(row, campaignId === undefined ? undefined : { campaignId });
  return { thread: content.campaign ? { ...row, campaign: content.campaign } : row, content };
}

/** So many of the newest messages are looked up whatever their times say: one from a lead's wrong clock hides no other. */
const LOOKED_UP = 10;

/** What was sent before this is told already, baseline, or older than the connection. No clock but the messages' own is asked. */
function tellFrom(
  context: FeedContext,
  inbound: readonly Message[],
  known: LedgerRow | undefined,
  deep: boolean,
): Instant {
  const first = context.on - context.limits.lateMs;
  if (deep || !known || known.pending || known.openedAt === 0) return first;
  const newest = inbound.at(-LOOKED_UP)?.sentAt ?? first;
  return Math.max(first, Math.min(newest, seenOf(known) - settleSpan(context.limits)));
}

/** Sent before the config named the thread's campaign: as old as what a baseline keeps back. */
const isBeforeConfig = (context: FeedContext, content: ThreadContent, { sentAt }: Message): boolean =>
  content.campaign?.id !== undefined && sentAt <= (context.toldFrom(content.campaign.id) ?? 0);

async function tellReceived(
  context: FeedContext,
  thread: Thread,
  content: ThreadContent,
  options: { readonly deep: boolean; readonly known: LedgerRow | undefined },
): Promise<void> {
  const inbound = content.messages.filter(({ direction }) => direction === 'inbound');
  const from = tellFrom(context, inbound, options.known, options.deep);
  for (const message of inbound) {
    if (message.sentAt < from || isBeforeConfig(context, content, message)) continue;
    if (await isHandled(context, thread, message, options.known)) continue;
    const isOld = message.sentAt <= context.on && (options.known?.baseline === 1 || context.keepsBack);
    if (isOld) await keepBack(context, thread, message);
    else await tell(context, { type: 'reply.received', thread, content, message });
  }
}

/** P4: what is covered was told or seen at the baseline; only a newer message under no label uncovers a thread. */
async function tellInterested(context: FeedContext, thread: Thread, content: ThreadContent): Promise<void> {
  const { covers } = context;
  const cover = covers.get(thread.key);
  const newest = newestInbound(content.messages);
  if (!newest) {
    if (thread.interested && !cover) covers.set(thread.key, [0, '']);
    return;
  }
  if (cover && !isNewer(newest, cover)) return;
  if (!thread.interested) {
    covers.delete(thread.key);
    return;
  }
  const isOld = newest.sentAt <= context.silentUpTo || isBeforeConfig(context, content, newest);
  if (!isOld && isWanted(context, content)) {
    await tell(context, { type: 'reply.interested', thread, content, message: newest });
  }
  covers.set(thread.key, [newest.sentAt, newest.id]);
}

const rowOf = (row: Thread): Pick<LedgerRow, 'at' | 'count' | 'interested'> => ({
  at: row.lastActivityAt,
  count: countOf(row),
  interested: row.interested ? 1 : 0,
});

/** A list may give times in whole seconds, a thread in milliseconds: a row's newest message can be this much newer than its row. */
const ROUNDED_MS = 999;

/** Of a thread that is not opened: everything it holds up to the moment of silence. */
export const coverOf = ({ silentUpTo }: Pick<FeedContext, 'silentUpTo'>, row: Thread): Cover => [
  Math.min(row.lastActivityAt + ROUNDED_MS, silentUpTo),
  AFTER_EVERY_ID,
];

/** Remembers a row that needs no opening. */
export function noteRow(context: FeedContext, row: Thread): void {
  const { gone: _, ...known } = context.ledger.get(row.key) ?? { openedAt: 0 };
  context.ledger.set(row.key, { ...known, ...rowOf(row) });
}

/** A settled thread in which a daily reading found nothing: remembering when would change nothing but the day's bill. */
const isAsBefore = (context: FeedContext, known: LedgerRow | undefined, opened: LedgerRow): boolean =>
  known !== undefined &&
  known.openedAt > 0 &&
  known.at === opened.at &&
  known.count === opened.count &&
  known.interested === opened.interested &&
  known.campaign === opened.campaign &&
  !known.pending &&
  !known.gone &&
  isSettled(known, context);

/**
 * Opens a thread: puts every due event, both kinds, and only then lets ledger and covers know the message.
 * A failure of this thread alone is remembered in the ledger and tried again; one that ends the poll is thrown.
 */
export async function openThread(context: FeedContext, row: Thread, deep = false): Promise<'opened' | ProviderError> {
  const known = context.ledger.get(row.key);
  try {
    const { thread, content } = await fetchContent(context, row);
    const recorded = context.spent.recorded;
    for (const unreadable of content.unreadable) await tellUnreadable(context, unreadable, thread);
    if (isWanted(context, content)) await tellReceived(context, thread, content, { deep, known });
    await tellInterested(context, thread, content);
    const campaign = content.campaign?.id ?? '';
    const seen = content.messages.at(-1)?.sentAt;
    const opened = { ...rowOf(row), openedAt: context.now, campaign, ...(seen === undefined ? {} : { seen }) };
    const isNews = !deep || context.spent.recorded > recorded || !isAsBefore(context, known, opened);
    if (isNews) context.ledger.set(row.key, opened);
    return 'opened';
  } catch (error) {
    if (endsPoll(error) || !(error instanceof ProviderError)) throw error;
    if (error.failure.kind === 'wire') {
      await tellUnreadable(context, { id: String(row.lastActivityAt), issues: error.failure.issues }, row);
    }
    const { gone: _, ...rest } = known ?? { openedAt: 0 };
    const { keepsBack, silentUpTo } = context;
    context.ledger.set(row.key, { ...rest, ...rowOf(row), pending: 1, ...(keepsBack && { baseline: 1 }) });
    if (row.interested && row.lastActivityAt <= silentUpTo) context.covers.set(row.key, coverOf(context, row));
    return error;
  }
}
