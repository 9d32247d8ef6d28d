import { ProviderError } from '../../failure.ts';
import { isNamedByUs } from '../../fingerprint.ts';
import { cameAt, type Instant, type Thread, type Unreadable } from '../../model.ts';
import type { ThreadContent } from '../../provider.ts';
import { askedToWaitMs, type FeedContext, ROUNDED_MS } from '../feed/context.ts';
import { recordUnreadableIn, type Unread } from '../feed/unreadable.ts';
import { isUntimed } from '../list/rows.ts';
import { countOf, lookOf, looksAs } from '../state/digests.ts';
import type { InterestWatermark, SeenThread } from '../state/documents.ts';
import { AFTER_EVERY_ID } from '../state/interest-watermarks.ts';
import { movementOf, type Opened } from './movement.ts';
import { isNothing, nothingOf } from './nothing.ts';
import { recentFrom } from './recent.ts';
import { isRechecked } from './rechecks.ts';
import { isOfBaselineUnlessMet, isWanted, type PassedOver, recordInterested, recordReceived } from './record.ts';
import { endsOpenings } from './refusal.ts';
import { isTriedLong, nextRetry } from './retries.ts';
import { isOldMessage, isOldThread } from './unreadable-messages.ts';

/** A row that only has a neighbour's time gets that of its newest message. */
function timeOf({ changeHint }: Thread, { messages }: ThreadContent): Pick<Thread, 'lastActivityAt'> | undefined {
  const newest = messages.at(-1);
  return changeHint === undefined || newest === undefined ? undefined : { lastActivityAt: cameAt(newest) };
}

/** The row has the time and count that it had when its thread was opened. A neighbour's time is none of its own. */
export const isUnmoved = (known: SeenThread, row: Thread): boolean =>
  (known.at === row.lastActivityAt || isUntimed(row)) && known.count === countOf(row);

/** The row is as it was when its thread was opened. */
export const isAsKnown = (known: SeenThread, row: Thread): boolean => isUnmoved(known, row) && looksAs(known.look, row);

/** How the row looks and what it counts are as they were; its time may be a neighbour's. */
const isTheSame = (known: SeenThread, row: Thread): boolean => known.count === countOf(row) && looksAs(known.look, row);

/**
 * The baseline took it for old, by its row's time or place, and nothing has changed since, or what has changed is told by a later message.
 * Otherwise it is mail of before that was shown late.
 */
function passedOver(
  context: FeedContext,
  known: SeenThread | undefined,
  row: Thread,
  { messages }: ThreadContent,
): PassedOver | undefined {
  if (known?.openedAt !== 0 || known.pending) return undefined;
  const isOldRow = known.at === row.lastActivityAt && row.lastActivityAt < recentFrom(context);
  if (!isUntimed(row) && !isOldRow) return undefined;
  if (isTheSame(known, row)) return 'unchanged';
  if (isUntimed(row)) return undefined;
  return messages.some((message) => cameAt(message) > context.on) ? 'changed' : undefined;
}

/** A thread is opened so seldom for how its row looks alone: some vendors may write each row anew for each answer. */
const LOOKS_MS = 60 * 60_000;

/** The row only looks otherwise, and its thread was opened a while ago. */
export const waitsForLooks = (known: SeenThread, row: Thread, now: Instant): boolean =>
  isUnmoved(known, row) && !looksAs(known.look, row) && now < known.openedAt + LOOKS_MS;

/**
 * Whether what the row carries is enough: it is news, or older than what is known. What came late behind a row that is as it was, and
 * which message is the newest inbound one of a thread that is interested, may stand in rows that are not before us.
 */
export function tellsEnough(
  { seenThreads, interestWatermarks }: Pick<FeedContext, 'seenThreads' | 'interestWatermarks'>,
  row: Thread,
): boolean {
  const known = seenThreads.get(row.key);
  if (!row.messages || known?.pending || (known && isAsKnown(known, row))) return false;
  const isOlder = known !== undefined && known.at > row.lastActivityAt;
  return !row.interested || (isOlder && interestWatermarks.get(row.key) !== undefined);
}

export const carriedBy = (row: Thread): ThreadContent => ({
  messages: row.messages ?? [],
  unreadable: [],
  campaign: row.campaign,
});

/** Where the config names campaigns, one that the row names and that no id is known of is asked for anew. */
function campaignKnown({ seenThreads, polled }: FeedContext, row: Thread): string | undefined {
  const known = seenThreads.get(row.key)?.campaign;
  const isUnsure = known === '' && row.campaign !== null && !polled.campaigns.includes('*');
  return isUnsure ? undefined : known;
}

