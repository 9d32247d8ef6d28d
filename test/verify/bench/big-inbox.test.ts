import { beforeAll, describe, expect, it } from 'vitest';
import { type InboxResult, type Order, runInbox } from './big-inbox.ts';
import { callsAnHour, inboxSection, isInboxMet } from './inbox-section.ts';

const HOURS = 6;
const SETUP_MS = 60_000;
const run = (threads: number, order: Order, interested: number) =>
  runInbox({ threads, order, interested, hours: HOURS, drainHours: 2 });

describe('a workspace of 1,000 threads in order, over virtual hours', () => {
  let result: InboxResult;
  beforeAll(async () => {
    result = await run(1_000, 'ordered', 100);
  }, SETUP_MS);

  it('has every reply and every label told, once, and nothing else', () => {
    const { replies, interest, twice, spurious } = result;
    expect(replies.due).toBeGreaterThan(12);
    expect(interest.due).toBeGreaterThan(2);
    expect([replies.told, interest.told]).toEqual([replies.due, interest.due]);
    expect([twice, spurious]).toEqual([0, 0]);
  });

  it('is polled at the interval of the config, and read to its end once, by a survey that is through in a minute', () => {
    expect(result).toMatchObject({ intervalMs: 60_000, baselineHours: 1 / 60, listEnds: 1 });
  });

  it('tells replies within two intervals, for little more than the calls of an idle feed', () => {
    expect(result.replies.p95Ms).toBeLessThanOrEqual(120_000);
    expect(callsAnHour(result)).toBeGreaterThanOrEqual(120);
    expect(callsAnHour(result)).toBeLessThanOrEqual(2.7 * 60);
  });

  it('is the same when it is run again', async () => {
    expect(await run(1_000, 'ordered', 100)).toEqual(result);
  });
});

describe('a workspace whose list once showed two rows the wrong way round', () => {
  it('is read whole for it and then trusted again, at no cost to any reply', async () => {
    const swapped = await run(500, 'one swapped pair', 0);
    expect(swapped.listEnds).toBeGreaterThan(0);
    expect(swapped.asked.below).toBe(0);
    expect(isInboxMet(swapped)).toBe(true);
  });
});

describe('a workspace that is never in order', () => {
  let result: InboxResult;
  beforeAll(async () => {
    result = await run(500, 'never ordered', 100);
  }, SETUP_MS);

  it('is read whole again and again, and tells every reply within such a pass', () => {
    expect(result.passMs?.median).toBeLessThanOrEqual(10 * 60_000);
    expect(result.replies.p95Ms).toBeLessThanOrEqual((result.passMs?.longest ?? 0) + 120_000);
    expect(isInboxMet(result)).toBe(true);
  });

  it('is said to miss its target when a reply is lost, told twice, never due, or later than a pass, or a poll breaks', () => {
    const { replies, interest, passMs } = result;
    const late = (passMs?.longest ?? 0) + 120_001;
    const missed: readonly InboxResult[] = [
      { ...result, replies: { ...replies, told: replies.told - 1 } },
      { ...result, interest: { ...interest, told: interest.told - 1 } },
      { ...result, twice: 1 },
      { ...result, spurious: 1 },
      { ...result, errors: { DocumentTooLarge: 1 } },
      { ...result, replies: { ...replies, p95Ms: late } },
    ];
    expect(missed.map(isInboxMet)).toEqual([false, false, false, false, false, false]);
  });

  it('has a row in the table that says how long a pass takes', () => {
    const section = inboxSection([{ ...result, passMs: { median: 600_000, longest: 900_000 } }]);
    expect(section).toMatch(/^\| 500 threads, never ordered, 100 interested \|.* 10\.0 \/ 15\.0 \| +met \|/m);
  });
});
