import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Event, eventId } from '../../shared/events/event.ts';
import { deliverDue } from '../../shared/outbox/deliver.ts';
import { enableSink } from '../../shared/outbox/disabled.ts';
import { recordEvent } from '../../shared/outbox/record.ts';
import { replay } from '../../shared/outbox/replay.ts';
import type { Outcome } from '../../shared/outbox/sink.ts';
import { Worker } from '../../shared/outbox/worker.ts';
import { CountingEvents, count } from '../../shared/stats/counting.ts';
import { countAgain } from '../../shared/stats/days.ts';
import { readStats, type Stats } from '../../shared/stats/stats.ts';
import { dayNumber, statsAddress } from '../../shared/store/keys.ts';
import { type MemoryStore, memoryStore } from '../../shared/store/memory.ts';
import type { Store } from '../../shared/store/store.ts';
import { DAY, fakeSink, HOUR, newWorld, replyEvent, START, type World } from '../outbox/world.ts';
import { type World as Dynalite, dynaliteWorld } from '../store/dynalite-store.ts';
import { sqliteWorld } from '../store/sqlite-store.ts';

const MINUTE = 60_000;
const WEEK = 7 * DAY;

/** Counts until nothing more is to be counted now. */
async function countAll(world: World): Promise<void> {
  for (let run = 0; run < 20; run += 1) await count(world);
}

const statsOf = async (world: World, days = 30) => await readStats(world.store, days, world.clock.now());
const repliesOf = ({ days }: Stats) => days.flatMap(({ replies }) => (replies > 0 ? [replies] : []));
const sinksOf = ({ sinks }: Stats) => Object.fromEntries(sinks);

/** Replies on three days, 110 of them on the last. */
async function threeDays(world: World): Promise<void> {
  await world.record('first');
  world.pass(DAY);
  for (const name of ['second', 'third']) await world.record(name);
  world.pass(DAY);
  for (let reply = 0; reply < 110; reply += 1) await world.record(`rush ${reply}`);
  world.pass(MINUTE);
}

/** Every call of the store comes by here. */
function watched(store: Store, at: <Answer>(call: () => Promise<Answer>) => Promise<Answer>): Store {
  return {
    get: (address) => at(() => store.get(address)),
    list: (partition, prefix) => at(() => store.list(partition, prefix)),
    put: (put, expected) => at(() => store.put(put, expected)),
    remove: (address, expected) => at(() => store.remove(address, expected)),
    due: (before, limit) => at(() => store.due(before, limit)),
    dueAfter: (after) => store.dueAfter(after),
    timeline: (from, page) => at(() => store.timeline(from, page)),
  };
}

/** Dies at the n-th call and stays dead; with `isCarriedOut` that call is carried out first. */
function dying(store: Store, call: number, isCarriedOut: boolean): Store {
  let calls = 0;
  return watched(store, async (carryOut) => {
    calls += 1;
    if (calls < call) return await carryOut();
    if (calls === call && isCarriedOut) await carryOut();
    throw new Error('crash');
  });
}

let dynalite: Dynalite;
const sqlite = sqliteWorld();
beforeAll(async () => {
  dynalite = await dynaliteWorld(() => START + WEEK);
});
afterAll(async () => {
  await dynalite.end();
  await sqlite.end();
});

const STORES: Readonly<Record<string, () => Promise<Store>>> = {
  'memory store': async () => memoryStore(),
  'SQLite store': () => sqlite.fresh(),
  'DynamoDB store': () => dynalite.fresh(),
};

describe.each(Object.entries(STORES))('counting on the %s', (_, fresh) => {
  it('counts each event once, on its day, however often it runs', async () => {
    const world = newWorld(await fresh());
    await threeDays(world);
    await countAll(world);
    expect(repliesOf(await statsOf(world))).toEqual([1, 2, 110]);
    await countAll(world);
    expect(repliesOf(await statsOf(world))).toEqual([1, 2, 110]);
  });

  it('counts each event once when many count at the same time', async () => {
    const world = newWorld(await fresh());
    await threeDays(world);
    await Promise.all(Array.from({ length: 5 }, () => count(world)));
    await countAll(world);
    expect(repliesOf(await statsOf(world))).toEqual([1, 2, 110]);
  });
});

