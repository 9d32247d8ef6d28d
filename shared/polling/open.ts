import { eventId } from '../events/event.ts';
import { ProviderError } from '../failure.ts';
import type { Instant, Message, Thread } from '../model.ts';
import { eventAddress, events, recordEvent, type StoredEvent } from '../outbox/record.ts';
import type { ThreadContent } from '../provider.ts';
import { Unreadable } from '../store/collection.ts';
import { endsPoll, type FeedContext, lateWindowMs, recorderPorts } from './context.ts';
import { isRechecked } from './rechecks.ts';
import { nextRetry } from './retries.ts';
import { AFTER_EVERY_ID, countOf, type InterestWatermark, isNewer, newestInbound, type SeenThread } from './state.ts';
import { recordUnreadable } from './unreadable.ts';

type ReplyType = 'reply.received' | 'reply.interested';

const replyId = (context: FeedContext, type: ReplyType, thread: Thread, message: Message) =>
  eventId(type, context.polled.id, thread.key, message.id);

export interface Reply {
  readonly type: ReplyType;
  readonly thread: Thread;
  readonly content: ThreadContent;
  readonly message: Message;
}

export async function recordReply(context: FeedContext, reply: Reply): Promise<boolean> {
  const { polled, ports, spent } = context;
  const happening = { ...reply, connection: polled.id, provider: polled.connection.provider.id };
  const body = await ports.compose(happening, ports.clock.now());
  const id = replyId(context, reply.type, reply.thread, reply.message);
  const recorded = await recordEvent(recorderPorts(context), id, body, polled.id);
  if (recorded) spent.recorded += 1;
  return recorded;
}

/** The newest message that was there when the thread was opened last, by the messages' own clock. */
const seenOf = (known: SeenThread): Instant => known.seen ?? known.openedAt;

/**
 * Whether the message was there when the thread was opened before, and is recorded already, if only as baseline. Nearly always it is, and
 * a read costs a fraction of a put that is refused. What became visible late is not there, and is recorded.
 */
async function isRecorded(
  context: FeedContext,
  thread: Thread,
  message: Message,
  known: SeenThread | undefined,
): Promise<boolean> {
  if (!known || message.sentAt > seenOf(known)) return false;
  const id = replyId(context, 'reply.received', thread, message);
  return (await context.ports.store.get(eventAddress(id))) !== undefined;
}

/** As {@link recordReply}, but marked `backfill`, and also what is there as baseline. */
export async function recordOldReply(context: FeedContext, reply: Reply): Promise<boolean> {
  const { polled, ports, spent } = context;
  const provider = polled.connection.provider.id;
  const at = ports.clock.now();
  const body = await ports.compose({ ...reply, connection: polled.id, provider, backfill: true }, at);
  const id = replyId(context, reply.type, reply.thread, reply.message);
  const stored = await events.get(ports.store, eventAddress(id));
  // What is there and cannot be read may be recorded already.
  if (stored instanceof Unreadable || (stored && stored.value.kind !== 'baseline')) return false;
  const value: StoredEvent = { id, kind: 'event', type: reply.type, connection: polled.id, body };
  const writing = { ...eventAddress(id), value, dueAt: at, recordedAt: at };
  const recorded = await events.put(ports.store, writing, stored?.version ?? 0);
  if (recorded) spent.recorded += 1;
  return recorded;
}

/** Marks a message as seen when the connection was switched on: it is never recorded, but by a backfill. */
export async function recordBaseline(context: FeedContext, thread: Thread, message: Message): Promise<void> {
  const id = replyId(context, 'reply.received', thread, message);
  const value: StoredEvent = { id, kind: 'baseline', type: 'reply.received', connection: context.polled.id };
  await events.put(context.ports.store, { ...eventAddress(id), value }, 0);
}

/** Whether the config asks for this thread's campaign. Known only once a thread is opened (ColdSend). */
export function isWanted({ polled, feed }: FeedContext, content: ThreadContent): boolean {
  if (feed.campaign || polled.campaigns.includes('*')) return true;
  return content.campaign?.id !== undefined && polled.campaigns.includes(content.campaign.id);
}

/** A row that only has a neighbour's time gets that of its newest message. */
function timeOf({ changeHint }: Thread, { messages }: ThreadContent): Pick<Thread, 'lastActivityAt'> | undefined {
  const newest = messages.at(-1);
  return changeHint === undefined || newest === undefined ? undefined : { lastActivityAt: newest.sentAt };
}

export async function fetchContent(
  context: FeedContext,
  row: Thread,
): Promise<{ thread: Thread; content: ThreadContent }> {
  const campaignId = context.seenThreads.get(row.key)?.campaign;
  context.spent.calls += 1;
  context.spent.opened += 1;
  const { feeds } = context.polled.connection;
  const content = await feeds.open(row, campaignId === undefined ? undefined : { campaignId });
  return {
    thread: { ...row, ...timeOf(row, content), ...(content.campaign && { campaign: content.campaign }) },
    content,
  };
}

/** So many of the newest messages are verified whatever their times say: one from a lead's wrong clock hides no other. */
const ALWAYS_VERIFIED = 10;

/** What was sent before this is recorded already, baseline, or older than the connection. No clock but the messages' own is asked. */
function handledBefore(
  context: FeedContext,
  inbound: readonly Message[],
  known: SeenThread | undefined,
  reconciling: boolean,
): Instant {
  const first = context.on - context.limits.lateMs;
  if (reconciling || !known || known.pending || known.openedAt === 0) return first;
  const newest = inbound.at(-ALWAYS_VERIFIED)?.sentAt ?? first;
  return Math.max(first, Math.min(newest, seenOf(known) - lateWindowMs(context.limits)));
}

