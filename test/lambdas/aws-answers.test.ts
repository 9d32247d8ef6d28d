import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { eventBridge } from '../../adapters/aws/bus.ts';
import { dynamoStore } from '../../adapters/dynamodb/store.ts';
import { ApplyConflict, storeConfig } from '../../lambdas/runtime/stored-config.ts';
import { sweep, workOn } from '../../lambdas/runtime/work.ts';
import { sqsSender } from '../../lambdas/services/queue.ts';
import { ParameterSecrets, ssmParameters } from '../../lambdas/services/secrets.ts';
import { type Event, eventId } from '../../shared/events/event.ts';
import { deliverDue } from '../../shared/outbox/deliver.ts';
import { recordEvent } from '../../shared/outbox/record.ts';
import type { Sink } from '../../shared/outbox/sink.ts';
import { memoryStore } from '../../shared/store/memory.ts';
import type { Store } from '../../shared/store/store.ts';
import { opened } from '../sinks/opened.ts';

const NOW = Date.UTC(2026, 0, 1);
const meta = { $metadata: {}, message: 'jane@lead.example' };
const throttled = () => new ProvisionedThroughputExceededException(meta);
const EVENT: Event = {
  type: 'connection.unauthorized',
  timestamp: new Date(NOW).toISOString(),
  data: { connection: 'acme', provider: 'coldsend', episode: 'e', reason: 'The key is refused.' },
};

function ports(store: Store, sinks: readonly Sink[], now = () => NOW) {
  const events: string[] = [];
  const log = { info: () => {}, warn: (event: string) => void events.push(event) };
  const clock = { now, sleep: async () => {} };
  return { delivery: { store, sinks, clock, random: () => 0.5, log }, events };
}

