import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../shared/api/routes.ts';
import { SCOPES, type Scope } from '../../shared/api/scopes.ts';
import { NewTokenView, RevokedTokenView, SubscriptionList, TokenList, WhoView } from '../../shared/api/shapes.ts';
import { hashToken } from '../../shared/api/tokens.ts';
import { tokenAddress } from '../../shared/store/keys.ts';
import { type ApiWorld, apiWorld, CONSOLE_TOKEN } from './world.ts';

async function create(world: ApiWorld, scopes?: readonly Scope[], by?: string): Promise<NewTokenView> {
  const body = { name: 'mine', ...(scopes ? { scopes: [...scopes] } : {}) };
  const answer = await world.ask('POST', '/v1/tokens', { body, ...(by === undefined ? {} : { token: by }) });
  return NewTokenView.parse(answer.body);
}

const filled = (path: string) => path.replaceAll(/\{[^}]+\}/g, 'acme');
const guarded = ROUTES.flatMap((route) =>
  route.scope === undefined || route.scope === 'open' ? [] : [{ ...route, scope: route.scope }],
);
const closed = ROUTES.filter(({ scope }) => scope !== 'open');
const REVOKED_OR_FOREIGN = ['revoked', 'of another deployment', 'with another secret', 'made up', 'missing'] as const;

/** A token that once was, or looks like, one of ours. */
async function strange(world: ApiWorld, kind: (typeof REVOKED_OR_FOREIGN)[number]): Promise<string> {
  if (kind === 'missing') return '';
  if (kind === 'made up') return 'rb_0123456789ab_secret';
  // Its id differs from each of this deployment's.
  const elsewhere = apiWorld(() => ({ newSecret: () => 'elsewhere' }));
  if (kind === 'of another deployment') return (await create(elsewhere, SCOPES)).token;
  const { id, token } = await create(world, SCOPES);
  if (kind === 'with another secret') return `${token.slice(0, -1)}x`;
  await world.ask('DELETE', `/v1/tokens/${id}`);
  return token;
}

const statusOf = async (world: ApiWorld, token: string) => (await world.ask('GET', '/v1/whoami', { token })).status;

describe('the token of the page', () => {
  it('is refused what would outlive it, and let in to all else', async () => {
    const world = apiWorld();
    const refused: string[] = [];
    for (const { method, path } of guarded) {
      const { status } = await world.respond(method, filled(path), { token: CONSOLE_TOKEN, body: {} });
      if (status === 401 || status === 403) refused.push(`${method} ${path}`);
    }
    expect(refused.toSorted()).toEqual([
      'DELETE /v1/tokens/{id}',
      'GET /v1/tokens',
      'POST /v1/tokens',
      'PUT /v1/subscriptions',
    ]);
  });

  it('makes no token', async () => {
    const world = apiWorld();
    await world.problem(403, 'POST', '/v1/tokens', { token: CONSOLE_TOKEN, body: { name: 'mine' } });
    expect(TokenList.parse((await world.ask('GET', '/v1/tokens')).body).items).toEqual([]);
  });
});

describe('a token', () => {
  it('may read, act and subscribe unless told otherwise', async () => {
    const world = apiWorld();
    const { token, scopes } = await create(world);
    expect(scopes).toEqual(['read', 'act', 'subscribe']);
    expect(WhoView.parse((await world.ask('GET', '/v1/whoami', { token })).body)).toEqual({ name: 'mine', scopes });
  });

  it.each(guarded)('without the scope $scope is refused $method $path, and told which it lacks', async (route) => {
    const world = apiWorld();
    const { token } = await create(
      world,
      SCOPES.filter((scope) => scope !== route.scope),
    );
    const answer = await world.ask(route.method, filled(route.path), { token, body: {} });
    expect(answer).toMatchObject({
      status: 403,
      headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${route.scope}"` },
      body: { type: 'urn:replybus:problem:forbidden', detail: expect.stringContaining(`"${route.scope}"`) },
    });
    expect(world.vendors.acme.requests.length + world.vendors.sales.requests.length).toBe(0);
  });

  it.each(SCOPES)('with the scope %s alone is let in where that is asked for, and nowhere else', async (scope) => {
    const world = apiWorld();
    const letIn: string[] = [];
    for (const { method, path } of guarded) {
      const { token } = await create(world, [scope]);
      const { status } = await world.respond(method, filled(path), { token, body: {} });
      if (status !== 401 && status !== 403) letIn.push(`${method} ${path}`);
    }
    const asked = guarded.filter((route) => route.scope === scope);
    expect(letIn).toEqual(asked.map(({ method, path }) => `${method} ${path}`));
  });

  it('of any kind is enough to ask whose it is, and for nothing else', () => {
    const anyToken = closed.filter(({ scope }) => scope === undefined);
    expect(anyToken.map(({ path }) => path)).toEqual(['/v1/whoami']);
  });

  it('that may only read changes nothing: what writes asks for more', () => {
    const writing = guarded.filter(({ method, scope }) => method !== 'GET' && scope === 'read');
    expect(writing).toEqual([]);
  });

  it.each(REVOKED_OR_FOREIGN)('%s opens no route, and asks no vendor', async (kind) => {
    const world = apiWorld();
    const token = await strange(world, kind);
    const statuses = new Set<number>();
    for (const { method, path } of closed)
      statuses.add((await world.respond(method, filled(path), { token, body: {} })).status);
    expect([...statuses]).toEqual([401]);
    expect(world.vendors.acme.requests.length + world.vendors.sales.requests.length).toBe(0);
  });

  it('stored before there were scopes keeps every right', async () => {
    const world = apiWorld();
    const token = 'rb_0123456789ab_secret';
    const value = { name: 'old', hash: hashToken(token), createdAt: '2026-01-01T00:00:00.000Z' };
    await world.store.put({ ...tokenAddress('tok_0123456789ab'), value }, 0);
    expect((await world.ask('GET', '/v1/whoami', { token })).body).toEqual({ name: 'old', scopes: SCOPES });
  });

  it('gives no scope that it lacks itself', async () => {
    const world = apiWorld();
    const { token } = await create(world, ['admin', 'read']);
    const body = { name: 'more', scopes: ['act'] };
    expect(await world.problem(403, 'POST', '/v1/tokens', { token, body })).toMatch(/lacks act/);
    expect(await world.problem(403, 'POST', '/v1/tokens', { token, body: { name: 'usual' } })).toMatch(/lacks act/);
    expect((await create(world, ['read'], token)).scopes).toEqual(['read']);
  });
});

