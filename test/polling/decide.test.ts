import { describe, expect, it } from 'vitest';
import type { Thread } from '../../shared/model.ts';
import { decide, type Situation } from '../../shared/polling/decide.ts';
import { POLL_LIMITS } from '../../shared/polling/feed/limits.ts';
import { readDigest, readInterestedDigest } from '../../shared/polling/state/digests.ts';
import type { Checkpoint } from '../../shared/polling/state/documents.ts';
import type { RowPage } from '../../shared/provider.ts';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;

const thread = (key: string, lastActivityAt: number): Thread => ({
  id: key,
  key,
  campaign: null,
  lead: { email: `${key}@example.com` },
  box: 'reply',
  interested: false,
  tags: [],
  lastActivityAt,
  vendor: {},
});

const page = (rows: readonly Thread[], total?: number): RowPage => ({
  rows,
  unreadable: [],
  received: rows.length,
  ...(total !== undefined && { total }),
  ...(total !== rows.length && { next: 'below' }),
});

/** Page 1 reaches below the low watermark. */
const FIRST = page([thread('new', NOW - HOUR), thread('old', NOW - 3 * HOUR), thread('older', NOW - 4 * HOUR)], 500);
const INTERESTED = page([thread('old', NOW - 3 * HOUR)], 1);
/** Everything on both pages is handled, and the interested list was read whole. */
const HANDLED: Checkpoint = {
  lowWatermark: NOW - 2 * HOUR,
  digest: readDigest(FIRST),
  interestedDigest: readInterestedDigest(INTERESTED),
  interestedTotal: 1,
  interestedScanDigest: 'whole',
  reconciledAt: NOW - HOUR,
  label: 'Interested',
};

interface Change extends Partial<Omit<Situation, 'checkpoint' | 'pages'>> {
  /** In place of {@link HANDLED}. */
  readonly before?: Checkpoint;
  readonly checkpoint?: Partial<Checkpoint>;
  readonly first?: RowPage;
  /** `unread`: its list is left alone for now. */
  readonly interested?: RowPage | 'unread';
}

/** What a poll does that finds nothing new, but for the change. */
function decided({ before = HANDLED, checkpoint, first = FIRST, interested = INTERESTED, ...rest }: Change) {
  return decide({
    checkpoint: { ...before, ...checkpoint },
    sameAnswers: false,
    label: 'Interested',
    pages: () => ({ first, ...(interested !== 'unread' && { interested }) }),
    now: NOW,
    interestedScanDue: false,
    reach: interested === 'unread' ? 'nothing' : 'whole',
    limits: POLL_LIMITS,
    ...rest,
  });
}

