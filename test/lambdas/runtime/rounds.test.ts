import { describe, expect, it } from 'vitest';
import { pollShard, type ShardConnection } from '../../../lambdas/runtime/poll-shard.ts';
import { hasTurn, TICK_MS } from '../../../lambdas/runtime/slots.ts';
import { ProviderError } from '../../../shared/failure.ts';
import type { ConnectionPoll, PollOptions } from '../../../shared/polling/poller.ts';
import { WholeShard } from '../../../shared/polling/state/shard.ts';
import type { LogFields } from '../../../shared/ports.ts';
import { memoryStore } from '../../../shared/store/memory.ts';

const START = Date.UTC(2026, 0, 1);
const WELL: ConnectionPoll = {
  feeds: 1,
  polled: 1,
  recorded: 2,
  calls: 2,
  conflicts: 0,
  nextInMs: TICK_MS,
  lateMs: 0,
};

describe("a feed's turn", () => {
  const turns = (everyMs: number, minutes: number) =>
    Array.from({ length: minutes }, (_, minute) => START + minute * TICK_MS).filter((now) =>
      hasTurn('a/b', everyMs, now),
    );

  it('comes each minute when it is polled each minute', () => {
    expect(turns(TICK_MS, 100)).toHaveLength(100);
    expect(turns(1_000, 100)).toHaveLength(100);
  });

  it.each([2, 5, 15, 60])('comes once in %i minutes', (minutes) => {
    expect(turns(minutes * TICK_MS, 600)).toHaveLength(600 / minutes);
  });

  it('comes as often as it should when the interval is no whole number of minutes', () => {
    expect(turns(100_000, 600).length).toBe(360);
  });

  it('is spread over the minutes', () => {
    const first = (feed: number) =>
      Array.from({ length: 15 }, (_, minute) => minute).find((minute) =>
        hasTurn(`feed-${feed}`, 15 * TICK_MS, START + minute * TICK_MS),
      );
    expect(new Set(Array.from({ length: 200 }, (_, feed) => first(feed))).size).toBe(15);
  });

  it('is the same at whichever second of its minute it is asked for', () => {
    for (const now of turns(15 * TICK_MS, 60)) expect(hasTurn('a/b', 15 * TICK_MS, now + 59_999)).toBe(true);
  });
});

interface Played {
  readonly connection: ShardConnection;
  readonly asked: PollOptions[];
}

function played(id: string, poll: () => Promise<ConnectionPoll>, paused = false): Played {
  const asked: PollOptions[] = [];
  const poller = {
    poll: async (options: PollOptions = {}) => {
      asked.push(options);
      return await poll();
    },
    lags: () => [],
  };
  const budget = { available: () => Number.POSITIVE_INFINITY, waitMs: () => 0, intervalMs: () => 0 };
  return { connection: { id, paused, poller, budget }, asked };
}

async function round(connections: readonly Played[], { until = START + TICK_MS, now = () => START } = {}) {
  const lines: (readonly [string, LogFields | undefined])[] = [];
  const log = { info: () => {}, warn: (event: string, fields?: LogFields) => void lines.push([event, fields]) };
  const result = await pollShard({
    shard: new WholeShard(memoryStore(), 0),
    connections: connections.map(({ connection }) => connection),
    calledAt: START,
    until,
    clock: { now, sleep: async () => {} },
    log,
  });
  return { result, lines };
}

const refused = new ProviderError({ kind: 'auth' }, { provider: 'Acme', operation: 'list' });

describe('a round over a shard', () => {
  it('polls every connection that is not paused, and sums up', async () => {
    const off = played('off', async () => WELL, true);
    const { result } = await round([played('one', async () => WELL), played('two', async () => WELL), off]);
    expect(result).toMatchObject({
      feeds: 2,
      polled: 2,
      recorded: 4,
      failed: 0,
      unauthorized: 0,
      broken: 0,
      skipped: 0,
    });
    expect(off.asked).toEqual([]);
  });

  it('goes on when a connection fails, and counts why', async () => {
    const well = played('well', async () => WELL);
    const { result, lines } = await round([
      played('refused', async () => ({ ...WELL, failure: refused, lateMs: 5 * TICK_MS })),
      played('broken', async () => {
        throw new TypeError('jane@lead.example');
      }),
      well,
    ]);
    expect(result).toMatchObject({ failed: 1, unauthorized: 1, broken: 1, lagMs: 5 * TICK_MS });
    expect(well.asked).toHaveLength(1);
    expect(lines).toContainEqual(['poll.broken', { connection: 'broken', error: 'TypeError' }]);
    expect(JSON.stringify(lines)).not.toContain('jane');
  });

  it('begins no connection when the time is up, and with another one each minute', async () => {
    let now = START;
    const slow = (id: string) =>
      played(id, async () => {
        now += TICK_MS;
        return WELL;
      });
    const all = Array.from({ length: 60 }, (_, index) => slow(String(index)));
    const { result } = await round(all, { now: () => now });
    expect(result.skipped).toBeGreaterThan(0);
    expect(result.polled + result.skipped).toBe(60);
  });

  it('says of how much the scarcest budget is left', async () => {
    const scarce = played('scarce', async () => WELL);
    const budget = { available: () => 7, waitMs: () => 0, intervalMs: () => 0 };
    const { result } = await round([{ ...scarce, connection: { ...scarce.connection, budget } }]);
    expect(result.budgetLeft).toBe(7);
    expect((await round([played('free', async () => WELL)])).result.budgetLeft).toBeUndefined();
  });
});
