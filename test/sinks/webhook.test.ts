import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { nodeHttp } from '../../adapters/node/http.ts';
import { type Http, HttpFault, type HttpRequest } from '../../shared/ports.ts';
import { checkSecret } from '../../shared/sinks/secret.ts';
import { httpServer } from '../adapters/node/loopback.ts';
import { replyEvent, START } from '../outbox/world.ts';
import { opened } from './opened.ts';

const newSecret = (bytes = 32) => `whsec_${randomBytes(bytes).toString('base64')}`;
const event = replyEvent('one', START);
const ID = 'evt_one';

function recorder(status = 200, headers: Record<string, string> = {}) {
  const requests: HttpRequest[] = [];
  const http: Http = async (request) => {
    requests.push(request);
    return { status, headers, body: '' };
  };
  return { requests, http };
}

function sinkWith(http: Http, secrets: readonly string[] = [newSecret()], url = 'https://crm.example/hook') {
  return opened({ id: 'crm', type: 'webhook', url, secret: secrets.length === 1 ? secrets[0] : secrets }, { http });
}

async function signed(secrets: readonly string[]) {
  const { requests, http } = recorder();
  await sinkWith(http, secrets).deliver(ID, event, 1);
  const [request] = requests;
  if (!request) throw new Error('nothing was sent');
  return { headers: { ...request.headers }, body: request.body ?? '' };
}

