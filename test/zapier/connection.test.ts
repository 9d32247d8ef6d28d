import { describe, expect, it } from 'vitest';
import { UserError } from '../../shared/failure.ts';
import { HttpFault, type HttpRequest, type HttpResponse } from '../../shared/ports.ts';
import { providerNamed } from '../../shared/providers/index.ts';
import { type Deployment, deploymentOf } from '../../zapier/deployment.ts';
import { Halt, Postponed } from '../../zapier/errors.ts';
import { flagOf, listOf, textOf, threadIdOf, urlsOf } from '../../zapier/input.ts';

const URL = 'https://replybus.acme.example/base/';
const connections = (...ids: readonly string[]) => ({
  items: [...ids.map((id) => ({ id, provider: 'cohesive' })), { id: 'other', provider: 'coldsend' }],
});

interface Stub {
  readonly requests: HttpRequest[];
  readonly deployment: Deployment | undefined;
}

function stub(
  authData: Readonly<Record<string, string>>,
  answers: readonly (object | 'broken' | number)[],
  isTest = false,
): Stub {
  const provider = providerNamed('cohesive');
  if (!provider) throw new Error('no provider');
  const requests: HttpRequest[] = [];
  const http = async (request: HttpRequest): Promise<HttpResponse> => {
    const answer = answers[requests.length] ?? answers.at(-1);
    requests.push(request);
    if (answer === 'broken') throw new HttpFault('reset', true);
    if (typeof answer === 'number')
      return { status: answer, headers: {}, body: JSON.stringify({ detail: 'Not like this.' }) };
    return { status: 200, headers: {}, body: JSON.stringify(answer) };
  };
  const clock = { now: () => 0, sleep: async () => {} };
  return { requests, deployment: deploymentOf({ authData }, { provider, http, clock, isTest }) };
}

const OWN = { replybusUrl: URL, replybusToken: 'rb_token' };

describe("the owner's Replybus", () => {
  it('is not there without a URL', () => {
    expect(stub({}, []).deployment).toBeUndefined();
  });

  it.each([
    ['http://replybus.acme.example', 'Only https'],
    ['http://127.0.0.1:4000', 'Only https'],
    ['https://localhost', 'private or reserved'],
    ['https://10.0.0.8', 'private or reserved'],
    ['https://user:word@replybus.acme.example', 'user name or password'],
    ['replybus.acme.example', 'not a complete URL'],
  ])('is refused at %s', (replybusUrl, words) => {
    expect(() => stub({ ...OWN, replybusUrl }, [])).toThrow(words);
  });

  it('is refused over http beyond this machine even in a test', () => {
    expect(() => stub({ ...OWN, replybusUrl: 'http://replybus.acme.example' }, [], true)).toThrow('Only https');
    expect(stub({ ...OWN, replybusUrl: 'http://127.0.0.1:1' }, [], true).deployment).toBeDefined();
  });

  it('is asked below its own path, with the token', async () => {
    const { requests, deployment } = stub(OWN, [connections('acme')]);
    expect(await deployment?.connectionFor(undefined)).toBe('acme');
    expect(requests[0]).toMatchObject({
      url: 'https://replybus.acme.example/base/v1/connections',
      headers: { authorization: 'Bearer rb_token' },
    });
  });

  it('asks which of several connections is meant', async () => {
    const { deployment } = stub(OWN, [connections('one', 'two')]);
    await expect(deployment?.connectionFor(undefined)).rejects.toThrow('one, two; choose one');
    expect(await deployment?.connectionFor('two')).toBe('two');
    await expect(deployment?.connectionFor('other')).rejects.toThrow('choose one');
  });

  it('is refused with a token that may not act, and without a connection to the provider', async () => {
    const scopes = (...given: readonly string[]) => ({ scopes: given });
    const test = (...answers: Parameters<typeof stub>[1]) => stub(OWN, answers).deployment?.verify();
    await expect(test(scopes('read'), connections('acme'))).rejects.toThrow('lacks act');
    await expect(test(scopes('read', 'act'), connections())).rejects.toThrow('no connection to Cohesive');
    await expect(test(scopes('read', 'act'), connections('acme'))).resolves.toBeUndefined();
  });

  it('repeats a send whose answer was lost under the same key', async () => {
    const sent = { id: 'snd_a', key: 'k', state: 'sent', meaning: 'Accepted.' };
    const { requests, deployment } = stub(OWN, ['broken', sent]);
    const call = { connection: 'acme', threadId: 'a/b', kind: 'reply', key: 'k', body: {} } as const;
    expect(await deployment?.send(call)).toEqual(sent);
    expect(requests.map(({ headers }) => headers['idempotency-key'])).toEqual(['k', 'k']);
    expect(requests[0]?.url).toContain('/v1/threads/acme/a%2Fb/reply');
  });

  it.each([
    [401, UserError, 'does not accept the Deployment Token'],
    [404, Halt, 'Not like this.'],
    [409, Halt, 'Not like this.'],
    [422, UserError, 'Not like this.'],
    [429, Postponed, 'Not like this. Try again in 60 s.'],
  ] as const)('says what is wrong when it answers %i', async (status, kind, words) => {
    const failing = stub(OWN, [status]).deployment?.setStarred('acme', 'thread', true);
    await expect(failing).rejects.toThrow(kind);
    await expect(failing).rejects.toThrow(words);
  });

  it('is told apart from whatever else answers at its address', async () => {
    await expect(stub(OWN, [{ hello: 'world' }]).deployment?.verify()).rejects.toThrow('is not Replybus');
    await expect(stub(OWN, ['broken']).deployment?.verify()).rejects.toThrow('could not be reached');
  });
});

describe('fields of a form', () => {
  const filled = (inputData: Readonly<Record<string, unknown>>) => ({ inputData });

  it('count as empty when Zapier sends them empty', () => {
    for (const empty of ['', '  ', null, [], undefined]) expect(textOf(filled({ a: empty }), 'a')).toBeUndefined();
  });

  it('read yes and no in every form Zapier sends', () => {
    for (const yes of [true, 'true', 'Yes', '1']) expect(flagOf(filled({ a: yes }), 'a', 'A')).toBe(true);
    for (const no of [false, 'false', 'NO', '0']) expect(flagOf(filled({ a: no }), 'a', 'A')).toBe(false);
    expect(() => flagOf(filled({ a: 'perhaps' }), 'a', 'A')).toThrow('neither yes nor no');
  });

  it('hold lists, or one text with several entries', () => {
    expect(listOf(filled({ a: ['x@a.example', 'y@a.example, z@a.example'] }), 'a')).toHaveLength(3);
    expect(urlsOf(filled({ a: 'https://a.example/1,2 https://a.example/3' }), 'a')).toHaveLength(2);
  });

  it('take a thread with or without its connection in front', () => {
    expect(threadIdOf(filled({ thread_id: 'sales/abc' }))).toBe('abc');
    expect(threadIdOf(filled({ thread_id: ' abc ' }))).toBe('abc');
  });
});
