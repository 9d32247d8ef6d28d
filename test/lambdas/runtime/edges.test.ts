import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Deadline, withinDeadline } from '../../../lambdas/runtime/deadline.ts';
import { requestOf, resultOf } from '../../../lambdas/runtime/http-event.ts';
import { changedBy, readJob } from '../../../lambdas/runtime/incoming.ts';
import { logLine, metricsLine } from '../../../lambdas/runtime/metrics.ts';
import { withFreshKey } from '../../../shared/app/fresh-key.ts';
import type { HttpRequest, HttpResponse } from '../../../shared/ports.ts';

const request = (change: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url: 'https://vendor.example/list',
  headers: { 'x-api-key': 'old-key' },
  timeoutMs: 20_000,
  bytesMax: 1_000,
  ...change,
});
const ok: HttpResponse = { status: 200, headers: {}, body: '{}' };

describe('a call before the deadline', () => {
  async function timeoutWith(left: number, change: Partial<HttpRequest> = {}) {
    const deadline: Deadline = { at: 100_000 };
    let given: number | undefined;
    const http = withinDeadline(
      async ({ timeoutMs }) => {
        given = timeoutMs;
        return ok;
      },
      { now: () => 100_000 - left },
      deadline,
    );
    const fault = await http(request(change)).then(
      () => undefined,
      (error) => error,
    );
    return { given, fault };
  }

  it('keeps its own time when there is more', async () => {
    expect((await timeoutWith(60_000)).given).toBe(20_000);
  });

  it('gets what is left when it is a read', async () => {
    expect((await timeoutWith(5_000)).given).toBe(5_000);
  });

  it('is not begun when a write could be cut off halfway', async () => {
    const { given, fault } = await timeoutWith(29_999, { method: 'POST', timeoutMs: 30_000 });
    expect(given).toBeUndefined();
    expect(fault).toMatchObject({ code: 'time-up', bytesLeft: false });
  });

  it('is not begun when the time is up', async () => {
    expect((await timeoutWith(0)).fault).toMatchObject({ code: 'time-up', bytesLeft: false });
  });
});

describe.each([
  { header: 'x-api-key', written: (key: string) => key },
  { header: 'authorization', written: (key: string) => `Bearer ${key}` },
])('a key in the header $header that was changed', ({ header, written }) => {
  const keyHeaders = (key: string) => ({ [header]: written(key) });
  const asked = (change: Partial<HttpRequest> = {}) => request({ headers: keyHeaders('old-key'), ...change });

  function vendor(accepted: string) {
    const keys: (string | undefined)[] = [];
    const http = async ({ headers }: HttpRequest): Promise<HttpResponse> => {
      const given = headers[header];
      keys.push(given);
      if (given !== written(accepted)) return { status: 401, headers: {}, body: `no ${given}` };
      return { ...ok, body: `hello ${accepted}` };
    };
    return { http, keys };
  }

  const opened = (readAgain: () => Promise<string | undefined>) => ({ apiKey: 'old-key', keyHeaders, readAgain });

  it('is read again once after a 401, and used from then on', async () => {
    const { http, keys } = vendor('new-key');
    let reads = 0;
    const readAgain = async () => {
      reads += 1;
      return 'new-key';
    };
    const fresh = withFreshKey(http, opened(readAgain));
    expect((await fresh(asked())).status).toBe(200);
    expect((await fresh(asked())).status).toBe(200);
    expect(keys).toEqual(['old-key', 'new-key', 'new-key'].map(written));
    expect(reads).toBe(1);
  });

  it('never shows in an answer, a refusal included', async () => {
    const { http } = vendor('new-key');
    const kept = ['new-key', 'newer-key'];
    const fresh = withFreshKey(
      http,
      opened(async () => kept.shift()),
    );
    expect((await fresh(asked())).body).toBe('hello …');
    expect((await fresh(asked())).body).toBe('hello …');
    const refused = withFreshKey(
      http,
      opened(async () => 'newer-key'),
    );
    expect((await refused(asked())).body).not.toContain('newer-key');
    expect((await refused(asked())).body).not.toContain('newer-key');
  });

  it.each(['old-key', 'split\nkey', '', undefined])('is left alone while %j is kept', async (kept) => {
    const { http, keys } = vendor('another');
    const fresh = withFreshKey(
      http,
      opened(async () => kept),
    );
    expect((await fresh(asked())).status).toBe(401);
    expect(keys).toEqual([written('old-key')]);
  });

  it('is never tried on a write, which is preceded by a read', async () => {
    const { http, keys } = vendor('new-key');
    const fresh = withFreshKey(
      http,
      opened(async () => 'new-key'),
    );
    expect((await fresh(asked({ method: 'POST' }))).status).toBe(401);
    expect(keys).toEqual([written('old-key')]);
  });
});

