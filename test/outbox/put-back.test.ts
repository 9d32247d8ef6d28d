import { describe, expect, it } from 'vitest';
import { circuitBreakerOf } from '../../shared/outbox/circuit-breaker.ts';
import { Deliverer } from '../../shared/outbox/deliver.ts';
import type { Outcome } from '../../shared/outbox/sink.ts';
import { Worker } from '../../shared/outbox/worker.ts';
import { memoryStore } from '../../shared/store/memory.ts';
import type { Address } from '../../shared/store/store.ts';
import { DAY, type FakeSink, fakeSink, HOUR, newWorld, START, type World } from './world.ts';

const MINUTE = HOUR / 60;

/** One look of a process that has just started. */
async function start(world: World, sinks: readonly FakeSink[]): Promise<void> {
  const store = { ...world.store };
  await new Worker({ ...world, store }, [new Deliverer({ ...world, store, sinks })]).drain();
}

describe('a clock that was far ahead and has been put back', () => {
  it.each([3 * DAY, 30 * DAY, 95 * DAY])('by %s ms holds up no delivery that failed meanwhile', async (ahead) => {
    const world = newWorld();
    let outcome: Outcome = { kind: 'retry', error: 'HTTP 500' };
    const sink = fakeSink('sink', () => outcome);
    const before = await world.record('before');
    world.pass(ahead);
    const meanwhile = await world.record('meanwhile');
    await start(world, [sink]);
    world.pass(MINUTE - ahead);
    outcome = { kind: 'delivered' };
    await start(world, [sink]);
    expect(sink.received.map(({ id }) => id).toSorted()).toEqual([before, before, meanwhile, meanwhile].toSorted());
  });

  it('holds up no delivery of the process that goes on', async () => {
    const world = newWorld();
    let outcome: Outcome = { kind: 'retry', error: 'HTTP 500' };
    const sink = fakeSink('sink', () => outcome);
    const worker = new Worker(world, [new Deliverer({ ...world, sinks: [sink] })]);
    world.pass(60 * DAY);
    await world.record('one');
    await worker.drain();
    world.pass(-60 * DAY);
    outcome = { kind: 'delivered' };
    await worker.drain();
    expect(sink.received).toHaveLength(2);
  });

  it('holds up no event that was recorded and not looked at meanwhile, and leaves one that was as it is', async () => {
    const world = newWorld();
    const sink = fakeSink('sink');
    world.pass(30 * DAY);
    const seen = await world.record('seen');
    await start(world, [sink]);
    const unseen = await world.record('unseen');
    world.pass(-30 * DAY);
    const version = async () => (await world.store.get({ partition: `EVENT#${seen}`, key: 'event' }))?.version;
    const known = await version();
    await start(world, [sink]);
    expect(sink.received.map(({ id }) => id)).toEqual([seen, unseen]);
    expect(await version()).toBe(known);
  });

  it('is no reason to try before its time what waits as long as it can', async () => {
    const world = newWorld();
    world.random = () => 0.999;
    const sink = fakeSink('sink', () => ({ kind: 'retry', error: 'HTTP 500' }));
    const id = await world.record('one');
    for (let days = 0; days < 40 && sink.received.length < 9; days += 1) {
      await start(world, [sink]);
      world.pass(DAY / 2);
    }
    const { dueAt = 0 } = await world.stored(id);
    world.pass(dueAt - world.clock.now() - DAY - 23 * HOUR);
    const tries = sink.received.length;
    await start(world, [sink]);
    expect(sink.received).toHaveLength(tries);
  });

  it('is looked for at the start and once a day, and nothing is written for it', async () => {
    const memory = memoryStore();
    const looks: number[] = [];
    let writes = 0;
    const store = {
      ...memory,
      dueAfter(after: number): AsyncIterable<Address> {
        looks.push(after);
        return memory.dueAfter(after);
      },
      put: async (...args: Parameters<typeof memory.put>) => {
        writes += 1;
        return await memory.put(...args);
      },
    };
    const world = newWorld(store);
    await world.record('one');
    const worker = new Worker(world, [new Deliverer({ ...world, sinks: [fakeSink('sink')] })]);
    await worker.drain();
    const written = writes;
    for (let minute = 0; minute < 3 * 24 * 60; minute += 1) {
      world.pass(MINUTE);
      await worker.drain();
    }
    expect([looks.length, writes]).toEqual([4, written]);
  });

  it('leaves no circuit breaker open for longer than it rests', () => {
    const breaker = circuitBreakerOf(fakeSink('sink'));
    const ahead = START + 90 * DAY;
    for (let time = 0; time < 20; time += 1) {
      breaker.begin(ahead, true);
      breaker.end('badly', ahead);
    }
    expect(breaker.admits(ahead + MINUTE)).toBe(false);
    expect(breaker.admits(START)).toBe(true);
  });
});
