import { describe, expect, it } from 'vitest';
import { respond } from '../../shared/api/app.ts';
import type { ApiHost } from '../../shared/api/deps.ts';
import { ROUTES } from '../../shared/api/routes.ts';
import { memoryStore } from '../../shared/store/memory.ts';
import { apiWorld, isProblem, ORIGIN } from './world.ts';

const filled = (path: string) => path.replaceAll(/\{[^}]+\}/g, 'acme');
const guarded = ROUTES.filter(({ scope }) => scope !== 'open');

/** A door behind which nothing may be touched. */
function shut() {
  const store = memoryStore();
  const touched: string[] = [];
  const host: ApiHost = {
    door: {
      store: {
        ...store,
        get: async (address) => {
          touched.push(`get ${address.partition}`);
          return await store.get(address);
        },
        list: async (partition) => {
          touched.push(`list ${partition}`);
          return [];
        },
      },
    },
    log: { info: () => {}, warn: () => {} },
    open: async () => {
      touched.push('open');
      throw new Error('opened');
    },
  };
  return { host, touched };
}

/** A body that says how much of it was read. */
function watchedBody() {
  let pulled = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(65_536).fill(0x20));
      },
    },
    { highWaterMark: 0 },
  );
  return { body, pulled: () => pulled };
}

describe('who has no valid token', () => {
  it.each(guarded)('has nothing read, opened or queried by $method $path', async ({ method, path }) => {
    for (const authorization of [undefined, 'Bearer x', 'Basic rb_a_b', `Bearer rb_${'a'.repeat(65)}_b`]) {
      const { host, touched } = shut();
      const { body, pulled } = watchedBody();
      const request = new Request(`${ORIGIN}${filled(path)}`, {
        method,
        headers: authorization === undefined ? {} : { authorization },
        ...(method === 'GET' ? {} : { body, duplex: 'half' }),
      });
      expect((await respond(request, host)).status).toBe(401);
      expect([touched, pulled()]).toEqual([[], 0]);
    }
  });

  it('costs one read where the token has the form of one', async () => {
    const { host, touched } = shut();
    const headers = { authorization: 'Bearer rb_0123456789ab_secret' };
    expect((await respond(new Request(`${ORIGIN}/v1/events`, { headers }), host)).status).toBe(401);
    expect(touched).toEqual(['get TOKENS']);
  });
});

describe('a body', () => {
  it('is read no further than the limit of its path, whatever length it claims', async () => {
    const world = apiWorld();
    const { body, pulled } = watchedBody();
    const headers = { authorization: 'Bearer own-token', 'content-type': 'application/json' };
    const request = new Request(`${ORIGIN}/v1/poll`, { method: 'POST', headers, body, duplex: 'half' });
    expect((await respond(request, world.host)).status).toBe(413);
    expect(pulled()).toBeLessThan(8);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=a',
    'application/jsonx',
    '',
  ])('of the type "%s" is refused with 415', async (type) => {
    const asked = { body: {}, headers: { 'content-type': type } };
    expect(await apiWorld().problem(415, 'POST', '/v1/poll', asked)).toMatch(/application\/json/);
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON', 'application/problem+json'])(
    'of the type "%s" is taken',
    async (type) => {
      const asked = { body: {}, headers: { 'content-type': type } };
      expect((await apiWorld().ask('POST', '/v1/poll', asked)).status).toBe(200);
    },
  );

  it('that is compressed is refused with 415', async () => {
    await apiWorld().problem(415, 'POST', '/v1/poll', { body: {}, headers: { 'content-encoding': 'gzip' } });
  });

  it('that is not UTF-8 is refused', async () => {
    const headers = { authorization: 'Bearer own-token', 'content-type': 'application/json' };
    const body = new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    const response = await respond(
      new Request(`${ORIGIN}/v1/poll`, { method: 'POST', headers, body }),
      apiWorld().host,
    );
    expect([response.status, await response.json()]).toMatchObject([400, { detail: expect.stringMatching(/UTF-8/) }]);
  });
});

describe('a method', () => {
  const paths = [...new Set(ROUTES.map(({ path }) => path))];
  const allowedOf = (path: string) => {
    const methods: readonly string[] = ROUTES.filter((route) => route.path === path).map(({ method }) => method);
    return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
  };

  it.each(paths)('that %s does not take is refused with 405 and Allow', async (path) => {
    const wrong = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'].filter(
      (name) => !allowedOf(path).includes(name),
    );
    for (const method of wrong) {
      const answer = await apiWorld().ask(method, filled(path));
      expect([answer.status, answer.headers.allow, isProblem(answer)]).toEqual([405, allowedOf(path).join(', '), true]);
    }
  });

  it.each(paths)('of %s is told to OPTIONS', async (path) => {
    const answer = await apiWorld().ask('OPTIONS', filled(path));
    expect([answer.status, answer.headers.allow, answer.body]).toEqual([204, allowedOf(path).join(', '), undefined]);
  });

  it('HEAD answers as GET does, without the body', async () => {
    for (const [path, token] of [
      ['/health', ''],
      ['/openapi.json', ''],
      ['/v1/connections', 'own-token'],
      ['/v1/nothing', 'own-token'],
      ['/v1/connections', ''],
    ] as const) {
      const [head, get] = [await apiWorld().ask('HEAD', path, { token }), await apiWorld().ask('GET', path, { token })];
      expect({ ...head, body: get.body }).toEqual(get);
      expect(head.body).toBeUndefined();
    }
  });
});

describe('an address', () => {
  it('that is too long is refused with 414', async () => {
    await apiWorld().problem(414, 'GET', `/v1/threads?search=${'x'.repeat(9_000)}`);
    await apiWorld().problem(414, 'GET', `/${'x'.repeat(9_000)}`, { token: '' });
  });

  it.each(['x'.repeat(1_001), '%C3%A4'.repeat(501), '%F0%9F%92%A9'.repeat(251)])(
    'with a name that no database takes is 404: %.20s',
    async (name) => {
      for (const { method, path } of guarded.filter((each) => each.path.includes('{'))) {
        const { status } = await apiWorld().ask(method, path.replaceAll(/\{[^}]+\}/g, name), { body: {} });
        expect([path, status]).toEqual([path, 404]);
      }
    },
  );
});

describe('every answer', () => {
  it.each([
    ['GET', '/health', 200],
    ['GET', '/v1/connections', 200],
    ['GET', '/v1/nothing', 404],
    ['PATCH', '/v1/tokens', 405],
    ['POST', '/v1/tokens', 400],
  ] as const)('of %s %s keeps pages, frames and caches out', async (method, path, status) => {
    const { status: seen, headers } = await apiWorld().ask(method, path);
    expect(seen).toBe(status);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
  });

  it('that failed for a reason of ours is a line in the log, without its message', async () => {
    const world = apiWorld(() => ({
      doctor: async () => {
        throw new TypeError('lead@example.com');
      },
    }));
    await world.problem(500, 'GET', '/v1/doctor');
    expect(world.warned).toEqual(['api.failed']);
  });
});
