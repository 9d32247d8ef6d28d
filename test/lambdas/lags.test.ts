import { describe, expect, it } from 'vitest';
import { lagsOf } from '../../lambdas/runtime/table-polling.ts';
import type { StoredCheckpoint } from '../../shared/polling/state/feed-state.ts';

const NOW = Date.UTC(2026, 0, 10);
const MINUTE = 60_000;

/** By feed: how many minutes ago its interested scan should have been read; undefined: nobody knows. */
function minutesLate(
  minutesAgo: Readonly<Record<string, number | undefined>>,
  triedAt: ReadonlyMap<string, number> = new Map(),
) {
  const stored: StoredCheckpoint = {
    checkpoint: { lowWatermark: 0, digest: 'd', interestedDigest: 'i', reconciledAt: NOW - 20 * MINUTE },
    version: 1,
  };
  const checkpoints = new Map(Object.keys(minutesAgo).map((feed) => [feed, stored]));
  const dueAt = (feed: string) => {
    const minutes = minutesAgo[feed];
    return minutes === undefined ? undefined : NOW - minutes * MINUTE;
  };
  return Object.fromEntries(lagsOf(checkpoints, dueAt, triedAt, NOW).map(({ feed, lagMs }) => [feed, lagMs / MINUTE]));
}

describe('how late a feed is, as the table shows it', () => {
  it('is not at all until its interested scan should have been read', () => {
    expect(minutesLate({ a: -30, b: 0 })).toEqual({ a: 0, b: 0 });
  });

  it('grows from then on', () => {
    expect(minutesLate({ a: 1, b: 70 })).toEqual({ a: 1, b: 70 });
  });

  it('runs from the daily reconcile where no other is known', () => {
    expect(minutesLate({ a: undefined })).toEqual({ a: 20 });
  });

  it('runs from when an interested list that fails is to be tried again, which polls that go well do', () => {
    const triedAt = new Map([
      ['a', NOW + 10 * MINUTE],
      ['b', NOW - 5 * MINUTE],
    ]);
    expect(minutesLate({ a: 900, b: 900 }, triedAt)).toEqual({ a: 0, b: 5 });
  });

  it('leaves out a feed that has left the list of its vendor', () => {
    expect(minutesLate({ a: -10, gone: 10_000 })).toEqual({ a: 0 });
  });

  it('shows all of them when all have stopped', () => {
    expect(minutesLate({ a: 9_970, b: 9_980 })).toEqual({ a: 9_970, b: 9_980 });
  });
});
