import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { nodeHttp } from '../../adapters/node/http.ts';
import { type RunningSandbox, startSandbox } from '../../sandbox/server.ts';
import { createSwitches, DEMO_KEYS, type Switches, type Vendor } from '../../sandbox/switches.ts';
import type { Http } from '../../shared/ports.ts';
import { providerNamed } from '../../shared/providers/index.ts';
import { acceptSend } from '../../shared/sending/accept.ts';
import type { SendingPorts } from '../../shared/sending/ports.ts';
import { runSend } from '../../shared/sending/run.ts';
import type { StoredSend } from '../../shared/sending/send.ts';
import { type MemoryStore, memoryStore } from '../../shared/store/memory.ts';
import { CONNECTION, replyTo } from '../verify/sending/bench.ts';

const HOUR_MS = 3_600_000;

interface Wire {
  readonly store: MemoryStore;
  readonly ports: SendingPorts;
  /** Moves the clock of the protocol; the vendor's goes on by itself. */
  wait(ms: number): void;
}

describe.each(['cohesive', 'coldsend'] as const)('a reply to %s over sockets', (vendor: Vendor) => {
  let sandbox: RunningSandbox;
  let wire: Wire;
  let threadId: string;

  beforeAll(async () => {
    sandbox = await startSandbox({ port: 0, seed: 1, lively: false });
  });
  afterAll(async () => {
    await sandbox.stop();
  });
  beforeEach(async () => {
    Object.assign(sandbox.switches, createSwitches());
    sandbox.world.outbox.length = 0;
    wire = open();
    threadId = await freshThread();
  });

  function open(http: Http = nodeHttp({ allowPrivate: true }), store = memoryStore()): Wire {
    let ahead = 0;
    const clock = { now: () => Date.now() + ahead, sleep: async (ms: number) => await sleep(ms) };
    const log = { info: () => {}, warn: () => {} };
    const provider = providerNamed(vendor);
    if (!provider) throw new Error(vendor);
    const connection = provider.connect(
      { apiKey: DEMO_KEYS[vendor], baseUrl: sandbox.urls[vendor], quotaShare: 1 },
      { http, clock, random: () => 0, log },
    );
    let owners = 0;
    const newOwner = () => {
      owners += 1;
      return `owner-${owners}`;
    };
    const limits = { off: false, perDay: 100, perConversationPerDay: 100 };
    const connections = [{ id: CONNECTION, connection, limits }];
    const fetchFile = async () => ({ contentBase64: '' });
    return {
      store,
      ports: { store, clock, random: () => 0, log, connections, newOwner, fetchFile },
      wait: (ms) => {
        ahead += ms;
      },
    };
  }

  async function freshThread(): Promise<string> {
    const { world } = sandbox;
    const campaign = world.addCampaign({ vendor });
    const leadEmail = `lead${world.threads.size}@acme.example`;
    const thread = world.addThread({ campaignId: campaign.id, leadEmail, leadName: 'Jane', vendor });
    world.addMessage(thread.id, { direction: 'outbound', sentAt: world.now() - HOUR_MS, text: 'Hello' });
    world.addMessage(thread.id, { direction: 'inbound', sentAt: world.now() - 1_000, text: 'Tell me more' });
    return vendor === 'coldsend'
      ? thread.id
      : Buffer.from(JSON.stringify([campaign.id, leadEmail])).toString('base64url');
  }

  const under = (switches: Partial<Switches>) => Object.assign(sandbox.switches, { faultScope: 'writes' }, switches);
  const accept = async (change = {}) => (await acceptSend(wire.ports, replyTo(threadId, change))).send;
  async function run(send: StoredSend, afterMs = 0): Promise<StoredSend | undefined> {
    wire.wait(afterMs);
    return await runSend(wire.ports, send.id);
  }

  it('is sent once and confirmed', async () => {
    const send = await accept();
    expect((await run(send))?.state).toBe('sent');
    expect((await run(send, 6_000))?.state).toBe('confirmed');
    expect(sandbox.world.outbox).toHaveLength(1);
  });

  const UNKNOWN: readonly (readonly [string, Partial<Switches>])[] = [
    ['a reset after the vendor took it', { resetAfterRate: 1 }],
    ['a 500 after it was sent', { errorAfterRate: 1 }],
    ['a page of HTML', { htmlRate: 1 }],
    ['half an answer', { truncatedRate: 1 }],
  ];
  it.each(UNKNOWN)('that ends in %s is found and not sent again', async (_name, fault) => {
    const send = await accept();
    under(fault);
    expect((await run(send))?.state).toBe('uncertain');
    expect((await run(send, 6_000))?.state).toBe('confirmed');
    expect(sandbox.world.outbox).toHaveLength(1);
  });

  it('that was queued and lost its answer is found when it shows up', async () => {
    const send = await accept();
    under({ resetAfterRate: 1, sentDelayMs: 400 });
    expect((await run(send))?.state).toBe('uncertain');
    expect((await run(send, 6_000))?.state).toBe('uncertain');
    await sleep(450);
    expect((await run(send, 20_000))?.state).toBe('confirmed');
    expect(sandbox.world.outbox).toHaveLength(1);
  });

  it('that never got a connection is sent when there is one', async () => {
    const send = await accept();
    const http = nodeHttp({ allowPrivate: true });
    const nobodyListens: Http = async (request) =>
      await http(request.method === 'GET' ? request : { ...request, url: 'http://127.0.0.1:9/' });
    const { ports } = open(nobodyListens, wire.store);
    expect((await runSend(ports, send.id))?.state).toBe('waiting');
    expect((await run(send, 11_000))?.state).toBe('sent');
    expect(sandbox.world.outbox).toHaveLength(1);
  });

  it('asked for by two callers with one key at once is sent once', async () => {
    const [one, two] = await Promise.all([accept({ key: 'order-7' }), accept({ key: 'order-7' })]);
    under({ latencyMs: 50 });
    const states = await Promise.all([run(one), run(two), run(one)]);
    expect(states.some((send) => send?.state === 'sent')).toBe(true);
    expect(sandbox.world.outbox).toHaveLength(1);
  });

  it('under a key that names another mail is refused', async () => {
    await accept({ key: 'order-7' });
    await expect(accept({ key: 'order-7', text: 'Other words.' })).rejects.toMatchObject({ kind: 'conflict' });
  });
});
