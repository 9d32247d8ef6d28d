import { describe, expect, it } from 'vitest';
import { ConnectionList, HealthView, SinkList } from '../../shared/api/shapes.ts';
import { ProviderError } from '../../shared/failure.ts';
import { disableSink } from '../../shared/outbox/disabled.ts';
import { askedBackfill, askForBackfill } from '../../shared/polling/backfill/asked.ts';
import { saveConnection } from '../../shared/polling/state/connection.ts';
import { backfillStates, type Checkpoint, checkpoints } from '../../shared/polling/state/documents.ts';
import { Troubles } from '../../shared/polling/state/troubles.ts';
import { backfillAddress, feedKey, shardPartition } from '../../shared/store/keys.ts';
import { type ApiWorld, apiWorld } from './world.ts';

const CHECKPOINT: Checkpoint = { lowWatermark: 1, digest: '', interestedDigest: '', reconciledAt: 1 };

async function connection(world: ApiWorld, id: string) {
  const { items } = ConnectionList.parse((await world.ask('GET', '/v1/connections')).body);
  return items.find((each) => each.id === id);
}

async function withCheckpoint(changes: Partial<Checkpoint>): Promise<ApiWorld> {
  const world = apiWorld();
  const address = { partition: shardPartition(0), key: feedKey('sales', 'workspace') };
  await checkpoints.put(world.store, { ...address, value: { ...CHECKPOINT, ...changes } }, 0);
  return world;
}

const noteTrouble = async ({ store }: ApiWorld, of: string) => {
  const failure = new ProviderError(
    { kind: 'unavailable', mayHaveHappened: false, code: 'HTTP 500' },
    { provider: 'Vendor', operation: 'list threads', status: 500 },
  );
  const replies = { failure, nextAt: Date.now() + 60_000 };
  await new Troubles(store, of).note({ id: 'workspace', campaign: null }, { replies }, Date.now());
};

describe('/health', () => {
  it('names a feed that fails to who has a token of scope read, and to nobody else', async () => {
    const world = apiWorld();
    await noteTrouble(world, 'sales');
    const health = async (token?: string) =>
      HealthView.parse((await world.ask('GET', '/health', token === undefined ? {} : { token })).body).troubles;
    expect(await health()).toMatchObject([{ connection: 'sales', feed: 'workspace' }]);
    expect(await health('')).toBeNull();
    expect(await health('wrong')).toBeNull();
  });
});

describe('a connection', () => {
  it('says when each feed is polled next', async () => {
    const { feeds } = (await connection(apiWorld(), 'sales')) ?? {};
    expect(feeds).toEqual([{ feed: 'workspace', lagMs: 1, everyMs: 60_000, nextInMs: 59_999, unordered: false }]);
  });

  it.each([
    [
      'a baseline',
      { baseline: true, resume: { position: 'p', read: 300, nextLowWatermark: 1 } },
      { kind: 'baseline', read: 300, of: null },
    ],
    [
      'a list read further',
      { resume: { position: 'p', read: 40, nextLowWatermark: 1 } },
      { kind: 'catch-up', read: 40, of: null },
    ],
    [
      'the interested list',
      { interestedScan: { position: 'p', read: 20, total: 80 } },
      { kind: 'interested', read: 20, of: 80 },
    ],
  ] as const)('shows how far %s came', async (_, changes, reading) => {
    const { readings } = (await connection(await withCheckpoint(changes), 'sales')) ?? {};
    expect(readings).toEqual([{ feed: 'workspace', ...reading }]);
  });

  it('shows how far a backfill came, until it is done', async () => {
    const world = apiWorld();
    const value = { since: 0, list: { done: [] }, threads: 7, recorded: 3 };
    const at = backfillAddress('sales', 'workspace');
    await backfillStates.put(world.store, { ...at, value }, 0);
    expect((await connection(world, 'sales'))?.readings).toEqual([]);
    await askForBackfill(world.store, { shard: shardPartition(0), connection: 'sales' }, 0);
    expect((await connection(world, 'sales'))?.readings).toEqual([
      { feed: 'workspace', kind: 'backfill', read: 7, of: null },
    ]);
    await backfillStates.put(world.store, { ...at, value: { ...value, done: true } }, 1);
    expect((await connection(world, 'sales'))?.readings).toEqual([]);
  });

  it('shows no backfill that was stopped, and stops it once', async () => {
    const world = apiWorld();
    await askForBackfill(world.store, { shard: shardPartition(0), connection: 'sales' }, 0);
    const stop = async () => (await world.ask('DELETE', '/v1/connections/sales/backfill')).body;
    expect(await stop()).toEqual({ connection: 'sales', stopped: true });
    expect(await stop()).toEqual({ connection: 'sales', stopped: false });
    expect(await askedBackfill(world.store, { shard: shardPartition(0), connection: 'sales' })).toBeUndefined();
  });

  it('says of a feed that it comes out of order', async () => {
    const { feeds } = (await connection(await withCheckpoint({ unorderedAt: 1 }), 'sales')) ?? {};
    expect(feeds?.map(({ unordered }) => unordered)).toEqual([true]);
  });

  it('says which of its feeds fail, and how', async () => {
    const world = apiWorld();
    await noteTrouble(world, 'sales');
    expect((await connection(world, 'sales'))?.troubles).toMatchObject([
      { feed: 'workspace', what: 'replies', detail: expect.stringContaining('HTTP 500') },
    ]);
    expect((await connection(world, 'acme'))?.troubles).toEqual([]);
  });

  it('says in a sentence that its key is refused', async () => {
    const world = apiWorld();
    await saveConnection(world.store, 'sales', { provider: 'any', unauthorized: { episode: 'now' } }, 0);
    expect((await connection(world, 'sales'))?.trouble).toContain('refuses the key');
    expect((await connection(world, 'acme'))?.trouble).toBeNull();
  });

  it('tells the calls that are left for people, and for polling where that runs here', async () => {
    const budget = { available: () => 12, waitMs: () => 0, intervalMs: () => 0 };
    const world = apiWorld(() => ({ pollingBudget: (id) => (id === 'sales' ? budget : undefined) }));
    const { budget: told } = (await connection(world, 'sales')) ?? {};
    expect(told?.polling).toEqual({ left: 12, waitMs: 0 });
    expect(told?.acting.left).toBeGreaterThan(0);
    expect((await connection(world, 'acme'))?.budget).toEqual({ acting: { left: null, waitMs: 0 }, polling: null });
  });
});

describe('the list of sinks', () => {
  it('says which are switched off, and which take a sample', async () => {
    const sink = { type: 'webhook', accepts: () => true, deliver: async () => ({ kind: 'delivered' }) as const };
    const sinks = [
      { ...sink, id: 'crm', actsOnOld: true },
      { ...sink, id: 'hot', type: 'automation', actsOnOld: false },
    ];
    const world = apiWorld(() => ({ sinks }));
    await disableSink(world.deps, 'crm', 'HTTP 410');
    expect(SinkList.parse((await world.ask('GET', '/v1/sinks')).body).items).toEqual([
      { id: 'crm', type: 'webhook', off: true, offBecause: 'its receiver answered 410', takesSample: true },
      { id: 'hot', type: 'automation', off: false, offBecause: null, takesSample: false },
    ]);
  });
});
