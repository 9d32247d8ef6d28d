import { describe, expect, it } from 'vitest';
import { deliverDue } from '../../shared/outbox/deliver.ts';
import { KEEP_MS, readEventLog } from '../../shared/outbox/outbox.ts';
import { replay } from '../../shared/outbox/replay.ts';
import type { Sink } from '../../shared/outbox/sink.ts';
import { deliveryAddress, eventAddress, eventOfAddress } from '../../shared/store/keys.ts';
import { memoryStore } from '../../shared/store/memory.ts';
import type { Put, Store } from '../../shared/store/store.ts';
import { plainOf } from '../store/plain.ts';
import { DAY, fakeSink, HOUR, newWorld, replyEvent, START, type World } from './world.ts';

const MINUTE = 60_000;
const sweep = (world: World, sinks: readonly Sink[]) => deliverDue({ ...world, sinks }, { limit: 10_000 });

/** A memory store that counts what is written, and how much of it. */
function counted() {
  const memory = memoryStore();
  const written = { puts: 0, bytes: 0, bodies: 0 };
  const put = async (document: Put, expected: number) => {
    written.puts += 1;
    written.bytes += JSON.stringify(document).length;
    if (document.key === 'event') written.bodies += 1;
    return await memory.put(document, expected);
  };
  const store: Store = { ...memory, put };
  return { store, written };
}

async function logsOf(store: Store) {
  const { addresses } = await store.timeline(START, { limit: 10_000 });
  return await Promise.all(addresses.map((address) => readEventLog(store, eventOfAddress(address))));
}

describe('a sink that is down for days', () => {
  /** 500 events at once, and the world minute by minute. */
  async function down(hours: number) {
    const { store, written } = counted();
    const world = newWorld(store);
    const names = Array.from({ length: 500 }, (_, at) => `m${at}`);
    for (const name of names) await world.record(name);
    const tries = new Map<string, number[]>();
    let up = false;
    const sink = fakeSink('crm', undefined, {
      async deliver(id) {
        await new Promise((later) => setImmediate(later));
        if (up) return { kind: 'delivered' };
        tries.set(id, [...(tries.get(id) ?? []), world.clock.now()]);
        return { kind: 'retry', error: 'refused' };
      },
    });
    await sweep(world, [sink]);
    const before = { ...written };
    for (let at = 0; at < (hours * HOUR) / MINUTE; at += 1) {
      world.pass(MINUTE);
      await sweep(world, [sink]);
    }
    const hourly = (written.puts - before.puts) / names.length / hours;
    return {
      world,
      sink,
      tries,
      hourly,
      bodies: written.bodies - before.bodies,
      wake: () => {
        up = true;
      },
    };
  }

  it('has each event tried ten times over 75 hours before it is parked, none untried, and rewrites no body', async () => {
    const { world, tries, hourly, bodies } = await down(168);
    const logs = await logsOf(world.store);
    expect(logs).toHaveLength(500);
    for (const log of logs) expect(log?.deliveries?.crm).toMatchObject({ state: 'parked', tries: 10 });
    expect(tries.size).toBe(500);
    for (const times of tries.values()) {
      expect(times).toHaveLength(10);
      expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(75 * HOUR);
    }
    expect(bodies).toBe(0);
    // 12.5 rewrites of the whole event in an hour before; now small documents alone.
    expect(hourly).toBeLessThan(0.5);
  }, 60_000);

  it('gets every event when it is back after 60 hours', async () => {
    const { world, sink, wake } = await down(60);
    wake();
    for (let at = 0; at < 60; at += 1) {
      world.pass(HOUR);
      await sweep(world, [sink]);
    }
    const states = (await logsOf(world.store)).map((log) => log?.deliveries?.crm?.state);
    expect(new Set(states)).toEqual(new Set(['delivered']));
  }, 60_000);
});

describe('a slow sink', () => {
  it('holds up no other, neither new events nor retries', async () => {
    const world = newWorld();
    let open = () => {};
    const closed = new Promise<void>((resolve) => {
      open = resolve;
    });
    const slow = fakeSink('slow', async () => {
      await closed;
      return { kind: 'delivered' };
    });
    let calls = 0;
    const other = fakeSink('other', (attempt) => {
      calls += 1;
      return attempt === 1 && calls % 2 ? { kind: 'retry', error: 'HTTP 500' } : { kind: 'delivered' };
    });
    for (let at = 0; at < 300; at += 1) await world.record(`m${at}`);
    // Nobody lets the slow one go meanwhile.
    const first = sweep(world, [slow, other]);
    while (other.received.length < 300) await new Promise((later) => setImmediate(later));
    world.pass(MINUTE);
    const second = sweep(world, [slow, other]);
    const delivered = async () =>
      (await logsOf(world.store)).filter((log) => log?.deliveries?.other?.state === 'delivered').length;
    while ((await delivered()) < 290) await new Promise((later) => setImmediate(later));
    expect(slow.received.length).toBeLessThanOrEqual(16);
    open();
    await Promise.all([first, second]);
  });
});

