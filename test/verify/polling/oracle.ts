import type { World } from '../../../sandbox/world.ts';
import type { WorldMessage, WorldThread } from '../../../sandbox/world-model.ts';
import type { TestVendor } from '../../vendors/test-vendor.ts';

/** What the engine recorded, as the oracle compares it. */
export interface Recorded {
  readonly type: string;
  /** The vendor's own thread id in the world. */
  readonly thread: string;
  readonly message: string;
}

export interface Verdict {
  readonly repliesDue: number;
  readonly repliesLost: number;
  readonly interestedDue: number;
  readonly interestedLost: number;
  readonly twice: number;
  readonly spurious: number;
  readonly findings: readonly string[];
}

export interface Facts {
  readonly world: World;
  readonly vendor: Pick<TestVendor, 'messageId' | 'feedOf'>;
  /** The vendor's time and the true time when the connection was switched on. */
  readonly on: number;
  /** When each feed's baseline was complete; by campaign id, or 'workspace'. */
  readonly feedOn: ReadonlyMap<string, number>;
  readonly recorded: readonly Recorded[];
  readonly archived: ReadonlyMap<string, number>;
  /** A label and a newest message that stand together must be recorded by the first good poll this long after. */
  readonly mustMs: number;
  /** Polls of every feed that neither failed, nor crashed, nor met another poller. */
  readonly goodPolls: readonly Span[];
  /** Some rows could not be read at some requests: what the baseline could not see may be recorded when it is seen. */
  readonly badRows: boolean;
  /** Two things this close may look simultaneous to a poll. */
  readonly blurMs: number;
  readonly end: number;
  readonly lateMs: number;
}

/** True, false, or undefined where both are allowed. */
type Demand = boolean | undefined;

function feedOnOf(facts: Facts, thread: WorldThread): number {
  return facts.feedOn.get(facts.vendor.feedOf(thread)) ?? Number.POSITIVE_INFINITY;
}

function isTouchy(facts: Facts, thread: WorldThread, from: number): boolean {
  const archived = facts.archived.get(thread.id);
  return archived !== undefined && from > archived - 3 * facts.lateMs;
}

function receivedDemand(facts: Facts, thread: WorldThread, message: WorldMessage): Demand {
  if (message.sentAt < facts.on - facts.lateMs) return false;
  if (message.sentAt <= facts.on && message.visibleAt < facts.on) return facts.badRows ? undefined : false;
  if (isTouchy(facts, thread, message.visibleAt)) return undefined;
  if (message.sentAt > facts.on) return message.visibleAt <= facts.on ? undefined : true;
  return message.visibleAt > feedOnOf(facts, thread) ? true : undefined;
}

export interface Span {
  readonly from: number;
  readonly to: number;
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

function interestedDemand(facts: Facts, thread: WorldThread, message: WorldMessage): Demand {
  const newest = newestSpan(facts, thread, message);
  if (!newest) return false;
  const both = labelledSpans(thread, facts.end)
    .map(({ from, to }) => ({ from: Math.max(from, newest.from), to: Math.min(to, newest.to) }))
    .filter(({ from, to }) => to > from - 2 * facts.blurMs);
  if (both.length === 0) return false;
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
  const longEnough = both.some((span) =>
    facts.goodPolls.some(({ from, to }) => from >= Math.max(span.from, feedOn) + facts.mustMs && to <= span.to),
  );
  return longEnough ? true : undefined;
}

export function judge(facts: Facts): Verdict {
  const counts = new Map<string, number>();
  for (const { type, thread, message } of facts.recorded) {
    const key = `${type} ${thread} ${message}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const sum = { repliesDue: 0, repliesLost: 0, interestedDue: 0, interestedLost: 0, twice: 0, spurious: 0 };
  const findings: string[] = [];
  const check = (
    type: 'reply.received' | 'reply.interested',
    thread: WorldThread,
    message: WorldMessage,
    demand: Demand,
  ) => {
    const key = `${type} ${thread.id} ${facts.vendor.messageId(message)}`;
    const recorded = counts.get(key) ?? 0;
    counts.delete(key);
    const name = type === 'reply.received' ? 'replies' : 'interested';
    if (demand) sum[`${name}Due`] += 1;
    if (demand && recorded === 0) sum[`${name}Lost`] += 1;
    if (recorded > 1) sum.twice += 1;
    if (demand === false && recorded > 0) sum.spurious += 1;
    const verdict =
      demand && recorded === 0 ? 'lost' : recorded > 1 ? 'twice' : demand === false && recorded > 0 ? 'spurious' : '';
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
  return { ...sum, findings };
}
