import type { World } from '../../../sandbox/world.ts';
import type { WorldMessage, WorldThread } from '../../../sandbox/world-model.ts';
import type { TestVendor } from '../../vendors/test-vendor.ts';
import { isAfterEveryClock, isBeforeEveryClock, momentByClocks } from './clocks.ts';
import { dueBy, isTooLateForClocks, type Patience, type Span } from './patience.ts';

/** What the engine recorded, as the oracle compares it. */
export interface Recorded {
  readonly type: string;
  /** The vendor's own thread id in the world. */
  readonly thread: string;
  readonly message: string;
  /** The true time. */
  readonly at: number;
}

export interface Verdict {
  readonly repliesDue: number;
  readonly repliesLost: number;
  readonly interestedDue: number;
  readonly interestedLost: number;
  readonly twice: number;
  readonly spurious: number;
  /** Due replies that were recorded, but later than {@link dueBy} allows. */
  readonly silent: number;
  /** How long after it became visible each due reply was recorded. */
  readonly delays: readonly number[];
  readonly findings: readonly string[];
}

export interface Facts extends Patience {
  readonly world: World;
  readonly vendor: Pick<TestVendor, 'messageId' | 'feedOf'>;
  /** When the connection was switched on: by the vendor's time, or by the true one where the vendor's is wrong for the whole run. */
  readonly on: number;
  /** When each feed's baseline was complete; by campaign id, or 'workspace'. */
  readonly feedOn: ReadonlyMap<string, number>;
  readonly recorded: readonly Recorded[];
  readonly archived: ReadonlyMap<string, number>;
  /** A label and a newest message that stand together must be recorded by the first good poll this long after. */
  readonly mustMs: number;
  /** Polls of each feed that neither failed, nor crashed, nor met another poller. */
  readonly goodPolls: ReadonlyMap<string, readonly Span[]>;
  /** Some rows could not be read at some requests: what the baseline could not see may be recorded when it is seen. */
  readonly badRows: boolean;
  /** Messages have ids; which of two of one time is newest cannot be said otherwise. */
  readonly named: boolean;
  /** Campaigns that fail for ever, and from when on. */
  readonly failingFrom: ReadonlyMap<string, number>;
  /** Threads that can never be opened. */
  readonly closed: ReadonlySet<string>;
  /** Where rows spell labels as the pages do not, when a thread's spelling was first met: what was labelled so until then counts as old. */
  readonly spellingMetAt?: (thread: WorldThread) => number;
  /** The config named these campaigns alone until then. */
  readonly widened?: { readonly at: number; readonly named: ReadonlySet<string> };
  /** Of a vendor whose rows stand still: when each feed's rows were remembered. Before, nothing tells of an answer below the first page. */
  readonly rowsKnown?: ReadonlyMap<string, readonly Span[]>;
  /** The config asks for old replies, up to this long before it was switched on. */
  readonly backfillMs?: number;
  /**
   * How far the times of messages are from every clock there is. What was sent that close to switching on may be taken for old or for
   * new: nothing tells the one from the other.
   */
  readonly unsureMs: number;
  /** Two things this close may look simultaneous to a poll. */
  readonly blurMs: number;
}

/** True, false, or undefined where both are allowed. */
type Demand = boolean | undefined;

const feedOnOf = (facts: Facts, thread: WorldThread): number =>
  facts.feedOn.get(facts.vendor.feedOf(thread)) ?? Number.POSITIVE_INFINITY;

/** What nobody could have read: in a campaign that fails for ever, or a thread that can never be opened. */
const isOutOfReach = (facts: Facts, { id, campaignId }: WorldThread, from: number): boolean =>
  facts.closed.has(id) || (facts.failingFrom.get(campaignId ?? '') ?? Number.POSITIVE_INFINITY) < from + facts.mustMs;

/** From when on the config asks for the thread's campaign. */
const namedFrom = ({ widened, on }: Facts, { campaignId }: WorldThread): number =>
  widened && !widened.named.has(campaignId ?? '') ? widened.at : on;