describe('a poll', () => {
  it('reads no page when the answers are those of the last idle poll, and no clock is due', () => {
    const pages = (): never => expect.fail('A page was read.');
    const situation = { checkpoint: HANDLED, sameAnswers: true, label: 'Interested', pages, now: NOW };
    const decision = decide({ ...situation, interestedScanDue: false, reach: 'whole', limits: POLL_LIMITS });
    expect(decision).toMatchObject({ when: expect.stringContaining('answers are those of the last'), does: 'idle' });
  });

  it('is idle when a list out of order was scanned whole not long ago, and its pages are the same', () => {
    const outOfOrder = page([...FIRST.rows].reverse(), 500);
    const checkpoint = { unorderedAt: NOW - 1, digest: readDigest(outOfOrder) };
    expect(decided({ checkpoint, first: outOfOrder })).toMatchObject({
      when: expect.stringContaining('scanned whole not long ago'),
      does: 'idle',
    });
  });

  it('goes on with a scan that is under way', () => {
    const resume = { position: 'row 40', nextLowWatermark: NOW - HOUR };
    expect(decided({ checkpoint: { resume } })).toMatchObject({ when: 'a scan is under way', does: 'work' });
  });

  it('goes on with an interested scan that is under way', () => {
    const interestedScan = { position: 'row 40' };
    expect(decided({ checkpoint: { interestedScan } })).toMatchObject({ when: 'a scan is under way', does: 'work' });
  });

  it('leaves a list that repeats itself alone until it is to be read down again', () => {
    const repeats = { times: 1, until: NOW + 1 };
    const first = page([thread('new', NOW - HOUR)], 500);
    const digest = readDigest(first);
    expect(decided({ checkpoint: { repeats, digest }, first })).toMatchObject({ does: 'idle' });
    expect(decided({ checkpoint: { repeats: { ...repeats, until: NOW }, digest }, first })).toMatchObject({
      when: 'a list that repeated itself is to be read down again',
      does: 'work',
    });
  });

  it('works when the label is spelled as never before', () => {
    expect(decided({ label: 'interested' })).toMatchObject({
      when: 'the label is spelled as never before',
      does: 'work',
    });
  });

  it('works when a recheck is due, whatever the answers', () => {
    const change = { checkpoint: { recheckAt: NOW }, sameAnswers: true };
    expect(decided(change)).toMatchObject({ when: 'a recheck is due', does: 'work' });
  });

  it('works when the reconcile is due, whatever the answers', () => {
    const change = { checkpoint: { reconciledAt: NOW - POLL_LIMITS.reconcileMs }, sameAnswers: true };
    expect(decided(change)).toMatchObject({ when: 'the reconcile is due', does: 'work' });
  });

  it('goes on with a survey of the list, whatever the answers', () => {
    const change = { checkpoint: { survey: { lowWatermark: NOW - 4 * HOUR } }, sameAnswers: true };
    expect(decided(change)).toMatchObject({ when: 'a survey of the list is under way', does: 'work' });
  });

  it('leaves a survey alone whose page failed, until it is to go on', () => {
    const survey = { lowWatermark: NOW - 4 * HOUR, until: NOW + 1 };
    expect(decided({ checkpoint: { survey }, sameAnswers: true }).does).toBe('idle');
    expect(decided({ checkpoint: { survey: { ...survey, until: NOW } } }).does).toBe('work');
  });

  it('waits for nothing that a clock noted which was months ahead and has been put back', () => {
    const ahead = NOW + 90 * 24 * HOUR;
    const reconciled = decided({ checkpoint: { reconciledAt: ahead }, sameAnswers: true });
    expect(reconciled).toMatchObject({ when: 'the reconcile is due', does: 'work' });
    const scanned = decided({ checkpoint: { unorderedAt: ahead } });
    expect(scanned).toMatchObject({ when: 'a list out of order is to be scanned whole', does: 'work' });
    const repeated = decided({ checkpoint: { repeats: { times: 1, until: ahead } } });
    expect(repeated).toMatchObject({ when: 'a list that repeated itself is to be read down again', does: 'work' });
    const apart = decided({ checkpoint: { reconciledAt: NOW + HOUR }, sameAnswers: true });
    expect(apart).toMatchObject({ does: 'idle' });
  });

  it('works when page 1 is not as it was handled', () => {
    const first = page([thread('newer', NOW), ...FIRST.rows], 500);
    expect(decided({ first })).toMatchObject({ when: 'page 1 is not as it was handled', does: 'work' });
  });

  it('works when page 1 of the interested list is not as it was handled', () => {
    const interested = page([thread('new', NOW - HOUR)], 1);
    expect(decided({ interested })).toMatchObject({
      when: 'page 1 of the interested list is not as it was handled',
      does: 'work',
    });
  });

  it('works when the interested total is not that of the last complete scan', () => {
    const interested = page(INTERESTED.rows, 2);
    expect(decided({ interested })).toMatchObject({ when: expect.stringContaining('interested total'), does: 'work' });
  });

  it('is idle under all that is owed of an interested list that cannot be read now', () => {
    const checkpoint = { interestedDigest: '', interestedTotal: 7, interestedScan: { read: 40 } };
    expect(decided({ checkpoint, interested: 'unread' })).toMatchObject({
      when: 'neither page is new, and nothing is due',
      does: 'idle',
    });
  });

  it('leaves a scan of the interested list that fails below its first page', () => {
    const checkpoint = { interestedTotal: 7, interestedScan: { read: 40 } };
    expect(decided({ checkpoint, reach: 'top' })).toMatchObject({ does: 'idle' });
  });

  it('works when page 1 does not reach below the low watermark', () => {
    const decision = decided({ checkpoint: { lowWatermark: NOW - 4 * HOUR } });
    expect(decision).toMatchObject({ when: expect.stringContaining('does not reach below'), does: 'work' });
  });

  it('works when page 1 is out of order', () => {
    const first = page([...FIRST.rows, thread('middle', NOW - 2.5 * HOUR)], 3);
    const checkpoint = { digest: readDigest(first) };
    expect(decided({ checkpoint, first })).toMatchObject({ when: 'page 1 is out of order', does: 'work' });
  });

  it('is idle when neither page is new and nothing is due, and need not read such answers again', () => {
    expect(decided({})).toMatchObject({
      when: 'neither page is new, and nothing is due',
      does: 'idle',
      isHandled: true,
    });
  });

  it('scans the interested list alone when that is due, and nothing else can have changed', () => {
    expect(decided({ interestedScanDue: true, sameAnswers: true })).toMatchObject({
      when: 'the interested scan is due, and nothing else can have changed',
      does: 'scan interested',
      isHandled: true,
    });
  });

  it('works when the interested scan is due, and a thread still waits for its recheck', () => {
    const change = { checkpoint: { recheckAt: NOW + HOUR }, interestedScanDue: true };
    expect(decided(change)).toMatchObject({ when: 'the interested scan is due', does: 'work', isHandled: true });
  });
});

