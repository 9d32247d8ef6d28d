import { describe, expect, it } from 'vitest';
import type { SinkFilter } from '../../shared/sinks/filter.ts';
import { replyEvent } from '../outbox/world.ts';
import { NOW } from '../providers/sandboxed.ts';
import { bench, DAY, DEALS, MINUTE, settle } from './automation-bench.ts';
import { opened as openedSink } from './opened.ts';

const STAR_AND_FORWARD = { steps: [{ star: true }, { forward: [DEALS] }] };
const VENDORS = ['cohesive', 'coldsend'] as const;
const STORED = { id: 'evt_1', kind: 'event', type: 'reply.received', connection: 'acme' } as const;

async function done(opened: Awaited<ReturnType<typeof bench>>) {
  return { starred: await opened.isStarred(), forwarded: opened.forwarded() };
}
const ONCE = { starred: true, forwarded: [[DEALS]] };

describe.each(VENDORS)('an automation on %s', (vendor) => {
  it('stars and forwards the thread of a reply once', async () => {
    const opened = await bench(vendor, STAR_AND_FORWARD);
    await opened.record('evt_1', opened.eventOf('m1'));
    await settle(opened);
    expect(await done(opened)).toEqual(ONCE);
    expect(await opened.delivery('evt_1')).toMatchObject({ state: 'delivered', tries: 1 });
  });

  it('leaves other threads alone', async () => {
    const opened = await bench(vendor, STAR_AND_FORWARD);
    await opened.record('evt_1', opened.eventOf('m1', 1));
    await settle(opened);
    expect([await opened.isStarred(0), await opened.isStarred(1)]).toEqual([false, true]);
  });

  it('acts once on an event that is delivered several times at once', async () => {
    const opened = await bench(vendor, STAR_AND_FORWARD);
    const [one, two] = [opened.newSink(), opened.newSink()];
    const event = opened.eventOf('m1');
    await Promise.all([one.deliver('evt_1', event, 1), two.deliver('evt_1', event, 1), one.deliver('evt_1', event, 2)]);
    await settle(opened);
    expect(await done(opened)).toEqual(ONCE);
    expect(opened.sends()).toHaveLength(1);
  });

  it.each([false, true])('acts once whichever write fails (carried out: %s), after a restart', async (failAfter) => {
    const whole = await bench(vendor, STAR_AND_FORWARD);
    await whole.record('evt_1', whole.eventOf('m1'));
    await whole.deliver();
    for (let failPut = 1; failPut <= whole.state.puts; failPut += 1) {
      const opened = await bench(vendor, STAR_AND_FORWARD);
      await opened.record('evt_1', opened.eventOf('m1'));
      Object.assign(opened.state, { failPut, failAfter });
      await opened.deliver();
      opened.restart();
      await settle(opened);
      expect({ failPut, ...(await done(opened)) }).toEqual({ failPut, ...ONCE });
    }
    expect(whole.state.puts).toBeGreaterThan(3);
  });

  it('leaves backfilled events alone', async () => {
    const opened = await bench(vendor, STAR_AND_FORWARD);
    await opened.record('evt_1', opened.eventOf('m1', 0, { backfill: true }));
    await settle(opened);
    expect(await done(opened)).toEqual({ starred: false, forwarded: [] });
  });

  it('leaves events alone that are a day old', async () => {
    const opened = await bench(vendor, STAR_AND_FORWARD);
    await opened.record('evt_1', opened.eventOf('m1'));
    opened.state.now += DAY + MINUTE;
    await settle(opened);
    expect(await done(opened)).toEqual({ starred: false, forwarded: [] });
  });

  it('that forwards to somebody who answers is stopped by the limit of the conversation', async () => {
    const opened = await bench(vendor, { ...STAR_AND_FORWARD, limits: { perConversationPerDay: 3 } });
    for (let round = 0; round < 8; round += 1) {
      await opened.record(`evt_${round}`, opened.eventOf(`m${round}`));
      await settle(opened, 6, MINUTE);
    }
    expect(opened.forwarded()).toHaveLength(3);
    const failed = opened.sends().filter(({ state }) => state === 'failed');
    expect(failed.map(({ steps }) => steps.at(-1)?.detail)).toEqual(
      Array.from({ length: 5 }, () => 'Nothing was sent: the limit of 3 mails a day in one conversation is reached.'),
    );
  });

  it('that forwards too much is stopped by the limit of the day', async () => {
    const opened = await bench(vendor, { ...STAR_AND_FORWARD, limits: { perDay: 2 } });
    for (const [at] of opened.threads.entries()) await opened.record(`evt_${at}`, opened.eventOf(`m${at}`, at));
    await settle(opened);
    expect(opened.threads.length).toBeGreaterThan(2);
    expect(opened.forwarded()).toHaveLength(2);
  });

  it('says whose automation it was that sent', async () => {
    const opened = await bench(vendor, STAR_AND_FORWARD);
    await opened.newSink().deliver('evt_1', opened.eventOf('m1'), 1);
    expect(opened.sends()).toMatchObject([
      { by: 'automation:hot', key: expect.stringMatching(/^auto:/), state: 'waiting' },
    ]);
    expect(opened.woken).toEqual(opened.sends().map(({ id }) => id));
  });
});