/** Sent before the config named the thread's campaign: as old as what the baseline passes over. */
const isBeforeConfig = (context: FeedContext, content: ThreadContent, { sentAt }: Message): boolean =>
  content.campaign?.id !== undefined && sentAt <= (context.recordedFrom(content.campaign.id) ?? 0);

async function recordReceived(
  context: FeedContext,
  thread: Thread,
  content: ThreadContent,
  options: { readonly reconciling: boolean; readonly known: SeenThread | undefined },
): Promise<void> {
  const inbound = content.messages.filter(({ direction }) => direction === 'inbound');
  const from = handledBefore(context, inbound, options.known, options.reconciling);
  for (const message of inbound) {
    if (message.sentAt < from || isBeforeConfig(context, content, message)) continue;
    if (await isRecorded(context, thread, message, options.known)) continue;
    const isOld = message.sentAt <= context.on && (options.known?.baseline === 1 || context.inBaseline);
    if (isOld) await recordBaseline(context, thread, message);
    else await recordReply(context, { type: 'reply.received', thread, content, message });
  }
}

/** P4: up to its watermark a thread was recorded or seen at the baseline; only a newer message under no label takes the watermark away. */
async function recordInterested(context: FeedContext, thread: Thread, content: ThreadContent): Promise<void> {
  const { interestWatermarks } = context;
  const watermark = interestWatermarks.get(thread.key);
  const newest = newestInbound(content.messages);
  if (!newest) {
    if (thread.interested && !watermark) interestWatermarks.set(thread.key, [0, '']);
    return;
  }
  if (watermark && !isNewer(newest, watermark)) return;
  if (!thread.interested) {
    interestWatermarks.delete(thread.key);
    return;
  }
  const isOld = newest.sentAt <= context.silentUpTo || isBeforeConfig(context, content, newest);
  if (!isOld && isWanted(context, content)) {
    await recordReply(context, { type: 'reply.interested', thread, content, message: newest });
  }
  interestWatermarks.set(thread.key, [newest.sentAt, newest.id]);
}

const rowOf = (row: Thread): Pick<SeenThread, 'at' | 'count' | 'interested'> => ({
  at: row.lastActivityAt,
  count: countOf(row),
  interested: row.interested ? 1 : 0,
});

/** A list may give times in whole seconds, a thread in milliseconds: a row's newest message can be this much newer than its row. */
const ROUNDED_MS = 999;

/** Of a thread that is not opened: everything it holds up to the moment of silence. */
export const silentWatermarkOf = ({ silentUpTo }: Pick<FeedContext, 'silentUpTo'>, row: Thread): InterestWatermark => [
  Math.min(row.lastActivityAt + ROUNDED_MS, silentUpTo),
  AFTER_EVERY_ID,
];

/** Remembers a row that needs no opening. */
export function noteRow(context: FeedContext, row: Thread): void {
  const { gone: _, ...known } = context.seenThreads.get(row.key) ?? { openedAt: 0 };
  context.seenThreads.set(row.key, { ...known, ...rowOf(row) });
}

/** A rechecked thread in which a reconcile found nothing: remembering when would change nothing but the day's bill. */
const isAsBefore = (context: FeedContext, known: SeenThread | undefined, opened: SeenThread): boolean =>
  known !== undefined &&
  known.openedAt > 0 &&
  known.at === opened.at &&
  known.count === opened.count &&
  known.interested === opened.interested &&
  known.campaign === opened.campaign &&
  !known.pending &&
  !known.gone &&
  isRechecked(known, context);

/**
 * Opens a thread: puts every due event, both kinds, and only then lets seen threads and interest watermarks know the message.
 * A failure of this thread alone is remembered in the seen threads and tried again; one that ends the poll is thrown.
 */
export async function openThread(
  context: FeedContext,
  row: Thread,
  reconciling = false,
): Promise<'opened' | ProviderError> {
  const known = context.seenThreads.get(row.key);
  try {
    const { thread, content } = await fetchContent(context, row);
    const recorded = context.spent.recorded;
    for (const unreadable of content.unreadable) await recordUnreadable(context, unreadable, thread);
    if (isWanted(context, content)) await recordReceived(context, thread, content, { reconciling, known });
    await recordInterested(context, thread, content);
    const campaign = content.campaign?.id ?? '';
    const seen = content.messages.at(-1)?.sentAt;
    const opened = { ...rowOf(row), openedAt: context.now, campaign, ...(seen === undefined ? {} : { seen }) };
    const isNews = !reconciling || context.spent.recorded > recorded || !isAsBefore(context, known, opened);
    if (isNews) context.seenThreads.set(row.key, opened);
    return 'opened';
  } catch (error) {
    if (endsPoll(error) || !(error instanceof ProviderError)) throw error;
    if (error.failure.kind === 'wire') {
      await recordUnreadable(context, { id: String(row.lastActivityAt), issues: error.failure.issues }, row);
    }
    const { gone: _, retry: before, ...rest } = known ?? { openedAt: 0 };
    const { inBaseline, silentUpTo } = context;
    const retry = nextRetry(context, row, before);
    // What was tried for days holds up nothing more; it is opened when it is listed again.
    const failed: SeenThread = {
      ...rest,
      ...rowOf(row),
      pending: 1,
      ...(retry ? { retry } : { gone: 1 as const }),
      ...(inBaseline && { baseline: 1 as const }),
    };
    context.seenThreads.set(row.key, failed);
    if (row.interested && row.lastActivityAt <= silentUpTo)
      context.interestWatermarks.set(row.key, silentWatermarkOf(context, row));
    return error;
  }
}
