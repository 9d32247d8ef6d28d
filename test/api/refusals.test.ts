import { describe, expect, it } from 'vitest';
import { PROBLEMS } from '../../shared/api/problem.ts';
import { ROUTES } from '../../shared/api/routes.ts';
import { Problem } from '../../shared/api/shapes.ts';
import { type Asked, apiWorld, isProblem, ORIGIN } from './world.ts';

const SECRET = 'sk_live_secret';
const ADDRESS = 'lead@private.example';

const HOSTILE_PLACES = [
  '..',
  '.',
  '%2e%2e',
  '..%2f..%2fadmin',
  '%00',
  '%0d%0aset-cookie:%20a=b',
  '__proto__',
  'constructor',
  'toString',
  '%F0%9F%92%A9',
  '%ED%A0%80',
  '%zz',
  `${ADDRESS.replace('@', '%40')}`,
  'x'.repeat(10_000),
  'x'.repeat(3_000),
  '%F0%9F%92%A9'.repeat(300),
  '%22%3Cscript%3E',
  "';--",
  '{thread}',
];

const withBody = ROUTES.filter(({ body }) => body !== undefined);
const withPlaces = ROUTES.filter(({ path }) => path.includes('{'));

const filled = (path: string, place: string) => path.replaceAll(/\{[^}]+\}/g, place);
/** Of the same route, with places that name something where there is something to name. */
const plainPath = (path: string) => path.replace('{connection}', 'acme').replaceAll(/\{[^}]+\}/g, 'acme');

async function refusal(method: string, url: string, asked: Asked) {
  const world = apiWorld();
  const response = await world.ask(method, url, asked);
  expect(isProblem(response)).toBe(true);
  expect(world.vendors.acme.requests.length + world.vendors.sales.requests.length).toBe(0);
  return Problem.parse(response.body);
}

describe.each(withBody)('$method $path', ({ method, path, takesFiles }) => {
  const url = plainPath(path);
  const ask = async (asked: Asked) => await refusal(method, url, asked);

  it.each(['{', 'null', '[]', '"text"', '1', '\u0000', `${'['.repeat(100_000)}`, '{"a":1}{'])(
    'refuses a body that is no JSON object: %.20s',
    async (text) => {
      expect(await ask({ text })).toMatchObject({ status: 400, detail: expect.stringMatching(/^The body/) });
    },
  );

  it('refuses a key that it does not know, by its name', async () => {
    const { status, detail } = await ask({ body: { ...someBody(path), sarred: true } });
    expect(status).toBe(400);
    expect(detail).toMatch(/does not take "sarred"/);
  });

  it.each(['{"__proto__":{"a":1}}', '{"constructor":1}', `{"${ADDRESS}":1}`, `{"${'k'.repeat(200_000)}":1}`])(
    'refuses a strange key in few words: %.30s',
    async (text) => {
      const { status, detail } = await ask({ text });
      expect(status).toBe(400);
      expect(detail.length).toBeLessThan(200);
      expect(detail).not.toContain(ADDRESS);
    },
  );

  const filledWith = (value: unknown) => Object.fromEntries(Object.keys(someBody(path)).map((name) => [name, value]));

  it.each([7, [[]], {}, 'x'.repeat(100_000)])('refuses a value of the wrong type or size: %.10s', async (value) => {
    // The words of a mail may be long; then it is the thread that there is not.
    const isMail = typeof value === 'string' && /reply|forward/.test(path);
    expect((await ask({ body: filledWith(value) })).status).toBe(isMail && path.endsWith('reply') ? 404 : 400);
  });

  it('refuses a body that is larger than it takes', async () => {
    const body = filledWith('x'.repeat(takesFiles ? 16 * 1024 * 1024 : 256 * 1024));
    expect(await ask({ body })).toMatchObject({ status: 413, type: 'urn:replybus:problem:too-large' });
  });
});

/** One that the route's schema takes. */
function someBody(path: string): Readonly<Record<string, unknown>> {
  if (path.endsWith('/keys/try')) return { provider: 'cohesive', apiKey: SECRET };
  if (path.endsWith('/config')) return { connection: 'acme', provider: 'cohesive' };
  if (path.endsWith('/reply')) return { text: 'Hello.' };
  if (path.endsWith('/forward')) return { to: ['a@acme.example'] };
  if (path.endsWith('/star')) return { starred: true };
  if (path.endsWith('/read')) return { read: true };
  if (path.endsWith('/decision')) return { verdict: 'sent' };
  if (path.endsWith('/backfill')) return { since: '7d' };
  if (path === '/v1/replay') return { failedSince: '7d' };
  if (path === '/v1/tokens') return { name: 'mine' };
  if (path === '/v1/subscriptions') return { url: 'https://hooks.acme.example/1' };
  if (path === '/v1/backup') return { file: '/backups/copy.db' };
  return path === '/v1/poll' || path === '/v1/doctor/probe' ? { connection: 'acme' } : { sink: 'crm' };
}

describe.each(withPlaces)('$method $path', ({ method, path }) => {
  it.each(HOSTILE_PLACES)('refuses the place %.30s in a short sentence that repeats no address', async (place) => {
    const url = filled(path, place);
    // A path that climbs up to the console is no path of the API.
    if (new URL(url, ORIGIN).pathname === '/') return;
    const problem = await refusal(method, url, { body: someBody(path) });
    // A path that climbs is another path, and one longer than any name is not looked at.
    const also = /^(\.|%2e)+$/.test(place) ? [405] : place.length > 8_000 ? [414] : [];
    expect([400, 404, 501, ...also]).toContain(problem.status);
    expect(problem.detail.length).toBeLessThan(200);
    expect(problem.detail).not.toContain('private.example');
    expect(problem.detail).not.toMatch(/[\r\n\0<]/);
  });
});

