import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';

/** What the deployment's template says of functions and of what calls them. */

const Reference = z.object({ Ref: z.string() });
const Resource = z.object({ Type: z.string(), Properties: z.optional(z.record(z.string(), z.unknown())) });
const Resources = z.object({ Resources: z.record(z.string(), Resource) });

const FunctionProperties = z.object({
  FunctionName: z.string(),
  Handler: z.string(),
  MemorySize: z.number(),
  Timeout: z.number(),
  Environment: z.object({ Variables: z.record(z.string(), z.union([z.string(), Reference])) }),
});

const FilterPattern = z.object({
  eventName: z.array(z.string()),
  dynamodb: z.object({
    Keys: z.record(z.string(), z.object({ S: z.array(z.union([z.string(), z.object({ prefix: z.string() })])) })),
  }),
});

const MappingProperties = z.object({
  BatchSize: z.number(),
  FunctionName: z.object({ 'Fn::GetAtt': z.array(z.string()) }),
  MaximumRetryAttempts: z.optional(z.number()),
  BisectBatchOnFunctionError: z.optional(z.boolean()),
  FunctionResponseTypes: z.array(z.string()),
  FilterCriteria: z.optional(z.object({ Filters: z.array(z.object({ Pattern: z.string() })) })),
});

const QueueProperties = z.object({
  RedrivePolicy: z.optional(z.object({ maxReceiveCount: z.number() })),
});

export const FUNCTIONS = ['tick', 'poll', 'deliver', 'sweep', 'api'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

export interface FunctionSpec {
  readonly name: string;
  readonly handler: string;
  readonly memoryMegabytes: number;
  readonly timeoutMs: number;
  /** A value is a text, or the name of a resource whose `Ref` it is. */
  readonly variables: Readonly<Record<string, string | { readonly Ref: string }>>;
}

export type FilterRule = z.infer<typeof FilterPattern>;

export interface StreamMapping {
  readonly batchSize: number;
  readonly retries: number;
  readonly bisects: boolean;
  readonly filters: readonly FilterRule[];
}

export interface QueueMapping {
  readonly batchSize: number;
  readonly receivesMax: number;
}

export interface Deployable {
  readonly functions: Readonly<Record<FunctionName, FunctionSpec>>;
  readonly stream: StreamMapping;
  readonly jobs: QueueMapping;
}

type Found = Readonly<Record<string, z.infer<typeof Resource>>>;

function functionNamed(found: Found, name: FunctionName): FunctionSpec {
  const logical = `${name[0]?.toUpperCase()}${name.slice(1)}LambdaFunction`;
  const properties = FunctionProperties.parse(found[logical]?.Properties);
  return {
    name: properties.FunctionName,
    handler: properties.Handler,
    memoryMegabytes: properties.MemorySize,
    timeoutMs: properties.Timeout * 1_000,
    variables: properties.Environment.Variables,
  };
}

function mappingTo(found: Found, logical: string): z.infer<typeof MappingProperties> {
  for (const { Type, Properties } of Object.values(found)) {
    if (Type !== 'AWS::Lambda::EventSourceMapping') continue;
    const mapping = MappingProperties.parse(Properties);
    if (mapping.FunctionName['Fn::GetAtt'][0] === logical) {
      if (mapping.FunctionResponseTypes.includes('ReportBatchItemFailures')) return mapping;
      throw new Error(`${logical} does not report which items failed.`);
    }
  }
  throw new Error(`Nothing calls ${logical}.`);
}

export function readTemplate(file: string): Deployable {
  const found = Resources.parse(JSON.parse(readFileSync(file, 'utf8'))).Resources;
  const stream = mappingTo(found, 'DeliverLambdaFunction');
  const jobs = mappingTo(found, 'PollLambdaFunction');
  const queue = QueueProperties.parse(found.Jobs?.Properties);
  const filters = stream.FilterCriteria?.Filters ?? [];
  return {
    functions: {
      tick: functionNamed(found, 'tick'),
      poll: functionNamed(found, 'poll'),
      deliver: functionNamed(found, 'deliver'),
      sweep: functionNamed(found, 'sweep'),
      api: functionNamed(found, 'api'),
    },
    stream: {
      batchSize: stream.BatchSize,
      retries: stream.MaximumRetryAttempts ?? Number.POSITIVE_INFINITY,
      bisects: stream.BisectBatchOnFunctionError ?? false,
      filters: filters.map(({ Pattern }) => FilterPattern.parse(JSON.parse(Pattern))),
    },
    jobs: { batchSize: jobs.BatchSize, receivesMax: queue.RedrivePolicy?.maxReceiveCount ?? 1 },
  };
}