describe('a token made by another', () => {
  async function line(world: ApiWorld): Promise<readonly NewTokenView[]> {
    const first = await create(world, SCOPES);
    const second = await create(world, SCOPES, first.token);
    return [first, second, await create(world, ['read'], second.token)];
  }

  it('remembers it, and goes with it, however far back', async () => {
    const world = apiWorld();
    const [first, second, third] = await line(world);
    const { items } = TokenList.parse((await world.ask('GET', '/v1/tokens')).body);
    expect(items.map(({ id, maker }) => [id, maker]).sort()).toEqual(
      [
        [first?.id, null],
        [second?.id, first?.id],
        [third?.id, second?.id],
      ].sort(),
    );
    const gone = RevokedTokenView.parse((await world.ask('DELETE', `/v1/tokens/${first?.id}`)).body);
    expect(gone.revoked.toSorted()).toEqual([first?.id, second?.id, third?.id].sort());
    for (const each of [first, second, third]) expect(await statusOf(world, each?.token ?? '')).toBe(401);
    expect(TokenList.parse((await world.ask('GET', '/v1/tokens')).body).items).toEqual([]);
  });

  it('takes its subscriptions with it, also when a maker of its is revoked', async () => {
    const world = apiWorld();
    const first = await create(world, SCOPES);
    const second = await create(world, ['subscribe'], first.token);
    const mine = { url: 'https://hooks.acme.example/first' };
    const made = { url: 'https://hooks.acme.example/second' };
    await world.ask('PUT', '/v1/subscriptions', { token: first.token, body: mine });
    await world.ask('PUT', '/v1/subscriptions', { token: second.token, body: made });
    await world.ask('DELETE', `/v1/tokens/${first.id}`);
    expect(SubscriptionList.parse((await world.ask('GET', '/v1/subscriptions')).body).items).toEqual([]);
    expect(world.goodbyes.toSorted()).toEqual([mine.url, made.url]);
  });

  it('is refused from the moment its maker is gone, though it is still stored', async () => {
    const world = apiWorld();
    const [first, , third] = await line(world);
    const stored = await world.store.get(tokenAddress(first?.id ?? ''));
    if (stored) await world.store.remove(stored, stored.version);
    expect(await statusOf(world, third?.token ?? '')).toBe(401);
  });

  it('leaves its maker and its sisters alone when it goes', async () => {
    const world = apiWorld();
    const [first, second] = await line(world);
    const sister = await create(world, ['read'], first?.token);
    await world.ask('DELETE', `/v1/tokens/${second?.id}`);
    expect(await statusOf(world, first?.token ?? '')).toBe(200);
    expect(await statusOf(world, sister.token)).toBe(200);
  });

  it('is not made over too many hands', async () => {
    const world = apiWorld();
    let last = await create(world, SCOPES);
    for (let hands = 0; hands < 3; hands += 1) last = await create(world, SCOPES, last.token);
    expect(await statusOf(world, last.token)).toBe(200);
    const asked = { token: last.token, body: { name: 'far' } };
    expect(await world.problem(409, 'POST', '/v1/tokens', asked)).toMatch(/too many times/);
  });
});
