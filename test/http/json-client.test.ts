import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { type Failure, ProviderError } from '../../shared/failure.ts';
import { type Call, jsonExchange, parsing, READ_TIMEOUT_MS, WRITE_TIMEOUT_MS } from '../../shared/http/json-client.ts';
import { HttpFault } from '../../shared/ports.ts';
import { keyIn } from '../../shared/providers/key-in.ts';
import { json, KEY, NOW, type Reply, type Scripted, scripted } from '../providers/scripted.ts';

const schema = z.looseObject({ ok: z.optional(z.boolean()) });
const explained: Failure = { kind: 'invalid', issues: ['explained'] };
const VENDOR = { label: 'Vendor', keyHeaders: keyIn('x-api-key'), explain: () => explained };

function clientOf(world: Scripted, apiKey = KEY) {
  const options = { ...VENDOR, baseUrl: 'https://vendor.example/api/', apiKey };
  return parsing(jsonExchange(options, world.ports));
}

async function failureOf(reply: Reply, call: Partial<Call<unknown>> = {}): Promise<Failure> {
  const error = await clientOf(scripted([reply]))({ operation: 'try', path: ['x'], schema, ...call }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ProviderError);
  if (!(error instanceof ProviderError)) throw error;
  expect(error.message).not.toContain(KEY);
  return error.failure;
}

const CALL = { operation: 'try', path: ['x'], schema };
const WRITE = { method: 'POST', body: {} } as const;

