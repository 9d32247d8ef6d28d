import { inParallel } from '../../shared/concurrency/in-parallel.ts';
import { ProviderError } from '../../shared/failure.ts';
import type { Instant, Message, Thread } from '../../shared/model.ts';
import { endsPoll } from '../../shared/polling/feed/context.ts';
import type { ThreadContent } from '../../shared/provider.ts';
import { type ComposedReply, composeReply } from '../items.ts';
import { isRecord } from '../memory.ts';
import { HANGS_MS, type Mode, OPENINGS_MAX, PARALLEL_MAX, type Poll, PRIMING_MS, paceOf } from './poll.ts';
import { type Opened, type Remembered, type ThreadMemory, threadMemory } from './thread-memory.ts';

/** A message can show up this long after the vendor's own time of it, so a thread is opened once more after that. */
export const LATE_MS = 62 * 60_000;
/** How often a thread is opened that a wrong clock dates into the future. */
const FUTURE_MS = 10 * 60_000;
/** Threads opened in one attempt to switch a Zap on, or for a sample. */
const PRIMING_OPENINGS_MAX = 1_000;
/** Replies of one thread that are remembered. */
const REPLIES_MAX = 50;
const CAMPAIGNS_MS = 3_600_000;
/** How often polls fail that can open none of several threads, though others are remembered. */
const FAILED_SECONDS = 3_600;

/** Whether the row tells of something the opening did not see, or could not have seen yet. */
function isStale(seen: Remembered, row: Thread, now: Instant): boolean {
  const { openedAt } = seen;
  const isSame =
    seen.lastActivityAt === row.lastActivityAt &&
    seen.messageCount === row.messageCount &&
    seen.changeHint === row.changeHint;
  if (!isSame) return true;
  if (row.lastActivityAt > now) return now - openedAt >= FUTURE_MS;
  const settled = row.lastActivityAt + LATE_MS;
  return openedAt < settled && now >= settled;
}

/** A key without this scope will not have it in a minute either; any other failure passes. */
function noneIfNotAllowed(error: unknown): readonly never[] | undefined {
  return error instanceof ProviderError && error.failure.kind === 'scope' ? [] : undefined;
}

/** Names of campaigns by id. */
type Names = Readonly<Record<string, string>>;

const isNames = (value: unknown): value is Names =>
  isRecord(value) && Object.values(value).every((name) => typeof name === 'string');

/**
 * For rows that say only the name of their campaign, or only its id: one call an hour instead of one for each thread. Replies are
 * told without, so one that hangs is not waited for.
 */
async function campaignNames({ connection, memory, clock }: Poll): Promise<Names> {
  const known = await memory.get('campaigns');
  const now = clock.now();
  if (isRecord(known) && isNames(known.names) && now - Number(known.at) < CAMPAIGNS_MS) return known.names;
  const late = clock.sleep(HANGS_MS).then(() => undefined);
  const listed = await Promise.race([connection.campaigns.list().catch(noneIfNotAllowed), late]);
  if (!listed) return {};
  const names = Object.fromEntries(listed.map(({ id, name }) => [id, name]));
  await memory.set('campaigns', { at: now, names });
  return names;
}

