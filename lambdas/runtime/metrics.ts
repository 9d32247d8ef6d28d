import type { LogFields } from '../../shared/ports.ts';

/** Every metric, with its unit. The alarms and the dashboard in serverless.yml name them; each costs money. */
export const METRICS = {
  /** From the call for a round to its end, or how long the latest feed waits. */
  PollLag: 'Milliseconds',
  /** Events recorded by polling. */
  Recorded: 'Count',
  /** Connections whose key the vendor refuses. */
  Unauthorized: 'Count',
  /** Calls left of the vendor budget that has fewest. */
  BudgetLeft: 'Count',
  Delivered: 'Count',
  /** Deliveries given up until somebody replays them. */
  Parked: 'Count',
  /** Sends of which nobody knows whether they left; they are looked for. */
  Uncertain: 'Count',
  /** Sends a person must decide. */
  NeedsDecision: 'Count',
  /** What failed for a reason of ours, and is tried again. */
  Broken: 'Count',
} as const;

export type MetricName = keyof typeof METRICS;
export const NAMESPACE = 'Replybus';

/** Names of log fields that may leave the process: ids, counts and codes. What is not listed is left out. */
const FIELDS: ReadonlySet<string> = new Set([
  'address',
  'attempted',
  'broken',
  'budgetLeft',
  'calls',
  'conflicts',
  'connection',
  'count',
  'delivered',
  'error',
  'event',
  'failed',
  'failure',
  'feed',
  'feeds',
  'key',
  'lagMs',
  'left',
  'offset',
  'pages',
  'parked',
  'partition',
  'passes',
  'polled',
  'reason',
  'recorded',
  'rows',
  'send',
  'shard',
  'shards',
  'sink',
  'skipped',
  'state',
  'tries',
  'unauthorized',
  'version',
  'why',
]);

const TEXT_MAX = 200;

function allowed(fields: LogFields): LogFields {
  const kept = Object.entries(fields).flatMap(([name, value]) => {
    if (!FIELDS.has(name) || value === undefined) return [];
    return [[name, typeof value === 'string' ? value.slice(0, TEXT_MAX) : value]];
  });
  return Object.fromEntries(kept);
}

export interface LineContext {
  readonly stage: string;
  readonly function: string;
  readonly requestId?: string;
}

/** One line of JSON. */
export function logLine(
  context: LineContext,
  level: 'info' | 'warn' | 'error',
  event: string,
  fields: LogFields = {},
): string {
  return JSON.stringify({ level, event, ...context, ...allowed(fields) });
}

/**
 * One line in CloudWatch's embedded metric format: metrics without an API call. One dimension, the stage, since each
 * further value of a dimension would be a metric of its own on the bill.
 */
export function metricsLine(
  context: LineContext,
  now: number,
  values: Readonly<Partial<Record<MetricName, number>>>,
): string | undefined {
  const names = (Object.keys(values) as MetricName[]).filter((name) => values[name] !== undefined);
  if (names.length === 0) return undefined;
  return JSON.stringify({
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          Dimensions: [['Stage']],
          Metrics: names.map((Name) => ({ Name, Unit: METRICS[Name] })),
        },
      ],
    },
    Stage: context.stage,
    function: context.function,
    ...values,
  });
}