describe('a JSON call', () => {
  it('encodes path and query, sends the key, the deadline and the byte cap', async () => {
    const world = scripted([json({ ok: true })]);
    await clientOf(world)({
      operation: 'try',
      path: ['a/b', 'ü'],
      query: { email: 'a+b@c.example', page: 2, unread: false, none: undefined },
      schema,
    });
    expect(world.requests[0]).toEqual({
      method: 'GET',
      url: 'https://vendor.example/api/a%2Fb/%C3%BC?email=a%2Bb%40c.example&page=2&unread=false',
      headers: { accept: 'application/json', 'x-api-key': KEY },
      timeoutMs: READ_TIMEOUT_MS,
      bytesMax: 8 * 1024 * 1024,
    });
  });

  it('carries the key in the header that its vendor reads, and in no other', async () => {
    const world = scripted([json({ ok: true })]);
    const keyHeaders = (apiKey: string) => ({ authorization: `Bearer ${apiKey}` });
    const options = { ...VENDOR, keyHeaders, baseUrl: 'https://vendor.example', apiKey: KEY };
    await parsing(jsonExchange(options, world.ports))(CALL);
    expect(world.requests[0]?.headers).toEqual({ accept: 'application/json', authorization: `Bearer ${KEY}` });
  });

  it('sends a write with its body and a longer deadline', async () => {
    const world = scripted([json({})]);
    await clientOf(world)({ operation: 'try', method: 'POST', path: ['x'], body: { a: 1 }, schema });
    expect(world.requests[0]).toMatchObject({ method: 'POST', body: '{"a":1}', timeoutMs: WRITE_TIMEOUT_MS });
    expect(world.requests[0]?.headers['content-type']).toBe('application/json');
  });

  it('returns the value, the headers and the server’s Date', async () => {
    const date = new Date(NOW).toUTCString();
    const answer = await clientOf(scripted([json({ ok: true }, { date })]))({ operation: 'try', path: ['x'], schema });
    expect(answer).toEqual({ value: { ok: true }, headers: { date }, date: NOW });
  });

  it('looks into a body only when asked, and names it by a fingerprint before', async () => {
    const exchange = jsonExchange(
      { ...VENDOR, baseUrl: 'https://vendor.example', apiKey: KEY },
      scripted([json({ ok: 1 }), json({ ok: 1 }), json({ ok: true })]).ports,
    );
    const [first, second, third] = [await exchange(CALL), await exchange(CALL), await exchange(CALL)];
    expect(second.fingerprint()).toBe(first.fingerprint());
    expect(third.fingerprint()).not.toBe(first.fingerprint());
    expect(() => first.parse()).toThrow(ProviderError);
    expect(third.parse()).toEqual({ ok: true });
  });

  it('strips one byte order mark and mends half surrogate pairs', async () => {
    const body = '\uFEFF{"text":"\\ud800 and \\ud83d\\ude00"}';
    const { value } = await clientOf(scripted([{ body }]))({ operation: 'try', path: ['x'], schema });
    expect(value).toEqual({ text: '\uFFFD and 😀' });
  });

  it.each(['', '.', '..'])('never sends a path that holds %j', async (segment) => {
    const world = scripted([]);
    const call = clientOf(world)({ operation: 'try', path: [segment, 'inbox'], schema });
    await expect(call).rejects.toMatchObject({ failure: { kind: 'not-found' } });
    expect(world.requests).toEqual([]);
  });

  it.each(['', 'key\nx', 'kéy', 'a b'])('takes the key %j for a bad one without sending it', async (key) => {
    const world = scripted([]);
    const call = clientOf(world, key)({ operation: 'try', path: ['x'], schema });
    await expect(call).rejects.toMatchObject({ failure: { kind: 'auth' } });
    expect(world.requests).toEqual([]);
  });

  it.each([301, 302, 303, 307, 308])('never follows a %i', async (status) => {
    const reply = { status, headers: { location: 'https://elsewhere.example' } };
    expect(await failureOf(reply)).toEqual({ kind: 'unavailable', mayHaveHappened: false, code: 'redirect' });
    expect(await failureOf(reply, WRITE)).toEqual({ kind: 'unavailable', mayHaveHappened: true, code: 'redirect' });
  });

  it.each([500, 502, 503, 504, 408])('says of a %i that a write may have happened', async (status) => {
    const code = `HTTP ${status}`;
    expect(await failureOf({ status })).toEqual({ kind: 'unavailable', mayHaveHappened: false, code });
    expect(await failureOf({ status }, WRITE)).toEqual({ kind: 'unavailable', mayHaveHappened: true, code });
  });

  it.each([400, 401, 402, 403, 404, 405, 406, 410, 411, 413, 414, 415, 422])(
    'takes a %i for a clear no to a write',
    async (status) => {
      expect(await failureOf({ status }, WRITE)).toEqual(explained);
    },
  );

  it.each([409, 418, 423, 424, 444, 460, 499])('says of a %i to a write that it may have happened', async (status) => {
    expect(await failureOf({ status })).toEqual(explained);
    const code = `HTTP ${status}`;
    expect(await failureOf({ status }, WRITE)).toEqual({ kind: 'unavailable', mayHaveHappened: true, code });
  });

  it('asks the socket, not the error code, whether a write may have happened', async () => {
    for (const bytesLeft of [true, false]) {
      const fault = new HttpFault('ECONNRESET', bytesLeft);
      expect(await failureOf(fault, WRITE)).toEqual({
        kind: 'unavailable',
        mayHaveHappened: bytesLeft,
        code: 'ECONNRESET',
      });
      expect(await failureOf(fault)).toMatchObject({ mayHaveHappened: false });
    }
  });

  it('lets a mistake of our own through as it is', async () => {
    const call = clientOf(scripted([new RangeError('ours')]))({ operation: 'try', path: ['x'], schema });
    await expect(call).rejects.toBeInstanceOf(RangeError);
  });

  it('hands only a 4xx to the provider', async () => {
    expect(await failureOf({ status: 418, body: '<html>' })).toBe(explained);
  });

  it('reads a 429 as throttled, and a 503 with a wait too, for reads only', async () => {
    expect(await failureOf({ status: 429 })).toEqual({ kind: 'throttled', retryAfterMs: 60_000 });
    const busy = { status: 503, headers: { 'retry-after': '7' } };
    expect(await failureOf(busy)).toEqual({ kind: 'throttled', retryAfterMs: 7_000 });
    expect(await failureOf(busy, WRITE)).toMatchObject({ kind: 'unavailable', mayHaveHappened: true });
  });

  it.each([
    ['an HTML page', '<html>cs_live</html>', 'the answer is not JSON'],
    ['nothing', '', 'the answer is empty'],
    ['cut JSON', '{"ok":', 'the answer is not JSON'],
    ['NaN', '{"ok":NaN}', 'the answer is not JSON'],
    ['a trailing comma', '{"ok":true,}', 'the answer is not JSON'],
    ['bytes behind', '{"ok":true} x', 'the answer is not JSON'],
    ['null', 'null', 'the answer: expected object'],
    ['text', '"str"', 'the answer: expected object'],
    ['a wrong type', '{"ok":"yes"}', 'ok: expected boolean'],
    ['depth', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'the answer is nested deeper than 64 levels'],
  ])('does not half-read %s', async (_name, body, issue) => {
    expect(await failureOf({ body })).toEqual({ kind: 'wire', issues: [issue], mayHaveHappened: false });
    expect(await failureOf({ body }, WRITE)).toMatchObject({ kind: 'wire', mayHaveHappened: true });
  });

  it('refuses an answer that was cut at the cap', async () => {
    expect(await failureOf({ body: '{"ok":true}', truncated: true })).toMatchObject({ kind: 'wire' });
  });

  it.each([
    ['unknown', 'the answer comes packed in a way that was not asked for (content-encoding)'],
    ['broken', 'the answer comes packed and cannot be unpacked (content-encoding)'],
  ] as const)('is not read when its packing is %s, and says so', async (packed, issue) => {
    expect(await failureOf({ body: '', packed })).toMatchObject({ kind: 'wire', issues: [issue] });
  });

  it.each([
    [{ success: false, message: `No ${KEY} for jane@acme.example\r\nX: y` }, 'No [key] for [address] X: y'],
    [{ error: 'Broken' }, 'Broken'],
    [{ error: { message: 'Deep' } }, 'Deep'],
    [{ success: false }, 'no reason given'],
  ])('takes a 200 with %j for a failure', async (body, words) => {
    const failure = { kind: 'wire', issues: [`it says the call failed: ${words}`], mayHaveHappened: false };
    expect(await failureOf(json(body))).toEqual(failure);
  });

  it('does not mistake an empty error for one', async () => {
    const { value } = await clientOf(scripted([json({ ok: true, error: null })]))({
      operation: 'try',
      path: ['x'],
      schema,
    });
    expect(value).toEqual({ ok: true, error: null });
  });
});
