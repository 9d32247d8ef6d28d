import { createSandbox, SANDBOX_URLS } from '../../../sandbox/sandbox.ts';
import { seededRandom } from '../../../sandbox/seeded.ts';
import { createSwitches, DEMO_KEYS, type Vendor } from '../../../sandbox/switches.ts';
import { createWorld } from '../../../sandbox/world.ts';
import type { Log } from '../../../shared/ports.ts';
import { providerNamed } from '../../../shared/providers/index.ts';
import type * as AcceptModule from '../../../shared/sending/accept.ts';
import type * as DecideModule from '../../../shared/sending/decide.ts';
import { PER_CONVERSATION_PER_DAY, PER_DAY } from '../../../shared/sending/limits.ts';
import type { SendRequest } from '../../../shared/sending/mail.ts';
import type { SendingPorts } from '../../../shared/sending/ports.ts';
import { SendRefusal } from '../../../shared/sending/refusal.ts';
import type * as RunModule from '../../../shared/sending/run.ts';
import { sendId } from '../../../shared/sending/send.ts';
import { isSendAddress } from '../../../shared/store/keys.ts';
import { memoryStore } from '../../../shared/store/memory.ts';
import { Crash } from '../polling/hostile-ports.ts';
import { VirtualTime } from '../polling/virtual-time.ts';
import {
  CALM,
  type HostileProcess,
  type HostileWorld,
  hostileHttp,
  hostileStore,
  type Roughness,
  StoreDown,
} from './hostile.ts';
import { Judge, type SendVerdict } from './judge.ts';

/** Mails of one seed. */
export const SENDS_PER_SEED = 500;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START = Date.UTC(2026, 0, 5, 8);
const SWEEP_MS = 90_000;
const STORM_MS = 30 * HOUR_MS;
/** The longest freeze, and the time in which everything must then have come right. */
const HEAL_MS = 110 * HOUR_MS;
const CONNECTION = 'sim';

/** What is under test; a mutant brings its own. */
export interface Protocol {
  readonly acceptSend: typeof AcceptModule.acceptSend;
  readonly runSend: typeof RunModule.runSend;
  readonly decideSend: typeof DecideModule.decideSend;
}

export interface SendSimulation extends SendVerdict {
  readonly seed: number;
  readonly vendor: Vendor;
}

/** The mix of faults per mail and per call of a port. */
const STORM: Roughness = {
  crashRate: 0.02,
  freezeRate: 0.005,
  longFreezeShare: 0.2,
  storeFailRate: 0.02,
  storeLostRate: 0.03,
  unreadableRate: 0.1,
  nothingLeftRate: 0.05,
  refusedRate: 0.03,
  refusedReadRate: 0.003,
};
const WRITE_FAULTS = {
  faultScope: 'writes',
  errorRate: 0.03,
  throttledRate: 0.01,
  throttledSignal: 'retry-after',
  throttledSeconds: 40,
  errorAfterRate: 0.02,
  resetAfterRate: 0.02,
  htmlRate: 0.01,
  truncatedRate: 0.01,
} as const;

const silent: Log = { info: () => {}, warn: () => {} };