describe('what comes in', () => {
  const record = (pk: string, sk: string) => ({ dynamodb: { Keys: { pk: { S: pk }, sk: { S: sk } } } });

  it('is each document once, however often a batch repeats it and in whatever order', () => {
    const { addresses, poison } = changedBy([record('B', 'x'), record('A', 'x'), record('B', 'x')]);
    expect(addresses).toEqual([
      { partition: 'B', key: 'x' },
      { partition: 'A', key: 'x' },
    ]);
    expect(poison).toEqual([]);
  });

  it('is set aside by its place when nobody can read it, whatever it is', () => {
    fc.assert(
      fc.property(fc.array(fc.anything()), (records) => {
        const { addresses, poison } = changedBy([...records, record('A', 'x')]);
        expect(addresses.length).toBeGreaterThan(0);
        expect(poison.every(({ index }) => index < records.length)).toBe(true);
      }),
    );
  });

  it('is a job, or a reason why not', () => {
    expect(readJob('{"shard":3,"calledAt":60000}')).toEqual({ shard: 3, calledAt: 60_000 });
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.json()), (body) => {
        const job = readJob(body);
        expect('reason' in job || Number.isInteger(job.shard)).toBe(true);
      }),
    );
  });

  it('is a request, with what the API reads of it', async () => {
    const event = {
      rawPath: '/v1/threads/acme/a%2Fb/reply',
      rawQueryString: 'a=1&b=%20',
      headers: { Authorization: 'Bearer x', 'IDEMPOTENCY-KEY': 'k' },
      requestContext: { http: { method: 'POST' } },
      body: Buffer.from('{"text":"ä"}').toString('base64'),
      isBase64Encoded: true,
    };
    const request = requestOf(event);
    expect([request?.method, request?.url, Object.fromEntries(request?.headers ?? [])]).toEqual([
      'POST',
      'https://replybus.invalid/v1/threads/acme/a%2Fb/reply?a=1&b=%20',
      { authorization: 'Bearer x', 'idempotency-key': 'k', 'content-length': '13' },
    ]);
    expect(await request?.text()).toBe('{"text":"ä"}');
  });

  it('is nothing when it is no request', () => {
    fc.assert(fc.property(fc.anything(), (event) => requestOf(event) === undefined));
  });

  it.each(['TRACE', 'CONNECT', 'A B', ''])('is nothing with the method "%s"', (method) => {
    const event = { rawPath: '/', headers: {}, requestContext: { http: { method } } };
    expect(requestOf(event)).toBeUndefined();
  });
});

describe('what goes out', () => {
  it('is text as it is, with its headers', async () => {
    const result = await resultOf(Response.json({ a: 'ä' }, { status: 202, headers: { location: '/x' } }));
    expect(result).toEqual({
      statusCode: 202,
      headers: { 'content-type': 'application/json', location: '/x' },
      body: '{"a":"ä"}',
      isBase64Encoded: false,
    });
  });

  it('is base64 where it is no text', async () => {
    const bytes = new Uint8Array([0, 255, 137]);
    const result = await resultOf(new Response(bytes, { headers: { 'content-type': 'image/png' } }));
    expect(result).toMatchObject({ body: 'AP+J', isBase64Encoded: true });
  });

  const context = { stage: 'test', function: 'tick' };

  it('is a line with the fields that are allowed, and no others', () => {
    const fields = { connection: 'acme', thread: 'amFuZUBsZWFk', email: 'jane@lead.example', count: 1 };
    expect(JSON.parse(logLine(context, 'warn', 'x', fields))).toEqual({
      level: 'warn',
      event: 'x',
      ...context,
      connection: 'acme',
      count: 1,
    });
  });

  it('says where a document lies that cannot be read', () => {
    const where = { partition: 'SHARD#0', key: 'acme/c1', version: 3, why: 'lowWatermark: this must be a number' };
    expect(JSON.parse(logLine(context, 'warn', 'store.unreadable', where))).toMatchObject(where);
  });

  it('is a metrics line that names each metric with its unit, and none when nothing was measured', () => {
    expect(JSON.parse(metricsLine(context, 5, { PollLag: 12, Recorded: 0 }) ?? '')).toMatchObject({
      _aws: {
        Timestamp: 5,
        CloudWatchMetrics: [
          {
            Namespace: 'Replybus',
            Dimensions: [['Stage']],
            Metrics: [
              { Name: 'PollLag', Unit: 'Milliseconds' },
              { Name: 'Recorded', Unit: 'Count' },
            ],
          },
        ],
      },
      Stage: 'test',
      PollLag: 12,
      Recorded: 0,
    });
    expect(metricsLine(context, 5, {})).toBeUndefined();
  });
});
