import { logLine, metricsLine } from '../../../lambdas/runtime/metrics.ts';
import { CONNECTIONS_AT_ONCE, FEEDS_AT_ONCE } from '../../../lambdas/runtime/poll-shard.ts';
import { SHARD_FEEDS_MAX } from '../../../lambdas/runtime/shards.ts';
import { RECONCILE_AT_ONCE } from '../../../shared/polling/thread/reconcile.ts';
import type { Random } from '../../../shared/ports.ts';
import { ASSUMED, drawLatency, wireBytes } from './assumptions.ts';
import { type CostLine, costLine } from './cost.ts';
import type { Counts } from './profile.ts';
import { type FeedWork, type RoundWorld, roundMs } from './round-model.ts';

const CAMPAIGNS_EACH = 50;
const FEEDS_FRESH_MINUTES = 5;
const ROUNDS = 60;
const GB = 1e9;

export const GB_OF_FUNCTION = ASSUMED.memoryMb / 1024;
export const CPU_SHARE = Math.min(1, ASSUMED.memoryMb / ASSUMED.processorMb);

export interface Profile {
  readonly counts: Counts;
  /** Of a full idle round, Queries included. */
  readonly cpuMsPerCall: Readonly<Record<Answers, number>>;
}

/** As in the round before, so that they need not be parsed, or not. */
export type Answers = 'same' | 'changed';

export const connectionsOf = ({ counts }: Profile) =>
  counts.vendor === 'coldsend' ? SHARD_FEEDS_MAX : SHARD_FEEDS_MAX / CAMPAIGNS_EACH;

/** In which that many API keys lie. */
export const parametersOf = (keys: number) => Math.ceil(keys / ASSUMED.keysAParameter);

/** `stalls`: a vendor that now and then does not answer. */
export const roundWorld = (random: Random, stalls: boolean): RoundWorld => ({
  cpuShare: CPU_SHARE,
  latencyMs: () => drawLatency(random, stalls),
  storeLatencyMs: ASSUMED.storeLatencyMs,
  storeCpuMs: ASSUMED.storeCpuMs,
  openingMs: ASSUMED.openingMs,
  openingCpuMs: 0,
});

export interface IdleWork extends FeedWork {
  /** Those that go side by side each counted. */
  readonly vendorCalls: number;
}

/** A poll with nothing new; now and then one that makes more than two calls: an interested scan, or the daily reconcile. */
export function idleWork(profile: Profile, answers: Answers, random: Random): IdleWork {
  const { idle } = profile.counts;
  const cpuMsPerCall = profile.cpuMsPerCall[answers];
  const longer = idle.longer[Math.floor(random() * idle.polls)];
  if (!longer) return { calls: 2, vendorCalls: 2, cpuMsPerCall, storeCalls: 0 };
  const { pages, openings } = longer;
  const vendorCalls = 2 + pages + openings;
  // The model has calls one after another; those that go side by side are one of them, with the work of all.
  const steps = 2 + pages + Math.ceil(openings / RECONCILE_AT_ONCE);
  const storeCalls = openings > 0 ? Math.round((idle.queries + idle.puts + idle.gets) / RECONCILE_AT_ONCE) : 0;
  return { calls: steps, vendorCalls, cpuMsPerCall: (cpuMsPerCall * vendorCalls) / steps, storeCalls };
}

/** Mean length of an idle round over one full shard, in seconds of one function. */
export function idleRoundSeconds(profile: Profile, answers: Answers, random: Random): number {
  const connections = connectionsOf(profile);
  const feedsEach = SHARD_FEEDS_MAX / connections;
  let sum = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const work = Array.from({ length: connections }, () =>
      Array.from({ length: feedsEach }, () => idleWork(profile, answers, random)),
    );
    sum += Math.ceil(roundMs(roundWorld(random, false), work));
  }
  return sum / ROUNDS / 1_000;
}

const CONTEXT = {
  stage: 'production',
  function: 'replybus-production-tick',
  requestId: '00000000-0000-0000-0000-000000000000',
};

/** What one round writes to the log: its line, its metrics, and the platform's own. */
export function roundLogBytes(): number {
  const counts = {
    feeds: 1_000,
    polled: 1_000,
    recorded: 0,
    conflicts: 0,
    unauthorized: 0,
    failed: 0,
    broken: 0,
    skipped: 0,
  };
  const line = logLine(CONTEXT, 'info', 'poll.round', { shard: 0, ...counts, lagMs: 5_000, budgetLeft: 40 });
  const metrics = metricsLine(CONTEXT, 1e12, {
    PollLag: 5_000,
    Recorded: 0,
    Unauthorized: 0,
    BudgetLeft: 40,
    Broken: 0,
  });
  return line.length + (metrics?.length ?? 0) + ASSUMED.platformLogBytes;
}