describe('a thread of a real connection', () => {
  it.each(HOSTILE_PLACES)('named %.30s is refused without a call to anything but threads', async (place) => {
    for (const connection of ['acme', 'sales'] as const) {
      const world = apiWorld();
      const response = await world.ask('GET', `/v1/threads/${connection}/${place}`);
      expect(isProblem(response)).toBe(true);
      const called = world.vendors[connection].requests.map(({ url }) => new URL(url).pathname);
      expect(called.filter((path) => !/\/(threads|replies)\/|conversation$/.test(path))).toEqual([]);
    }
  });
});

describe('parameters', () => {
  it.each([
    ['/v1/threads?intrested=true', /does not take "intrested"/],
    ['/v1/threads?interested=maybe', /"interested" is one of true, false/],
    ['/v1/threads?starred=true&starred=false', /"starred" is given more than once/],
    ['/v1/threads?search=', /"search" is empty/],
    [`/v1/threads?search=${'x'.repeat(3_000)}`, /"search" is too long: it takes at most 2000 characters/],
    ['/v1/threads?sort=newest', /name a connection beside "sort"/],
    ['/v1/threads?__proto__=1', /does not take/],
    ['/v1/events?type=x', /"type" is one of reply\.received/],
    ['/v1/events?since=x', /30m, 24h or 7d/],
    ['/v1/events?cursor=x', /cursor/],
    ['/v1/sends?state=x', /"state" is one of waiting/],
    ['/v1/connections?a=b', /does not take "a"/],
  ])('%.60s is refused', async (url, why) => {
    expect(await apiWorld().problem(400, 'GET', url)).toMatch(why);
  });
});

describe('bodies', () => {
  it.each([
    ['/v1/tokens', {}, '"name" is missing; add it.'],
    ['/v1/tokens', { name: 7 }, '"name" has to be a text; correct it.'],
    ['/v1/tokens', { name: '' }, '"name" is empty; fill it in, or leave it out where it is not needed.'],
    ['/v1/tokens', { name: 'a\nb' }, '"name" is not written as it should be; correct it.'],
    ['/v1/threads/acme/x/forward', { to: [7] }, '"to[0]" has to be a text; correct it.'],
    ['/v1/threads/acme/x/forward', { to: [] }, '"to" is empty; fill it in, or leave it out where it is not needed.'],
    [
      '/v1/threads/acme/x/reply',
      { text: 'a', attachments: [{ filename: 'a', contentType: 'b', path: '/etc/passwd' }] },
      'This request does not take "path" in attachments[0]; check the spelling or remove it.',
    ],
    [
      '/v1/threads/acme/x/reply',
      { text: 'a', override: '' },
      '"override" is empty; fill it in, or leave it out where it is not needed.',
    ],
    ['/v1/sends/snd_a/decision', { verdict: 'maybe' }, '"verdict" is one of sent, resend; correct it.'],
  ])('%s with %j is refused in a sentence', async (url, body, sentence) => {
    expect(await apiWorld().problem(400, 'POST', url, { body })).toBe(sentence);
  });
});

describe('paths', () => {
  it.each([
    '/v1',
    '/v1/',
    '/v1/threads/',
    '/v1/threads/acme',
    '/v1/threads/a/b/c',
    '/v1//threads',
    '/V1/events',
    `/${ADDRESS}`,
    '//evil.example',
    '/openapixjson',
  ])('%s is not of this API', async (path) => {
    expect(await apiWorld().problem(404, 'GET', path)).toBe('This is not a path of this API; see /openapi.json.');
  });

  it('tell which methods they take', async () => {
    expect(await apiWorld().problem(405, 'PUT', '/v1/events')).toBe('This path takes GET only.');
    expect(await apiWorld().problem(405, 'PATCH', '/v1/tokens')).toBe('This path takes GET and POST only.');
  });
});

describe('a problem document', () => {
  it('has the status its kind always has', async () => {
    const problem = await refusal('GET', '/v1/threads?starred=x', {});
    expect(problem).toMatchObject({ ...PROBLEMS.invalid, type: 'urn:replybus:problem:invalid' });
  });

  it('repeats no secret and no address, whatever the vendor says', async () => {
    const faults = [
      { errorRate: 1 },
      { resetBeforeRate: 1 },
      { htmlRate: 1 },
      { truncatedRate: 1 },
      { coldsendKeys: {} },
    ];
    const details: string[] = [];
    for (const fault of faults) {
      const world = apiWorld();
      const path = await world.thread('sales');
      Object.assign(world.vendors.sales.switches, fault);
      for (const [method, url, body] of [
        ['GET', `/v1/threads?connection=sales&search=${ADDRESS}`, undefined],
        ['GET', path, undefined],
        ['PUT', `${path}/star`, { starred: true }],
        ['PUT', `${path}/read`, { read: true }],
        ['POST', `${path}/reply`, { text: SECRET, cc: [ADDRESS] }],
        ['POST', `${path}/reply`, { text: SECRET, cc: [`Lead <${ADDRESS}>`] }],
        ['POST', `${path}/forward`, { to: [ADDRESS], note: SECRET }],
      ] as const) {
        const response = await world.ask(method, url, { body });
        expect(isProblem(response)).toBe(true);
        details.push(JSON.stringify(response.body));
      }
    }
    expect(details).toHaveLength(35);
    expect(details.join()).not.toMatch(/private\.example|sk_live|cs_live|sandbox/i);
  });
});
