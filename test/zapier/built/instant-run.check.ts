import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InstantZap } from './hook-side.ts';
import { type InstantStage, openInstantStage, until } from './instant-stage.ts';

type Item = Readonly<Record<string, unknown>>;

let open: InstantStage;
let bench: InstantStage['bench'];
let deployment: InstantStage['deployment'];
let app: InstantStage['app'];
let zapier: InstantStage['zapier'];
let authData: Item;

beforeAll(async () => {
  open = await openInstantStage();
  ({ bench, deployment, app, zapier, authData } = open);
}, 120_000);

afterAll(async () => {
  await open?.[Symbol.asyncDispose]();
});

/** A reply in a thread of its own, seen by the next poll. */
function says(connection: 'acme' | 'sales', text: string): string {
  const named = bench.thread(connection);
  open.writes([...bench.sandbox.world.threads.keys()].at(-1) ?? '', text);
  return named;
}

const textsOf = ({ fired }: InstantZap) => fired.map(({ item }) => String(item.text));

describe('an instant Zap beside a running deployment', () => {
  it('connects, and names the deployment', async () => {
    const account = await app.run('authentication.test', { authData });
    expect(account).toMatchObject({
      connection_name: `${new URL(deployment.url).host} (2 connections)`,
      connections: 'acme, sales',
    });
  });

  it('is told of each reply once, of every connection, within seconds', async () => {
    const zap = await zapier.switchOn('new_reply_instant', authData);
    await sleep(2_500);
    const from = Date.now();
    for (const connection of ['acme', 'sales'] as const) says(connection, `Instant from ${connection}`);
    const wanted = () => textsOf(zap).filter((text) => text.startsWith('Instant from'));
    await until(() => wanted().length >= 2);
    expect(wanted().toSorted()).toEqual(['Instant from acme', 'Instant from sales']);
    // Its budget stretches the polls of one of them.
    expect(Date.now() - from).toBeLessThan(25_000);
    const newest = zap.fired.map(({ item }) => item).findLast((item) => String(item.text).startsWith('Instant from'));
    const shown = (await app.run('triggers.new_reply_instant.operation.performList', { authData })) as Item[];
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.find(({ id }) => id === newest?.id)).toMatchObject({ text: newest?.text });
    await zap.off();
  }, 60_000);

  it('runs once for what is delivered twice, and only what it asked for', async () => {
    zapier.times = 2;
    const zap = await zapier.switchOn('new_reply_instant', authData, { connection: 'sales' });
    says('acme', 'Twice from acme');
    says('sales', 'Twice from sales');
    await until(() => textsOf(zap).includes('Twice from sales'));
    await sleep(3_000);
    zapier.times = 1;
    expect(textsOf(zap).filter((text) => text.startsWith('Twice'))).toEqual(['Twice from sales']);
    await zap.off();
  }, 60_000);

  it('runs what came while it was paused, once it goes on', async () => {
    const zap = await zapier.switchOn('new_reply_instant', authData);
    zap.pause();
    says('acme', 'While paused');
    await sleep(5_000);
    expect(zap.fired).toEqual([]);
    await zap.resume();
    expect(textsOf(zap)).toContain('While paused');
    await zap.off();
  }, 60_000);

  it('is told of what came while the deployment was down, once it is up again', async () => {
    const zap = await zapier.switchOn('new_reply_instant', authData);
    await deployment.stop();
    says('acme', 'While down');
    await sleep(1_000);
    await deployment.start();
    await until(() => textsOf(zap).includes('While down'));
    expect(textsOf(zap).filter((text) => text === 'While down')).toHaveLength(1);
    await zap.off();
  }, 90_000);

  it('is told of what came while Zapier was away, once it is back', async () => {
    const zap = await zapier.switchOn('new_reply_instant', authData);
    zapier.isDown = true;
    says('acme', 'While Zapier was away');
    await sleep(3_000);
    zapier.isDown = false;
    await until(() => textsOf(zap).includes('While Zapier was away'), 60_000);
    expect(textsOf(zap).filter((text) => text === 'While Zapier was away')).toHaveLength(1);
    await zap.off();
  }, 90_000);

  it('ends by a 410 where unsubscribing did not arrive', async () => {
    const zap = await zapier.switchOn('new_reply_instant', authData);
    const { id } = zap.subscription;
    const listed = async () => {
      const url = `${authData.replybusUrl}/v1/subscriptions`;
      const answer = await fetch(url, { headers: { authorization: `Bearer ${authData.replybusToken}` } });
      return ((await answer.json()) as { items: Item[] }).items.map((item) => item.id);
    };
    expect(await listed()).toContain(id);
    await deployment.stop();
    // The deployment is dead, and switching off works all the same.
    await zap.off();
    await deployment.start();
    expect(await listed()).toContain(id);
    says('acme', 'Nobody hears this');
    for (const end = Date.now() + 30_000; (await listed()).includes(id) && Date.now() < end; ) await sleep(500);
    expect(await listed()).not.toContain(id);
    expect(zapier.answers[410]).toBeGreaterThan(0);
  }, 120_000);

  it('answers, forwards, stars and finds through the deployment', async () => {
    const thread = says('sales', 'Could you call me?');
    const call = (inputData: Item) => ({ authData, inputData: { thread_id: thread, ...inputData } });
    const reply = 'creates.send_reply.operation.perform';
    const first = await app.run(reply, call({ text: 'Gladly, at ten on Thursday.' }));
    expect(first).toMatchObject({ status: expect.stringMatching(/^(sent|confirmed)$/), thread_id: thread });
    expect(await app.run(reply, call({ text: 'Gladly, at ten on Thursday.' }))).toMatchObject({
      id: (first as Item).id,
    });
    expect(bench.sandbox.world.outbox.filter(({ text }) => text.includes('at ten on Thursday'))).toHaveLength(1);
    const forward = 'creates.forward_thread.operation.perform';
    await app.run(forward, call({ to: ['boss@acme.example'], note: 'Worth a look' }));
    expect(bench.mailServer.mails.at(-1)?.text).toContain('Worth a look');
    expect(await app.run('creates.star_thread.operation.perform', call({ starred: true }))).toEqual({
      id: thread,
      starred: true,
    });
    expect(await app.run('creates.mark_read.operation.perform', call({}))).toEqual({ id: thread, read: true });
    const messages = (await app.run('searches.find_messages.operation.perform', call({}))) as Item[];
    expect(messages.map(({ text }) => text)).toContain('Could you call me?');
    const [lead] = (await app.run(
      'searches.find_messages.operation.perform',
      call({ direction: 'inbound' }),
    )) as Item[];
    const found = await app.run('searches.find_thread.operation.perform', {
      authData,
      inputData: { search: lead?.from_email },
    });
    expect(found).toMatchObject([{ id: thread, connection: 'sales', provider: 'coldsend' }]);
  }, 60_000);

  it('fills its dropdowns', async () => {
    const dropdown = async (key: string, inputData: Item = {}) =>
      (await app.run(`triggers.${key}.operation.perform`, { authData, inputData, meta: {} })) as Item[];
    expect((await dropdown('connections')).map(({ id }) => id)).toEqual(['acme', 'sales']);
    expect((await dropdown('campaigns', { connection: 'sales' })).length).toBeGreaterThan(0);
    const [thread] = await dropdown('threads', { connection: 'sales' });
    expect(thread).toMatchObject({ id: expect.stringMatching(/^sales\//), name: expect.stringContaining(' · ') });
    expect((await dropdown('messages', { thread_id: thread?.id })).length).toBeGreaterThan(0);
  });
});
