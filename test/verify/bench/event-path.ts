import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamoStore } from '../../../adapters/dynamodb/store.ts';
import { systemClock, systemRandom } from '../../../adapters/node/clock.ts';
import { ensureTable, openEmbedded } from '../../../local/embedded.ts';
import { createSandbox, SANDBOX_URLS } from '../../../sandbox/sandbox.ts';
import { seededRandom } from '../../../sandbox/seeded.ts';
import { createSwitches, DEMO_KEYS } from '../../../sandbox/switches.ts';
import { createWorld } from '../../../sandbox/world.ts';
import { compose } from '../../../shared/events/compose.ts';
import { inParallel } from '../../../shared/in-parallel.ts';
import { deliverDue } from '../../../shared/outbox/deliver.ts';
import { isEventAddress } from '../../../shared/outbox/outbox.ts';
import { createPoller } from '../../../shared/polling/poller.ts';
import { providerNamed } from '../../../shared/providers/index.ts';
import type { Put, Store } from '../../../shared/store/store.ts';
import { type Compared, compareInTurn } from './measure.ts';
import { quietSink, SILENT } from './parts.ts';
import { REPLY_TEXT } from './reply-text.ts';
import { itemOf } from './units.ts';

/** As many threads as one poll opens at the most. */
const EVENTS = 30;
const REPETITIONS = 25;
/** As many events as are delivered at once. */
const DELIVERIES_AT_ONCE = 32;

interface Written {
  readonly put: Put;
  readonly expected: number;
  /** The same for puts of which one began before the other had ended. */
  readonly group: number;
}

/** Remembers what is written through it. */
function remembering(store: Store, written: Written[], asked: { reads: number }): Store {
  let group = 0;
  let underWay = 0;
  return {
    ...store,
    async get(address) {
      asked.reads += 1;
      return await store.get(address);
    },
    async list(partition, prefix) {
      asked.reads += 1;
      return await store.list(partition, prefix);
    },
    async put(put, expected) {
      if (underWay === 0) group += 1;
      underWay += 1;
      written.push({ put, expected, group });
      try {
        return await store.put(put, expected);
      } finally {
        underWay -= 1;
      }
    },
  };
}

async function barePut(client: DynamoDBClient, TableName: string, { put, expected }: Written): Promise<void> {
  const isNew = expected === 0;
  const condition = isNew
    ? { ConditionExpression: 'attribute_not_exists(pk)' }
    : {
        ConditionExpression: '#version = :expected',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':expected': { N: String(expected) } },
      };
  const Item = itemOf({ ...put, version: expected + 1 });
  await client.send(new PutItemCommand({ TableName, Item, ...condition }));
}

/** Those of the poll side by side where the poll had them so; those of the deliveries as many at once, each event's in order. */
async function bareLoop(
  put: (written: Written) => Promise<void>,
  polled: readonly Written[],
  delivered: readonly Written[],
) {
  for (const group of Map.groupBy(polled, (each) => each.group).values()) await Promise.all(group.map(put));
  const events = Map.groupBy(delivered, ({ put: { partition } }) => partition);
  await inParallel([...events.values()], DELIVERIES_AT_ONCE, async (ofEvent) => {
    for (const each of ofEvent) await put(each);
  });
}

export interface EventPath extends Compared {
  readonly events: number;
  readonly putsPerEvent: number;
  readonly readsPerEvent: number;
  readonly eventsPerSecond: number;
}

async function openPath(store: Store) {
  const world = createWorld({ seed: 3, now: Date.now });
  const parts = { world, switches: createSwitches(), random: seededRandom(1), clock: systemClock };
  const { http } = createSandbox(parts);
  const campaigns = Array.from({ length: REPETITIONS }, () => world.addCampaign({ vendor: 'cohesive' }).id).values();
  const provider = providerNamed('cohesive');
  if (!provider) throw new Error('cohesive');
  const ports = { http, clock: systemClock, random: systemRandom, log: SILENT };
  const options = { apiKey: DEMO_KEYS.cohesive, baseUrl: SANDBOX_URLS.cohesive, quotaShare: 1 };
  const polled = { id: 'path', campaigns: ['*'], connection: provider.connect(options, ports), everyMs: 1_000 };
  const poller = createPoller(polled, { store, compose, clock: systemClock, log: SILENT });
  await poller.poll({ all: true });
  let current = '';
  return {
    /** Of the feed that was written to last. */
    poll: () => poller.poll({ isDue: ({ id }) => id === current }),
    /** New threads with a reply each, in a feed that had none. */
    write() {
      current = campaigns.next().value ?? '';
      for (let index = 0; index < EVENTS; index += 1) {
        const leadEmail = `lead${index}@customer.example`;
        const thread = world.addThread({ campaignId: current, leadEmail, leadName: `Lead ${index}` });
        world.addMessage(thread.id, { direction: 'inbound', sentAt: Date.now(), text: REPLY_TEXT });
      }
    },
  };
}

/** Both sides on one database: the path and what it wrote, and the bare puts of the same. */
async function openSides(client: DynamoDBClient) {
  const written: Written[] = [];
  const asked = { reads: 0, puts: 0 };
  const store = remembering(dynamoStore(client, 'events', Date.now), written, asked);
  const { poll, write } = await openPath(store);
  const delivery = { store, sinks: [quietSink()], clock: systemClock, random: systemRandom, log: SILENT };
  const copy = (each: Written) => barePut(client, 'bare', each);
  for (const each of written.splice(0)) await copy(each);
  asked.reads = 0;
  let polled: Written[] = [];
  let delivered: Written[] = [];
  const path = async () => {
    const { failure, recorded } = await poll();
    if (failure || recorded !== EVENTS) throw failure ?? new Error(`recorded ${recorded}`);
    polled = written.splice(0);
    const documents = polled.map(({ put, expected }) => ({ ...put, version: expected + 1 }));
    const addresses = documents.filter(isEventAddress);
    const result = await deliverDue(delivery, { limit: EVENTS, addresses });
    if (result.delivered !== EVENTS) throw new Error(`delivered ${result.delivered}`);
    delivered = written.splice(0);
    asked.puts += polled.length + delivered.length;
  };
  return { asked, write, path, bare: () => bareLoop(copy, polled, delivered) };
}

/** Replies that arrive are polled, recorded and delivered; then the same items are put by themselves in a second table. */
export async function compareEventPath(): Promise<EventPath> {
  const folder = await mkdtemp(join(tmpdir(), 'replybus-bench-'));
  const { client, close } = await openEmbedded(folder, { tableName: 'events' });
  try {
    await ensureTable(client, 'bare');
    const { asked, write, path, bare } = await openSides(client);
    const turn = { before: write, subject: path, baseline: bare, repetitions: REPETITIONS };
    const compared = await compareInTurn(turn);
    const events = EVENTS * REPETITIONS;
    const eventsPerSecond = (EVENTS / compared.subject.wallMs) * 1_000;
    return {
      ...compared,
      events,
      putsPerEvent: asked.puts / events,
      readsPerEvent: asked.reads / events,
      eventsPerSecond,
    };
  } finally {
    await close();
    await rm(folder, { recursive: true });
  }
}
