import { describe, expect, it } from 'vitest';
import type { ApiDeps } from '../../shared/api/deps.ts';
import { handle } from '../../shared/api/handle.ts';
import type { ApiDocument } from '../../shared/api/request.ts';
import { NewTokenView, Problem } from '../../shared/api/shapes.ts';
import { hashToken } from '../../shared/api/tokens.ts';
import { memoryStore } from '../../shared/store/memory.ts';

const OWN = 'own-token';

function deps(more: Partial<ApiDeps> = {}): ApiDeps {
  let secrets = 0;
  return {
    store: memoryStore(),
    clock: { now: () => Date.UTC(2026, 0, 1), sleep: async () => {} },
    connections: [],
    sinks: [],
    newSecret: () => `secret-${secrets++}`,
    ownTokenHash: hashToken(OWN),
    doctor: async () => [],
    wake: () => {},
    ...more,
  };
}

async function ask(world: ApiDeps, method: string, url: string, { token = OWN, body = '' } = {}): Promise<ApiDocument> {
  const { pathname: path, searchParams: query } = new URL(url, 'http://x');
  const response = await handle({ method, path, query, authorization: `Bearer ${token}`, body }, world);
  if (!('body' in response)) throw new Error('a stream');
  return response;
}

describe('the API', () => {
  it('refuses who has no valid token, with a problem document', async () => {
    const world = deps();
    for (const token of ['', 'wrong', 'rb_unknown_secret']) {
      const response = await ask(world, 'GET', '/v1/events', { token });
      expect(response.status).toBe(401);
      expect(response.headers).toMatchObject({
        'content-type': 'application/problem+json',
        'www-authenticate': 'Bearer',
      });
      expect(Problem.parse(response.body).status).toBe(401);
    }
  });

  it('answers /health to anybody', async () => {
    expect(await ask(deps(), 'GET', '/health', { token: '' })).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('takes a created token until it is revoked, and stores no token', async () => {
    const store = memoryStore();
    const world = deps({ store });
    const created = NewTokenView.parse((await ask(world, 'POST', '/v1/tokens', { body: '{"name":"mine"}' })).body);
    expect(JSON.stringify([...store.items()])).not.toContain(created.token);
    expect((await ask(world, 'GET', '/v1/tokens', { token: created.token })).status).toBe(200);
    expect((await ask(world, 'GET', '/v1/tokens', { token: `${created.token}x` })).status).toBe(401);
    expect((await ask(world, 'DELETE', `/v1/tokens/${created.id}`)).status).toBe(200);
    expect((await ask(world, 'GET', '/v1/tokens', { token: created.token })).status).toBe(401);
  });

  it.each([
    ['GET', '/v1/nothing', '', 404],
    ['PUT', '/v1/events', '', 405],
    ['GET', '/v1/threads?intrested=true', '', 400],
    ['GET', '/v1/threads?interested=maybe', '', 400],
    ['GET', '/v1/threads?cursor=x', '', 400],
    ['GET', '/v1/threads?connection=nope', '', 404],
    ['GET', '/v1/threads/nope/t', '', 404],
    ['GET', '/v1/events?type=x', '', 400],
    ['GET', '/v1/events?since=x', '', 400],
    ['POST', '/v1/tokens', 'no json', 400],
    ['POST', '/v1/tokens', '{}', 400],
    ['POST', '/v1/events/evt_x/replay', '{}', 404],
    ['POST', '/v1/sinks/nope/test', '', 404],
    ['POST', '/v1/poll', '{"connection":"nope"}', 404],
    ['DELETE', '/v1/tokens/tok_x', '', 404],
    ['GET', '/v1/threads/%zz/t', '', 400],
  ])('%s %s %s is a problem document of status %i', async (method, url, body, status) => {
    const response = await ask(deps(), method, url, { body });
    expect(response.status).toBe(status);
    expect(Problem.parse(response.body)).toMatchObject({
      status,
      type: expect.stringContaining('urn:replybus:problem:'),
    });
  });

  it('an error that nobody expected tells nothing of itself', async () => {
    const doctor = async () => {
      throw new TypeError('lead@example.com');
    };
    const response = await ask(deps({ doctor }), 'GET', '/v1/doctor');
    expect(response.status).toBe(500);
    expect(JSON.stringify(response.body)).not.toContain('lead@example.com');
  });
});