/** Both what a row says of its campaign and what is known besides; a name that two have tells nothing. */
function campaignOf({ campaign }: Thread, names: Names): Thread['campaign'] {
  if (!campaign) return campaign;
  const { id, name } = campaign;
  const ids = id === undefined ? Object.keys(names).filter((each) => names[each] === name) : [id];
  const [only] = ids.length === 1 ? ids : [];
  const known = only === undefined ? undefined : (name ?? names[only]);
  return { ...campaign, ...(only === undefined ? {} : { id: only }), ...(known === undefined ? {} : { name: known }) };
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

async function repliesOf(poll: Poll, given: Thread, names: Names): Promise<Opened> {
  const row = { ...given, campaign: campaignOf(given, names) };
  const content = await poll.connection.feeds.open(row, { campaignId: row.campaign?.id ?? '' });
  const now = poll.clock.now();
  const inbound = content.messages.filter(({ direction }) => direction === 'inbound');
  checkReadable(poll, content, inbound.length);
  const newest = new Set([inbound.findLast(({ belongsTo }) => !belongsTo), inbound.at(-1)]);
  const wanted = inbound.filter((message: Message) => newest.has(message) || message.sentAt >= now - PRIMING_MS);
  const thread = content.campaign ? { ...row, campaign: { ...row.campaign, ...content.campaign } } : row;
  const replies: ComposedReply[] = [];
  for (const message of wanted.slice(-REPLIES_MAX))
    replies.push(await composeReply(poll.connection.provider.id, thread, content, message));
  return { row: thread, openedAt: now, replies };
}

/** Threads that can never be read must not make every poll fail. */
const isFirstInAnHour = ({ memory, clock }: Poll): Promise<boolean> =>
  memory.claim('openings:failed', clock.now(), FAILED_SECONDS);

export interface Openings {
  /** By the thread's key. */
  readonly opened: ReadonlyMap<string, Opened>;
  /** How many of them were opened just now. */
  readonly read: number;
  /** What was left for the next poll. */
  readonly left: readonly Thread[];
  /** What could not be read, for reasons of its own. */
  readonly failed: readonly Thread[];
  /** Why more was not opened. */
  readonly failure?: ProviderError;
}

/** How far what is remembered will do. */
export interface Recall {
  readonly mode: Mode;
  /** Threads of which anything will do. */
  readonly settled?: ReadonlySet<string>;
  /** While a Zap is switched on: what was opened since then will do. */
  readonly since?: Instant;
}

/** Splits rows into those whose opening is remembered and still holds, and those to be opened. */
function recalled(rows: readonly Thread[], known: ThreadMemory, { mode, settled, since: from }: Recall, now: Instant) {
  const since = from ?? now;
  const opened = new Map<string, Opened>();
  const due: Thread[] = [];
  /** Opened and given out before, but there was no room to remember its words. */
  const faded: Thread[] = [];
  for (const row of rows) {
    const before = known.get(row.key);
    // A late mail that the opening did not see would fire once it is seen; who switches on a Zap has it already.
    const mayLack =
      mode === 'priming' && before !== undefined && before.openedAt < Math.min(row.lastActivityAt + LATE_MS, since);
    const isSettled = settled?.has(row.key) && before?.opened !== undefined;
    if (!isSettled && (!before || mayLack || isStale(before, row, now))) due.push(row);
    else if (before?.opened)
      opened.set(row.key, { ...before.opened, row: { ...row, campaign: before.opened.row.campaign } });
    else faded.push(row);
  }
  return { opened, due, faded };
}

/** How many of the threads are still to be opened. */
export async function unopened(poll: Poll, rows: readonly Thread[], recall: Recall): Promise<number> {
  const known = await threadMemory(
    poll,
    rows.map(({ key }) => key),
  );
  const { due, faded } = recalled(rows, known, recall, poll.clock.now());
  return due.length + faded.length;
}

/**
 * Opens the given threads, or remembers what opening them showed, as far as one call may: so many openings, so much of the
 * vendor's budget, so much time. The order of the rows says who comes first.
 */
export async function openAll(poll: Poll, rows: readonly Thread[], recall: Recall): Promise<Openings> {
  const { mode } = recall;
  const known = await threadMemory(
    poll,
    rows.map(({ key }) => key),
  );
  const { opened, due, faded } = recalled(rows, known, recall, poll.clock.now());
  const isHalf = ({ campaign }: Thread) => campaign && (campaign.name === undefined) !== (campaign.id === undefined);
  const names = due.some(isHalf) ? await campaignNames(poll) : {};
  const mayOpen = Math.min(mode === 'poll' ? OPENINGS_MAX : PRIMING_OPENINGS_MAX, poll.connection.budget.available());
  const left = new Set(due);
  const failed: Thread[] = [];
  const failures: ProviderError[] = [];
  const pace = paceOf(poll);
  let read = 0;
  let isOver = false;
  await inParallel([...due, ...faded].slice(0, mayOpen), PARALLEL_MAX, async (row) => {
    if (isOver || !pace.mayBegin()) return;
    try {
      const result = await pace.during(repliesOf(poll, row, names));
      opened.set(row.key, result);
      known.add(row.key, result);
      read += 1;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      failures.push(error);
      isOver ||= endsPoll(error);
      if (endsPoll(error)) return;
      failed.push(row);
    }
    left.delete(row);
  });
  await known.save();
  // One thread that cannot be read must not stop the others from being told, this time or ever; but silence needs a reason.
  const isTelling = isOver || failures.length > 1 || mode === 'sample';
  const isSilent = opened.size === 0 || (mode === 'poll' && read === 0 && (await isFirstInAnHour(poll)));
  if (isTelling && failures[0] && isSilent) throw failures[0];
  if (left.size + failed.length > 0) poll.log.warn('openings.left', { left: left.size, failed: failed.length });
  const ending = failures.find(endsPoll);
  return { opened, read, left: [...left], failed, ...(ending ? { failure: ending } : {}) };
}
