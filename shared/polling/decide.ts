import type { Instant } from '../model.ts';
import type { RowPage } from '../provider.ts';
import { isStillResting } from '../resting.ts';
import type { PollLimits } from './feed/limits.ts';
import { areTimeless } from './list/rows.ts';
import { type InterestedReach, isLeftAlone, type Pages } from './list/slices.ts';
import { isSurveyUnderWay } from './list/survey.ts';
import { isOutOfOrder, reachesBelow } from './list/walk.ts';
import { readDigest, readInterestedDigest } from './state/digests.ts';
import { type Checkpoint, spellingsOf } from './state/documents.ts';

/** What a poll knows once both first pages are there, before it has loaded the feed's state. */
export interface Situation {
  readonly checkpoint: Checkpoint;
  /** The answers are, letter by letter, those of the last idle poll under this checkpoint. */
  readonly sameAnswers: boolean;
  /** How the vendor's filter for interested leads was spelled this time. */
  readonly label: string | undefined;
  /** Reads the answers; asked for only where it matters what they hold. */
  readonly pages: () => Pages;
  /** The vendor's time. */
  readonly now: Instant;
  readonly interestedScanDue: boolean;
  readonly reach: InterestedReach;
  readonly limits: Pick<PollLimits, 'reconcileMs' | 'unorderedMs'>;
}

const isRecheckDue = ({ checkpoint: { recheckAt }, now }: Situation) => recheckAt !== undefined && now >= recheckAt;

/** Twice as long leaves room for two clocks that are apart. */
const isAgain = (last: Instant, everyMs: number, now: Instant): boolean =>
  !isStillResting(last + everyMs, now, 2 * everyMs);

export const isReconcileDue = ({ checkpoint, now, limits }: Pick<Situation, 'checkpoint' | 'now' | 'limits'>) =>
  isAgain(checkpoint.reconciledAt, limits.reconcileMs, now);

const isPageChanged = ({ checkpoint, pages }: Situation) => checkpoint.digest !== readDigest(pages().first);

function isInterestedPageChanged({ checkpoint, pages }: Situation): boolean {
  const { interested } = pages();
  return interested !== undefined && checkpoint.interestedDigest !== readInterestedDigest(interested);
}

/** A scan of a list that cannot be read now waits, and holds up nothing. */
const canScanInterested = ({ reach, pages }: Situation) => reach === 'whole' && pages().interested !== undefined;

const isScanUnderWay = (situation: Situation) =>
  (situation.checkpoint.resume !== undefined && !isLeftAlone(situation.checkpoint, situation.now)) ||
  (situation.checkpoint.interestedScan !== undefined && canScanInterested(situation));

const isSurveyToGoOn = ({ checkpoint, now }: Situation) => isSurveyUnderWay(checkpoint, now);

const isInterestedTotalChanged = (situation: Situation) =>
  canScanInterested(situation) && situation.checkpoint.interestedTotal !== situation.pages().interested?.total;

const isRepeatsOver = ({ checkpoint, now }: Situation) =>
  checkpoint.repeats !== undefined && !isLeftAlone(checkpoint, now);

/** A list out of order is scanned whole, on a clock of its own. */
const isWholeScanDue = ({ checkpoint, now, limits }: Situation) =>
  checkpoint.unorderedAt !== undefined &&
  !isLeftAlone(checkpoint, now) &&
  isAgain(checkpoint.unorderedAt, limits.unorderedMs, now);

const isUnorderedAtRest = (situation: Situation) => {
  if (situation.checkpoint.unorderedAt === undefined || isWholeScanDue(situation)) return false;
  return !isScanUnderWay(situation) && !isPageChanged(situation) && !isInterestedPageChanged(situation);
};

/** The page shows the whole window; one without any time does not tell, but that nothing was met below it when that was read. */
function holdsWindow(page: RowPage, { lowWatermark, closed }: Checkpoint): boolean {
  if (page.next === undefined) return true;
  return areTimeless(page.rows) ? closed === true : reachesBelow(page, lowWatermark);
}