describe('a page that does not reach below the low watermark', () => {
  const checkpoint = { lowWatermark: NOW - 4 * HOUR };

  it('is enough when it is the whole list', () => {
    const first = page(FIRST.rows, FIRST.rows.length);
    expect(decided({ checkpoint: { ...checkpoint, digest: readDigest(first) }, first }).does).toBe('idle');
  });

  it('is not known to be enough when none of its rows has a time', () => {
    const timeless = FIRST.rows.map((row) => ({ ...row, lastActivityAt: 0, changeHint: 7 }));
    const first = page(timeless, 500);
    expect(decided({ checkpoint: { digest: readDigest(first) }, first }).does).toBe('work');
    expect(decided({ checkpoint: { digest: readDigest(first), closed: true }, first }).does).toBe('idle');
  });

  it('is not known to be enough when one row of it is old, which may be the older one of a thread', () => {
    const first = page(FIRST.rows.slice(0, 2), 500);
    expect(decided({ checkpoint: { digest: readDigest(first) }, first }).does).toBe('work');
  });

  it('is enough when nothing can slip in below it any more', () => {
    expect(decided({ checkpoint: { ...checkpoint, closed: true } }).does).toBe('idle');
  });
});

describe('the interested scan', () => {
  const { interestedScanDigest: _, ...neverReadWhole } = HANDLED;

  it.each<[when: string, change: Change]>([
    ['the list was never read whole', { before: neverReadWhole }],
    ['page 1 is not the whole window', { checkpoint: { lowWatermark: NOW - 4 * HOUR, closed: true } }],
    ['the list is out of order', { checkpoint: { unorderedAt: 0 } }],
  ])('is not made alone when %s', (_, change) => {
    expect(decided({ ...change, interestedScanDue: true }).does).toBe('work');
  });

  it('is not made alone when a row is of the future', () => {
    const first = page([thread('ahead', NOW + HOUR), ...FIRST.rows], 500);
    const checkpoint = { digest: readDigest(first) };
    expect(decided({ checkpoint, first, interestedScanDue: true }).does).toBe('work');
  });
});

describe('a list out of order', () => {
  it('is scanned whole again after its interval', () => {
    const first = page([...FIRST.rows].reverse(), 500);
    const checkpoint = { unorderedAt: NOW - POLL_LIMITS.unorderedMs, digest: readDigest(first) };
    expect(decided({ checkpoint, first })).toMatchObject({ does: 'work' });
  });

  it.each([
    ['page 1 is in order and as it was', {}],
    ['the answers are those of the last idle poll', { sameAnswers: true }],
  ])('is scanned whole again after its interval when %s', (_, change) => {
    const checkpoint = { unorderedAt: NOW - POLL_LIMITS.unorderedMs };
    expect(decided({ ...change, checkpoint })).toMatchObject({ does: 'work' });
  });
});