function isTouchy(facts: Facts, thread: WorldThread, from: number): boolean {
  const archived = facts.archived.get(thread.id);
  return archived !== undefined && from > archived - 3 * facts.lateMs;
}

/** Of what a backfill is asked for: what was there, as far back as it goes. */
function backfillDemand(facts: Facts, thread: WorldThread, message: WorldMessage): Demand {
  const since = facts.on - (facts.backfillMs ?? 0);
  if (message.sentAt < since - facts.blurMs) return false;
  const isThere = message.visibleAt < facts.on && message.sentAt < facts.on && message.sentAt > since + facts.blurMs;
  if (!isThere || facts.widened || facts.archived.has(thread.id) || isOutOfReach(facts, thread, facts.end))
    return undefined;
  return true;
}

/** What wrong clocks leave of a demand: at the moments that part old from new, one may pass for the other. */
function asClocksAllow(facts: Facts, thread: WorldThread, { sentAt }: WorldMessage, demand: Demand): Demand {
  const { on, clocks, backfillMs } = facts;
  const moments = [on, namedFrom(facts, thread), ...(backfillMs === undefined ? [] : [on - backfillMs])];
  const mayPass = demand ? isBeforeEveryClock : isAfterEveryClock;
  return moments.some((moment) => mayPass(clocks, moment, sentAt)) ? undefined : demand;
}

function receivedDemand(facts: Facts, thread: WorldThread, message: WorldMessage): Demand {
  const demand = asClocksAllow(facts, thread, message, soonerOrLater(facts, thread, message));
  if (!demand) return demand;
  const by = dueBy(facts, thread, message, feedOnOf(facts, thread));
  // What would be recorded after the end is not due yet.
  return by > facts.end || !isShown(facts, thread, message, by) ? undefined : demand;
}

/** Its row tells of it, or of one that is newer and was there before, by changing while all rows are remembered. */
function isShown({ rowsKnown, vendor }: Facts, thread: WorldThread, { sentAt }: WorldMessage, by: number): boolean {
  if (rowsKnown === undefined) return true;
  const shownAt = Math.min(
    ...thread.messages.filter((other) => other.sentAt >= sentAt).map((other) => other.visibleAt),
  );
  return (rowsKnown.get(vendor.feedOf(thread)) ?? []).some(({ from, to }) => from < shownAt && to > by);
}

/** Late mail behind a row that stands still may be any mail of its thread that is as old. */
const isBesideLate = ({ rowsKnown, on }: Facts, { messages }: WorldThread): boolean =>
  rowsKnown !== undefined && messages.some(({ sentAt, visibleAt }) => sentAt <= on && visibleAt > on);

/** Near a moment that no clock tells as the messages do: of switching on, or of a config that names more. */
const isUnsure = ({ unsureMs, lateMs, on, widened }: Facts, { sentAt }: WorldMessage): boolean =>
  unsureMs > 0 && [on, widened?.at ?? on].some((moment) => Math.abs(sentAt - moment) <= unsureMs + lateMs);

function soonerOrLater(facts: Facts, thread: WorldThread, message: WorldMessage): Demand {
  if (isUnsure(facts, message)) return undefined;
  if (facts.backfillMs !== undefined && message.sentAt <= facts.on) return backfillDemand(facts, thread, message);
  const named = namedFrom(facts, thread);
  // No config names mail outside of campaigns, so nobody remembers since when it is asked for.
  if (facts.widened && thread.campaignId === null && message.sentAt < named + facts.blurMs) return undefined;
  if (named > facts.on) {
    if (message.sentAt < named - facts.lateMs && message.visibleAt < named) return false;
    if (message.visibleAt < named + facts.blurMs || message.sentAt < named + facts.blurMs) return undefined;
  }
  if (message.sentAt < momentByClocks(facts.clocks, facts.on) - facts.lateMs) return false;
  if (message.sentAt <= facts.on && message.visibleAt < facts.on)
    return facts.badRows || isBesideLate(facts, thread) ? undefined : false;
  if (isTouchy(facts, thread, message.visibleAt) || isOutOfReach(facts, thread, message.visibleAt)) return undefined;
  if (message.sentAt > facts.on) return message.visibleAt <= facts.on ? undefined : true;
  return message.visibleAt > feedOnOf(facts, thread) ? true : undefined;
}