describe('webhookSink', () => {
  it('signs so that a Standard Webhooks receiver accepts the event', async () => {
    const secret = newSecret();
    const { headers, body } = await signed([secret]);
    expect(new Webhook(secret).verify(body, headers)).toEqual(event);
    expect(headers['webhook-id']).toBe(ID);
    expect(() => new Webhook(newSecret()).verify(body, headers)).toThrow();
  });

  it('signs with both secrets while they rotate', async () => {
    const [fresh, old] = [newSecret(), newSecret()];
    const { headers, body } = await signed([fresh, old]);
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const secret of [fresh, old]) expect(new Webhook(secret).verify(body, headers)).toEqual(event);
  });

  it('has none of 2,000 mutated messages accepted', async () => {
    const secret = newSecret();
    const { headers, body } = await signed([secret]);
    const receiver = new Webhook(secret);
    const flip = (text: string, at: number) =>
      `${text.slice(0, at)}${String.fromCharCode(text.charCodeAt(at) ^ 1)}${text.slice(at + 1)}`;
    let accepted = 0;
    for (let mutant = 0; mutant < 2_000; mutant += 1) {
      const changed = { ...headers };
      let text = body;
      if (mutant % 4 === 0) changed['webhook-id'] = `${ID}${mutant}`;
      else if (mutant % 4 === 1)
        changed['webhook-timestamp'] = String(Number(headers['webhook-timestamp']) - 1 - (mutant % 200));
      // The last character of base64 carries bits that decode to nothing; the comparison is of text, so it counts too.
      else if (mutant % 4 === 2)
        changed['webhook-signature'] = flip(headers['webhook-signature'] ?? '', 3 + (mutant % 40));
      else text = flip(body, mutant % body.length);
      try {
        receiver.verify(text, changed);
        accepted += 1;
      } catch {}
    }
    expect(accepted).toBe(0);
  });

  it.each([
    [200, {}, { kind: 'delivered' }],
    [204, {}, { kind: 'delivered' }],
    [
      301,
      { location: 'https://elsewhere.example' },
      { kind: 'retry', error: 'HTTP 301, and a redirect is never followed' },
    ],
    [404, {}, { kind: 'retry', error: 'HTTP 404' }],
    [410, {}, { kind: 'disable', error: 'HTTP 410' }],
    [429, { 'retry-after': '120' }, { kind: 'retry', error: 'HTTP 429', afterMs: 120_000 }],
    [503, { 'retry-after': '9999999' }, { kind: 'retry', error: 'HTTP 503', afterMs: 86_400_000 }],
    [503, { 'retry-after': 'soon' }, { kind: 'retry', error: 'HTTP 503' }],
    [503, { 'retry-after': '-5' }, { kind: 'retry', error: 'HTTP 503', afterMs: 1_000 }],
    [
      429,
      { date: 'Sun, 06 Nov 1994 08:49:37 GMT', 'retry-after': 'Sun, 06 Nov 1994 10:49:37 GMT' },
      { kind: 'retry', error: 'HTTP 429', afterMs: 7_200_000 },
    ],
    [500, { 'retry-after': '120' }, { kind: 'retry', error: 'HTTP 500' }],
  ] as const)('takes %i %j for %j', async (status, headers, outcome) => {
    expect(await sinkWith(recorder(status, headers).http).deliver(ID, event, 1)).toEqual(outcome);
  });

  it('has 15 seconds and 16 KiB for each answer', async () => {
    const { requests, http } = recorder();
    await sinkWith(http).deliver(ID, event, 1);
    expect(requests[0]).toMatchObject({ method: 'POST', timeoutMs: 15_000, bytesMax: 16_384 });
  });

  it('retries what did not end in an answer, and says only why', async () => {
    const failing = (error: Error) => sinkWith(() => Promise.reject(error)).deliver(ID, event, 1);
    expect(await failing(new HttpFault('timeout', true))).toEqual({ kind: 'retry', error: 'timeout' });
    expect(await failing(new Error('canary'))).toEqual({ kind: 'retry', error: 'failed' });
  });

  it('delivers to a real server, whose endless answer does not matter', async () => {
    const secret = newSecret();
    let received: unknown;
    await using server = await httpServer((request, answer) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        received = new Webhook(secret).verify(body, request.headers as Record<string, string>);
        answer.write('x'.repeat(100_000));
      });
    });
    const sink = sinkWith(nodeHttp({ allowPrivate: true }), [secret], server.url);
    expect(await sink.deliver(ID, event, 1)).toEqual({ kind: 'delivered' });
    expect(received).toEqual(event);
  });

  it.each([
    ['never ends', 200, (answer: ServerResponse) => void answer.write('x')],
    ['drips', 202, (answer: ServerResponse) => void setInterval(() => answer.write('x'), 5).unref()],
    ['is cut', 200, (answer: ServerResponse) => answer.write('x', () => answer.socket?.destroy())],
    ['is reset after the headers', 204, (answer: ServerResponse) => void answer.socket?.resetAndDestroy()],
    ['is longer than it says', 200, (answer: ServerResponse) => void answer.end('x'.repeat(1_000_000))],
  ])('has arrived with a 2xx whose body %s', async (_, status, rest) => {
    await using server = await httpServer((request, answer) => {
      request.resume();
      request.once('end', () => {
        answer.writeHead(status, { 'content-length': status === 204 ? 0 : 100_000 });
        answer.flushHeaders();
        setTimeout(() => rest(answer), 20);
      });
    });
    const began = Date.now();
    const sink = sinkWith(nodeHttp({ allowPrivate: true }), [newSecret()], server.url);
    expect(await sink.deliver(ID, event, 1)).toEqual({ kind: 'delivered' });
    expect(Date.now() - began).toBeLessThan(2_000);
  });

  it.each([
    [410, {}, { kind: 'disable', error: 'HTTP 410' }],
    [429, { 'retry-after': '7200' }, { kind: 'retry', error: 'HTTP 429', afterMs: 7_200_000 }],
    [500, {}, { kind: 'retry', error: 'HTTP 500' }],
  ])('is decided by the status %i too when its body never ends', async (status, headers, outcome) => {
    await using server = await httpServer((request, answer) => {
      request.resume();
      answer.writeHead(status, headers).write('x');
    });
    const sink = sinkWith(nodeHttp({ allowPrivate: true }), [newSecret()], server.url);
    expect(await sink.deliver(ID, event, 1)).toEqual(outcome);
  });

  it.each([301, 302, 303, 307, 308])('follows no redirect, and says so: %i', async (status) => {
    const asked: string[] = [];
    await using elsewhere = await httpServer((request, answer) => {
      asked.push(request.url ?? '');
      answer.end();
    });
    await using server = await httpServer((request, answer) => {
      request.resume();
      answer.writeHead(status, { location: elsewhere.url }).end();
    });
    const sink = sinkWith(nodeHttp({ allowPrivate: true }), [newSecret()], server.url);
    const error = `HTTP ${status}, and a redirect is never followed`;
    expect(await sink.deliver(ID, event, 1)).toEqual({ kind: 'retry', error });
    expect(asked).toEqual([]);
  });

  it('accepts what its filter accepts', () => {
    const { http } = recorder();
    const settings = { id: 'crm', type: 'webhook', url: 'https://crm.example', secret: newSecret() };
    const sink = opened({ ...settings, connections: ['other'] }, { http });
    expect(sink.accepts(event, { id: ID, kind: 'event', type: event.type, connection: 'acme' })).toBe(false);
  });
});

describe('checkSecret', () => {
  it.each([24, 32, 64])('accepts %i bytes', (bytes) => {
    expect(checkSecret(newSecret(bytes))).toBeUndefined();
  });
  it.each([
    '',
    'canary',
    newSecret(23),
    newSecret(65),
    'whsec_',
    'whsec_canary!',
    `${newSecret()} `,
    newSecret().replace('whsec_', ''),
  ])('refuses %j without quoting it', (secret) => {
    expect(checkSecret(secret)).toMatch(/\.$/);
    expect(checkSecret(secret)).not.toContain('canary');
  });
});