/** Mails of one connection over a day and more of storm, then a calm in which each must come to an end. */
export async function simulateSends(seed: number, sends: number, protocol: Protocol): Promise<SendSimulation> {
  const random = seededRandom(seed * 6_271 + 11);
  const vendor: Vendor = seed % 2 === 0 ? 'coldsend' : 'cohesive';
  const time = new VirtualTime(START);
  const world = createWorld({ seed, now: () => time.now() });
  const switches = createSwitches({ ...WRITE_FAULTS, forwardsShow: random() < 0.5 });
  const sandbox = createSandbox({ world, switches, random, clock: time });
  const store = memoryStore();
  const hostile: HostileWorld = { random, now: () => time.now(), sleep: (ms) => time.sleep(ms), roughness: STORM };
  const judge = new Judge({ world, now: () => time.now() });
  const watchedStore = judge.watched(store);
  const provider = providerNamed(vendor);
  if (!provider) throw new Error(vendor);

  const campaign = world.addCampaign({ vendor });
  const threads = Array.from({ length: Math.max(4, Math.ceil(sends / 3)) }, (_, index) => {
    const thread = world.addThread({
      campaignId: campaign.id,
      leadEmail: `lead${index}@acme.example`,
      leadName: `Lead ${index}`,
      vendor,
    });
    world.addMessage(thread.id, {
      direction: 'outbound',
      sentAt: START - 3 * HOUR_MS,
      text: 'Hello, do you have a minute?',
    });
    world.addMessage(thread.id, { direction: 'inbound', sentAt: START - 2 * HOUR_MS, text: 'Tell me more.' });
    return thread;
  });
  const nameOf = (index: number) => {
    const thread = threads[index];
    if (!thread) throw new Error('no such thread');
    if (vendor === 'coldsend') return thread.id;
    return Buffer.from(JSON.stringify([thread.campaignId, thread.leadEmail])).toString('base64url');
  };

  let owners = 0;
  const process = (): SendingPorts => {
    const self: HostileProcess = { dead: false };
    const watched = async (request: Parameters<typeof sandbox.http>[0]) => {
      if (request.method === 'GET') return await sandbox.http(request);
      const late = random() < 0.02;
      switches.sentDelayMs = late ? (1 + 47 * random()) * HOUR_MS : random() < 0.5 ? 0 : 40_000 * random();
      return await sandbox.http(request);
    };
    const clock = { now: () => Math.floor(time.now()), sleep: (ms: number) => time.sleep(ms) };
    const ports = { http: hostileHttp(watched, hostile, self), clock, random, log: silent };
    const connection = provider.connect(
      { apiKey: DEMO_KEYS[vendor], baseUrl: SANDBOX_URLS[vendor], quotaShare: 1 },
      ports,
    );
    const { forwards } = connection;
    const limits = { off: false, perDay: PER_DAY * 100, perConversationPerDay: PER_CONVERSATION_PER_DAY };
    return {
      store: hostileStore(watchedStore, hostile, self),
      clock,
      random,
      log: silent,
      connections: [{ id: CONNECTION, connection, limits, ...(forwards ? { forwards } : {}) }],
      newOwner: () => {
        owners += 1;
        return `owner-${owners}`;
      },
      fetchFile: async () => ({ contentBase64: '' }),
    };
  };

  const unexpected: unknown[] = [];
  const survive = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Crash) && !(error instanceof StoreDown)) unexpected.push(error);
    }
  };
  const run = (id: string) => survive(async () => await protocol.runSend(process(), id));

  /** A caller that goes on until it has an answer, as the platforms do, and asks half of what it asks twice. */
  const call = async (request: SendRequest) => {
    for (let tries = 0; tries < 6; tries += 1) {
      try {
        const { send } = await protocol.acceptSend(process(), request);
        judge.accepted(send.id);
        await run(send.id);
        return;
      } catch (error) {
        if (error instanceof SendRefusal) return judge.refused(sendId(request.key ?? ''));
        if (!(error instanceof Crash) && !(error instanceof StoreDown) && (error as Error).name !== 'ProviderError')
          return void unexpected.push(error);
        await time.sleep(10_000 * (1 + random()));
      }
    }
  };

  const requestOf = (number: number): SendRequest => {
    const common = {
      connection: CONNECTION,
      threadId: nameOf(Math.floor(random() * threads.length)),
      cc: [],
      bcc: [],
      attachments: [],
      key: `key-${number}`,
      by: 'api',
    };
    if (vendor === 'cohesive' && random() < 0.2)
      return { ...common, kind: 'forward', to: [`mail-${number}@team.example`] };
    const override = random() < 0.05 ? { overrideBy: 'Jane' } : {};
    return {
      ...common,
      kind: 'reply',
      text: `Thank you for asking.\n\nOur number is mail-${number}@ here.`,
      ...override,
    };
  };

  for (let number = 0; number < sends; number += 1) {
    const at = START + random() * STORM_MS * 0.8;
    const request = requestOf(number);
    judge.expect(sendId(request.key ?? ''), number, request);
    const twice = random() < 0.5;
    void time.sleep(at - START).then(() => call(request));
    if (twice) void time.sleep(at - START + (random() < 0.5 ? 0 : random() * HOUR_MS)).then(() => call(request));
  }

  /** A person decides some hours later, most by what can be seen by then, others without a look. */
  const person = async (id: string) => {
    await time.sleep(random() * 12 * HOUR_MS);
    const verdict = random() < 0.6 && judge.isVisible(id) ? 'sent' : 'resend';
    await survive(async () => {
      try {
        await protocol.decideSend(
          { store: watchedStore, clock: { now: () => Math.floor(time.now()) } },
          id,
          verdict,
          'Jane',
        );
        if (verdict === 'resend') judge.resentByPerson(id);
      } catch (error) {
        if (!(error instanceof SendRefusal)) throw error;
      }
    });
  };

  /** Somebody of ours who writes in the vendor's own window, and leads who write again. */
  const othersWrite = () => {
    const thread = threads[Math.floor(random() * threads.length)];
    if (!thread) return;
    const direction = random() < 0.5 ? 'outbound' : 'inbound';
    world.addMessage(thread.id, { direction, sentAt: time.now(), text: `Something else, said at ${time.now()}.` });
  };

  for (let at = START; at < START + STORM_MS + HEAL_MS; at += SWEEP_MS) {
    await time.runUntil(at);
    if (at >= START + STORM_MS && hostile.roughness !== CALM) {
      hostile.roughness = CALM;
      Object.assign(switches, createSwitches({ forwardsShow: switches.forwardsShow }));
    }
    if (at < START + STORM_MS && random() < 0.2) othersWrite();
    const due = (await store.due(Math.floor(time.now()), 10_000)).filter(isSendAddress);
    for (const { partition } of due) {
      const id = partition.slice('SEND#'.length);
      void run(id);
      // A schedule may fire twice.
      if (random() < 0.1) void run(id);
    }
    for (const id of judge.toConsider()) if (random() < 0.5) void person(id);
  }
  await time.runUntil(START + STORM_MS + HEAL_MS + HOUR_MS);
  if (unexpected.length > 0) throw unexpected[0];
  return { ...(await judge.verdict(store)), seed, vendor };
}