describe('counting', () => {
  it.each([true, false])('counts each event once after a death at any call, carried out: %s', async (isCarriedOut) => {
    for (let call = 1, died = true; died; call += 1) {
      const world = newWorld();
      await threeDays(world);
      died = await count({ ...world, store: dying(world.store, call, isCarriedOut) }).then(
        () => false,
        () => true,
      );
      await countAll(world);
      expect(repliesOf(await statsOf(world)), `call ${call}`).toEqual([1, 2, 110]);
      expect(died || call > 20).toBe(true);
    }
  });

  it('leaves what is younger than 15 seconds for later, since it may still change its order', async () => {
    const world = newWorld();
    await world.record('one');
    world.pass(14_000);
    await countAll(world);
    expect(repliesOf(await statsOf(world))).toEqual([]);
    world.pass(2_000);
    await countAll(world);
    expect(repliesOf(await statsOf(world))).toEqual([1]);
  });

  it('writes nothing while nothing is recorded, but one document a day', async () => {
    const world = newWorld();
    await world.record('one');
    world.pass(MINUTE);
    await countAll(world);
    let puts = 0;
    const store = {
      ...world.store,
      put: async (...put: Parameters<Store['put']>) => {
        puts += 1;
        return await world.store.put(...put);
      },
    };
    for (let passed = 0; passed < 3 * DAY; passed += HOUR) {
      await count({ ...world, store });
      world.pass(HOUR);
    }
    expect(puts).toBeLessThanOrEqual(3);
  });

  it('counts what the timeline shows late, once the day is settled', async () => {
    const world = newWorld();
    await world.record('one');
    await world.record('two');
    world.pass(MINUTE);
    await countAll(world);
    const at = START + 1;
    const event = replyEvent('late', at);
    await recordEvent({ store: world.store, now: () => at }, eventId('reply.received', 'acme', 'late'), event, 'acme');
    world.pass(5 * DAY);
    await countAll(world);
    world.pass(2 * DAY);
    await countAll(world);
    expect(repliesOf(await statsOf(world))).toEqual([3]);
  });

  it('goes on counting after a clock that was ahead has come back', async () => {
    const world = newWorld();
    world.pass(10 * DAY);
    await world.record('ahead');
    world.pass(MINUTE);
    await countAll(world);
    world.pass(-10 * DAY);
    await world.record('now');
    world.pass(MINUTE);
    await countAll(world);
    expect(repliesOf(await statsOf(world))).toEqual([1]);
  });

  it('passes over an event that cannot be read', async () => {
    const world = newWorld();
    const id = await world.record('broken');
    await world.record('whole');
    const [broken] = await world.store.list(`EVENT#${id}`);
    await world.store.put({ ...(broken ?? { partition: '', key: '' }), value: { nonsense: true } }, 1);
    world.pass(MINUTE);
    await countAll(world);
    expect(repliesOf(await statsOf(world))).toEqual([1]);
  });

  it('keeps at most 416 days', async () => {
    const store = memoryStore();
    const world = newWorld(store);
    for (let day = 0; day < 430; day += 1) {
      await world.record(`day ${day}`);
      world.pass(DAY);
      await count(world);
    }
    const kept = [...store.items()].filter(({ partition }) => partition.startsWith('STATS#'));
    expect(kept).toHaveLength(416);
    expect(repliesOf(await statsOf(world, 400))).toHaveLength(399);
    expect(await store.get(statsAddress(dayNumber(START)))).not.toMatchObject({ value: { day: dayNumber(START) } });
  });
});

describe('what became of deliveries', () => {
  const failing: Outcome = { kind: 'retry', error: 'HTTP 500' };

  it('is counted by sink and outcome', async () => {
    const world = newWorld();
    await world.record('one');
    await deliverDue({ ...world, sinks: [fakeSink('crm'), fakeSink('slow', () => failing)] }, { limit: 100 });
    world.pass(MINUTE);
    await countAll(world);
    expect(sinksOf(await statsOf(world))).toEqual({
      crm: { delivered: 1, parked: 0, pending: 0 },
      slow: { delivered: 0, parked: 0, pending: 1 },
    });
  });

  it('is counted again while some are under way', async () => {
    const world = newWorld();
    await world.record('one');
    let outcome: Outcome = failing;
    const sinks = [fakeSink('crm', () => outcome)];
    await deliverDue({ ...world, sinks }, { limit: 100 });
    world.pass(MINUTE);
    await countAll(world);
    outcome = { kind: 'delivered' };
    for (let hour = 0; hour < 12; hour += 1) {
      await deliverDue({ ...world, sinks }, { limit: 100 });
      world.pass(HOUR);
      await count(world);
    }
    expect(sinksOf(await statsOf(world))).toEqual({ crm: { delivered: 1, parked: 0, pending: 0 } });
    expect(repliesOf(await statsOf(world))).toEqual([1]);
  });

  it('is counted again after a replay', async () => {
    const world = newWorld();
    const id = await world.record('one');
    const accepts = ({ type }: Event) => type === 'reply.received';
    const gone = fakeSink('crm', () => ({ kind: 'disable', error: 'HTTP 410' }), { accepts });
    await deliverDue({ ...world, sinks: [gone] }, { limit: 9 });
    world.pass(2 * DAY);
    await countAll(world);
    expect(sinksOf(await statsOf(world))).toEqual({ crm: { delivered: 0, parked: 1, pending: 0 } });
    await enableSink(world.store, 'crm');
    const days = new Set<number>();
    const sinks = [fakeSink('crm', undefined, { accepts })];
    await replay({ ...world, sinks, began: ({ recordedAt }) => days.add(dayNumber(recordedAt)) }, { event: id });
    await countAgain(world.store, days, world.clock.now());
    await deliverDue({ ...world, sinks }, { limit: 9 });
    world.pass(MINUTE);
    await countAll(world);
    expect(sinksOf(await statsOf(world))).toEqual({ crm: { delivered: 1, parked: 0, pending: 0 } });
  });
});