export async function fetchContent(
  context: FeedContext,
  row: Thread,
): Promise<{ thread: Thread; content: ThreadContent }> {
  const campaignId = campaignKnown(context, row);
  context.spent.calls += 1;
  context.spent.opened += 1;
  const { feeds } = context.polled.connection;
  const content = await feeds.open(row, campaignId === undefined ? undefined : { campaignId });
  context.spent.opensNone = Promise.resolve(false);
  return {
    thread: { ...row, ...timeOf(row, content), ...(content.campaign && { campaign: content.campaign }) },
    content,
  };
}

type SeenRow = Pick<SeenThread, 'at' | 'count' | 'look' | 'interested'>;

/** What is remembered of a row. Of a thread that has a row for each message the newest one stands for it. */
function rowOf(row: Thread, known: SeenRow | undefined): SeenRow {
  if (row.messages && known && known.at > row.lastActivityAt) {
    const { at, count, look = '', interested } = known;
    return { at, count, look, interested };
  }
  return { at: row.lastActivityAt, count: countOf(row), look: lookOf(row), interested: row.interested ? 1 : 0 };
}

/** Of a thread that is not opened: everything it holds up to the moment of silence. `untimed`: up to when, if its row does not tell. */
export const silentWatermarkOf = (
  { silentUpTo }: Pick<FeedContext, 'silentUpTo'>,
  row: Thread,
  untimed: Instant,
): InterestWatermark => [
  isUntimed(row) ? untimed : Math.min(row.lastActivityAt + ROUNDED_MS, silentUpTo),
  AFTER_EVERY_ID,
];

/** Remembers a row that needs no opening. */
export function noteRow(context: FeedContext, row: Thread): void {
  const before = context.seenThreads.get(row.key);
  const { gone: _, ...known } = before ?? { openedAt: 0 };
  const seen = rowOf(row, before);
  const look = before && waitsForLooks(before, row, context.now) ? before.look : seen.look;
  context.seenThreads.set(row.key, { ...known, ...seen, ...(look !== undefined && { look }) });
}

/** Remembers a row whose thread is still to be opened: whatever becomes of its place in the list, it is opened when it is met again. */
export function noteUnopened(context: FeedContext, row: Thread, how: Pick<SeenThread, 'retry' | 'gone'> = {}): void {
  const { seenThreads, interestWatermarks, silentUpTo } = context;
  const known = seenThreads.get(row.key);
  const { gone: _, retry: __, ...rest } = known ?? { openedAt: 0 };
  const baseline = isOfBaselineUnlessMet(context, known) && { baseline: 1 as const };
  seenThreads.set(row.key, { ...rest, ...rowOf(row, known), pending: 1, ...how, ...baseline });
  if (row.interested && silentUpTo > 0 && row.lastActivityAt <= silentUpTo)
    interestWatermarks.set(row.key, silentWatermarkOf(context, row, silentUpTo));
}

interface Looked {
  readonly thread: Thread;
  readonly content: ThreadContent;
  /** A row that carries its messages opens no thread: what may be late behind it is still to be looked for. */
  readonly openedAt: Instant;
}

async function look(
  context: FeedContext,
  row: Thread,
  known: SeenThread | undefined,
  reconciling: boolean,
): Promise<Looked> {
  if (reconciling || !tellsEnough(context, row))
    return { ...(await fetchContent(context, row)), openedAt: context.now };
  const openedAt = known && known.at > row.lastActivityAt ? known.openedAt : row.lastActivityAt;
  return { thread: row, content: carriedBy(row), openedAt };
}

/** The newest message that was there; of a row that carries its own, those of others of the thread were there before. */
function seenOf({ messages }: Thread, content: ThreadContent, known: SeenThread | undefined): Pick<SeenThread, 'seen'> {
  const newest = content.messages.at(-1);
  const before = messages && known?.seen;
  const seen = Math.max(newest ? cameAt(newest) : 0, before ?? 0);
  return newest || before !== undefined ? { seen } : {};
}

const hasNameless = ({ messages }: ThreadContent): boolean =>
  messages.some((message) => message.direction === 'inbound' && isNamedByUs(message));

