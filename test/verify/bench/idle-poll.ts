import { systemClock, systemRandom } from '../../../adapters/node/clock.ts';
import { nodeHttp } from '../../../adapters/node/http.ts';
import type { Vendor } from '../../../sandbox/switches.ts';
import { DEMO_KEYS } from '../../../sandbox/switches.ts';
import { compose } from '../../../shared/events/compose.ts';
import { POLL_LIMITS } from '../../../shared/polling/feed/limits.ts';
import { createPoller, type Poller } from '../../../shared/polling/poller.ts';
import { WholeShard } from '../../../shared/polling/state/shard.ts';
import type { HttpRequest } from '../../../shared/ports.ts';
import { providerNamed } from '../../../shared/providers/index.ts';
import { memoryStore } from '../../../shared/store/memory.ts';
import { bareHttp } from './bare.ts';
import { type Compared, compare } from './measure.ts';
import { SILENT } from './parts.ts';
import type { VendorProcess } from './vendor-process.ts';

export const LATENCY_MS = 20;
const POLLS = 10;
const REPETITIONS = 21;

interface OneFeed {
  readonly poller: Poller;
  readonly shard: WholeShard;
  /** Requests since the list was last emptied. */
  readonly requests: HttpRequest[];
}

function openFeed(vendor: Vendor, { urls, campaigns }: VendorProcess): OneFeed {
  const provider = providerNamed(vendor);
  if (!provider) throw new Error(vendor);
  const requests: HttpRequest[] = [];
  const http = nodeHttp({ allowPrivate: true });
  const remembered = (request: HttpRequest) => {
    requests.push(request);
    return http(request);
  };
  const ports = { http: remembered, clock: systemClock, random: systemRandom, log: SILENT };
  // The whole share of a minute's budget would be gone after some repetitions.
  const options = { apiKey: DEMO_KEYS[vendor], baseUrl: urls[vendor], quotaShare: 1_000 };
  const connection = provider.connect(options, ports);
  const store = memoryStore();
  const shard = new WholeShard(store, 0);
  const polled = { id: 'one', campaigns: campaigns.slice(0, 1), connection, everyMs: 1_000 };
  const poller = createPoller(polled, { store, compose, clock: systemClock, log: SILENT }, POLL_LIMITS, shard);
  return { poller, shard, requests };
}

async function poll({ poller, shard }: OneFeed): Promise<void> {
  await shard.refresh();
  const { failure } = await poller.poll({ isDue: () => true });
  if (failure) throw failure;
}

/** Idle polls, each with its Query over the checkpoints of the shard, against the same calls one after another. */
export async function compareIdlePoll(vendor: Vendor, process: VendorProcess): Promise<Compared> {
  await process.latency(0);
  const feed = openFeed(vendor, process);
  for (let warm = 0; warm < 200; warm += 1) await poll(feed);
  feed.requests.splice(0);
  await poll(feed);
  const calls = feed.requests.splice(0);
  if (calls.length !== 2) throw new Error(`An idle poll made ${calls.length} calls.`);
  const get = bareHttp();
  for (let warm = 0; warm < 200; warm += 1) for (const call of calls) await get(call);
  await process.latency(LATENCY_MS);
  const polls = async () => {
    for (let index = 0; index < POLLS; index += 1) await poll(feed);
  };
  const bare = async () => {
    for (let index = 0; index < POLLS; index += 1) for (const call of calls) await get(call);
  };
  return await compare(polls, bare, REPETITIONS);
}