describe('a step', () => {
  it('marks the thread read', async () => {
    const opened = await bench('coldsend', { steps: [{ read: true }] });
    expect(await opened.newSink().deliver('evt_1', opened.eventOf('m1'), 1)).toEqual({ kind: 'delivered' });
    expect(opened.world.thread(opened.threadId())?.read).toBe(true);
  });

  it('takes a star off', async () => {
    const opened = await bench('coldsend', { steps: [{ star: false }] });
    opened.world.setStarred(opened.threadId(), true);
    await opened.newSink().deliver('evt_1', opened.eventOf('m1'), 1);
    expect(await opened.isStarred()).toBe(false);
  });

  it('that the vendor lacks is left alone, as is said when the config is read, and holds up no other', async () => {
    const opened = await bench('cohesive', { steps: [{ read: true }, { star: true }, { forward: [DEALS] }] });
    await opened.record('evt_1', opened.eventOf('m1'));
    await settle(opened);
    expect(await done(opened)).toEqual(ONCE);
    expect(await opened.delivery('evt_1')).toMatchObject({ state: 'delivered', tries: 1 });
  });

  it('that needs a mail server which the config has not is left alone, and is no send', async () => {
    const opened = await bench('coldsend', { steps: [{ forward: [DEALS] }] });
    const sending = opened.sendingOf(opened.connection);
    const connections = sending.connections.map(({ forwards: _, ...connection }) => connection);
    const automation = { sending: { ...sending, connections }, starrer: () => undefined, wake: () => {} };
    const sink = openedSink({ id: 'hot', type: 'automation', do: [{ forward: [DEALS] }] }, { automation });
    expect(await sink.deliver('evt_1', opened.eventOf('m1'), 1)).toEqual({ kind: 'delivered' });
    expect(opened.sends()).toEqual([]);
  });

  it('waits as long as the vendor asks', async () => {
    const opened = await bench('coldsend', { steps: [{ star: true }] });
    Object.assign(opened.switches, { throttledRate: 1, throttledSignal: 'retry-after', throttledSeconds: 90 });
    const outcome = await opened.newSink().deliver('evt_1', opened.eventOf('m1'), 1);
    expect(outcome).toEqual({ kind: 'retry', error: 'throttled', afterMs: 90_000, done: [] });
  });

  it.each([
    ['unavailable', { errorRate: 1 }],
    ['scope', { coldsendKeys: { cs_live_demo: ['replies:read'] } }],
    ['auth', { coldsendKeys: {} }],
  ])('that fails is tried again and named in a word: %s', async (error, switches) => {
    const opened = await bench('coldsend', { steps: [{ star: true }] });
    Object.assign(opened.switches, switches);
    expect(await opened.newSink().deliver('evt_1', opened.eventOf('m1'), 1)).toEqual({
      kind: 'retry',
      error,
      done: [],
    });
  });

  it.each([
    ['not-allowed', { steps: [{ forward: [DEALS] }], limits: { off: true } }],
    ['invalid', { steps: [{ forward: ['canary..b@x.example'] }] }],
  ])('that may not be sent is named in a word without an address: %s', async (error, options) => {
    const opened = await bench('cohesive', options);
    expect(await opened.newSink().deliver('evt_1', opened.eventOf('m1'), 1)).toEqual({
      kind: 'retry',
      error,
      done: [],
    });
  });

  it('keeps its name wherever the config puts it, so its mail goes out once', async () => {
    const opened = await bench('cohesive', { steps: [{ forward: [DEALS] }, { star: true }] });
    await opened.record('evt_1', opened.eventOf('m1'));
    await opened.deliver();
    opened.restart({ steps: [{ star: true }, { forward: [DEALS] }] });
    await settle(opened);
    expect(await done(opened)).toEqual(ONCE);
    expect(opened.sends()).toHaveLength(1);
  });

  it('of a connection that left the config is tried again', async () => {
    const opened = await bench('cohesive', STAR_AND_FORWARD);
    const sending = { ...opened.sendingOf(opened.connection), connections: [] };
    const config = { id: 'hot', type: 'automation', do: STAR_AND_FORWARD.steps };
    const sink = openedSink(config, { automation: { sending, starrer: () => undefined, wake: () => {} } });
    const outcome = await sink.deliver('evt_1', opened.eventOf('m1'), 1);
    expect(outcome).toEqual({ kind: 'retry', error: 'no such connection', done: [] });
  });
});

