import { describe, expect, it } from 'vitest';
import { lagsOf } from '../../lambdas/api/connections.ts';
import type { Head, StoredHead } from '../../shared/polling/state.ts';

const NOW = Date.UTC(2026, 0, 10);
const MINUTE = 60_000;
const TAIL = 30 * MINUTE;

function stored(minutesAgo: number, more: Partial<Head> = {}): StoredHead {
  const head = { floor: 0, digest: 'd', interestedDigest: 'i', tailAt: NOW - minutesAgo * MINUTE, deepAt: 0 };
  return { head: { ...head, ...more }, version: 1 };
}

const minutesLate = (heads: Readonly<Record<string, StoredHead>>) =>
  Object.fromEntries(
    lagsOf(new Map(Object.entries(heads)), TAIL, NOW).map(({ feed, lagMs }) => [feed, lagMs / MINUTE]),
  );

describe('how late a feed is, as the table shows it', () => {
  it('is not at all until its tail should have been read', () => {
    expect(minutesLate({ a: stored(0), b: stored(30) })).toEqual({ a: 0, b: 0 });
  });

  it('grows from then on', () => {
    expect(minutesLate({ a: stored(31), b: stored(100) })).toEqual({ a: 1, b: 70 });
  });

  it('leaves more time to a long list, whose tail is read less often', () => {
    expect(minutesLate({ a: stored(100, { tailPages: 60 }) })).toEqual({ a: 0 });
  });

  it('leaves out a feed that has left the list of its vendor', () => {
    expect(minutesLate({ a: stored(10), gone: stored(10_000) })).toEqual({ a: 0 });
  });

  it('shows all of them when all have stopped', () => {
    expect(minutesLate({ a: stored(10_000), b: stored(10_010) })).toEqual({ a: 9_970, b: 9_980 });
  });
});
