import type { Vendor } from '../../../sandbox/switches.ts';
import type { World } from '../../../sandbox/world.ts';
import type { WorldMessage, WorldThread } from '../../../sandbox/world-model.ts';
import type { ReplyFilter } from '../../../zapier/triggers/new-reply.ts';
import { both, FOREVER, labelled, type Span, type Watch } from './watch.ts';
import type { Activation, CallRecord } from './zap.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The trigger's window: as long after it was sent a reply can still fire. Written here anew, so that a changed one is noticed. */
export const WINDOW_MS = 6 * HOUR_MS;
/** Replies of one moment that every page holds. */
const TIES = 10;
/** A mail shows up at most an hour after its own time, and its thread is opened once more after that. */
const LATE_MS = 62 * MINUTE_MS;
/** Good polls it takes, at the most, and the time they must span: a backlog of 99 threads, and lists read every quarter of an hour. */
const GOOD_POLLS = 3;
const GOOD_MS = 20 * MINUTE_MS;
/** Lists of campaigns that are over are read every quarter of an hour, so a label may be as old as that. */
const BLUR_MS = 16 * MINUTE_MS;
/** How long the end of a long interested list may go unread. */
const TAIL_MS: Readonly<Record<Vendor, number>> = { cohesive: 30 * MINUTE_MS, coldsend: HOUR_MS };

/** True: it must fire. False: it must not. Undefined: both are allowed. */
export type Demand = boolean | undefined;

export interface Facts {
  readonly vendor: Vendor;
  readonly world: World;
  readonly watch: Watch;
  readonly isCacheLeaky: boolean;
  /** Rows of one moment come in another order at each request. */
  readonly shufflesTies: boolean;
}

const isInbound = ({ direction }: WorldMessage) => direction === 'inbound';

export const idOf = (vendor: Vendor, { replyId, messageId }: WorldMessage) =>
  vendor === 'coldsend' ? replyId : messageId;

/** When the thread's label is one that a Zap with this filter wants. */
function wanted({ interested, intent }: ReplyFilter, thread: WorldThread): readonly Span[] {
  // Cohesive knows but the two: whoever is not interested is `not_interested`.
  const isIntent = (label: string | null) =>
    label === intent || (thread.vendor === 'cohesive' && label !== 'interested');
  const isWanted = (label: string | null) =>
    (interested === undefined || (label === 'interested') === interested) && (intent === undefined || isIntent(label));
  return labelled(thread, isWanted);
}

/** When the list that a Zap with this filter reads holds the thread. */
function shown({ watch }: Facts, filter: ReplyFilter, thread: WorldThread): readonly Span[] {
  if (filter.campaign !== undefined && thread.campaignId !== filter.campaign) return [];
  return both(watch.listed(thread), wanted(filter, thread));
}

/** Good polls: the vendor answered them, and they answered Zapier. */
const goodPolls = ({ polls }: Activation): readonly CallRecord[] =>
  polls.filter(({ arrived, clean }) => arrived && clean);

/** Whether so many good polls lie in the span that what it holds must have been found. */
function isFindable(activation: Activation, { from, to }: Span, pollsNeeded = GOOD_POLLS): boolean {
  const within = goodPolls(activation).filter((poll) => poll.from >= from && poll.to < to);
  return within.length >= pollsNeeded && (within.at(-1)?.from ?? 0) >= from + GOOD_MS;
}

/** The newest time that the thread's row can show when the message becomes visible. */
const activityAt = ({ messages }: WorldThread, at: number) =>
  Math.max(...messages.filter(({ visibleAt }) => visibleAt <= at).map(({ sentAt }) => sentAt));

/** From when on a poll can know of the message: at once, or when its thread is opened once more. */
const knowableAt = (thread: WorldThread, message: WorldMessage) =>
  Math.max(message.visibleAt, activityAt(thread, message.visibleAt) + LATE_MS);

/** Of the replies of a thread the first; undefined where it depended on when one looked. */
function isFirst(vendor: Vendor, thread: WorldThread, message: WorldMessage): Demand {
  const earlier = thread.messages.filter((other) => {
    const isEarlier =
      other.sentAt < message.sentAt || (other.sentAt === message.sentAt && idOf(vendor, other) < idOf(vendor, message));
    return isInbound(other) && isEarlier;
  });
  if (earlier.length === 0) return true;
  return earlier.some(({ visibleAt }) => visibleAt <= message.visibleAt) ? false : undefined;
}

