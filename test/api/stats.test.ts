import { describe, expect, it } from 'vitest';
import { StatsView } from '../../shared/api/shapes.ts';
import { eventId } from '../../shared/events/event.ts';
import { deliverDue } from '../../shared/outbox/deliver.ts';
import { recordEvent } from '../../shared/outbox/record.ts';
import { saveConnection } from '../../shared/polling/state/connection.ts';
import { readSend, writeSend } from '../../shared/sending/send.ts';
import { count } from '../../shared/stats/counting.ts';
import { replyEvent } from '../outbox/world.ts';
import { type ApiWorld, apiWorld } from './world.ts';

const MINUTE = 60_000;

async function statsOf(world: ApiWorld, query = ''): Promise<StatsView> {
  world.wait(MINUTE);
  await count(world.deps);
  return StatsView.parse((await world.ask('GET', `/v1/stats${query}`)).body);
}

const recorder = ({ store, deps }: ApiWorld) => ({ store, now: () => deps.clock.now() });

async function undecided(world: ApiWorld): Promise<string> {
  const { id, thread, key } = await world.reply('acme', 'One.');
  const kept = await readSend(world.store, id);
  if (kept) await writeSend(world.store, { ...kept.send, state: 'needs_decision' }, undefined, kept.version);
  const data = {
    connection: 'acme',
    provider: 'any',
    send: id,
    key,
    kind: 'reply',
    attempt: 1,
    thread,
    detail: 'Look.',
  };
  const timestamp = new Date(world.deps.clock.now()).toISOString();
  const event = { type: 'send.needs_decision', timestamp, data } as const;
  await recordEvent(
    recorder(world),
    eventId(event.type, 'acme', id),
    { ...event, data: { ...data, kind: 'reply' } },
    'acme',
  );
  return id;
}

describe('GET /v1/stats', () => {
  it('has every day up to today, with its replies', async () => {
    const world = apiWorld();
    const { now } = world.deps.clock;
    await recordEvent(recorder(world), eventId('reply.received', 'acme', 'one'), replyEvent('one', now()), 'acme');
    const { days } = await statsOf(world, '?days=3');
    expect(days.map(({ replies }) => replies)).toEqual([0, 0, 1]);
    expect(days.at(-1)?.day).toBe(new Date(now()).toISOString().slice(0, 10));
  });

  it('has 30 days unless told otherwise', async () => {
    expect((await statsOf(apiWorld())).days).toHaveLength(30);
  });

  it('refuses more days than are kept', async () => {
    expect(await apiWorld().problem(400, 'GET', '/v1/stats?days=401')).toContain('days');
  });

  it('counts a send that needs a decision until there is one', async () => {
    const world = apiWorld();
    const id = await undecided(world);
    expect((await statsOf(world)).waiting.sends).toBe(1);
    await world.ask('POST', `/v1/sends/${id}/decision`, { body: { verdict: 'sent' } });
    expect((await statsOf(world)).waiting.sends).toBe(0);
  });

  it('names the connections whose key is refused', async () => {
    const world = apiWorld();
    await saveConnection(world.store, 'sales', { provider: 'any', unauthorized: { episode: 'now' } }, 0);
    expect((await statsOf(world)).waiting.unauthorized).toEqual(['sales']);
  });

  it('counts what is parked until it is replayed', async () => {
    let isGone = true;
    const world = apiWorld(() => ({
      sinks: [
        {
          id: 'crm',
          type: 'webhook',
          actsOnOld: true,
          accepts: () => true,
          deliver: async () => (isGone ? { kind: 'disable', error: 'HTTP 410' } : { kind: 'delivered' }),
        },
      ],
    }));
    const event = replyEvent('one', world.deps.clock.now());
    await recordEvent(recorder(world), eventId('reply.received', 'acme', 'one'), event, 'acme');
    const deliver = async () => {
      const log = { info: () => {}, warn: () => {} };
      await deliverDue({ ...world.deps, random: () => 0.5, log }, { limit: 9 });
    };
    await deliver();
    expect((await statsOf(world)).waiting.parked).toBeGreaterThan(0);
    isGone = false;
    await world.ask('POST', '/v1/sinks/crm/test', { body: {} });
    await world.ask('POST', '/v1/replay', { body: { failedSince: '1d' } });
    world.wait(MINUTE);
    await deliver();
    const { waiting, deliveries } = await statsOf(world);
    expect(waiting.parked).toBe(0);
    expect(deliveries).toEqual([{ sink: 'crm', delivered: 2, parked: 0, pending: 0 }]);
  });
});
