import { describe, expect, it } from 'vitest';
import { deliverDue } from '../../shared/outbox/deliver.ts';
import { disableSink, enableSink } from '../../shared/outbox/disabled.ts';
import { readEventLog } from '../../shared/outbox/outbox.ts';
import { recordEvent } from '../../shared/outbox/record.ts';
import { replay } from '../../shared/outbox/replay.ts';
import type { Sink } from '../../shared/outbox/sink.ts';
import { deliveryAddress, eventAddress, eventOfAddress } from '../../shared/store/keys.ts';
import { memoryStore } from '../../shared/store/memory.ts';
import type { Store } from '../../shared/store/store.ts';
import { DAY, type FakeSink, fakeSink, HOUR, newWorld, replyEvent, START, type World } from './world.ts';

const sweep = (world: World, sinks: readonly Sink[], limit = 500) => deliverDue({ ...world, sinks }, { limit });

/** Sweeps until nothing is due for `ms`. */
async function sweepFor(world: World, sinks: readonly Sink[], ms: number, step = HOUR / 2) {
  for (let passed = 0; passed <= ms; passed += step) {
    await sweep(world, sinks);
    world.pass(step);
  }
}

describe('deliverDue', () => {
  it('delivers each event to each sink once and leaves nothing due', async () => {
    const world = newWorld();
    const id = await world.record('one');
    const sinks = [fakeSink('a'), fakeSink('b')];
    expect(await sweep(world, sinks)).toEqual({ attempted: 2, delivered: 2, parked: 0, more: false });
    expect(await sweep(world, sinks)).toEqual({ attempted: 0, delivered: 0, parked: 0, more: false });
    for (const sink of sinks) expect(sink.received).toEqual([{ id, attempt: 1 }]);
    expect((await world.stored(id)).dueAt).toBe(START + 90 * DAY);
  });

  it('matches sinks when the event is first looked at, not later', async () => {
    const world = newWorld();
    const id = await world.record('one');
    await sweep(world, [fakeSink('a', undefined, { accepts: () => false })]);
    const late = fakeSink('late');
    await sweep(world, [late]);
    expect(late.received).toEqual([]);
    expect(await world.stored(id)).toMatchObject({ deliveries: {}, dueAt: START + 90 * DAY });
  });

  it('takes the addresses it is given as a hint only', async () => {
    const world = newWorld();
    await world.record('one');
    const addresses = await world.store.due(START, 10);
    const sink = fakeSink('a');
    await deliverDue({ ...world, sinks: [sink] }, { limit: 10, addresses });
    await deliverDue({ ...world, sinks: [sink] }, { limit: 10, addresses });
    const unknown = [
      { partition: 'EVENT#evt_none', key: 'event' },
      { partition: 'SEND#x', key: 'send' },
    ];
    await deliverDue({ ...world, sinks: [sink] }, { limit: 10, addresses: unknown });
    expect(sink.received).toHaveLength(1);
  });

  it('delivers a document it is given without reading it', async () => {
    const store = memoryStore();
    const world = newWorld({ ...store, get: () => Promise.reject(new Error('read')) });
    const id = await world.record('one');
    const sink = fakeSink('a');
    const delivered = await deliverDue({ ...world, sinks: [sink] }, { limit: 10, addresses: [...store.items()] });
    expect(delivered).toMatchObject({ delivered: 1 });
    expect(sink.received).toEqual([{ id, attempt: 1 }]);
    expect(await store.get(eventAddress(id))).toMatchObject({ version: 2, dueAt: START + 90 * DAY });
  });

  /** An event that was delivered since its document was taken. */
  async function deliveredSince() {
    const store = memoryStore();
    const world = newWorld(store);
    const id = await world.record('one');
    const addresses = [...store.items()];
    const sink = fakeSink('a');
    await sweep(world, [sink]);
    return { world, id, addresses, sink };
  }

  it('leaves alone a document it is given that is no longer what is stored', async () => {
    const { world, id, addresses, sink } = await deliveredSince();
    const delivered = await deliverDue({ ...world, sinks: [sink] }, { limit: 10, addresses });
    expect(delivered).toEqual({ attempted: 0, delivered: 0, parked: 0, more: false });
    expect(sink.received).toEqual([{ id, attempt: 1 }]);
  });

  it('leaves due what was replayed after the document it is given was written', async () => {
    const { world, id, addresses, sink } = await deliveredSince();
    await replay({ ...world, sinks: [sink] }, { event: id });
    await deliverDue({ ...world, sinks: [sink] }, { limit: 10, addresses });
    expect(sink.received).toHaveLength(1);
    await sweep(world, [sink]);
    expect(sink.received).toHaveLength(2);
  });

  it('says when there is more, and not when only others are due', async () => {
    const world = newWorld();
    for (const name of ['one', 'two', 'three']) await world.record(name);
    const sinks = [fakeSink('a')];
    expect((await sweep(world, sinks, 2)).more).toBe(true);
    expect((await sweep(world, sinks, 2)).more).toBe(false);
    for (const key of ['x', 'y']) await world.store.put({ partition: 'SEND#1', key, value: {}, dueAt: START }, 0);
    expect((await sweep(world, sinks, 2)).more).toBe(false);
  });

  it('retries a failed delivery under the same id, then parks it, then delivers it by a replay', async () => {
    const world = newWorld();
    const id = await world.record('one');
    let up = false;
    const sink = fakeSink('a', () => (up ? { kind: 'delivered' } : { kind: 'retry', error: 'HTTP 500' }));
    await sweepFor(world, [sink], 10 * DAY);
    expect(sink.received.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(new Set(sink.received.map((received) => received.id))).toEqual(new Set([id]));
    expect((await world.stored(id)).deliveries?.a).toMatchObject({ state: 'parked', tries: 10, lastError: 'HTTP 500' });
    up = true;
    expect(await replay({ ...world, sinks: [sink] }, { event: id })).toEqual({ replayed: 1, gone: 0 });
    expect(await sweep(world, [sink])).toMatchObject({ delivered: 1 });
    expect(await world.stored(id)).toMatchObject({ deliveries: { a: { state: 'delivered' } } });
  });

  it('waits as long as the receiver asks', async () => {
    const world = newWorld();
    const id = await world.record('one');
    await sweep(world, [fakeSink('a', () => ({ kind: 'retry', error: 'HTTP 429', afterMs: 7 * HOUR }))]);
    expect((await world.stored(id)).dueAt).toBe(START + 7 * HOUR);
  });

  it('settles what a sink skips and retries what a sink throws, without its words', async () => {
    const world = newWorld();
    const id = await world.record('one');
    const throwing = fakeSink('bad', () => Promise.reject(new Error('canary-secret')));
    await sweep(world, [fakeSink('a', () => ({ kind: 'skip' })), throwing]);
    const { deliveries } = await world.stored(id);
    expect(deliveries).toMatchObject({ a: { state: 'delivered' }, bad: { state: 'pending', lastError: 'failed' } });
    expect(JSON.stringify([deliveries, world.lines])).not.toContain('canary');
  });

  it('parks what belongs to a sink that is no longer configured', async () => {
    const world = newWorld();
    const id = await world.record('one');
    await sweep(world, [fakeSink('a', () => ({ kind: 'retry', error: 'HTTP 500' }))]);
    world.pass(HOUR);
    expect((await sweep(world, [])).parked).toBe(1);
    expect((await world.stored(id)).deliveries?.a).toMatchObject({
      state: 'parked',
      lastError: 'no longer configured',
    });
  });

  it('drops the body after 90 days and keeps the document', async () => {
    const world = newWorld();
    const id = await world.record('one');
    const sinks = [fakeSink('a')];
    await sweep(world, sinks);
    world.pass(90 * DAY - 1);
    await sweep(world, sinks);
    expect(await world.stored(id)).toHaveProperty('body');
    world.pass(1);
    await sweep(world, sinks);
    expect(await world.stored(id)).toHaveProperty('body');
    world.pass(6 * HOUR);
    await sweep(world, sinks);
    const stored = await world.stored(id);
    expect(stored).not.toHaveProperty('body');
    expect(stored).toMatchObject({ id, dueAt: undefined, deliveries: { a: { state: 'delivered' } } });
    expect(await replay({ ...world, sinks }, { event: id })).toEqual({ replayed: 0, gone: 1 });
    expect(await world.record('one')).toBe(id);
    await sweep(world, sinks);
    expect(sinks[0]?.received).toHaveLength(1);
  });
});

describe('a sink that answers 410', () => {
  it('is switched off, told about once, and gets nothing until it is switched on', async () => {
    const world = newWorld();
    let gone = true;
    const crm = fakeSink('crm', () => (gone ? { kind: 'disable', error: 'HTTP 410' } : { kind: 'delivered' }));
    const other = fakeSink('other');
    const first = await world.record('one');
    await sweep(world, [crm, other]);
    const second = await world.record('two');
    await sweep(world, [crm, other]);
    expect(crm.received).toEqual([{ id: first, attempt: 1 }]);
    expect((await world.stored(second)).deliveries?.crm).toEqual({
      state: 'parked',
      tries: 0,
      lastError: 'switched off',
    });
    const told = (await recorded(world.store)).filter(({ type }) => type === 'sink.disabled');
    expect(told).toHaveLength(1);
    expect(other.received).toHaveLength(3);

    gone = false;
    await enableSink(world.store, 'crm');
    const ports = { ...world, sinks: [crm, other] };
    expect(await replay(ports, { neverAttempted: START, sink: 'crm' })).toEqual({ replayed: 2, gone: 0 });
    expect(await replay(ports, { failedSince: START, sink: 'crm' })).toEqual({ replayed: 1, gone: 0 });
    await sweep(world, [crm, other]);
    expect(crm.received.map(({ id }) => id).toSorted()).toEqual([first, first, second, told[0]?.id ?? ''].toSorted());
  });

  it('is told about even when the process dies between switching off and telling', async () => {
    const store = memoryStore();
    const world = newWorld(store);
    await store.put(
      { partition: 'SINKS', key: 'crm', value: { disabled: true, episode: 'e', reason: 'HTTP 410', told: false } },
      0,
    );
    await world.record('one');
    await sweep(world, [fakeSink('a')]);
    await world.record('two');
    await sweep(world, [fakeSink('a')]);
    expect((await recorded(store)).filter(({ type }) => type === 'sink.disabled')).toHaveLength(1);
  });
});

describe('many answers of 410 at once', () => {
  it('switch the sink off once, and park all that wait for it', async () => {
    const world = newWorld();
    for (let n = 0; n < 20; n += 1) await world.record(`m${n}`);
    const crm = fakeSink('crm', async () => {
      world.pass(1);
      await new Promise((later) => setImmediate(later));
      return { kind: 'disable', error: 'HTTP 410' };
    });
    expect((await sweep(world, [crm])).parked).toBe(20);
    expect(crm.received.length).toBeLessThanOrEqual(8);
    expect((await recorded(world.store)).filter(({ type }) => type === 'sink.disabled')).toHaveLength(1);
    const state = await world.store.get({ partition: 'SINKS', key: 'crm' });
    expect(state?.value).toMatchObject({ disabled: true, told: true });
    expect(world.lines.filter((line) => line.startsWith('sink.disabled '))).toHaveLength(1);
    world.pass(1);
    await disableSink(world, 'crm', 'HTTP 410');
    expect((await recorded(world.store)).filter(({ type }) => type === 'sink.disabled')).toHaveLength(1);
  });
});

describe('a sink that acts', () => {
  it('never sees backfilled, replayed or day-old events', async () => {
    const world = newWorld();
    const acting = fakeSink('auto', undefined, { actsOnOld: false });
    const telling = fakeSink('tell');
    await world.record('backfilled', { backfill: true });
    await world.record('old');
    world.pass(DAY + 1);
    const fresh = await world.record('fresh');
    await sweep(world, [acting, telling]);
    expect(acting.received.map(({ id }) => id)).toEqual([fresh]);
    await replay({ ...world, sinks: [acting, telling] }, { event: fresh });
    await sweep(world, [acting, telling]);
    expect(acting.received).toHaveLength(1);
    expect(telling.received).toHaveLength(4);
  });

  it('goes on with what it began while the event was young, as long as any delivery is tried', async () => {
    const world = newWorld();
    const id = await world.record('one');
    const acting = fakeSink('auto', () => ({ kind: 'retry', error: 'busy' }), { actsOnOld: false });
    await sweepFor(world, [acting], 10 * DAY);
    expect(acting.received).toHaveLength(10);
    expect((await world.stored(id)).deliveries?.auto).toMatchObject({ state: 'parked', lastError: 'busy' });
  });

  it('does not begin with an event that grew old while nobody could', async () => {
    const world = newWorld();
    const id = await world.record('one');
    const acting = fakeSink('auto', undefined, { actsOnOld: false });
    const crash = { ...world.store, list: () => Promise.reject(new Error('crash')) };
    await sweep({ ...world, store: crash }, [acting]);
    await world.store.put({ ...deliveryAddress(id, 'auto'), value: { state: 'pending', tries: 0 }, dueAt: START }, 0);
    world.pass(DAY + 1);
    await sweep(world, [acting]);
    expect(acting.received).toEqual([]);
    const { auto } = (await world.stored(id)).deliveries ?? {};
    expect(auto).toMatchObject({ state: 'parked', lastError: 'too old to act on' });
  });

  it('takes a mail to be as old as when it was sent, and a label as when it was told', async () => {
    const world = newWorld();
    const old = replyEvent('weeks-old', START - 20 * DAY);
    if (old.type !== 'reply.received') throw new Error('another event');
    const recorder = { store: world.store, now: () => START };
    await recordEvent(recorder, 'evt_mail', old, 'acme');
    await recordEvent(recorder, 'evt_label', { ...old, type: 'reply.interested' }, 'acme');
    const acting = fakeSink('auto', undefined, { actsOnOld: false });
    await sweep(world, [acting]);
    expect(acting.received.map(({ id }) => id)).toEqual(['evt_label']);
  });
});

describe('a dead sink', () => {
  it('slows no other: the live one gets all at once, the dead one a few tries', async () => {
    const world = newWorld();
    for (let n = 0; n < 200; n += 1) await world.record(`m${n}`);
    const dead = fakeSink('dead', async () => {
      await new Promise((later) => setImmediate(later));
      return { kind: 'retry', error: 'timeout' };
    });
    const live = fakeSink('live');
    expect((await sweep(world, [dead, live])).delivered).toBe(200);
    expect(live.received).toHaveLength(200);
    expect(dead.received.length).toBeLessThanOrEqual(12);
  });

  it('is asked once after each rest, and costs one write for each event it holds back', async () => {
    const world = newWorld();
    for (let n = 0; n < 40; n += 1) await world.record(`m${n}`);
    const dead = fakeSink('dead', async () => {
      await new Promise((later) => setImmediate(later));
      return { kind: 'retry', error: 'timeout' };
    });
    await sweep(world, [dead]);
    const before = dead.received.length;
    const held = await world.record('held');
    await sweep(world, [dead]);
    expect(dead.received).toHaveLength(before);
    expect((await world.store.get(eventAddress(held)))?.version).toBe(2);
    world.pass(HOUR);
    await sweep(world, [dead]);
    expect(dead.received).toHaveLength(before + 1);
  });

  it('that fails now and then is not taken for dead', async () => {
    const world = newWorld();
    for (let n = 0; n < 40; n += 1) await world.record(`m${n}`);
    let calls = 0;
    const flaky = fakeSink('flaky', () => {
      calls += 1;
      return calls % 2 ? { kind: 'retry', error: 'HTTP 500' } : { kind: 'delivered' };
    });
    expect((await sweep(world, [flaky])).attempted).toBe(40);
  });

  it('gets everything once it is back', async () => {
    const world = newWorld();
    for (let n = 0; n < 60; n += 1) await world.record(`m${n}`);
    let up = false;
    const sink = fakeSink('a', () => (up ? { kind: 'delivered' } : { kind: 'retry', error: 'refused' }));
    await sweep(world, [sink]);
    up = true;
    await sweepFor(world, [sink], DAY, 60_000);
    const events = await recorded(world.store);
    expect(events.filter(({ deliveries }) => deliveries?.a?.state === 'delivered')).toHaveLength(60);
  });

  it('never has more than eight deliveries under way', async () => {
    const world = newWorld();
    for (let n = 0; n < 40; n += 1) await world.record(`m${n}`);
    let active = 0;
    let most = 0;
    const slow = fakeSink('slow', async () => {
      active += 1;
      most = Math.max(most, active);
      await new Promise((later) => setImmediate(later));
      active -= 1;
      return { kind: 'delivered' };
    });
    await sweep(world, [slow]);
    expect(most).toBe(8);
    expect(slow.received).toHaveLength(40);
  });
});

describe('a crash', () => {
  it('at any write of the store loses no delivery, and repeats it under the same id', async () => {
    for (let crashAt = 1; crashAt <= 6; crashAt += 1) {
      for (const lostAnswer of [false, true]) {
        const whole = memoryStore();
        const world = newWorld(whole);
        const id = await world.record('one');
        const sinks = [fakeSink('a'), fakeSink('gone', () => ({ kind: 'disable', error: 'HTTP 410' }))];
        await sweep({ ...world, store: crashing(whole, crashAt, lostAnswer) }, sinks);
        world.pass(61_000);
        await sweep(world, sinks);
        world.pass(61_000);
        await sweep(world, sinks);
        expect((await world.stored(id)).deliveries).toMatchObject({
          a: { state: 'delivered' },
          gone: { state: 'parked' },
        });
        expect(new Set(sinks[0]?.received.map((received) => received.id))).toContain(id);
        expect((await recorded(whole)).filter(({ type }) => type === 'sink.disabled')).toHaveLength(1);
      }
    }
  });

  it('between delivering and writing delivers again, 60 seconds later', async () => {
    const whole = memoryStore();
    const world = newWorld(whole);
    const id = await world.record('one');
    const sink = fakeSink('a');
    await sweep({ ...world, store: crashing(whole, 2, false) }, [sink]);
    await sweep(world, [sink]);
    expect(sink.received).toHaveLength(1);
    world.pass(60_000);
    await sweep(world, [sink]);
    expect(sink.received.map((received) => received.id)).toEqual([id, id]);
  });
});

describe('two sweepers at once', () => {
  it('deliver each event once', async () => {
    const world = newWorld();
    for (let n = 0; n < 20; n += 1) await world.record(`m${n}`);
    const sink = fakeSink('a');
    await Promise.all([sweep(world, [sink]), sweep(world, [sink])]);
    expect(sink.received).toHaveLength(20);
  });
});

describe('a claim', () => {
  it('keeps others away while the delivery is under way', async () => {
    const world = newWorld();
    await world.record('one');
    const addresses = await world.store.due(START, 10);
    const sink: FakeSink = fakeSink('a', async () => {
      if (sink.received.length === 1) await deliverDue({ ...world, sinks: [sink] }, { limit: 10, addresses });
      return { kind: 'delivered' };
    });
    await sweep(world, [sink]);
    expect(sink.received).toHaveLength(1);
  });

  it('that has grown old while waiting for its turn is made anew, and each is delivered once', async () => {
    const world = newWorld();
    for (let n = 0; n < 20; n += 1) await world.record(`m${n}`);
    const sink = fakeSink('a', async () => {
      await new Promise((later) => setImmediate(later));
      world.pass(10_000);
      return { kind: 'delivered' };
    });
    await sweep(world, [sink]);
    await sweepFor(world, [sink], HOUR, 60_000);
    expect(sink.received).toHaveLength(20);
    expect(new Set(sink.received.map(({ id }) => id)).size).toBe(20);
  });
});

describe('replay', () => {
  it('leaves alone what is on its way already', async () => {
    const world = newWorld();
    const id = await world.record('one');
    const acting = fakeSink('auto', undefined, { actsOnOld: false });
    expect(await replay({ ...world, sinks: [acting] }, { event: id })).toEqual({ replayed: 0, gone: 0 });
    await sweep(world, [acting]);
    expect(acting.received).toHaveLength(1);
  });

  it('tries again in the face of other writers, and says when it cannot', async () => {
    const world = newWorld();
    const id = await world.record('one');
    await sweep(world, [fakeSink('a')]);
    const refused = { ...world.store, put: async () => false };
    await expect(replay({ ...world, store: refused, sinks: [fakeSink('a')] }, { event: id })).rejects.toThrow('others');
  });

  it('gives an old event to a sink added later', async () => {
    const world = newWorld();
    await world.record('one');
    await sweep(world, [fakeSink('a')]);
    const late = fakeSink('late');
    const ports = { ...world, sinks: [fakeSink('a'), late] };
    expect(await replay(ports, { neverAttempted: START })).toEqual({ replayed: 1, gone: 0 });
    expect(await replay(ports, { neverAttempted: START })).toEqual({ replayed: 0, gone: 0 });
    await sweep(world, ports.sinks);
    expect(late.received).toHaveLength(1);
  });

  it('does not touch what was delivered when asked for failures', async () => {
    const world = newWorld();
    await world.record('one');
    await sweep(world, [fakeSink('a')]);
    expect(await replay({ ...world, sinks: [fakeSink('a')] }, { failedSince: START })).toEqual({
      replayed: 0,
      gone: 0,
    });
  });

  it('says that an unknown event is gone', async () => {
    expect(await replay({ ...newWorld(), sinks: [] }, { event: 'evt_none' })).toEqual({ replayed: 0, gone: 1 });
  });
});

describe('the log', () => {
  it('holds no body, address or secret', async () => {
    const world = newWorld();
    await world.record('one');
    await sweepFor(world, [fakeSink('a', () => ({ kind: 'retry', error: 'HTTP 500' }))], 10 * DAY);
    expect(world.lines.join('\n')).toContain('delivery.parked');
    expect(world.lines.join('\n')).not.toMatch(/canary|customer\.example/);
  });
});

async function recorded(store: Store) {
  const { addresses } = await store.timeline(START, { limit: 1_000 });
  const logs = await Promise.all(addresses.map((address) => readEventLog(store, eventOfAddress(address))));
  return logs.flatMap((log) => (log ? [{ ...log.stored, deliveries: log.deliveries }] : []));
}

/** Dies at the n-th put and stays dead; with `lostAnswer` that put is carried out first. */
function crashing(store: Store, at: number, lostAnswer: boolean): Store {
  let puts = 0;
  const dead = () => Promise.reject(new Error('crash'));
  return {
    ...store,
    get: (address) => (puts >= at ? dead() : store.get(address)),
    list: (partition, prefix) => (puts >= at ? dead() : store.list(partition, prefix)),
    async put(document, expected) {
      puts += 1;
      if (puts < at || (puts === at && lostAnswer)) {
        const done = await store.put(document, expected);
        if (puts < at) return done;
      }
      return await dead();
    },
  };
}
