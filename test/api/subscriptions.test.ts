import { describe, expect, it } from 'vitest';
import { NewSubscriptionView, SubscriptionList } from '../../shared/api/shapes.ts';
import { SUBSCRIPTIONS_MAX } from '../../shared/outbox/subscriptions.ts';
import { type ApiWorld, apiWorld } from './world.ts';

const URL = 'https://hooks.zapier.com/hooks/standard/1/2/';
const PATH = '/v1/subscriptions';

async function tokenOf(
  world: ApiWorld,
  scopes?: readonly string[],
): Promise<{ readonly id: string; readonly token: string }> {
  const body = { name: 'zapier', ...(scopes ? { scopes: [...scopes] } : {}) };
  return (await world.ask('POST', '/v1/tokens', { body })).body as { id: string; token: string };
}

const subscribe = async (world: ApiWorld, token: string, more: object = {}) =>
  NewSubscriptionView.parse((await world.ask('PUT', PATH, { token, body: { url: URL, ...more } })).body);

const listed = async (world: ApiWorld, token?: string) =>
  SubscriptionList.parse((await world.ask('GET', PATH, token === undefined ? {} : { token })).body).items;

describe('a subscription', () => {
  it('is one for each URL: asked again it is changed, under the same id and secret', async () => {
    const world = apiWorld();
    const { token } = await tokenOf(world);
    const first = await subscribe(world, token, { events: ['reply.received'], connections: ['sales'] });
    expect(first).toMatchObject({
      id: expect.stringMatching(/^sub_/),
      secret: expect.stringMatching(/^whsec_/),
      expiresAt: null,
    });
    const second = await subscribe(world, token, { interested: true, intents: ['Meeting Booked'] });
    expect([second.id, second.secret, second.createdAt]).toEqual([first.id, first.secret, first.createdAt]);
    expect(await listed(world, token)).toMatchObject([
      { id: first.id, url: URL, events: null, connections: null, interested: true, intents: ['Meeting Booked'] },
    ]);
    expect(JSON.stringify(await listed(world, token))).not.toContain('whsec_');
  });

  it.each(['events', 'connections', 'campaigns', 'intents'])(
    'is refused with an empty list of %s, which nothing passes',
    async (name) => {
      const world = apiWorld();
      const asked = { body: { url: URL, [name]: [] } };
      expect(await world.problem(400, 'PUT', PATH, asked)).toBe(
        `"${name}" is empty; fill it in, or leave it out where it is not needed.`,
      );
      expect(await listed(world)).toEqual([]);
    },
  );

  it.each([
    [['acme'], ['Meeting Booked'], /Cohesive has no labels of its own/],
    [['acme'], ['not_interested', 'Meeting Booked'], /no reply can carry "Meeting Booked"/],
    [['*'], ['not interested'], /contradicts/],
  ])('is refused where no reply of %j can ever carry %j', async (connections, intents, sentence) => {
    const world = apiWorld();
    const asked = { body: { url: URL, connections, intents, interested: true } };
    expect(await world.problem(400, 'PUT', PATH, asked)).toMatch(sentence);
    expect(await listed(world)).toEqual([]);
  });

  it.each([
    [['acme'], ['Not Interested']],
    [['sales'], ['Meeting Booked']],
    [['*'], ['Meeting Booked']],
  ])('is made where replies of %j can carry one of %j', async (connections, intents) => {
    const world = apiWorld();
    expect(await world.ask('PUT', PATH, { body: { url: URL, connections, intents } })).toMatchObject({ status: 200 });
  });

  it('is removed once, and is gone then', async () => {
    const world = apiWorld();
    const { token } = await tokenOf(world);
    const { id } = await subscribe(world, token);
    expect(await world.ask('DELETE', `${PATH}/${id}`, { token })).toMatchObject({ status: 200, body: { id } });
    expect(await world.problem(404, 'DELETE', `${PATH}/${id}`, { token })).toContain('There is no subscription');
    expect(await listed(world, token)).toEqual([]);
  });

  it('is its own token’s: another one sees its host alone, and can neither take nor remove it', async () => {
    const world = apiWorld();
    const [mine, other] = [await tokenOf(world), await tokenOf(world)];
    const { id } = await subscribe(world, mine.token);
    expect(await listed(world, other.token)).toMatchObject([{ url: 'hooks.zapier.com' }]);
    await world.problem(404, 'DELETE', `${PATH}/${id}`, { token: other.token });
    expect(await world.problem(409, 'PUT', PATH, { token: other.token, body: { url: URL } })).toContain(
      'Another token',
    );
    expect(await listed(world)).toMatchObject([{ url: URL }]);
  });

  it('goes with its token, and its target is told', async () => {
    const world = apiWorld();
    const { id, token } = await tokenOf(world);
    await subscribe(world, token);
    await world.ask('DELETE', `/v1/tokens/${id}`);
    expect(await listed(world)).toEqual([]);
    expect(world.goodbyes).toEqual([URL]);
  });

  it('needs a token for it, a URL that may be called, and room', async () => {
    const world = apiWorld();
    const reading = await tokenOf(world, ['read']);
    await world.problem(403, 'PUT', PATH, { token: reading.token, body: { url: URL } });
    const { token } = await tokenOf(world);
    expect(await world.problem(400, 'PUT', PATH, { token, body: { url: 'http://10.0.0.1/' } })).toContain('Only https');
    expect(await world.problem(400, 'PUT', PATH, { token, body: { url: URL, events: ['reply'] } })).toContain(
      'is one of',
    );
    for (let at = 0; at < SUBSCRIPTIONS_MAX; at += 1) await subscribe(world, token, { url: `${URL}${at}` });
    expect(await world.problem(409, 'PUT', PATH, { token, body: { url: URL } })).toContain('100 subscriptions already');
    await subscribe(world, token, { url: `${URL}0`, interested: true });
  });
});
