import type { Instant, Thread } from '../model.ts';
import { type FeedContext, lateWindowMs, newestActivity } from './feed/context.ts';
import type { InterestedScanResult } from './interested-scan.ts';
import { pastFailing } from './list/past-failing.ts';
import { areTimeless, isUntimed } from './list/rows.ts';
import type { Scan } from './list/scan.ts';
import { isLeftAlone, type Pages, progressOf, REPEATS_WAIT_MAX_MS } from './list/slices.ts';
import { LOW_WATERMARK, provedTo, type Surveyed } from './list/survey.ts';
import { isMoreThanASlip, risenOn } from './list/walk.ts';
import { handledDigest, handledInterestedDigest, handledInterestedScanDigest } from './state/digests.ts';
import { type Checkpoint, isUnproved, type Repeats, type Resume, type Survey } from './state/documents.ts';
import type { Handled } from './thread/open-rows.ts';
import { hasPending, nextRecheck } from './thread/rechecks.ts';

export interface Outcome {
  readonly scan: Scan;
  /** The rows of the scan in the order in which they were handled. */
  readonly rows: readonly Thread[];
  readonly handled: Handled;
  readonly interestedScan: InterestedScanResult | undefined;
  readonly reconciled: boolean;
  /** The survey that was to go on, and what came of it where it did. */
  readonly survey: Survey | undefined;
  readonly surveyed: Surveyed | undefined;
}

/** The newest time on page 1; where that has none, on what was read below it. */
function newestShown({ first: { rows } }: Pages, { scan }: Outcome): Instant | undefined {
  const below = areTimeless(rows) ? [...scan.union.rows.values()].filter((row) => !isUntimed(row)) : [];
  return newestActivity(below.length > 0 ? below : rows);
}

/** Where the reading of the list goes on; undefined when it is through. */
function nextResume(context: FeedContext, checkpoint: Checkpoint, pages: Pages, outcome: Outcome): Resume | undefined {
  const { scan, rows, handled } = outcome;
  const { resume, unorderedAt } = checkpoint;
  // The first page alone was read.
  if (isLeftAlone(checkpoint, context.now)) return resume;
  const isBroken = scan.repeats && unorderedAt === undefined;
  if (scan.complete && !isBroken && !handled.stoppedAt) return undefined;
  const unhandled = handled.stoppedAt ? rows.slice(rows.indexOf(handled.stoppedAt)) : [];
  const { pages: _, ...progress } = progressOf(scan, unhandled, resume);
  const found = pastFailing(context, checkpoint, scan, progress);
  if (unorderedAt !== undefined) {
    const nextLowWatermark = resume?.nextLowWatermark ?? context.now - lateWindowMs(context.limits);
    const newest = Math.max(resume?.newest ?? 0, newestActivity([...scan.union.rows.values()]) ?? 0);
    const disorder = resume?.disorder === true || scan.outOfOrder;
    return { ...found, nextLowWatermark, newest, ...(disorder && { disorder: true as const }) };
  }
  const newest = newestShown(pages, outcome) ?? context.now;
  const nextLowWatermark = resume?.nextLowWatermark ?? Math.min(context.now, newest) - lateWindowMs(context.limits);
  return { ...found, nextLowWatermark };
}

const REPEATS_WAIT_MS = 10 * 60_000;

/** Of a list whose end was not met: when it is read down again, at growing intervals. */
function nextRepeats(context: FeedContext, checkpoint: Checkpoint, { scan }: Outcome): Repeats | undefined {
  const { repeats, resume } = checkpoint;
  if (isLeftAlone(checkpoint, context.now)) return repeats;
  if (!scan.repeats) return scan.complete ? undefined : repeats;
  const cameFurther = scan.position !== resume?.position;
  const times = cameFurther ? 1 : (repeats?.times ?? 0) + 1;
  return { times, until: context.now + Math.min(REPEATS_WAIT_MAX_MS, REPEATS_WAIT_MS * 2 ** (times - 1)) };
}

/** The reading that is under way went on without a page that could not be read. */
const lacksSome = ({ resume }: Checkpoint): boolean => (resume?.passed ?? 0) > 0;

/** Whether the last reading, or the one under way that begins again, came to what it could not read. */
function nextLacks(context: FeedContext, checkpoint: Checkpoint, resume: Resume | undefined): boolean {
  const { lacks = false } = checkpoint;
  if (isLeftAlone(checkpoint, context.now)) return lacks;
  return resume ? lacks || resume.failed?.times === 0 : lacksSome(checkpoint);
}

interface Read {
  readonly outcome: Outcome;
  /** Where the reading goes on. */
  readonly resume: Resume | undefined;
}

/** No row that was met has a time, and some stand below page 1: what stands on it is handled whatever its time. */
function isTimeless({ timeless }: Checkpoint, { first }: Pages, { scan }: Outcome): boolean {
  const rows = [...scan.union.rows.values()];
  return rows.every(isUntimed) && (timeless === true || rows.length > first.rows.length);
}

