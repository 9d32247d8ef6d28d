import { eventId } from '../../events/event.ts';
import { ProviderError } from '../../failure.ts';
import { fingerprint } from '../../fingerprint.ts';
import { cameAt, foldedId, type Instant, type Message, otherSpellings, type Thread } from '../../model.ts';
import { eventAddress, events, recordEvent, type StoredEvent } from '../../outbox/record.ts';
import type { ThreadContent } from '../../provider.ts';
import { Unreadable } from '../../store/collection.ts';
import { type FeedContext, lateWindowMs, recorderPorts } from '../feed/context.ts';
import type { InterestWatermark, SeenThread } from '../state/documents.ts';
import { AFTER_EVERY_ID, isNewer, newestInbound, watermarkOf } from '../state/interest-watermarks.ts';
import { isElsewhere, otherThreadKeys, ownMessages, placeOf, threadKeyOf } from './belonging.ts';
import { wasShown, wasThere } from './was-there.ts';

type ReplyType = 'reply.received' | 'reply.interested';

const replyId = ({ polled }: FeedContext, type: ReplyType, threadKey: string, messageId: string) =>
  eventId(type, polled.id, threadKey, messageId);

const idOf = (context: FeedContext, { type, thread, message }: Omit<Reply, 'content'>): string =>
  replyId(context, type, threadKeyOf(context, thread, message), message.id);

export interface Reply {
  readonly type: ReplyType;
  readonly thread: Thread;
  readonly content: ThreadContent;
  readonly message: Message;
}

type StoredReply = Awaited<ReturnType<typeof events.get>>;

const isAbsent = (stored: StoredReply): boolean => stored === undefined;

/** What a backfill may record: what is there and cannot be read may be recorded already. */
const isUntold = (stored: StoredReply): stored is Exclude<StoredReply, Unreadable> =>
  !(stored instanceof Unreadable) && (stored === undefined || stored.value.kind === 'baseline');

/** The newest message that was there when the thread was opened last, by the messages' own clock. */
const seenOf = (known: SeenThread): Instant => known.seen ?? known.openedAt;

/** Whether the message may have been there when its thread was opened before: it came no later than what was. */
const mayHaveBeenThere = (known: SeenThread | undefined, message: Message): known is SeenThread =>
  known !== undefined && cameAt(message) <= seenOf(known);

/** What a message may have been called before: some vendors give ids a while after they show the message. */
function nameBefore({ seenThreads }: FeedContext, { key }: Thread, message: Message): string | undefined {
  const known = seenThreads.get(key);
  if (!known?.nameless || !mayHaveBeenThere(known, message)) return undefined;
  const name = fingerprint(message);
  return name === message.id ? undefined : name;
}

/**
 * Whether it was recorded when the vendor wrote the message's id in other letters, or none, or in the other of two threads that show it. An
 * event's id is made from them as they come, since that of an earlier event can never be another.
 */
async function isKnownOtherwise(
  context: FeedContext,
  { type, thread, message }: Reply,
  isNews: (stored: StoredReply) => boolean,
  before = nameBefore(context, thread, message),
): Promise<boolean> {
  const spellings = [...otherSpellings(message.id), ...(before === undefined ? [] : [before])];
  const ids = [
    ...spellings.map((id) => replyId(context, type, threadKeyOf(context, thread, message), id)),
    ...otherThreadKeys(context, thread, message).flatMap((key) =>
      [message.id, ...spellings].map((id) => replyId(context, type, key, id)),
    ),
  ];
  const stored = await Promise.all(ids.map((id) => events.get(context.ports.store, eventAddress(id))));
  return !stored.every(isNews);
}

/** Whether it was recorded before it had an id. Under that one it is as recorded from now on, whatever is forgotten of its thread. */
async function gotItsId(context: FeedContext, thread: Thread, message: Message): Promise<boolean> {
  const before = nameBefore(context, thread, message);
  if (before === undefined) return false;
  const id = idOf(context, { type: 'reply.received', thread, message: { ...message, id: before } });
  if ((await events.get(context.ports.store, eventAddress(id))) === undefined) return false;
  await recordBaseline(context, thread, message);
  return true;
}