function labelledSpans(thread: WorldThread, end: number): Span[] {
  return thread.labels.flatMap(({ at, intent }, index) =>
    intent === 'interested' ? [{ from: at, to: thread.labels[index + 1]?.at ?? end }] : [],
  );
}

/** When a message was the newest visible inbound one of its thread: by time, then by id. */
function newestSpan(facts: Facts, thread: WorldThread, message: WorldMessage): Span | undefined {
  const id = facts.vendor.messageId(message);
  let to = facts.end;
  for (const other of thread.messages) {
    if (other.direction !== 'inbound' || other === message) continue;
    const newer =
      other.sentAt > message.sentAt || (other.sentAt === message.sentAt && facts.vendor.messageId(other) > id);
    if (newer) to = Math.min(to, other.visibleAt);
  }
  // Two things of one instant may be seen in either order.
  return to >= message.visibleAt ? { from: message.visibleAt, to } : undefined;
}

/** Another inbound message of the same time. */
const hasTwin = (thread: WorldThread, message: WorldMessage): boolean =>
  thread.messages.some(
    (other) => other !== message && other.direction === 'inbound' && other.sentAt === message.sentAt,
  );

/** The lead's threads in other campaigns. */
const threadsBeside = ({ world }: Facts, { id, leadEmail }: WorldThread): readonly WorldThread[] =>
  [...world.threads.values()].filter((other) => other.leadEmail === leadEmail && other.id !== id);

/** The config named the thread's campaign later: what came before is told by the lead's other threads, where those show it. */
const isNamedLater = ({ widened }: Facts, { campaignId }: WorldThread): boolean =>
  widened !== undefined && !widened.named.has(campaignId ?? '');

function interestedDemand(facts: Facts, thread: WorldThread, message: WorldMessage): Demand {
  const newest = newestSpan(facts, thread, message);
  // Then another thread's message was the newest that this one showed.
  if (threadsBeside(facts, thread).some((other) => isNamedLater(facts, other))) return undefined;
  if ((!facts.named && hasTwin(thread, message)) || isUnsure(facts, message)) return undefined;
  if (!newest) return false;
  const both = labelledSpans(thread, facts.end)
    .map(({ from, to }) => ({ from: Math.max(from, newest.from), to: Math.min(to, newest.to) }))
    .filter(({ from, to }) => to > from - 2 * facts.blurMs);
  if (both.length === 0) return false;
  const demand = labelledDemand(facts, thread, message, newest, both);
  if (demand && isTooLateForClocks(facts, thread, message)) return undefined;
  if (demand && facts.rowsKnown && !receivedDemand(facts, thread, message)) return undefined;
  return asClocksAllow(facts, thread, message, demand);
}

/** Of a message that was the newest while its thread bore the label: `both`, the times when that was so. */
function labelledDemand(
  facts: Facts,
  thread: WorldThread,
  message: WorldMessage,
  newest: Span,
  both: readonly Span[],
): Demand {
  const named = namedFrom(facts, thread);
  if (named > facts.on && (message.sentAt < named + facts.blurMs || message.visibleAt < named + facts.blurMs))
    return message.visibleAt < named - facts.blurMs && both.every(({ to }) => to < named - facts.blurMs)
      ? false
      : undefined;
  if (facts.backfillMs !== undefined && message.sentAt <= facts.on) return undefined;
  const metAt = facts.spellingMetAt?.(thread);
  const knownBy = metAt === undefined ? Number.NEGATIVE_INFINITY : Math.max(facts.on, metAt) + facts.mustMs;
  // Once a label counts as old for a message, it does so for good: only a newer message brings another.
  if (message.sentAt <= facts.on && both.some(({ from }) => from < knownBy)) return undefined;
  const feedOn = feedOnOf(facts, thread);
  const atBaseline = (span: Span, from: number, to: number) => span.from < to && span.to >= from;
  if (both.some((span) => atBaseline(span, facts.on, facts.on) && message.sentAt <= facts.on))
    return facts.badRows ? undefined : false;
  if (
    both.some((span) => atBaseline(span, facts.on - facts.blurMs, feedOn + facts.blurMs)) &&
    message.sentAt <= facts.on
  )
    return undefined;
  if (both.every(({ to }) => to <= facts.on)) return message.sentAt <= facts.on && !facts.badRows ? false : undefined;
  if (isTouchy(facts, thread, newest.from) || facts.archived.has(thread.id)) return undefined;
  if (isOutOfReach(facts, thread, facts.end)) return undefined;
  const goodPolls = facts.goodPolls.get(facts.vendor.feedOf(thread)) ?? [];
  const longEnough = both.some((span) =>
    goodPolls.some(({ from, to }) => from >= Math.max(span.from, feedOn) + facts.mustMs && to <= span.to),
  );
  return longEnough ? true : undefined;
}

