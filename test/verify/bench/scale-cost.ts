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
const SHARD_CHECKPOINTS = 1_000;
/** An order is received and taken off; orders are sent ten at a time. */
const QUEUE_CALLS_EACH = 2;
const ORDERS_A_CALL = 10;
const DELIVER_CPU_MS = 15;
const SOCKETS_A_ROUND = CONNECTIONS_AT_ONCE;

/** The simulation has as many feeds of one vendor as of the other. */
type Mean = (of: (counts: Counts) => number) => number;

function lambdaLines({ pollSeconds, tickSeconds, shards, recorded }: ScaleResult): readonly CostLine[] {
  const deliverSeconds = (recorded * (ASSUMED.deliverMs + DELIVER_CPU_MS / CPU_SHARE)) / 1_000;
  const otherSeconds = tickSeconds + sweepSeconds();
  return [
    costLine('Lambda `poll`: time, CPU included', 'lambdaGbSecond', pollSeconds * GB_OF_FUNCTION),
    costLine('Lambda `deliver`: time', 'lambdaGbSecond', deliverSeconds * GB_OF_FUNCTION),
    costLine('Lambda `tick` and `sweep`: time', 'lambdaGbSecond', otherSeconds * GB_OF_FUNCTION),
    costLine('Lambda requests', 'lambdaRequest', 2 + shards + recorded),
  ];
}

function databaseLines({ feeds, shards, recorded }: ScaleResult, mean: Mean): readonly CostLine[] {
  const checkpoints = mean(({ shardUnits }) => shardUnits / SHARD_CHECKPOINTS);
  const state = mean(({ idle }) => idle.readUnits / idle.polls);
  const found = mean(({ newThread, delivery }) => newThread.readUnits + delivery.readUnits);
  const scanClocks = mean(({ scanClocks: { writeUnits } }) => writeUnits);
  const daily = mean(({ idle }) => idle.writeUnits / idle.polls);
  return [
    costLine('DynamoDB: a Query over the checkpoints of each shard', 'readUnit', feeds * checkpoints + shards),
    costLine(
      'DynamoDB: a Query over the clocks of the interested scans of each shard',
      'readUnit',
      shards * mean((counts) => counts.scanClocks.readUnits),
    ),
    costLine('DynamoDB: state read at daily reconciles, and events verified', 'readUnit', feeds * state),
    costLine('DynamoDB: state and events read for new replies', 'readUnit', recorded * found),
    costLine('DynamoDB: which config is in force; what is due', 'readUnit', 1 + shards + SWEEP_READ_UNITS),
    costLine('DynamoDB: clocks of the interested scans written', 'writeUnit', shards * scanClocks),
    costLine('DynamoDB: checkpoints written twice a day', 'writeUnit', feeds * daily),
    costLine('DynamoDB: new replies recorded', 'writeUnit', recorded * mean(({ newThread }) => newThread.writeUnits)),
    costLine('DynamoDB: new replies delivered', 'writeUnit', recorded * mean(({ delivery }) => delivery.writeUnits)),
  ];
}

function otherLines({ shards, recorded, calls, listings, decryptions }: ScaleResult, mean: Mean): readonly CostLine[] {
  const queueCalls = shards * QUEUE_CALLS_EACH + Math.ceil(shards / ORDERS_A_CALL) + ASSUMED.idleQueueRequests;
  const logs = shards * roundLogBytes() + (recorded + 2) * sweepLogBytes();
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