describe('the table', () => {
  const dynamo = mockClient(DynamoDBClient);
  const store = () => dynamoStore(new DynamoDBClient({}), 'table', () => NOW, 'mark');
  beforeEach(() => dynamo.reset());

  it('that throttles a write has not been written, and says so', async () => {
    dynamo.on(PutItemCommand).rejects(throttled());
    await expect(store().put({ partition: 'a', key: 'b', value: {} }, 0)).rejects.toThrow(
      ProvisionedThroughputExceededException,
    );
  });

  it('whose answer was lost refuses the repeated write, which reads as somebody else was first', async () => {
    dynamo.on(PutItemCommand).rejects(new ConditionalCheckFailedException(meta));
    expect(await store().put({ partition: 'a', key: 'b', value: {} }, 0)).toBe(false);
  });

  it('is never asked to delete, add up or write two items at once', async () => {
    dynamo.on(PutItemCommand).resolves({}).on(UpdateItemCommand).resolves({});
    await store().put({ partition: 'a', key: 'b', value: {}, dueAt: NOW, recordedAt: NOW }, 3);
    await store().remove({ partition: 'a', key: 'b' }, 4);
    expect(dynamo.calls().map(({ firstArg }) => firstArg.constructor.name)).toEqual([
      'PutItemCommand',
      'UpdateItemCommand',
    ]);
    const expressions = dynamo.calls().map(({ args }) => JSON.stringify(args[0].input));
    expect(expressions.some((text) => /\bADD\b/.test(text))).toBe(false);
    expect(expressions[1]).toMatch(/SET #gone = :gone REMOVE/);
  });

  it('does not show what is marked as gone', async () => {
    const item = { pk: { S: 'a' }, sk: { S: 'b' }, goneAt: { N: '1' } };
    dynamo
      .on(GetItemCommand)
      .resolves({ Item: item })
      .on(QueryCommand)
      .resolves({ Items: [item] });
    expect(await store().get({ partition: 'a', key: 'b' })).toBeUndefined();
    expect(await store().list('a')).toEqual([]);
  });

  it('that is gone on with after each page is read to its end', async () => {
    const item = (key: string) => ({ pk: { S: 'a' }, sk: { S: key }, value: { S: '{}' }, version: { N: '1' } });
    dynamo
      .on(QueryCommand)
      .resolvesOnce({ Items: [item('1')], LastEvaluatedKey: { pk: { S: 'a' }, sk: { S: '1' } } })
      .resolvesOnce({ Items: [], LastEvaluatedKey: { pk: { S: 'a' }, sk: { S: '2' } } })
      .resolves({ Items: [item('3')] });
    expect((await store().list('a')).map(({ key }) => key)).toEqual(['1', '3']);
  });
});

describe('work on what is due', () => {
  async function recorded(store: Store, count: number) {
    const ids = Array.from({ length: count }, (_, index) => eventId('connection.unauthorized', 'acme', String(index)));
    for (const id of ids) await recordEvent({ store, now: () => NOW }, id, EVENT, 'acme');
    return ids;
  }

  function failing(store: Store, fails: (call: number) => boolean): Store {
    let calls = 0;
    return {
      ...store,
      put: async (document, expected) => {
        calls += 1;
        if (fails(calls)) throw throttled();
        return await store.put(document, expected);
      },
    };
  }

  const sink = (delivered: string[]): Sink => ({
    id: 'hook',
    type: 'webhook',
    actsOnOld: true,
    accepts: () => true,
    deliver: async (id) => {
      delivered.push(id);
      return { kind: 'delivered' };
    },
  });

  it('goes on with the others when the table throttles one, and finds that one at the next sweep', async () => {
    const store = memoryStore();
    const ids = await recorded(store, 5);
    const delivered: string[] = [];
    const sinks = [sink(delivered)];
    const { delivery, events } = ports(
      failing(store, (call) => call === 2),
      sinks,
    );
    await deliverDue(delivery, { limit: 10 });
    expect(new Set(delivered).size).toBe(4);
    expect(events).toEqual(['delivery.failed']);
    await deliverDue(ports(store, sinks, () => NOW + 120_000).delivery, { limit: 10 });
    expect(new Set(delivered)).toEqual(new Set(ids));
    expect(delivered).toHaveLength(5);
  });

  it('delivers again under the same id when the note that it was delivered could not be written', async () => {
    const store = memoryStore();
    const [id] = await recorded(store, 1);
    const delivered: string[] = [];
    const sinks = [sink(delivered)];
    await deliverDue(
      ports(
        failing(store, (call) => call === 3),
        sinks,
      ).delivery,
      { limit: 10 },
    );
    await deliverDue(ports(store, sinks, () => NOW + 120_000).delivery, { limit: 10 });
    expect(delivered).toEqual([id, id]);
  });

  it('fails a sweep whose index cannot be read, having lost nothing', async () => {
    const store = memoryStore();
    await recorded(store, 1);
    const broken: Store = { ...store, due: async () => Promise.reject(throttled()) };
    const { delivery } = ports(broken, []);
    const sending = {
      ...delivery,
      connections: [],
      newOwner: () => 'x',
      fetchFile: async () => ({ contentBase64: '' }),
    };
    const due = { delivery, sending, deadline: { at: NOW + 300_000 } };
    await expect(sweep(due, NOW + 50_000)).rejects.toThrow(ProvisionedThroughputExceededException);
    expect(await store.due(NOW, 10)).toHaveLength(1);
  });

  it('begins nothing that could not end in time, and says how much is left', async () => {
    const store = memoryStore();
    const ids = await recorded(store, 40);
    const { delivery } = ports(store, [sink([])]);
    const sending = {
      ...delivery,
      connections: [],
      newOwner: () => 'x',
      fetchFile: async () => ({ contentBase64: '' }),
    };
    const addresses = [
      ...ids.map((id) => ({ partition: `EVENT#${id}`, key: 'event' })),
      { partition: 'SEND#snd_a', key: 'send' },
    ];
    const short = { delivery, sending, deadline: { at: NOW + 4_000 } };
    expect(await workOn(short, addresses)).toMatchObject({ attempted: 0, left: 41 });
    const long = { delivery, sending, deadline: { at: NOW + 300_000 } };
    expect(await workOn(long, addresses)).toMatchObject({ attempted: 40, delivered: 40, left: 0 });
  });
});

describe('the bus', () => {
  const bridge = mockClient(EventBridgeClient);
  beforeEach(() => bridge.reset());
  const deliver = async () =>
    await opened({ id: 'bus', type: 'eventbridge', bus: 'main' }, { putOnBus: eventBridge() }).deliver(
      'evt_a',
      EVENT,
      1,
    );

  it('that takes the entry has it under the event id', async () => {
    bridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] });
    expect(await deliver()).toEqual({ kind: 'delivered' });
    const [entry] = bridge.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries ?? [];
    expect(entry).toMatchObject({ Source: 'replybus', DetailType: EVENT.type, EventBusName: 'main' });
    expect(JSON.parse(entry?.Detail ?? '')).toEqual({ id: 'evt_a', ...EVENT });
  });

  it('that answers 200 with a failed entry has not taken it', async () => {
    const Entries = [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'jane@lead.example' }];
    bridge.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries });
    expect(await deliver()).toEqual({ kind: 'retry', error: 'ThrottlingException' });
  });

  it('that counts a failure without naming it has not taken it either', async () => {
    bridge.on(PutEventsCommand).resolves({ FailedEntryCount: 1 });
    expect(await deliver()).toEqual({ kind: 'retry', error: 'refused' });
  });

  it('whose answer is lost is tried again, and nothing of the entry is in the reason', async () => {
    bridge.on(PutEventsCommand).rejects(Object.assign(new Error('jane@lead.example'), { name: 'TimeoutError' }));
    expect(await deliver()).toEqual({ kind: 'retry', error: 'TimeoutError' });
  });
});

