import { CONNECTIONS_AT_ONCE } from '../../../lambdas/runtime/poll-shard.ts';
import { ASSUMED } from './assumptions.ts';
import { type CostLine, costLine } from './cost.ts';
import {
  bytesPerCall,
  CPU_SHARE,
  GB_OF_FUNCTION,
  type Profile,
  roundLogBytes,
  SWEEP_READ_UNITS,
  sweepLogBytes,
  sweepSeconds,
} from './idle-cost.ts';
import type { Counts } from './profile.ts';
import type { ScaleResult } from './scale.ts';

const GB = 1e9;
const SHARD_HEADS = 1_000;
/** An order is received and taken off; orders are sent ten at a time. */
const QUEUE_CALLS_EACH = 2;
const ORDERS_A_CALL = 10;
const DELIVER_CPU_MS = 15;
const SOCKETS_A_ROUND = CONNECTIONS_AT_ONCE;

/** The simulation has as many feeds of one vendor as of the other. */
type Mean = (of: (counts: Counts) => number) => number;

function lambdaLines({ pollSeconds, tickSeconds, shards, told }: ScaleResult): readonly CostLine[] {
  const deliverSeconds = (told * (ASSUMED.deliverMs + DELIVER_CPU_MS / CPU_SHARE)) / 1_000;
  const otherSeconds = tickSeconds + sweepSeconds();
  return [
    costLine('Lambda `poll`: time, CPU included', 'lambdaGbSecond', pollSeconds * GB_OF_FUNCTION),
    costLine('Lambda `deliver`: time', 'lambdaGbSecond', deliverSeconds * GB_OF_FUNCTION),
    costLine('Lambda `tick` and `sweep`: time', 'lambdaGbSecond', otherSeconds * GB_OF_FUNCTION),
    costLine('Lambda requests', 'lambdaRequest', 2 + shards + told),
  ];
}

function databaseLines({ feeds, shards, told }: ScaleResult, mean: Mean): readonly CostLine[] {
  const heads = mean(({ shardUnits }) => shardUnits / SHARD_HEADS);
  const state = mean(({ idle }) => idle.readUnits / idle.polls);
  const found = mean(({ newThread, delivery }) => newThread.readUnits + delivery.readUnits);
  const tails = mean(({ tails: { writeUnits } }) => writeUnits);
  const daily = mean(({ idle }) => idle.writeUnits / idle.polls);
  return [
    costLine('DynamoDB: a Query over the heads of each shard', 'readUnit', feeds * heads + shards),
    costLine(
      'DynamoDB: a Query over the tail clocks of each shard',
      'readUnit',
      shards * mean((counts) => counts.tails.readUnits),
    ),
    costLine('DynamoDB: state read at daily readings, and events looked for', 'readUnit', feeds * state),
    costLine('DynamoDB: state and events read for new replies', 'readUnit', told * found),
    costLine('DynamoDB: which config is in force; what is due', 'readUnit', 1 + shards + SWEEP_READ_UNITS),
    costLine('DynamoDB: tail clocks written', 'writeUnit', shards * tails),
    costLine('DynamoDB: heads written twice a day', 'writeUnit', feeds * daily),
    costLine('DynamoDB: new replies recorded', 'writeUnit', told * mean(({ newThread }) => newThread.writeUnits)),
    costLine('DynamoDB: new replies delivered', 'writeUnit', told * mean(({ delivery }) => delivery.writeUnits)),
  ];
}

function otherLines({ shards, told, calls, listings, decryptions }: ScaleResult, mean: Mean): readonly CostLine[] {
  const queueCalls = shards * QUEUE_CALLS_EACH + Math.ceil(shards / ORDERS_A_CALL) + ASSUMED.idleQueueRequests;
  const logs = shards * roundLogBytes() + (told + 2) * sweepLogBytes();
  const handshakes = shards * SOCKETS_A_ROUND * ASSUMED.handshakeBytes;
  return [
    costLine('Scheduler', 'schedule', 2),
    costLine('SQS: orders', 'sqsRequest', queueCalls),
    costLine('Logs', 'logGb', logs / GB),
    costLine('KMS: parameters decrypted once in each container’s life', 'kmsRequest', decryptions),
    costLine('Data transfer: calls', 'transferGb', ((calls + listings) * mean(bytesPerCall)) / GB),
    costLine('Data transfer: TLS connections opened', 'transferGb', handshakes / GB),
  ];
}

/** A month of what the simulation used in an average minute. */
export function scaleLines(result: ScaleResult, campaigns: Profile, workspaces: Profile): readonly CostLine[] {
  const mean: Mean = (of) => (of(campaigns.counts) + of(workspaces.counts)) / 2;
  return [...lambdaLines(result), ...databaseLines(result, mean), ...otherLines(result, mean)];
}
