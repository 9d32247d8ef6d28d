import { describe, expect, it } from 'vitest';
import { createWorld } from '../../../sandbox/world.ts';
import { vendorNamed } from '../../vendors/index.ts';
import type { Clocks } from './clocks.ts';
import { type Facts, judge } from './oracle.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ON = Date.UTC(2026, 0, 5, 8);
const END = ON + 24 * HOUR;

/** A world's clocks by how many minutes each is ahead; without the vendor's where it gives no `Date`. */
const clocks = (ours: number, vendor?: number): Clocks => ({
  oursAheadMs: ours * MINUTE,
  vendorAheadMs: () => (vendor === undefined ? undefined : vendor * MINUTE),
});

interface Told {
  readonly clocks: Clocks;
  /** Minutes after the true moment of switching on. */
  readonly sent: number;
  readonly visible?: number;
  /** Our own mail in the thread, which moves its row. */
  readonly ownMail?: number;
  readonly isRecorded: boolean;
  readonly badRows?: boolean;
}

const vendor = vendorNamed('coldsend');
const at = (minutes: number) => ON + minutes * MINUTE;

/** What the judge says of one reply: `lost`, `spurious`, or nothing. */
function verdictOf({ clocks, sent, visible = sent, ownMail, isRecorded, badRows = false }: Told): string {
  const world = createWorld({ seed: 1, now: () => END });
  const { id } = world.addThread({
    campaignId: world.addCampaign().id,
    leadEmail: 'lead@customer.example',
    leadName: 'Lead',
  });
  const add = (direction: 'inbound' | 'outbound', sentAt: number, visibleAt: number) =>
    world.addMessage(id, { direction, sentAt, visibleAt, text: 'A reply.' });
  if (ownMail !== undefined) add('outbound', at(ownMail), at(ownMail));
  const message = vendor.messageId(add('inbound', at(sent), at(visible)));
  const facts: Facts = {
    world,
    vendor,
    clocks,
    on: ON,
    feedOn: new Map([['workspace', ON]]),
    recorded: isRecorded ? [{ type: 'reply.received', thread: id, message, at: at(visible + 1) }] : [],
    archived: new Map(),
    mustMs: 2.5 * HOUR,
    goodPolls: new Map(),
    badRows,
    named: true,
    failingFrom: new Map(),
    closed: new Set(),
    unsureMs: 0,
    blurMs: 30 * MINUTE,
    everyMs: 5 * MINUTE,
    lateMs: 60 * MINUTE,
    silences: [],
    isRough: false,
    isUnordered: false,
    rowsStandStill: false,
    hasGroup: false,
    dateOffMs: 0,
    end: END,
  };
  return judge(facts)
    .findings.map((finding) => finding.split(' ')[0])
    .join(', ');
}

const NEW = { isRecorded: false } as const;
const OLD = { isRecorded: true } as const;
const UNSEEN = { ...OLD, badRows: true } as const;
const LATE = { isRecorded: false, sent: 300, ownMail: 301 } as const;

describe('the judge of polling, where clocks are wrong', () => {
  it.each<[string, Told, string]>([
    ['both are ahead of it', { ...NEW, clocks: clocks(30, 90), sent: 20 }, ''],
    ['the machine’s is, and there is no Date', { ...NEW, clocks: clocks(30), sent: 20 }, ''],
    ['both are ahead, but one not of it', { ...NEW, clocks: clocks(30, 90), sent: 31 }, 'lost'],
    ['the Date alone is ahead', { ...NEW, clocks: clocks(0, 90), sent: 20 }, 'lost'],
    ['the machine’s alone is ahead', { ...NEW, clocks: clocks(30, 0), sent: 20 }, 'lost'],
    ['one is ahead, one behind', { ...NEW, clocks: clocks(30, -90), sent: 20 }, 'lost'],
    ['both are behind', { ...NEW, clocks: clocks(-30, -90), sent: 20 }, 'lost'],
    ['both are right', { ...NEW, clocks: clocks(0, 0), sent: 20 }, 'lost'],
    ['there is no Date, and the machine’s is right', { ...NEW, clocks: clocks(0), sent: 20 }, 'lost'],
  ])('says of a new reply that was not recorded, where at switch-on %s', (_, told, verdict) => {
    expect(verdictOf(told)).toBe(verdict);
  });

  it.each<[string, Told, string]>([
    ['both are behind it', { ...OLD, clocks: clocks(-90, -120), sent: -80 }, ''],
    ['the machine’s is, and there is no Date', { ...OLD, clocks: clocks(-90), sent: -80 }, ''],
    ['both are behind, but one not behind it', { ...OLD, clocks: clocks(-70, -120), sent: -80 }, 'spurious'],
    ['the Date alone is behind', { ...OLD, clocks: clocks(0, -90), sent: -80 }, 'spurious'],
    ['the machine’s alone is behind', { ...OLD, clocks: clocks(-90, 0), sent: -80 }, 'spurious'],
    ['one is ahead, one behind', { ...OLD, clocks: clocks(30, -90), sent: -80 }, 'spurious'],
    ['both are ahead', { ...OLD, clocks: clocks(30, 90), sent: -80 }, 'spurious'],
    ['both are right', { ...OLD, clocks: clocks(0, 0), sent: -80 }, 'spurious'],
  ])('says of an old reply that was recorded, where at switch-on %s', (_, told, verdict) => {
    expect(verdictOf(told)).toBe(verdict);
  });

  it.each<[string, Told, string]>([
    ['sent in the hour before it by a clock that is behind', { ...UNSEEN, clocks: clocks(-67), sent: -96 }, ''],
    ['sent earlier than that', { ...UNSEEN, clocks: clocks(-67), sent: -130 }, 'spurious'],
    ['sent as early, and one of two clocks is right', { ...UNSEEN, clocks: clocks(-67, 0), sent: -96 }, 'spurious'],
  ])('says of an old reply whose row was not read at switch-on and that was recorded later, %s', (_, told, verdict) => {
    expect(verdictOf(told)).toBe(verdict);
  });

  it.each<[string, Told, string]>([
    ['its hour is over by both', { ...LATE, clocks: clocks(30, 90), visible: 335 }, ''],
    ['its hour is over by the machine’s, and there is no Date', { ...LATE, clocks: clocks(30), visible: 335 }, ''],
    ['its hour is not over by one of two that are ahead', { ...LATE, clocks: clocks(30, 90), visible: 325 }, 'lost'],
    ['its hour is over by the Date alone', { ...LATE, clocks: clocks(0, 90), visible: 335 }, 'lost'],
    ['its hour is over by the machine’s alone', { ...LATE, clocks: clocks(30, 0), visible: 335 }, 'lost'],
    [
      'its hour is over by both, but its row moves',
      { ...LATE, clocks: clocks(30, 90), visible: 335, ownMail: 299 },
      'lost',
    ],
  ])('says of a late reply beside newer mail that was not recorded, where %s', (_, told, verdict) => {
    expect(verdictOf(told)).toBe(verdict);
  });
});