describe('the queue', () => {
  const sqs = mockClient(SQSClient);
  beforeEach(() => sqs.reset());
  const messages = Array.from({ length: 23 }, (_, index) => ({ body: String(index) }));
  const sent = () =>
    sqs
      .commandCalls(SendMessageBatchCommand)
      .map(({ args }) => args[0].input.Entries?.map(({ MessageBody }) => MessageBody));

  it('gets at most ten messages at once', async () => {
    sqs.on(SendMessageBatchCommand).resolves({ Failed: [] });
    await sqsSender()('url', messages);
    expect(sent().map((batch) => batch?.length)).toEqual([10, 10, 3]);
  });

  it('gets again only what it refused', async () => {
    const Failed = [{ Id: '1', SenderFault: false, Code: 'InternalError' }];
    sqs.on(SendMessageBatchCommand).resolvesOnce({ Failed }).resolves({});
    await sqsSender()('url', messages.slice(0, 3));
    expect(sent()).toEqual([['0', '1', '2'], ['1']]);
  });

  it('that goes on refusing makes the sender fail', async () => {
    const Failed = [{ Id: '0', SenderFault: true, Code: 'InvalidMessageContents' }];
    sqs.on(SendMessageBatchCommand).resolves({ Failed });
    await expect(sqsSender()('url', messages.slice(0, 1))).rejects.toThrow('messages refused by the queue');
    expect(sent()).toHaveLength(3);
  });
});

describe('the parameter store', () => {
  const ssm = mockClient(SSMClient);
  const secret = 'ssm:/replybus/a';
  let now = NOW;
  beforeEach(() => {
    ssm.reset();
    now = NOW;
  });
  const secrets = () => new ParameterSecrets(ssmParameters(), { now: () => now });
  const value = (Value: string, Version = 1) => ({ Parameters: [{ Name: '/replybus/a', Value, Version }] });
  const decrypted = () =>
    ssm.commandCalls(GetParametersCommand).map(({ args }) => args[0].input.WithDecryption === true);

  it('is asked after five minutes whether a secret has changed, and decrypts it only then', async () => {
    ssm.on(GetParametersCommand, { WithDecryption: true }).resolvesOnce(value('one')).resolves(value('two', 2));
    ssm
      .on(GetParametersCommand, { WithDecryption: false })
      .resolvesOnce(value('encrypted'))
      .resolves(value('encrypted', 2));
    const kept = secrets();
    await kept.refresh([secret]);
    now += 299_999;
    await kept.refresh([secret]);
    expect([kept.get(secret), decrypted()]).toEqual([{ value: 'one' }, [true]]);
    now += 1;
    await kept.refresh([secret]);
    expect([kept.get(secret), decrypted()]).toEqual([{ value: 'one' }, [true, false]]);
    now += 300_000;
    await kept.refresh([secret]);
    expect([kept.get(secret), decrypted()]).toEqual([{ value: 'two' }, [true, false, false, true]]);
  });

  it('is asked for ten names at once, decrypted', async () => {
    ssm.on(GetParametersCommand).resolves({ Parameters: [] });
    await secrets().refresh(Array.from({ length: 23 }, (_, index) => `ssm:/replybus/${index}`));
    const inputs = ssm.commandCalls(GetParametersCommand).map(({ args }) => args[0].input);
    expect(inputs.map(({ Names }) => Names?.length)).toEqual([10, 10, 3]);
    expect(inputs.every(({ WithDecryption }) => WithDecryption)).toBe(true);
  });

  it('that throttles leaves in use what is known', async () => {
    ssm.on(GetParametersCommand).resolvesOnce(value('one')).rejects(new Error('ThrottlingException'));
    const kept = secrets();
    await kept.refresh([secret]);
    now += 600_000;
    await kept.refresh([secret]);
    expect(kept.get(secret)).toEqual({ value: 'one' });
  });

  it('that has never answered makes the run fail', async () => {
    ssm.on(GetParametersCommand).rejects(new Error('ThrottlingException'));
    await expect(secrets().refresh([secret])).rejects.toThrow('ThrottlingException');
  });

  it('says that something has changed, so that it is opened anew', async () => {
    ssm.on(GetParametersCommand).resolvesOnce(value('one')).resolvesOnce(value('encrypted')).resolves(value('two', 2));
    const kept = secrets();
    await kept.refresh([secret]);
    const first = kept.version;
    await kept.again(secret);
    expect(kept.version).toBe(first);
    await kept.again(secret);
    expect(kept.version).toBeGreaterThan(first);
  });
});

describe('applying a config', () => {
  it('that meets another at the same moment is refused, not mixed', async () => {
    const store = memoryStore();
    const config = { connections: [{ id: 'a', provider: 'coldsend', apiKey: 'ssm:/replybus/a' }] };
    const raced: Store = {
      ...store,
      put: async (document, expected) => {
        if (document.key === 'current')
          await storeConfig(store, { connections: [{ ...config.connections[0], id: 'b' }] } as never, () => NOW);
        return await store.put(document, expected);
      },
    };
    await expect(storeConfig(raced, config, () => NOW)).rejects.toThrow(ApplyConflict);
  });
});