/** A rechecked thread in which a reconcile found nothing: remembering when would change nothing but the day's bill. */
const isAsBefore = (context: FeedContext, known: SeenThread | undefined, opened: SeenThread): boolean =>
  known !== undefined &&
  known.openedAt > 0 &&
  known.at === opened.at &&
  known.count === opened.count &&
  known.look === opened.look &&
  known.interested === opened.interested &&
  known.campaign === opened.campaign &&
  !known.pending &&
  !known.gone &&
  isRechecked(known, context);

/** Of a row of which nothing else changes when its lead answers, no reading would tell. */
function noteMovement({ spent, on }: FeedContext, opened: Opened, rowIsAsKnown: boolean): void {
  const movement = movementOf(opened, on);
  if (movement === 'rose') spent.rose = true;
  if (movement === 'stood still' && !rowIsAsKnown) spent.stoodStill = true;
}

interface Read {
  readonly known: SeenThread | undefined;
  readonly thread: Thread;
  readonly content: ThreadContent;
  readonly passed: PassedOver | undefined;
}

/** What it holds that cannot be read. Of old mail nothing is said, now or when it is met again. */
function unreadIn(context: FeedContext, row: Thread, { known, thread, content, passed }: Read): readonly Unread[] {
  const isOld = ({ at }: Unreadable) =>
    // What its own time shows to be new no other message explains.
    passed !== undefined || isOldThread(context, row, at === undefined ? { known, content } : { known });
  return content.unreadable
    .filter((message) => !isOldMessage(context, known, message))
    .map((message) => ({ ...message, thread, isOld: isOld(message) }));
}

/**
 * That a thread cannot be read is said when that begins, or when nothing more of it is waited for, and only of one that may hold what is not
 * recorded.
 */
function mayBeNews(context: FeedContext, row: Thread, known: SeenThread | undefined): boolean {
  if (isOldThread(context, row, { known })) return false;
  return !(known && isUnmoved(known, row) && (known.retry ? !isTriedLong(known) : !known.pending));
}

/** Remembers that it is to be opened again, and how it failed. False where it was tried so often that it holds up nothing more. */
function tryLater(context: FeedContext, row: Thread, known: SeenThread | undefined, failure: ProviderError): boolean {
  context.spent.openingFailure = failure;
  const retry = nextRetry(context, row, { before: known?.retry, askedMs: askedToWaitMs(failure) });
  noteUnopened(context, row, retry ? { retry } : { gone: 1 });
  return retry !== undefined;
}

/**
 * Opens a thread: puts every due event, both kinds, and only then lets seen threads and interest watermarks know the message.
 * A failure of this thread alone is remembered in the seen threads and tried again; one that ends the poll is thrown.
 * False where it was tried so often that nothing more is done but when it is listed again.
 */
export async function openThread(context: FeedContext, row: Thread, reconciling = false): Promise<boolean> {
  const known = context.seenThreads.get(row.key);
  try {
    const { thread, content, openedAt } = await look(context, row, known, reconciling);
    if (isNothing(content)) throw nothingOf(context);
    if (content.lacks && !isTriedLong(known)) return tryLater(context, row, known, content.lacks);
    await context.campaigns.learn(content.messages);
    const recorded = context.spent.recorded;
    const passed = passedOver(context, known, row, content);
    await recordUnreadableIn(context, unreadIn(context, row, { known, thread, content, passed }));
    // An earlier look at rows says nothing of what stood in others.
    const isAllVerified = reconciling || row.messages !== undefined;
    const before = {
      isAllVerified,
      known,
      passedOver: passed,
      isAsKnown: known !== undefined && isAsKnown(known, row),
    };
    const told = isWanted(context, content) ? await recordReceived(context, thread, content, before) : [];
    noteMovement(context, { known, row, content, told }, before.isAsKnown);
    await recordInterested(context, thread, content, before);
    const campaign = content.campaign?.id ?? '';
    const nameless = hasNameless(content) && { nameless: 1 as const };
    const opened = { ...rowOf(row, known), openedAt, campaign, ...seenOf(row, content, known), ...nameless };
    const isNews = !reconciling || context.spent.recorded > recorded || !isAsBefore(context, known, opened);
    if (isNews) context.seenThreads.set(row.key, opened);
    return true;
  } catch (error) {
    if (!(error instanceof ProviderError) || (await endsOpenings(context, row, error))) throw error;
    if (error.failure.kind === 'wire' && mayBeNews(context, row, known)) {
      const id = String(row.changeHint ?? row.lastActivityAt);
      await recordUnreadableIn(context, [{ id, issues: error.failure.issues, thread: row }]);
    }
    return tryLater(context, row, known, error);
  }
}
