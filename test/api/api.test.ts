import { describe, expect, it } from 'vitest';
import { NewTokenView } from '../../shared/api/shapes.ts';
import { apiWorld, isProblem } from './world.ts';

describe('tokens', () => {
  it.each(['', 'wrong', 'rb_unknown_secret', 'rb___', `rb_${'a'.repeat(5_000)}_x`])(
    'refuses the token %s with a problem document that asks for a bearer',
    async (token) => {
      const response = await apiWorld().ask('GET', '/v1/events', { token });
      expect(response).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
      expect(isProblem(response)).toBe(true);
    },
  );

  it('asks for one before it tells which paths there are', async () => {
    const { ask } = apiWorld();
    expect((await ask('GET', '/v1/nothing', { token: '' })).status).toBe(401);
    expect((await ask('DELETE', '/health', { token: '' })).status).toBe(401);
  });

  it.each(['/health', '/health?probe=1', '/openapi.json'])('answers %s to anybody', async (path) => {
    expect((await apiWorld().ask('GET', path, { token: '' })).status).toBe(200);
  });

  it('are taken until they are revoked, and stored nowhere', async () => {
    const { ask, store } = apiWorld();
    const created = NewTokenView.parse((await ask('POST', '/v1/tokens', { body: { name: 'mine' } })).body);
    const { token } = created;
    expect(JSON.stringify([...store.items()])).not.toContain(token);
    expect((await ask('GET', '/v1/connections', { token })).status).toBe(200);
    expect((await ask('GET', '/v1/connections', { token: `${token}x` })).status).toBe(401);
    expect((await ask('DELETE', `/v1/tokens/${created.id}`)).status).toBe(200);
    expect((await ask('GET', '/v1/connections', { token })).status).toBe(401);
  });
});

describe('/health', () => {
  const behind = (lagMs: number, paused = false) =>
    apiWorld(({ connections: [first] }) =>
      first ? { connections: [{ ...first, paused, lags: async () => [{ feed: 'f', lagMs, everyMs: 60_000 }] }] } : {},
    );

  it('is well while no feed is more than three intervals behind', async () => {
    expect(await behind(180_000).ask('GET', '/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('fails once one is', async () => {
    const expected = { status: 503, body: { status: 'late', feeds: 1, late: 1 } };
    expect(await behind(180_001).ask('GET', '/health')).toMatchObject(expected);
  });

  it('does not count a connection that is paused', async () => {
    expect(await behind(180_001, true).ask('GET', '/health')).toMatchObject({ status: 200, body: { feeds: 0 } });
  });
});

describe('/v1/connections', () => {
  it('tells what each can do, so that a form can say it', async () => {
    const { body } = await apiWorld().ask('GET', '/v1/connections');
    expect(body).toMatchObject({
      items: [
        {
          id: 'acme',
          can: {
            reply: { copies: true, attachments: { by: 'url' }, sideEffect: null },
            forward: { note: false },
            star: 'replybus',
            read: false,
            sentMail: true,
          },
        },
        {
          id: 'sales',
          can: {
            reply: { copies: false, attachments: { by: 'content', countMax: 5 } },
            forward: null,
            star: 'vendor',
            read: true,
            sentMail: false,
          },
        },
      ],
    });
    expect(JSON.stringify(body)).toMatch(/Cancels the lead's pending follow-ups/);
  });
});

describe('an error that nobody expected', () => {
  it('tells nothing of itself', async () => {
    const world = apiWorld(() => ({
      doctor: async () => {
        throw new TypeError('lead@example.com');
      },
    }));
    expect(await world.problem(500, 'GET', '/v1/doctor')).not.toContain('lead@example.com');
  });

  it('is the last line of a stream that had begun', async () => {
    const { lines: read } = apiWorld(({ connections: [first] }) => {
      const backfill = async function* () {
        yield { connection: 'acme', threads: 1, total: null, recorded: 1, state: 'running' as const };
        throw new TypeError('lead@example.com');
      };
      return first ? { connections: [{ ...first, backfill }] } : {};
    });
    const lines = await read('POST', '/v1/connections/acme/backfill', { body: { since: 'all' } });
    expect(lines).toMatchObject([{ threads: 1 }, { status: 500, type: 'urn:replybus:problem:internal' }]);
    expect(JSON.stringify(lines)).not.toContain('lead@example.com');
  });
});