export const sweepLogBytes = () =>
  (metricsLine(CONTEXT, 1e12, { Delivered: 0 })?.length ?? 0) + ASSUMED.platformLogBytes;

export const sweepSeconds = () => (ASSUMED.sweepMs + ASSUMED.sweepCpuMs / CPU_SHARE) / 1_000;
/** Which config is in force, and one Query over each bucket of the index of what is due, eventually consistent. */
export const SWEEP_READ_UNITS = 1 + 8 / 2;

/** Bytes out for one call of an idle poll, on average; `packed`: were the answer so small that one packet takes it. */
export function bytesPerCall({ idle }: Counts, packed = false): number {
  const calls = idle.calls + idle.listings;
  return wireBytes(idle.sentBytes / calls, packed ? 1 : idle.answerBytes / calls);
}

/** A month of 1,000 idle feeds in one shard, polled in place by `tick`, with `sweep` beside it. */
export function idleLines(profile: Profile, random: Random): readonly CostLine[] {
  const { counts } = profile;
  const { idle } = counts;
  const connections = connectionsOf(profile);
  const perPoll = SHARD_FEEDS_MAX / idle.polls;
  const listings = idle.listings > 0 ? connections / FEEDS_FRESH_MINUTES : 0;
  const sockets = connections > CONNECTIONS_AT_ONCE ? CONNECTIONS_AT_ONCE : connections * FEEDS_AT_ONCE;
  const calls = idle.calls * perPoll + listings;
  return [
    costLine(
      'Lambda `tick`: time, CPU included',
      'lambdaGbSecond',
      idleRoundSeconds(profile, 'same', random) * GB_OF_FUNCTION,
    ),
    costLine('Lambda `sweep`: time, CPU included', 'lambdaGbSecond', sweepSeconds() * GB_OF_FUNCTION),
    costLine('Lambda requests', 'lambdaRequest', 2),
    costLine('DynamoDB: one Query over the checkpoints', 'readUnit', counts.shardUnits),
    costLine('DynamoDB: one Query over the clocks of the interested scans', 'readUnit', counts.scanClocks.readUnits),
    costLine('DynamoDB: state read at daily reconciles, and events verified', 'readUnit', idle.readUnits * perPoll),
    costLine('DynamoDB: which config is in force; what is due', 'readUnit', 1 + SWEEP_READ_UNITS),
    costLine('DynamoDB: clocks of the interested scans written', 'writeUnit', counts.scanClocks.writeUnits),
    costLine('DynamoDB: checkpoints written twice a day', 'writeUnit', idle.writeUnits * perPoll),
    costLine('Scheduler', 'schedule', 2),
    costLine('SQS: the idle queue asked for orders', 'sqsRequest', ASSUMED.idleQueueRequests),
    costLine('Logs', 'logGb', (roundLogBytes() + sweepLogBytes()) / GB),
    costLine(
      'KMS: parameters decrypted once in a container’s life',
      'kmsRequest',
      parametersOf(connections) / ASSUMED.containerLifeMinutes,
    ),
    costLine('Data transfer: calls', 'transferGb', (calls * bytesPerCall(counts)) / GB),
    costLine('Data transfer: TLS connections opened', 'transferGb', (sockets * ASSUMED.handshakeBytes) / GB),
  ];
}

/** What else would change that bill, and by how much; negative: less. `random` is made anew for each round, so that both draw alike. */
export function changeLines(profile: Profile, random: () => Random): readonly CostLine[] {
  const { counts } = profile;
  const calls = (counts.idle.calls * SHARD_FEEDS_MAX) / counts.idle.polls;
  const packedBytes = calls * (bytesPerCall(counts) - bytesPerCall(counts, true));
  const connections = connectionsOf(profile);
  const parsing = idleRoundSeconds(profile, 'changed', random()) - idleRoundSeconds(profile, 'same', random());
  return [
    costLine(
      'No two answers of the vendor are the same text: each is parsed',
      'lambdaGbSecond',
      parsing * GB_OF_FUNCTION,
    ),
    costLine(
      'Each API key lies in a parameter of its own',
      'kmsRequest',
      (connections - parametersOf(connections)) / ASSUMED.containerLifeMinutes,
    ),
    costLine('The vendor compresses its answers: few packets to acknowledge', 'transferGb', -packedBytes / GB),
  ];
}