async function recordReply(context: FeedContext, reply: Reply): Promise<boolean> {
  const { polled, ports, spent } = context;
  if (await isKnownOtherwise(context, reply, isAbsent)) return false;
  const place = await placeOf(context, reply);
  const happening = { ...reply, ...place, connection: polled.id, provider: polled.connection.provider.id };
  const body = await ports.compose(happening, ports.clock.now());
  const recorded = await recordEvent(recorderPorts(context), idOf(context, reply), body, polled.id);
  if (recorded) spent.recorded += 1;
  return recorded;
}

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
  if (!mayHaveBeenThere(known, message)) return false;
  const id = idOf(context, { type: 'reply.received', thread, message });
  return (await context.ports.store.get(eventAddress(id))) !== undefined;
}

/** As {@link recordReply}, but marked `backfill`, and also what is there as baseline. */
export async function recordOldReply(context: FeedContext, reply: Reply): Promise<boolean> {
  const { polled, ports, spent } = context;
  const id = idOf(context, reply);
  const stored = await events.get(ports.store, eventAddress(id));
  // What is there as baseline may be so for having been recorded before it had an id.
  const before = fingerprint(reply.message);
  if (!isUntold(stored) || (await isKnownOtherwise(context, reply, isUntold, before))) return false;
  const provider = polled.connection.provider.id;
  const at = ports.clock.now();
  const place = await placeOf(context, reply);
  const body = await ports.compose({ ...reply, ...place, connection: polled.id, provider, backfill: true }, at);
  const value: StoredEvent = { id, kind: 'event', type: reply.type, connection: polled.id, body };
  const writing = { ...eventAddress(id), value, dueAt: at, recordedAt: at };
  const recorded = await events.put(ports.store, writing, stored?.version ?? 0);
  if (recorded) spent.recorded += 1;
  return recorded;
}

/**
 * Marks a message as seen when the connection was switched on: it is never recorded, but by a backfill. Under the name of the thread that
 * shows it, since that thread's row says nothing of when the messages of another one came.
 */
async function recordBaseline(context: FeedContext, thread: Thread, message: Message): Promise<void> {
  const id = replyId(context, 'reply.received', thread.key, message.id);
  const value: StoredEvent = { id, kind: 'baseline', type: 'reply.received', connection: context.polled.id };
  await events.put(context.ports.store, { ...eventAddress(id), value }, 0);
}

const NO_CAMPAIGN_ID =
  'a thread comes without the id of its campaign, so nobody knows whether "campaigns" of the config asks for it; take "campaigns" out to be told of all';

/**
 * Whether the config asks for this thread's campaign. Known only once a thread is opened (ColdSend). Throws where the vendor does not
 * say which campaign that is.
 */
export function isWanted({ polled, feed }: FeedContext, content: ThreadContent): boolean {
  if (feed.campaign || polled.campaigns.includes('*')) return true;
  if (content.campaign === null) return false;
  const { id } = content.campaign;
  if (id !== undefined) return polled.campaigns.some((named) => foldedId(named) === foldedId(id));
  // To pass over what may be asked for is to lose it without a word.
  throw new ProviderError(
    { kind: 'wire', issues: [NO_CAMPAIGN_ID], mayHaveHappened: false },
    { provider: polled.connection.provider.label, operation: 'read thread' },
  );
}

/** So many of the newest messages are verified whatever their times say: one from a lead's wrong clock hides no other. */
const ALWAYS_VERIFIED = 10;

/** A thread that the baseline passed over, whose row tells of nothing that was shown since and sent before. */
export type PassedOver = 'unchanged' | 'changed';

interface Before {
  readonly isAllVerified: boolean;
  readonly known: SeenThread | undefined;
  readonly passedOver: PassedOver | undefined;
  /** Its row is as it was then. */
  readonly isAsKnown: boolean;
}

/** What was sent before this is recorded already, baseline, or older than the connection. No clock but the messages' own is asked. */
function handledBefore(context: FeedContext, inbound: readonly Message[], { known, isAllVerified }: Before): Instant {
  const first = context.on - context.limits.lateMs;
  if (isAllVerified || !known || known.pending || known.openedAt === 0) return first;
  const verified = inbound.at(-ALWAYS_VERIFIED);
  const newest = verified ? cameAt(verified) : first;
  return Math.max(first, Math.min(newest, seenOf(known) - lateWindowMs(context.limits)));
}

