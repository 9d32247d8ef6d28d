import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  ProvisionedThroughputExceededException,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoStore } from '../../../adapters/dynamodb/store.ts';
import { DocumentTooLarge } from '../../../shared/store/order.ts';
import { NOW } from '../../store/contract.ts';
import { dynaliteWorld, type World } from '../../store/dynalite-store.ts';

const document = { partition: 'p', key: 'k', value: { n: 1 } };

function scripted() {
  const client = new DynamoDBClient({ region: 'local' });
  const script = mockClient(client);
  return { script, store: dynamoStore(client, 'table', () => NOW) };
}

describe('DynamoDB store, where the service misbehaves', () => {
  let world: World;
  beforeAll(async () => {
    world = await dynaliteWorld(() => NOW);
  });
  afterAll(() => world.end());

  it('answers false to a put whose first answer was lost, although the put was carried out', async () => {
    const store = await world.fresh();
    const inner = world.client.config.requestHandler;
    const handle = inner.handle.bind(inner);
    let calls = 0;
    inner.handle = async (...request) => {
      const answer = await handle(...request);
      calls += 1;
      if (calls === 1) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', name: 'TimeoutError' });
      return answer;
    };
    expect(await store.put(document, 0)).toBe(false);
    inner.handle = handle;
    expect(calls).toBe(2);
    expect(await store.get(document)).toEqual({ ...document, version: 1 });
  });

  it('asks once where the stored recordedAt stays as it is, and twice where the put would change it', async () => {
    const store = await world.fresh();
    const inner = world.client.config.requestHandler;
    const handle = inner.handle.bind(inner);
    let calls = 0;
    inner.handle = async (...request) => {
      calls += 1;
      return await handle(...request);
    };
    const asked: number[] = [];
    for (const [expected, recordedAt] of [undefined, undefined, NOW, NOW, NOW + 1, undefined].entries()) {
      calls = 0;
      await store.put({ ...document, ...(recordedAt !== undefined && { recordedAt }) }, expected);
      asked.push(calls);
    }
    inner.handle = handle;
    expect(asked).toEqual([1, 1, 2, 1, 2, 2]);
    expect(await store.get(document)).toEqual({ ...document, version: 6, recordedAt: NOW });
  });

  it('answers false when the condition fails', async () => {
    const { script, store } = scripted();
    script.rejects(new ConditionalCheckFailedException({ $metadata: {}, message: 'refused' }));
    expect(await store.put(document, 3)).toBe(false);
  });

  it('throws what the SDK gave up on, so that throttling is never taken for a lost race', async () => {
    const { script, store } = scripted();
    const throttled = new ProvisionedThroughputExceededException({ $metadata: {}, message: 'slow down' });
    script.rejects(throttled);
    await expect(store.put(document, 0)).rejects.toBe(throttled);
    await expect(store.remove(document, 1)).rejects.toBe(throttled);
    await expect(store.get(document)).rejects.toBe(throttled);
    await expect(store.due(NOW, 1)).rejects.toBe(throttled);
  });

  it('sends nothing when the document is too large', async () => {
    const { script, store } = scripted();
    await expect(store.put({ ...document, value: { body: 'x'.repeat(410_000) } }, 0)).rejects.toThrow(DocumentTooLarge);
    expect(script.calls()).toHaveLength(0);
  });

  it('reads the table consistently', async () => {
    const { script, store } = scripted();
    script.on(GetItemCommand).resolves({}).on(QueryCommand).resolves({});
    await store.get(document);
    await store.list('p');
    expect(script.commandCalls(GetItemCommand)[0]?.args[0].input.ConsistentRead).toBe(true);
    expect(script.commandCalls(QueryCommand)[0]?.args[0].input.ConsistentRead).toBe(true);
  });

  it('asks one day of the timeline first and never a day after tomorrow', async () => {
    const { script, store } = scripted();
    script.on(QueryCommand).resolves({});
    await store.timeline(NOW - 3 * 86_400_000, { limit: 5 });
    const days = script
      .commandCalls(QueryCommand)
      .map(({ args }) => args[0].input.ExpressionAttributeValues?.[':day']?.S);
    expect(days).toEqual(['EVENTS#2026-06-12', 'EVENTS#2026-06-13', 'EVENTS#2026-06-14', 'EVENTS#2026-06-15']);
  });
});