/**
 * Of a list whose rows stand still, or have no times: readings of the whole until all its rows are known. One row that rose with its answer
 * shows otherwise, as does one with a time.
 */
function nextStands(
  context: FeedContext,
  checkpoint: Checkpoint,
  pages: Pages,
  { outcome, resume }: Read,
): Pick<Checkpoint, 'stands' | 'timeless'> {
  const { stoodStill, rose } = context.spent;
  const { stands } = checkpoint;
  const { scan, handled } = outcome;
  const timeless = (stands === undefined || checkpoint.timeless === true) && isTimeless(checkpoint, pages, outcome);
  if (rose || (checkpoint.timeless && !timeless)) return {};
  const marks = timeless ? { timeless } : {};
  // A reading that is under way has not looked at what is above it.
  if (stands === undefined) return timeless || stoodStill ? { stands: resume ? 2 : 1, ...marks } : {};
  const isRead = scan.complete && !scan.repeats && !handled.stoppedAt;
  return { stands: isRead ? Math.max(0, stands - 1) : stands, ...marks };
}

type Order = Pick<Checkpoint, 'unorderedAt' | 'stands' | 'timeless'>;

/** 0 asks for a whole scan at the next poll. One that met everything in order trusts the list again, unless its rows stand still. */
function nextOrder(context: FeedContext, checkpoint: Checkpoint, pages: Pages, read: Read): Order {
  const { scan, handled, surveyed } = read.outcome;
  const marks = nextStands(context, checkpoint, pages, read);
  const { unorderedAt } = checkpoint;
  // The first page alone was read, which says nothing of those below.
  if (unorderedAt !== undefined && isLeftAlone(checkpoint, context.now)) return { unorderedAt, ...marks };
  // What could not be read may stand in any order.
  const isOut =
    scan.outOfOrder || lacksSome(checkpoint) || marks.stands !== undefined || surveyed?.found === 'out of order';
  if (unorderedAt === undefined) return isOut ? { unorderedAt: 0, ...marks } : {};
  if (!scan.complete || handled.stoppedAt) return { unorderedAt: 0, ...marks };
  return isOut || checkpoint.resume?.disorder ? { unorderedAt: context.now, ...marks } : {};
}

/** More than a slip: a list that was read down to its low watermark alone may have held what is new below. */
const hidesWhatIsNew = ({ scan, surveyed }: Outcome): boolean =>
  surveyed?.found === 'out of order' ||
  (scan.outOfOrder && scan.steps.some(({ page }) => isMoreThanASlip(risenOn(page.rows))));

/** Then that falls back to where everything is proved to be handled. */
const isSetBack = (checkpoint: Checkpoint, outcome: Outcome): boolean =>
  provedTo(checkpoint) < checkpoint.lowWatermark && hidesWhatIsNew(outcome);

type Proof = Pick<Checkpoint, 'survey' | 'provedTo'>;

/** What a survey came to; a list that is read whole proves itself. */
function nextProof(
  checkpoint: Checkpoint,
  { survey, surveyed }: Outcome,
  next: Pick<Checkpoint, 'lowWatermark' | 'unorderedAt'> & { readonly isThrough: boolean },
): Proof {
  const isOrdered = next.unorderedAt === undefined;
  const { lowWatermark } = next;
  const written = (proved: Instant) => (proved === lowWatermark ? LOW_WATERMARK : proved);
  // One reading that met everything in order may have been lucky: another one looks again.
  if (checkpoint.unorderedAt !== undefined && next.isThrough)
    return isOrdered ? { provedTo: LOW_WATERMARK, survey: { lowWatermark } } : {};
  if (!isOrdered) return { provedTo: written(provedTo(checkpoint)) };
  if (survey && surveyed?.found === 'in order') return { provedTo: written(survey.lowWatermark) };
  const goesOn = surveyed ? surveyed.survey : survey;
  return {
    ...(goesOn && { survey: goesOn }),
    ...(checkpoint.provedTo !== undefined && { provedTo: written(provedTo(checkpoint)) }),
  };
}

/** What the window's rows let the low watermark rise to. Of a list out of order page 1 says nothing: all that was met counts. */
function reachedLowWatermark(context: FeedContext, checkpoint: Checkpoint, pages: Pages, outcome: Outcome): Instant {
  const span = lateWindowMs(context.limits);
  if (checkpoint.unorderedAt === undefined) {
    const newest = newestShown(pages, outcome);
    return (
      checkpoint.resume?.nextLowWatermark ??
      (newest === undefined ? checkpoint.lowWatermark : Math.min(context.now, newest) - span)
    );
  }
  const begun = checkpoint.resume?.nextLowWatermark ?? context.now - span;
  const newest = Math.max(checkpoint.resume?.newest ?? 0, newestActivity([...outcome.scan.union.rows.values()]) ?? 0);
  // Without any time, that the list was read whole is all there is to go by.
  return checkpoint.timeless && newest === 0 ? begun : Math.min(begun, newest - span);
}

