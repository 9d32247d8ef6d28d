import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dynamoStore } from '../../../adapters/dynamodb/store.ts';
import { systemClock, systemRandom } from '../../../adapters/node/clock.ts';
import { openSqlite } from '../../../adapters/sqlite/database.ts';
import { createSandbox, SANDBOX_URLS } from '../../../sandbox/sandbox.ts';
import { seededRandom } from '../../../sandbox/seeded.ts';
import { createSwitches, DEMO_KEYS } from '../../../sandbox/switches.ts';
import { createWorld } from '../../../sandbox/world.ts';
import { compose } from '../../../shared/events/compose.ts';
import { deliverDue } from '../../../shared/outbox/deliver.ts';
import { createPoller } from '../../../shared/polling/poller.ts';
import { providerNamed } from '../../../shared/providers/index.ts';
import { isEventAddress } from '../../../shared/store/keys.ts';
import type { Document, Store } from '../../../shared/store/store.ts';
import { ensureTable, openDynalite } from '../../store/dynalite.ts';
import { type Compared, compareInTurn } from './measure.ts';
import { quietSink, SILENT } from './parts.ts';
import { REPLY_TEXT } from './reply-text.ts';

/** As many threads as one poll opens at the most. */
const EVENTS = 30;
const REPETITIONS = 25;

/** Counts what is asked of the store, and remembers what was put. */
function remembering(store: Store, written: Document[], asked: { reads: number; puts: number }): Store {
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
      asked.puts += 1;
      const done = await store.put(put, expected);
      if (done) written.push({ ...put, version: expected + 1 });
      return done;
    },
  };
}

export interface EventPath extends Compared {
  readonly events: number;
  readonly putsPerEvent: number;
  readonly readsPerEvent: number;
  readonly eventsPerSecond: number;
  /** On dynalite, as 165057f ran it. */
  readonly eventsPerSecondBefore: number;
}

/** Feeds of a sandbox, of which one at a time has new replies. */
async function openFeeds(store: Store) {
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

interface Path {
  readonly asked: { reads: number; puts: number };
  readonly write: () => void;
  readonly run: () => Promise<void>;
}

/** Replies that arrive are polled, recorded and delivered. */
export async function openPath(database: Store): Promise<Path> {
  const written: Document[] = [];
  const asked = { reads: 0, puts: 0 };
  const store = remembering(database, written, asked);
  const { poll, write } = await openFeeds(store);
  const delivery = { store, sinks: [quietSink()], clock: systemClock, random: systemRandom, log: SILENT };
  const run = async () => {
    written.length = 0;
    const { failure, recorded } = await poll();
    if (failure || recorded !== EVENTS) throw failure ?? new Error(`recorded ${recorded}`);
    const result = await deliverDue(delivery, { limit: EVENTS, addresses: written.filter(isEventAddress) });
    if (result.delivered !== EVENTS) throw new Error(`delivered ${result.delivered}`);
  };
  asked.reads = 0;
  asked.puts = 0;
  return { asked, write, run };
}

/** The same path on SQLite, each write flushed before it is answered, and on dynalite, which flushes none. */
export async function compareEventPath(): Promise<EventPath> {
  const folder = await mkdtemp(join(tmpdir(), 'replybus-bench-'));
  const sqlite = await openSqlite(join(folder, 'replybus.db'));
  const dynalite = await openDynalite(join(folder, 'dynalite'));
  try {
    await ensureTable(dynalite.client, 'events');
    const now = await openPath(sqlite.store);
    const before = await openPath(dynamoStore(dynalite.client, 'events', Date.now));
    const write = () => {
      now.write();
      before.write();
    };
    const compared = await compareInTurn({
      before: write,
      subject: now.run,
      baseline: before.run,
      repetitions: REPETITIONS,
    });
    const events = EVENTS * REPETITIONS;
    return {
      ...compared,
      events,
      putsPerEvent: now.asked.puts / events,
      readsPerEvent: now.asked.reads / events,
      eventsPerSecond: (EVENTS / compared.subject.wallMs) * 1_000,
      eventsPerSecondBefore: (EVENTS / compared.baseline.wallMs) * 1_000,
    };
  } finally {
    await dynalite.close();
    await sqlite.close();
    await rm(folder, { recursive: true });
  }
}