export function judge(facts: Facts): Verdict {
  const counts = new Map<string, number>();
  const recordedAt = new Map<string, number>();
  for (const { type, thread, message, at } of facts.recorded) {
    const key = `${type} ${thread} ${message}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (!recordedAt.has(key)) recordedAt.set(key, at);
  }
  const sum = { repliesDue: 0, repliesLost: 0, interestedDue: 0, interestedLost: 0, twice: 0, spurious: 0, silent: 0 };
  const delays: number[] = [];
  const findings: string[] = [];
  const take = (key: string): number => {
    const recorded = counts.get(key) ?? 0;
    counts.delete(key);
    return recorded;
  };
  const check = (
    type: 'reply.received' | 'reply.interested',
    thread: WorldThread,
    message: WorldMessage,
    demanded: Demand,
  ) => {
    const id = facts.vendor.messageId(message);
    const key = `${type} ${thread.id} ${id}`;
    const tellers = isNamedLater(facts, thread) ? threadsBeside(facts, thread) : [];
    const elsewhere = tellers.reduce((sum, other) => sum + take(`${type} ${other.id} ${id}`), 0);
    const recorded = take(key) + elsewhere;
    const demand = elsewhere > 0 && !demanded ? undefined : demanded;
    const name = type === 'reply.received' ? 'replies' : 'interested';
    const at = recordedAt.get(key);
    const isTimed = demand === true && at !== undefined && type === 'reply.received' && message.sentAt > facts.on;
    if (isTimed) delays.push(at - Math.max(message.visibleAt, facts.on));
    const overdueMs = isTimed ? at - dueBy(facts, thread, message, feedOnOf(facts, thread)) : 0;
    if (overdueMs > 0) sum.silent += 1;
    if (demand) sum[`${name}Due`] += 1;
    if (demand && recorded === 0) sum[`${name}Lost`] += 1;
    if (recorded > 1) sum.twice += 1;
    if (demand === false && recorded > 0) sum.spurious += 1;
    const isSpurious = demand === false && recorded > 0;
    const verdict =
      demand && recorded === 0
        ? 'lost'
        : recorded > 1
          ? 'twice'
          : isSpurious
            ? 'spurious'
            : overdueMs > 0
              ? `silent ${Math.ceil(overdueMs / 60_000)} min too long`
              : '';
    if (verdict) {
      const { sentAt, visibleAt } = message;
      findings.push(
        `${verdict} ${key} of ${thread.leadEmail} in ${thread.campaignId}: sent ${sentAt - facts.on} visible ${visibleAt - facts.on} after on; labels ${JSON.stringify(thread.labels.map(({ at, intent }) => [at - facts.on, intent]))}`,
      );
    }
  };
  for (const thread of facts.world.threads.values()) {
    for (const message of thread.messages) {
      if (message.direction !== 'inbound') continue;
      check('reply.received', thread, message, receivedDemand(facts, thread, message));
      check('reply.interested', thread, message, interestedDemand(facts, thread, message));
    }
  }
  for (const key of counts.keys()) {
    sum.spurious += 1;
    findings.push(`spurious ${key}: no such message`);
  }
  return { ...sum, delays, findings };
}
