import { describe, expect, it } from 'vitest';
import { Subscriptions } from '../../shared/app/subscriptions.ts';
import type { Event } from '../../shared/events/event.ts';
import { listSubscriptions, putSubscription, subscriptionId } from '../../shared/outbox/subscriptions.ts';
import type { HttpRequest } from '../../shared/ports.ts';
import type { SinkPorts } from '../../shared/sinks/ports.ts';
import { memoryStore } from '../../shared/store/memory.ts';

const URL = 'https://hooks.acme.example/1';
const SECRET = `whsec_${Buffer.from('twenty-four bytes, and more').toString('base64')}`;
const EVENT: Event = {
  type: 'send.needs_decision',
  timestamp: '2025-01-20T12:00:00.000Z',
  data: {
    connection: 'sales',
    provider: 'coldsend',
    send: 'snd_a',
    key: 'k',
    kind: 'reply',
    attempt: 1,
    thread: 'sales/t',
    detail: 'Look.',
  },
};

function stage() {
  let now = 0;
  let status = 200;
  const requests: HttpRequest[] = [];
  const store = memoryStore();
  const never = () => Promise.reject(new Error('not here'));
  const ports: SinkPorts = {
    http: async (request) => {
      requests.push(request);
      return { status, headers: {}, body: '' };
    },
    clock: { now: () => now, sleep: async () => {} },
    log: { info: () => {}, warn: () => {} },
    secrets: { get: () => ({ lack: 'none' }) },
    checkUrl: () => undefined,
    putOnBus: never,
    sendToQueue: never,
    labelling: () => ({}),
    automation: { sending: Object.create(null), starrer: () => undefined, wake: () => {} },
  };
  const subscriptions = new Subscriptions(store, ports);
  const subscribe = (more: object = {}) =>
    putSubscription(store, subscriptionId(URL), () => ({
      url: URL,
      secret: SECRET,
      createdAt: '2025-01-20T00:00:00Z',
      ...more,
    }));
  return {
    store,
    requests,
    subscriptions,
    subscribe,
    wait: (ms: number) => {
      now += ms;
    },
    answers: (next: number) => {
      status = next;
    },
  };
}

describe('webhooks made at run time', () => {
  it('are sinks as soon as they are known, signed with their own secret, and never act on what is old', async () => {
    const { subscriptions, subscribe, requests, wait } = stage();
    expect(await subscriptions.sinks()).toEqual([]);
    await subscribe();
    wait(2_000);
    const [sink] = await subscriptions.sinks();
    expect(sink).toMatchObject({ id: subscriptionId(URL), type: 'webhook', actsOnOld: false });
    expect(await sink?.deliver('evt_a', EVENT, 1)).toEqual({ kind: 'delivered' });
    expect(requests[0]).toMatchObject({ method: 'POST', url: URL, headers: { 'webhook-id': 'evt_a' } });
    expect(requests[0]?.headers['webhook-signature']).toMatch(/^v1,/);
  });

  it('stay the same sink while they are not changed, so that a circuit breaker remembers', async () => {
    const { subscriptions, subscribe, wait } = stage();
    await subscribe();
    const [before] = await subscriptions.sinks();
    wait(5_000);
    expect((await subscriptions.sinks())[0]).toBe(before);
    await subscribe({ events: ['reply.received'] });
    subscriptions.forget();
    const [after] = await subscriptions.sinks();
    expect(after).not.toBe(before);
    expect([before?.accepts(EVENT, stored()), after?.accepts(EVENT, stored())]).toEqual([true, false]);
  });

  it('end with a 410, and nothing is parked for it', async () => {
    const { subscriptions, subscribe, store, answers } = stage();
    await subscribe();
    const [sink] = await subscriptions.sinks();
    answers(410);
    expect(await sink?.deliver('evt_a', EVENT, 1)).toEqual({ kind: 'skip' });
    expect(await listSubscriptions(store)).toEqual([]);
    expect(await subscriptions.sinks()).toEqual([]);
  });

  it('are tried again while their target fails', async () => {
    const { subscriptions, subscribe, answers } = stage();
    await subscribe();
    const [sink] = await subscriptions.sinks();
    answers(503);
    expect(await sink?.deliver('evt_a', EVENT, 1)).toMatchObject({ kind: 'retry' });
    expect(await subscriptions.sinks()).toHaveLength(1);
  });
});

const stored = () => ({ kind: 'event', id: 'evt_a', type: 'send.needs_decision', connection: 'sales' }) as const;
