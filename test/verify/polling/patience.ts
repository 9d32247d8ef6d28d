import type { World } from '../../../sandbox/world.ts';
import type { WorldMessage, WorldThread } from '../../../sandbox/world-model.ts';
import { type Clocks, hasEveryClockReached } from './clocks.ts';

const MINUTE_MS = 60_000;

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What of a world allows a reply to stay unrecorded. */
export interface Patience {
  readonly world: World;
  readonly everyMs: number;
  /** As late as a message may become visible and still be found by ordinary polling. */
  readonly lateMs: number;
  /** When nothing could be read: the vendor was down, or refused the key. */
  readonly silences: readonly Span[];
  /** Calls fail, or the process dies or freezes, at random: a poll may end before its work is done, and the feed rests. */
  readonly isRough: boolean;
  /** Lists come out of order, always or now and then. */
  readonly isUnordered: boolean;
  /** Rows keep their time whoever writes, so that the list is read whole as one out of order. */
  readonly rowsStandStill: boolean;
  /** A group of rows stands above all others. */
  readonly hasGroup: boolean;
  readonly clocks: Clocks;
  /** How far the clock that polling goes by is from the truth at the most. */
  readonly dateOffMs: number;
  readonly end: number;
}

/** Room for clocks that round, as the engine gives itself. */
const SLACK_MS = 2 * MINUTE_MS;
/** A feed that failed is asked again at the latest after this. Source: README, Limits. */
const REST_MS = 60 * MINUTE_MS;

/** What moved the thread's row at that moment, other than the message itself. */
function activityBeside(thread: WorldThread, message: WorldMessage): number {
  const shown = thread.messages.filter((other) => other !== message && other.visibleAt <= message.visibleAt);
  return shown.reduce((newest, { sentAt }) => Math.max(newest, sentAt), 0);
}

/**
 * By every clock, nothing could be late any more when the message became visible, and its thread's row was not moved by it: nothing says
 * that the thread is to be opened again. Source: README, Limits.
 */
export function isTooLateForClocks({ clocks, lateMs }: Patience, thread: WorldThread, message: WorldMessage): boolean {
  const beside = activityBeside(thread, message);
  if (beside < message.sentAt) return false;
  const span = { from: message.sentAt, to: message.visibleAt };
  return hasEveryClockReached(clocks, beside + lateMs, span);
}

/**
 * From when on the message could be seen. One that is older than what its thread's row shows moves no row: such threads are opened again
 * when nothing can be late any more.
 */
function seenFrom(patience: Patience, thread: WorldThread, message: WorldMessage): number {
  const beside = activityBeside(thread, message);
  if (beside < message.sentAt) return message.visibleAt;
  if (isTooLateForClocks(patience, thread, message)) return Number.POSITIVE_INFINITY;
  return Math.max(message.visibleAt, beside + patience.lateMs + SLACK_MS + patience.dateOffMs);
}

function afterSilences({ silences }: Patience, at: number): number {
  return [...silences]
    .sort((one, other) => one.from - other.from)
    .reduce((moment, { from, to }) => (moment >= from - REST_MS && moment < to + REST_MS ? to + REST_MS : moment), at);
}

/** Threads that a poll handles beside everything else; each is opened twice. */
const THREADS_A_POLL = 10;
/** Rows of a list out of order that a poll reads, at the fewest. */
const ROWS_A_POLL = 100;
/** How often such a list is read whole. Source: README, Limits. */
const UNORDERED_MS = 10 * MINUTE_MS;
/** A thread is opened so seldom where only the words of its row have changed. Source: README, Limits. */
const LOOKS_MS = 60 * MINUTE_MS;
const FEW_POLLS = 3;
const HOUR_MS = 60 * MINUTE_MS;

/** Polls for all threads that were written in about then. */
function pollsOfWork({ world }: Patience, at: number): number {
  const isAround = ({ visibleAt }: WorldMessage) => visibleAt > at - HOUR_MS && visibleAt <= at + HOUR_MS;
  const threads = [...world.threads.values()].filter(({ messages }) => messages.some(isAround)).length;
  return Math.ceil(threads / THREADS_A_POLL);
}

/** One reading of the whole list may have begun just before, so two. */
const wholePassMs = ({ world, everyMs }: Patience) =>
  UNORDERED_MS + 2 * Math.ceil(world.threads.size / ROWS_A_POLL) * everyMs;

/**
 * By when a due reply must be recorded. From the moment it could be seen, and the vendor could be asked: a few polls, and as many as the
 * work of that hour takes. Where calls fail at random three times as much, and twice the longest rest, and twice what a clock is off: one
 * that is behind keeps threads open, so that polls are longer, fail more often, and the feed rests. Out of order one pass more.
 */
export function dueBy(patience: Patience, thread: WorldThread, message: WorldMessage, feedOn: number): number {
  const from = afterSilences(patience, Math.max(seenFrom(patience, thread, message), feedOn));
  const polls = FEW_POLLS + pollsOfWork(patience, from);
  const roughMs = patience.isRough ? 2 * (polls * patience.everyMs + REST_MS + patience.dateOffMs) : 0;
  const { isUnordered, rowsStandStill, hasGroup } = patience;
  const passMs = isUnordered || rowsStandStill || hasGroup ? wholePassMs(patience) : 0;
  return from + polls * patience.everyMs + roughMs + passMs + (rowsStandStill ? LOOKS_MS : 0);
}