/** Page 1 is the whole window, and nothing in it will be opened again: the interested list alone is left to read. */
const isInterestedScanAlone = ({ checkpoint, pages, now }: Situation) =>
  pages().interested !== undefined &&
  checkpoint.interestedScanDigest !== undefined &&
  checkpoint.unorderedAt === undefined &&
  checkpoint.recheckAt === undefined &&
  holdsWindow(pages().first, checkpoint) &&
  pages().first.rows.every((row) => row.lastActivityAt <= now);

export interface Decision {
  readonly when: string;
  /** `scan interested`: read the interested list, and do no more if it is the same. `work`: load the state, and handle what is there. */
  readonly does: 'idle' | 'scan interested' | 'work';
  /** Nothing on either page is new: the same answers under the same checkpoint mean so again. */
  readonly isHandled?: true;
}

interface Row extends Decision {
  readonly holds: (situation: Situation) => boolean;
}

/** From the top: the first row that holds decides. */
const ROWS: readonly Row[] = [
  {
    when: 'the answers are those of the last idle poll, and no clock is due',
    holds: (situation) =>
      situation.sameAnswers &&
      !isRecheckDue(situation) &&
      !isReconcileDue(situation) &&
      !isSurveyToGoOn(situation) &&
      !isRepeatsOver(situation) &&
      !isWholeScanDue(situation) &&
      !situation.interestedScanDue,
    does: 'idle',
  },
  {
    when: 'a list out of order was scanned whole not long ago, and its pages are the same',
    holds: isUnorderedAtRest,
    does: 'idle',
  },
  {
    when: 'a scan is under way',
    holds: isScanUnderWay,
    does: 'work',
  },
  {
    when: 'the label is spelled as never before',
    holds: ({ checkpoint, label }) => label !== undefined && !spellingsOf(checkpoint).includes(label),
    does: 'work',
  },
  {
    when: 'a list that repeated itself is to be read down again',
    holds: isRepeatsOver,
    does: 'work',
  },
  { when: 'a recheck is due', holds: isRecheckDue, does: 'work' },
  { when: 'a survey of the list is under way', holds: isSurveyToGoOn, does: 'work' },
  { when: 'the reconcile is due', holds: isReconcileDue, does: 'work' },
  { when: 'a list out of order is to be scanned whole', holds: isWholeScanDue, does: 'work' },
  { when: 'page 1 is not as it was handled', holds: isPageChanged, does: 'work' },
  { when: 'page 1 of the interested list is not as it was handled', holds: isInterestedPageChanged, does: 'work' },
  {
    when: 'the interested total is not that of the last complete scan',
    holds: isInterestedTotalChanged,
    does: 'work',
  },
  {
    when: 'page 1 does not reach below the low watermark, and late mail may be on page 2',
    holds: ({ checkpoint, pages }) =>
      checkpoint.closed !== true && checkpoint.repeats === undefined && !holdsWindow(pages().first, checkpoint),
    does: 'work',
  },
  { when: 'page 1 is out of order', holds: ({ pages }) => isOutOfOrder(pages().first), does: 'work' },
  {
    when: 'neither page is new, and nothing is due',
    holds: ({ interestedScanDue }) => !interestedScanDue,
    does: 'idle',
    isHandled: true,
  },
  {
    when: 'the interested scan is due, and nothing else can have changed',
    holds: isInterestedScanAlone,
    does: 'scan interested',
    isHandled: true,
  },
];

const OTHERWISE: Decision = { when: 'the interested scan is due', does: 'work', isHandled: true };

/** What a poll does, and why. Pure: what it is given is all it goes by. */
export const decide = (situation: Situation): Decision => ROWS.find(({ holds }) => holds(situation)) ?? OTHERWISE;
