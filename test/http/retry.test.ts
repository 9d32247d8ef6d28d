import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { type Failure, ProviderError } from '../../shared/failure.ts';
import type { Call, Exchange, Received } from '../../shared/http/json-client.ts';
import { ATTEMPTS_MAX, withRetry } from '../../shared/http/retry.ts';
import { scripted } from '../providers/scripted.ts';

const call = { operation: 'try', path: ['x'], schema: z.unknown() };
const down: Failure = { kind: 'unavailable', mayHaveHappened: false, code: 'HTTP 502' };

function failing(failures: readonly Failure[], onCall: () => void = () => undefined) {
  const left = [...failures];
  let calls = 0;
  const client: Exchange = async <Value>({ schema }: Call<Value>): Promise<Received<Value>> => {
    calls += 1;
    onCall();
    const failure = left.shift();
    if (failure) throw new ProviderError(failure, { provider: 'Vendor', operation: 'try' });
    return { parse: () => z.parse(schema, 'done'), fingerprint: () => 'done', headers: {} };
  };
  return { client, calls: () => calls };
}

describe('retrying', () => {
  it('repeats a read with a growing, jittered pause', async () => {
    const world = scripted([]);
    const { client, calls } = failing([down, down]);
    expect((await withRetry(client, world.ports)(call)).parse()).toBe('done');
    expect(calls()).toBe(3);
    expect(world.slept).toEqual([200, 400]);
  });

  it('gives up after a bounded number of attempts', async () => {
    const { client, calls } = failing(Array.from({ length: 9 }, () => down));
    await expect(withRetry(client, scripted([]).ports)(call)).rejects.toMatchObject({ failure: down });
    expect(calls()).toBe(ATTEMPTS_MAX);
  });

  it('gives up when the first attempts took too long', async () => {
    const world = scripted([]);
    const { client, calls } = failing([down, down], () => {
      world.time += 20_000;
    });
    await expect(withRetry(client, world.ports)(call)).rejects.toMatchObject({ failure: down });
    expect(calls()).toBe(1);
  });

  it('sleeps through a short wait and hands a long one to the caller', async () => {
    const world = scripted([]);
    const short = failing([{ kind: 'throttled', retryAfterMs: 2_000 }]);
    await withRetry(short.client, world.ports)(call);
    expect(world.slept).toEqual([2_200]);
    const long = failing([{ kind: 'throttled', retryAfterMs: 60_000 }]);
    await expect(withRetry(long.client, world.ports)(call)).rejects.toMatchObject({
      failure: { retryAfterMs: 60_000 },
    });
    expect(long.calls()).toBe(1);
  });

  it.each<Failure>([
    { kind: 'auth' },
    { kind: 'scope', needed: [] },
    { kind: 'not-found' },
    { kind: 'invalid', issues: [] },
    { kind: 'wire', issues: [], mayHaveHappened: false },
    { kind: 'unavailable', mayHaveHappened: false, code: 'redirect' },
  ])('never repeats what will fail again: $kind', async (failure) => {
    const { client, calls } = failing([failure]);
    await expect(withRetry(client, scripted([]).ports)(call)).rejects.toMatchObject({ failure });
    expect(calls()).toBe(1);
  });

  it('never repeats a write', async () => {
    for (const method of ['POST', 'PATCH'] as const) {
      const { client, calls } = failing([{ ...down, mayHaveHappened: true }]);
      await expect(withRetry(client, scripted([]).ports)({ ...call, method })).rejects.toBeInstanceOf(ProviderError);
      expect(calls()).toBe(1);
    }
  });
});
