import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { systemClock, systemRandom } from '../../../adapters/node/clock.ts';
import { nodeHttp } from '../../../adapters/node/http.ts';
import {
  CONNECTIONS_AT_ONCE,
  FEEDS_AT_ONCE,
  pollShard,
  type ShardConnection,
} from '../../../lambdas/runtime/poll-shard.ts';
import { SHARD_FEEDS_MAX } from '../../../lambdas/runtime/shards.ts';
import type { Vendor } from '../../../sandbox/switches.ts';
import { DEMO_KEYS } from '../../../sandbox/switches.ts';
import { inParallel } from '../../../shared/concurrency/in-parallel.ts';
import { compose } from '../../../shared/events/compose.ts';
import { POLL_LIMITS } from '../../../shared/polling/feed/limits.ts';
import { createPoller } from '../../../shared/polling/poller.ts';
import { WholeShard } from '../../../shared/polling/state/shard.ts';
import type { Http, HttpRequest } from '../../../shared/ports.ts';
import { providerNamed } from '../../../shared/providers/index.ts';
import { memoryStore } from '../../../shared/store/memory.ts';
import type { Store } from '../../../shared/store/store.ts';
import { CERTIFICATE } from '../../forwarding/certificate.ts';
import { plainOf } from '../../store/plain.ts';
import { bareHttp } from './bare.ts';
import type { DatabaseProcess } from './database-process.ts';
import { type Compared, compare } from './measure.ts';
import { SILENT } from './parts.ts';
import type { VendorProcess } from './vendor-process.ts';

const REPETITIONS = 7;
const EVERY_MS = 1_000;

/** Connections with their keys and campaigns that make up one full shard. */
export function shardOf(vendor: Vendor, { campaigns, coldsendKeys }: VendorProcess) {
  if (vendor === 'coldsend') return coldsendKeys.map((apiKey) => ({ apiKey, campaigns: ['*'] }));
  const connections = SHARD_FEEDS_MAX / campaigns.length;
  return Array.from({ length: connections }, () => ({ apiKey: DEMO_KEYS.cohesive, campaigns }));
}

const loopbackHttp = () =>
  nodeHttp({
    allowPrivate: true,
    resolve: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
  });

/** TLS connections do not live from one minute to the next: each round opens its own. */
class RoundHttp {
  #http = loopbackHttp();
  #rounds = 0;
  readonly requests: HttpRequest[] = [];
  /** Whether each round's answers are other texts than those of the round before, though they say the same. */
  changing = false;

  renew(): void {
    this.#http = loopbackHttp();
    this.#rounds += 1;
    this.requests.splice(0);
  }

  call: Http = async (request) => {
    this.requests.push(request);
    const answer = await this.#http(request);
    return this.changing ? { ...answer, body: answer.body + ' '.repeat(this.#rounds) } : answer;
  };
}

function openShard(
  vendor: Vendor,
  process: VendorProcess,
  http: Http,
  store: Store,
  shard: WholeShard,
): ShardConnection[] {
  const provider = providerNamed(vendor);
  if (!provider) throw new Error(vendor);
  const { pathname } = new URL(process.urls[vendor]);
  const baseUrl = `https://mail.example:${process.tlsPort}${pathname}`;
  const ports = { http, clock: systemClock, random: systemRandom, log: SILENT };
  return shardOf(vendor, process).map(({ apiKey, campaigns }, index) => {
    const connection = provider.connect({ apiKey, baseUrl, quotaShare: 1_000 }, ports);
    const id = `connection-${index}`;
    const polled = { id, campaigns, connection, everyMs: EVERY_MS };
    const poller = createPoller(polled, { store, compose, clock: systemClock, log: SILENT }, POLL_LIMITS, shard);
    return { id, paused: false, poller, budget: connection.budget };
  });
}

async function round(shard: WholeShard, connections: readonly ShardConnection[]): Promise<void> {
  const calledAt = systemClock.now();
  const parts = { shard, connections, calledAt, until: calledAt + 3_600_000, clock: systemClock, log: SILENT };
  const { polled, failed, broken } = await pollShard(parts);
  if (polled !== SHARD_FEEDS_MAX || failed + broken > 0) throw new Error(`${polled} polled, ${failed + broken} failed`);
}

/** Checkpoints and clocks of the interested scans as they lie in the database once the feeds are idle, versions included. */
async function copyPartition(from: Store, to: Store, partition: string): Promise<void> {
  await inParallel(await from.list(partition), 16, async ({ key, value, version }) => {
    const put = { partition, key, value: plainOf({ value }) };
    for (let expected = 0; expected < version; expected += 1) await to.put(put, expected);
  });
}

export interface IdleRounds {
  /** Answers as they were in the round before. */
  readonly same: Compared;
  /** Answers that have to be parsed. */
  readonly changed: Compared;
}

/**
 * One idle round over a full shard, as a function runs it: TLS, Queries over 1,000 checkpoints and their clocks through the SDK, 2,000
 * calls. Against it the same calls with as many at once, and nothing else.
 */
export async function compareRound(
  vendor: Vendor,
  vendors: VendorProcess,
  database: DatabaseProcess,
  shardNumber: number,
): Promise<IdleRounds> {
  setDefaultCACertificates([...getCACertificates(), CERTIFICATE]);
  await vendors.latency(0);
  const http = new RoundHttp();
  const memory = memoryStore();
  const warmUp = new WholeShard(memory, shardNumber);
  for (let rounds = 0; rounds < 3; rounds += 1)
    await round(warmUp, openShard(vendor, vendors, http.call, memory, warmUp));
  for (const partition of [warmUp.partition, warmUp.scanClocks.partition])
    await copyPartition(memory, database.store, partition);
  const shard = new WholeShard(database.store, shardNumber);
  const connections = openShard(vendor, vendors, http.call, memory, shard);
  await round(shard, connections);
  http.renew();
  await round(shard, connections);
  const calls = [...http.requests];
  if (calls.length !== 2 * SHARD_FEEDS_MAX) throw new Error(`An idle round made ${calls.length} calls.`);
  const ours = async () => {
    http.renew();
    await round(shard, connections);
  };
  const atOnce =
    vendor === 'coldsend' ? CONNECTIONS_AT_ONCE : FEEDS_AT_ONCE * (SHARD_FEEDS_MAX / vendors.campaigns.length);
  const bare = async () => {
    const get = bareHttp();
    await inParallel(calls, atOnce, get);
  };
  const same = await compare(ours, bare, REPETITIONS);
  http.changing = true;
  return { same, changed: await compare(ours, bare, REPETITIONS) };
}