/** More replies of one moment than a page may hold: no reading is sure to show each. */
function isTied({ world }: Facts, sentAt: number): boolean {
  const tied = [...world.threads.values()].filter(({ messages }) => messages.some((each) => each.sentAt === sentAt));
  return tied.length > TIES;
}

/** What a Zap on New Reply owes a reply. */
export function replyDemand(facts: Facts, activation: Activation, thread: WorldThread, message: WorldMessage): Demand {
  const { on, spec } = activation;
  const { sentAt, visibleAt } = message;
  const first = spec.filter.firstOnly ? isFirst(facts.vendor, thread, message) : true;
  if (first === false) return false;
  const spans = both(shown(facts, spec.filter, thread), [{ from: visibleAt, to: FOREVER }]);
  const isShown = shown(facts, spec.filter, thread).some(({ to }) => to >= Math.max(visibleAt - BLUR_MS, on.from));
  // Both at once: the page may have been made in between.
  const isRelabelled = wanted(spec.filter, thread).some(({ to }) => to === visibleAt);
  if (!isShown) return isRelabelled ? undefined : false;
  // Out of the window before the first poll: no label and no late mail brings it back.
  if (sentAt < on.from - WINDOW_MS) return false;
  if (facts.shufflesTies && isTied(facts, sentAt)) return undefined;
  const wasThere = spans.some(({ from, to }) => from < on.from && to > on.to);
  if (wasThere) return false;
  if (sentAt <= on.to || visibleAt <= on.to || first === undefined) return undefined;
  const from = knowableAt(thread, message);
  const isDue = spans.some((span) =>
    isFindable(activation, { from: Math.max(from, span.from), to: Math.min(span.to, sentAt + WINDOW_MS) }),
  );
  return isDue ? true : undefined;
}

/** What a Zap on New Interested Reply owes a thread. */
export function interestedDemand(facts: Facts, activation: Activation, thread: WorldThread): Demand {
  const { on, spec } = activation;
  const spans = shown(facts, { ...spec.filter, interested: true }, thread);
  const isUnsure = facts.shufflesTies && isTied(facts, activityAt(thread, on.from));
  if (spans.some(({ from, to }) => from < on.from && to > on.to)) return isUnsure ? undefined : false;
  const after = spans.filter(({ to }) => to >= on.from);
  if (after.length === 0) return facts.isCacheLeaky ? undefined : false;
  const interested = [...facts.world.threads.values()].filter(({ labels }) => labels.length > 0).length;
  const pollsNeeded = GOOD_POLLS + (facts.isCacheLeaky ? Math.ceil(interested / 30) : 0);
  // A label that came while it was switched on may have been seen by it.
  const isDue = after
    .filter(({ from }) => from > on.to)
    .some(({ from, to }) =>
      isFindable(activation, { from: from + TAIL_MS[facts.vendor], to: Math.min(to, from + WINDOW_MS) }, pollsNeeded),
    );
  // What other Zaps were told lately counts as told to this one, though the label was taken back.
  const wasTold = spans.some(({ from, to }) => from <= on.to && to >= on.from - WINDOW_MS);
  return isDue && !wasTold ? true : undefined;
}

/** Whether the message was, or could be taken for, the newest reply of its thread from shortly before the label on. */
export function isNewest(facts: Facts, { spec }: Activation, thread: WorldThread, id: string, at: number): boolean {
  const message = thread.messages.find((each) => idOf(facts.vendor, each) === id);
  if (!message || !isInbound(message) || message.visibleAt > at) return false;
  const spans = shown(facts, { ...spec.filter, interested: true }, thread).filter(({ from }) => from <= at);
  return spans.some(({ from }) => {
    const seenAt = Math.max(message.visibleAt, from - LATE_MS);
    const others = thread.messages.filter((other) => isInbound(other) && other.visibleAt <= seenAt);
    return others.every(({ sentAt }) => sentAt <= message.sentAt);
  });
}