/** Empty, so that the next interested scan loads the state, while anything in window or list waits or the order is not trusted. */
function nextInterestedScanDigest(
  { seenThreads, interestWatermarks }: FeedContext,
  interestedScan: InterestedScanResult | undefined,
  isHandled: boolean,
): string {
  return isHandled && interestedScan?.complete && interestedScan.rows.length > 0
    ? handledInterestedScanDigest(interestedScan.rows, seenThreads, interestWatermarks)
    : '';
}

/** A vendor may show nothing for a while after a key was made, or while it builds an index. */
const EMPTY_MS = 30 * 60_000;

export function nextCheckpoint(
  context: FeedContext,
  checkpoint: Checkpoint,
  pages: Pages,
  outcome: Outcome,
): Checkpoint {
  const { scan, interestedScan } = outcome;
  const isBack = isSetBack(checkpoint, outcome);
  const resume = isBack ? undefined : nextResume(context, checkpoint, pages, outcome);
  const newest = newestShown(pages, outcome);
  const reached = reachedLowWatermark(context, checkpoint, pages, outcome);
  const repeats = nextRepeats(context, checkpoint, outcome);
  const lacks = nextLacks(context, checkpoint, resume);
  const isThrough = resume === undefined && repeats === undefined && !isBack && !lacks;
  const rises = isThrough ? Math.max(checkpoint.lowWatermark, reached) : checkpoint.lowWatermark;
  const lowWatermark = isBack ? provedTo(checkpoint) : rises;
  const recheckAt = nextRecheck(context);
  const order = nextOrder(context, checkpoint, pages, { outcome, resume });
  const closed =
    scan.complete &&
    !checkpoint.resume &&
    isThrough &&
    newest !== undefined &&
    context.now >= newest + lateWindowMs(context.limits);
  const total = interestedScan?.complete ? interestedScan.total : (interestedScan?.total ?? checkpoint.interestedTotal);
  const scanPages = interestedScan?.complete ? interestedScan.pages : checkpoint.interestedScanPages;
  const isWindowOpen = resume || !scan.complete || outcome.handled.stoppedAt;
  // What is to be read whole now was there, for all that anybody can see.
  const isBegunAgain = checkpoint.unorderedAt === undefined && order.unorderedAt !== undefined;
  const goesOn = checkpoint.baseline === true && (isWindowOpen || lacks);
  const baseline = (goesOn || (isBegunAgain && isUnproved(checkpoint))) && { baseline: true as const };
  const proof = nextProof(checkpoint, outcome, { ...order, lowWatermark, isThrough });
  const emptyUntil = checkpoint.emptyUntil ?? context.now + EMPTY_MS;
  const isEmpty = interestedScan?.rows.length === 0 && pages.first.rows.length === 0 && context.now < emptyUntil;
  const isSilent = context.silentUpTo > 0 && (isEmpty || !interestedScan?.complete);
  const isFirst = context.silentUpTo > 0 || checkpoint.emptyUntil !== undefined;
  const isNoneYet = isFirst && pages.interested?.rows.length === 0 && context.now < emptyUntil;
  const under = interestedScan ? interestedScan.underWay : checkpoint.interestedScan;
  const digest = resume || hasPending(context) ? '' : handledDigest(pages.first, context.seenThreads);
  const interestedScanDigest = nextInterestedScanDigest(
    context,
    interestedScan,
    digest !== '' && order.unorderedAt === undefined,
  );
  return {
    lowWatermark,
    digest,
    interestedDigest: pages.interested
      ? handledInterestedDigest(pages.interested, context.seenThreads, context.interestWatermarks)
      : '',
    ...(total === undefined ? {} : { interestedTotal: total }),
    ...(closed ? { closed: true as const } : {}),
    ...(recheckAt === undefined ? {} : { recheckAt }),
    ...(interestedScanDigest === '' ? {} : { interestedScanDigest }),
    ...(scanPages !== undefined && scanPages > 1 ? { interestedScanPages: scanPages } : {}),
    reconciledAt: outcome.reconciled ? context.now : checkpoint.reconciledAt,
    ...(under ? { interestedScan: under } : {}),
    ...baseline,
    ...(isSilent && { silentUpTo: context.silentUpTo }),
    ...((isSilent ? isEmpty : isNoneYet) && { emptyUntil }),
    ...((baseline || isUnproved(proof) || isSilent) && checkpoint.ahead && { ahead: checkpoint.ahead }),
    ...(checkpoint.label === undefined ? {} : { label: checkpoint.label }),
    ...(checkpoint.spellings ? { spellings: checkpoint.spellings } : {}),
    ...(resume ? { resume } : {}),
    ...(repeats ? { repeats } : {}),
    ...(lacks && { lacks }),
    ...order,
    ...proof,
  };
}
