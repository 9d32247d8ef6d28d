import { ProviderError } from '../../shared/failure.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import type { Instant, Message, Thread } from '../../shared/model.ts';
import type { ThreadContent } from '../../shared/provider.ts';
import { type ComposedReply, composeReply } from '../items.ts';
import { isRecord } from '../memory.ts';
import { type Mode, OPENING_MS, OPENINGS_MAX, PARALLEL_MAX, type Poll, PRIMING_WINDOWS, WINDOW_MS } from './poll.ts';

/** A message can show up this long after the vendor's own time of it, so a thread is opened once more after that. */
export const LATE_MS = 62 * 60_000;
/** How often a thread is opened that a wrong clock dates into the future. */
const FUTURE_MS = 10 * 60_000;
/** Replies of one thread that are remembered. */
const REPLIES_MAX = 50;
const CAMPAIGNS_MS = 3_600_000;

/** What opening a thread showed. */
export interface Opened {
  readonly row: Thread;
  readonly openedAt: Instant;
  /** Of the last windows, and the newest whatever its age; in order. */
  readonly replies: readonly ComposedReply[];
}

const keyOf = (thread: Pick<Thread, 'key'>) => `thread:${thread.key}`;

export async function remembered({ memory }: Poll, key: string): Promise<Opened | undefined> {
  const value = await memory.get(keyOf({ key }));
  return isRecord(value) && Array.isArray(value.replies) ? (value as unknown as Opened) : undefined;
}

/** Whether the row tells of something the opening did not see, or could not have seen yet. */
function isStale({ row: seen, openedAt }: Opened, row: Thread, now: Instant): boolean {
  if (seen.lastActivityAt !== row.lastActivityAt || seen.messageCount !== row.messageCount) return true;
  if (row.lastActivityAt > now) return now - openedAt >= FUTURE_MS;
  const settled = row.lastActivityAt + LATE_MS;
  return openedAt < settled && now >= settled;
}

/** A key without this scope will not have it in a minute either; any other failure passes. */
function noneIfNotAllowed(error: unknown): readonly never[] | undefined {
  return error instanceof ProviderError && error.failure.kind === 'scope' ? [] : undefined;
}

/** Ids of campaigns by name, for a vendor whose rows say only the name: one call an hour instead of one for each thread. */
async function campaignIds({ connection, memory, clock }: Poll): Promise<Readonly<Record<string, string>>> {
  const known = await memory.get('campaigns');
  const now = clock.now();
  if (isRecord(known) && isRecord(known.ids) && now - Number(known.at) < CAMPAIGNS_MS)
    return known.ids as Readonly<Record<string, string>>;
  const listed = await connection.campaigns.list().catch(noneIfNotAllowed);
  if (!listed) return {};
  const ids = new Map<string, string>();
  for (const { id, name } of listed) ids.set(name, ids.has(name) ? '' : id);
  const found = Object.fromEntries([...ids].filter(([, id]) => id !== ''));
  await memory.set('campaigns', { at: now, ids: found });
  return found;
}

/** A thread of which no reply can be read is opened again, until one can be. */
function checkReadable({ connection, log }: Poll, { unreadable }: ThreadContent, readable: number): void {
  if (unreadable.length === 0) return;
  log.warn('messages.unreadable', { messages: unreadable.length });
  const [first] = unreadable;
  if (readable > 0 || !first) return;
  const place = { provider: connection.provider.label, operation: 'read messages' };
  throw new ProviderError({ kind: 'wire', issues: first.issues, mayHaveHappened: false }, place);
}

async function repliesOf(poll: Poll, row: Thread, ids: Readonly<Record<string, string>>): Promise<Opened> {
  const campaignId = row.campaign?.id ?? ids[row.campaign?.name ?? ''] ?? '';
  const content = await poll.connection.feeds.open(row, { campaignId });
  const now = poll.clock.now();
  const inbound = content.messages.filter(({ direction }) => direction === 'inbound');
  checkReadable(poll, content, inbound.length);
  const newest = inbound.at(-1);
  const since = now - PRIMING_WINDOWS * WINDOW_MS;
  const wanted = inbound.filter((message: Message) => message === newest || message.sentAt >= since);
  const thread = content.campaign ? { ...row, campaign: { ...row.campaign, ...content.campaign } } : row;
  const replies: ComposedReply[] = [];
  for (const message of wanted.slice(-REPLIES_MAX))
    replies.push(await composeReply(poll.connection.provider.id, thread, content, message));
  return { row: thread, openedAt: now, replies };
}

/** Failures after which further calls are pointless; what was opened before still counts. */
const endsPoll = (error: unknown) =>
  error instanceof ProviderError && ['throttled', 'auth', 'scope'].includes(error.failure.kind);

export interface Openings {
  /** By the thread's key. */
  readonly opened: ReadonlyMap<string, Opened>;
  /** What was left for the next poll. */
  readonly left: readonly Thread[];
  /** What could not be read, for reasons of its own. */
  readonly failed: readonly Thread[];
}

/** Splits rows into those whose opening is remembered and still holds, and those to be opened. */
async function recalled(poll: Poll, rows: readonly Thread[], mode: Mode) {
  const now = poll.clock.now();
  const opened = new Map<string, Opened>();
  const known = await inParallel(rows, 2 * PARALLEL_MAX, (row) => remembered(poll, row.key));
  const due = rows.filter((row, at) => {
    const before = known[at];
    // A late mail that the opening did not see would fire once it is seen; who switches on a Zap has it already.
    const mayLack = mode === 'priming' && before !== undefined && before.openedAt < row.lastActivityAt + LATE_MS;
    if (!before || mayLack || isStale(before, row, now)) return true;
    opened.set(row.key, { ...before, row: { ...row, campaign: before.row.campaign } });
    return false;
  });
  return { opened, due };
}

/**
 * Opens the given threads, or remembers what opening them showed, as far as one call may: so many openings, so much of the
 * vendor's budget, so much time. The order of the rows says who comes first.
 */
export async function openAll(poll: Poll, rows: readonly Thread[], mode: Mode): Promise<Openings> {
  const { opened, due } = await recalled(poll, rows, mode);
  const lacksIds = due.some(({ campaign }) => campaign?.name !== undefined && campaign.id === undefined);
  const ids = lacksIds ? await campaignIds(poll) : {};
  const mayOpen = Math.min(OPENINGS_MAX, poll.connection.budget.available());
  const left = new Set(due);
  const failed: Thread[] = [];
  const failures: unknown[] = [];
  let isOver = false;
  await inParallel(due.slice(0, mayOpen), PARALLEL_MAX, async (row) => {
    if (isOver || poll.deadline.leftMs() < OPENING_MS) return;
    try {
      const result = await repliesOf(poll, row, ids);
      opened.set(row.key, result);
      await poll.memory.set(keyOf(row), result);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      failures.push(error);
      isOver ||= endsPoll(error);
      if (endsPoll(error)) return;
      failed.push(row);
    }
    left.delete(row);
  });
  // One thread that cannot be read must not stop the others from being told, this time or ever; but silence needs a reason.
  const isTelling = isOver || failures.length > 1;
  if (isTelling && opened.size === 0) throw failures[0];
  if (left.size + failed.length > 0) poll.log.warn('openings.left', { left: left.size, failed: failed.length });
  return { opened, left: [...left], failed };
}