describe('an automation accepts', () => {
  const accepting = async (filter: SinkFilter, type: 'reply.received' | 'reply.interested', interested = false) => {
    const opened = await bench('cohesive', { ...STAR_AND_FORWARD, filter });
    const event = replyEvent('m1', NOW, { interested });
    if (event.type !== 'reply.received') throw new Error('another event');
    return opened.newSink().accepts({ ...event, type }, STORED);
  };

  it('each reply once, though an interested one is told twice', async () => {
    expect(await accepting({}, 'reply.received', true)).toBe(true);
    expect(await accepting({}, 'reply.interested', true)).toBe(false);
  });

  it('the telling of the interest when it asks for interested ones', async () => {
    expect(await accepting({ interested: true }, 'reply.received', true)).toBe(false);
    expect(await accepting({ interested: true }, 'reply.interested', true)).toBe(true);
  });

  it('the types it names', async () => {
    expect(await accepting({ events: ['reply.interested'] }, 'reply.interested', true)).toBe(true);
    expect(await accepting({ events: ['reply.interested'] }, 'reply.received', true)).toBe(false);
  });

  it('only what its filter lets pass', async () => {
    expect(await accepting({ connections: ['other'] }, 'reply.received')).toBe(false);
    expect(await accepting({ campaigns: ['other'] }, 'reply.received')).toBe(false);
  });

  it('nothing but replies, whatever it names', async () => {
    const opened = await bench('cohesive', { ...STAR_AND_FORWARD, filter: { events: ['sink.disabled'] } });
    const data = { sink: 's', episode: 'e', reason: 'r' };
    const event = { type: 'sink.disabled', timestamp: '2026-01-01T00:00:00Z', data } as const;
    expect(opened.newSink().accepts(event, { ...STORED, type: 'sink.disabled' })).toBe(false);
  });

  it('no old events', async () => {
    expect((await bench('cohesive', STAR_AND_FORWARD)).newSink().actsOnOld).toBe(false);
  });
});