/** Sent before the config named the thread's campaign: as old as what the baseline passes over. */
const isBeforeConfig = (context: FeedContext, content: ThreadContent, message: Message): boolean =>
  cameAt(message) <= (context.recordedFrom(content.campaign?.id ?? '') ?? 0);

/** What polling has met of a thread, and what it has not, while the baseline lasts. */
export const isOfBaselineUnlessMet = (
  { inBaseline, isUnproved }: Pick<FeedContext, 'inBaseline' | 'isUnproved'>,
  known: SeenThread | undefined,
): boolean => inBaseline || (isUnproved && known === undefined);

/** What was there at the moment of switching on is passed over in it, now or since its turn did not come at the baseline. */
const isOfBaseline = (context: FeedContext, { known, passedOver }: Pick<Before, 'known' | 'passedOver'>): boolean =>
  isOfBaselineUnlessMet(context, known) || known?.baseline === 1 || passedOver !== undefined;

/** Those of the thread itself that were recorded now. */
export async function recordReceived(
  context: FeedContext,
  thread: Thread,
  content: ThreadContent,
  options: Before,
): Promise<readonly Message[]> {
  const told: Message[] = [];
  const inbound = content.messages.filter(({ direction }) => direction === 'inbound');
  const from = handledBefore(context, inbound, options);
  const isBaseline = isOfBaseline(context, options);
  // A row that has changed tells of new mail, so that what is dated in the future need not have been there.
  const was = options.passedOver === 'changed' && !context.inBaseline ? wasShown : wasThere;
  for (const message of inbound) {
    if (cameAt(message) < from || isBeforeConfig(context, content, message)) continue;
    if (await isRecorded(context, thread, message, options.known)) continue;
    if (await gotItsId(context, thread, message)) continue;
    const isOld = isBaseline && was(context, thread, message, context.on);
    // Whether what its own feed's baseline may pass over is new, that feed alone can tell.
    const isForeignAndOld = isElsewhere(context, message) && cameAt(message) <= context.on;
    if (isOld) await recordBaseline(context, thread, message);
    else if (!isForeignAndOld) {
      const isTold = await recordReply(context, { type: 'reply.received', thread, content, message });
      if (isTold && !isElsewhere(context, message)) told.push(message);
    }
  }
  return told;
}

/**
 * A watermark was made of the row alone, and the message was there behind that row: shown before its time, or though the row stands still. A
 * thread that is opened for its row having changed shows new mail, whatever its time.
 */
function wasBehind(
  context: FeedContext,
  thread: Thread,
  newest: Message,
  [upTo, id]: InterestWatermark,
  before: Before,
): boolean {
  const was = before.passedOver === 'unchanged' || before.isAsKnown || before.isAllVerified ? wasThere : wasShown;
  return id === AFTER_EVERY_ID && was(context, thread, newest, isOfBaseline(context, before) ? context.on : upTo);
}

/** P4: up to its watermark a thread was recorded or seen at the baseline; only a newer message under no label takes the watermark away. */
export async function recordInterested(
  context: FeedContext,
  thread: Thread,
  content: ThreadContent,
  before: Before,
): Promise<void> {
  const { interestWatermarks } = context;
  const watermark = interestWatermarks.get(thread.key);
  const newest = newestInbound(ownMessages(context, content));
  if (!newest) {
    if (thread.interested && !watermark) interestWatermarks.set(thread.key, [0, '']);
    return;
  }
  if (watermark && !isNewer(newest, watermark)) return;
  if (!thread.interested) {
    interestWatermarks.delete(thread.key);
    return;
  }
  const isSilent = context.silentUpTo > 0 && wasThere(context, thread, newest, context.silentUpTo);
  const isBehind = watermark !== undefined && wasBehind(context, thread, newest, watermark, before);
  const isOld = isSilent || isBehind || isBeforeConfig(context, content, newest);
  if (!isOld && isWanted(context, content)) {
    await recordReply(context, { type: 'reply.interested', thread, content, message: newest });
  }
  interestWatermarks.set(thread.key, watermarkOf(newest));
}