describe('a clock that is wrong for a while', () => {
  it('deletes nothing in one look, however far ahead it is', async () => {
    const world = newWorld();
    const fresh = await world.record('fresh');
    const waiting = fakeSink('crm', () => ({ kind: 'retry', error: 'HTTP 500' }));
    await sweep(world, [waiting]);
    const later = await world.record('later');
    world.pass(100 * DAY);
    await sweep(world, [waiting]);
    await sweep(world, [waiting]);
    world.pass(-100 * DAY);
    for (const id of [fresh, later]) expect(await world.stored(id)).toHaveProperty('body');
    expect((await world.stored(later)).deliveries?.crm).toMatchObject({ tries: 1 });
  });

  it('that went back makes no mark of before count', async () => {
    const world = newWorld();
    const id = await world.record('one');
    await sweep(world, []);
    world.pass(KEEP_MS + 10 * DAY);
    await sweep(world, []);
    world.pass(-5 * DAY);
    const document = await world.store.get(eventAddress(id));
    if (!document) throw new Error('gone');
    await world.store.put({ ...document, value: plainOf(document), dueAt: START }, document.version);
    await sweep(world, []);
    expect(await world.stored(id)).toHaveProperty('body');
    world.pass(6 * HOUR);
    await sweep(world, []);
    expect(await world.stored(id)).not.toHaveProperty('body');
  });
});

describe('an event of the first version', () => {
  const old = (deliveries: object) => ({
    ...eventAddress('evt_old'),
    value: {
      id: 'evt_old',
      kind: 'event',
      type: 'reply.received',
      connection: 'acme',
      body: replyEvent('old', START),
      deliveries,
    } as never,
    recordedAt: START,
    dueAt: START,
  });

  it('goes on from where it was, and keeps what is settled', async () => {
    const world = newWorld();
    const pending = { state: 'pending', tries: 3, nextAt: START, lastError: 'HTTP 500' };
    await world.store.put(old({ crm: pending, done: { state: 'delivered', tries: 1 } }), 0);
    const sinks = [fakeSink('crm'), fakeSink('done'), fakeSink('new')];
    await sweep(world, sinks);
    expect(sinks.map(({ received }) => received.map(({ attempt }) => attempt))).toEqual([[4], [], []]);
    expect((await world.stored('evt_old')).deliveries).toMatchObject({
      crm: { state: 'delivered', tries: 4 },
      done: { state: 'delivered', tries: 1 },
    });
    await sweep(world, sinks);
    expect(sinks[0]?.received).toHaveLength(1);
  });

  it('that waits for its next try is not tried before', async () => {
    const world = newWorld();
    await world.store.put(old({ crm: { state: 'pending', tries: 3, nextAt: START + HOUR } }), 0);
    const sink = fakeSink('crm');
    await sweep(world, [sink]);
    expect(sink.received).toEqual([]);
    world.pass(HOUR);
    await sweep(world, [sink]);
    expect(sink.received).toHaveLength(1);
  });

  it('can be replayed', async () => {
    const world = newWorld();
    await world.store.put(
      { ...old({ crm: { state: 'parked', tries: 10, triedAt: START } }), dueAt: START + KEEP_MS },
      0,
    );
    const sink = fakeSink('crm');
    expect(await replay({ ...world, sinks: [sink] }, { failedSince: START })).toEqual({ replayed: 1, gone: 0 });
    await sweep(world, [sink]);
    expect(sink.received).toHaveLength(1);
  });
});

describe('a delivery document', () => {
  it('that cannot be read holds up nothing else', async () => {
    const world = newWorld();
    const id = await world.record('one');
    await world.store.put({ ...deliveryAddress(id, 'crm'), value: { state: 'odd' }, dueAt: START }, 0);
    const sinks = [fakeSink('crm'), fakeSink('other')];
    await sweep(world, sinks);
    expect(sinks.map(({ received }) => received.length)).toEqual([0, 1]);
  });
});