describe('how soon a reply is recorded', () => {
  it('is told from its sending, rounded up, without what a backfill brought', async () => {
    const world = newWorld();
    for (let reply = 0; reply < 19; reply += 1) {
      const at = world.clock.now();
      const event = replyEvent(`quick ${reply}`, at - 28_000);
      const id = eventId('reply.received', 'acme', `quick ${reply}`);
      await recordEvent({ store: world.store, now: () => at }, id, event, 'acme');
    }
    const at = world.clock.now();
    const slow = replyEvent('slow', at - 3 * HOUR);
    await recordEvent({ ...world, now: () => at }, eventId('reply.received', 'acme', 'slow'), slow, 'acme');
    await world.record('old', { backfill: true });
    world.pass(MINUTE);
    await countAll(world);
    expect((await statsOf(world)).latencyMs).toEqual({ p50: 30_000, p95: 30_000 });
  });

  it('is not told of no reply', async () => {
    expect((await statsOf(newWorld())).latencyMs).toEqual({ p50: undefined, p95: undefined });
  });
});

describe('the cost', () => {
  async function recorded(events: number): Promise<MemoryStore> {
    const store = memoryStore();
    for (let index = 0; index < events; index += 1) {
      const at = START + index;
      const event = replyEvent(`${index}`, at);
      await recordEvent({ store, now: () => at }, eventId('reply.received', 'acme', `${index}`), event, 'acme');
    }
    return store;
  }

  async function callsOf(store: Store, run: (store: Store) => Promise<unknown>): Promise<number> {
    let calls = 0;
    await run(
      watched(store, async (carryOut) => {
        calls += 1;
        return await carryOut();
      }),
    );
    return calls;
  }

  it('of the numbers, and of counting with nothing new, is the same at 100 and at 100,000 events', async () => {
    const costs = [];
    for (const events of [100, 100_000]) {
      const store = await recorded(events);
      const clock = { now: () => START + 10 * MINUTE };
      for (let run = 0; run <= events / 1_000; run += 1) await count({ store, clock });
      const stats = await readStats(store, 30, clock.now());
      expect(repliesOf(stats)).toEqual([events]);
      const read = await callsOf(store, async (each) => await readStats(each, 30, clock.now()));
      const idle = await callsOf(store, async (each) => await count({ store: each, clock }));
      costs.push({ read, idle });
    }
    expect(costs[1]).toEqual(costs[0]);
    expect(costs[0]).toEqual({ read: 2, idle: 4 });
  }, 60_000);
});

describe('the worker', () => {
  it('counts beside what is due', async () => {
    const world = newWorld();
    await world.record('one');
    world.pass(MINUTE);
    await new Worker(world, [new CountingEvents(world)]).drain();
    expect(repliesOf(await statsOf(world))).toEqual([1]);
  });

  it('counts at most every ten seconds', async () => {
    const world = newWorld();
    let runs = 0;
    const timeline: Store['timeline'] = async (...asked) => {
      runs += 1;
      return await world.store.timeline(...asked);
    };
    const store = { ...world.store, timeline };
    const worker = new Worker(world, [new CountingEvents({ store, clock: world.clock })]);
    await worker.drain();
    await worker.drain();
    expect(runs).toBe(1);
    world.pass(10_000);
    await worker.drain();
    expect(runs).toBe(2);
  });
});
