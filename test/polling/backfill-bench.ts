import { seededRandom } from '../../sandbox/seeded.ts';
import { createSwitches, type Switches } from '../../sandbox/switches.ts';
import { createWorld } from '../../sandbox/world.ts';
import type { Compose } from '../../shared/events/happening.ts';
import type { StoredEvent } from '../../shared/outbox/record.ts';
import type { PolledConnection } from '../../shared/polling/poller.ts';
import type { HttpRequest, HttpResponse } from '../../shared/ports.ts';
import { memoryStore } from '../../shared/store/memory.ts';
import { vendorNamed } from '../vendors/index.ts';

export const HOUR = 3_600_000;
export const START = Date.UTC(2026, 0, 5, 8);
const log = { info: () => {}, warn: () => {} };
const compose: Compose = async ({ type, message, backfill: old }) =>
  ({ type, message: message.id, backfill: old === true }) as never;

export interface BenchOptions {
  readonly vendor?: string;
  readonly switches?: Partial<Switches>;
  /** The config's. */
  readonly configured?: 'all' | number;
  readonly threads?: number;
  readonly seed?: number;
  readonly everyMs?: number;
  readonly quotaShare?: number;
}

export type BackfillBench = ReturnType<typeof backfillBench>;

/** One connection with old replies, an hour apart, of which the ten newest leads are interested. */
export function backfillBench({ vendor: name = 'coldsend', ...options }: BenchOptions = {}) {
  const { switches: changes = {}, configured, threads = 130, seed = 1, everyMs = 60_000, quotaShare = 1 } = options;
  const of = vendorNamed(name);
  let now = START;
  const pass = (ms: number) => {
    now += ms;
  };
  const clock = { now: () => now, sleep: async (ms: number) => pass(ms) };
  const world = createWorld({ seed: 3, now: () => now });
  const campaign = world.addCampaign({ vendor: name });
  for (let index = 0; index < threads; index += 1) {
    const leadEmail = `lead${index}@customer.example`;
    const thread = world.addThread({ campaignId: campaign.id, leadEmail, leadName: 'Lead', vendor: name });
    const sentAt = START - (index + 1) * HOUR;
    world.addMessage(thread.id, { direction: 'inbound', sentAt, text: 'An old reply.' });
    if (index < 10) world.setLabel(thread.id, 'interested');
  }
  now += 1_000;
  const switches = createSwitches(changes);
  const served = of.http({ world, switches, random: seededRandom(seed), clock });
  /** May change what the vendor answers. */
  const vendor: { answers?: (request: HttpRequest, answer: HttpResponse) => HttpResponse } = {};
  const http = async (request: HttpRequest) => {
    const answer = await served(request);
    return vendor.answers?.(request, answer) ?? answer;
  };
  const key = { apiKey: of.apiKey, baseUrl: of.baseUrl, quotaShare };
  const connection = of.provider.connect(key, { http, clock, random: () => 0.5, log });
  const polled: PolledConnection = {
    id: 'sales',
    campaigns: ['*'],
    connection,
    everyMs,
    ...(configured === undefined ? {} : { backfill: configured }),
  };
  const store = memoryStore();
  const ports = { store, compose, clock, log };
  const events = () =>
    [...store.items()]
      .map(({ value }) => value as unknown as StoredEvent)
      .filter(({ kind, body }) => kind === 'event' && body !== undefined)
      .map(({ body }) => body as unknown as { type: string; message: string; backfill: boolean });
  const count = (type: string) => events().filter((event) => event.type === type).length;
  return { polled, ports, world, switches, of, vendor, events, count, pass };
}
