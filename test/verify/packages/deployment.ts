import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../adapters/node/clock.ts';
import { DEMO_KEYS, type Vendor } from '../../../sandbox/switches.ts';
import { SCOPES } from '../../../shared/api/scopes.ts';
import { createToken } from '../../../shared/api/tokens.ts';
import type { Config } from '../../../shared/config/schema.ts';
import {
  type CloudWorld,
  DEAD_LETTERS,
  JOBS,
  KEY_PARAMETERS,
  startCloudWorld,
  TABLE,
} from '../../lambdas/cloud-world.ts';
import { type HttpCall, httpEvent } from '../../lambdas/invocations.ts';
import { openClock, type SharedClock } from './clock.ts';
import type { InvokeOptions, Outcome } from './container.ts';
import { DeadLetters } from './dead-letters.ts';
import { Fleet } from './fleet.ts';
import { JobsQueue } from './jobs-queue.ts';
import { TableStream } from './table-stream.ts';
import { startTap, type Tap } from './tap.ts';
import { type Deployable, type FunctionName, type FunctionSpec, readTemplate } from './template.ts';

export const VENDORS: readonly Vendor[] = ['cohesive', 'coldsend'];
/** The connection of each vendor. */
export const CONNECTIONS: Readonly<Record<Vendor, string>> = { cohesive: 'acme', coldsend: 'sales' };
export const HOOK_PARAMETER = '/replybus/hook';
/** A little more than a minute, so that no two rounds fall into one. */
const MINUTE_MS = 61_000;

/** Source: EventBridge Scheduler, the event of a schedule that names no input. */
export const scheduled = () => ({
  version: '0',
  id: randomBytes(8).toString('hex'),
  'detail-type': 'Scheduled Event',
  source: 'aws.scheduler',
  time: new Date(Date.now()).toISOString(),
  detail: '{}',
});

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Parts {
  readonly folder: string;
  readonly packages: string;
  readonly deployable: Deployable;
  readonly clock: SharedClock;
  readonly world: CloudWorld;
  readonly database: Tap;
  readonly services: Tap;
  readonly vendors: Readonly<Record<Vendor, Tap>>;
  readonly token: string;
}

/** What AWS would put into a function's environment, from its template. */
function environmentOf({ world, database, services }: Parts, spec: FunctionSpec): Readonly<Record<string, string>> {
  const references: Readonly<Record<string, string>> = {
    Table: TABLE,
    Jobs: `${services.url}${JOBS}`,
    DeadLetters: `${services.url}${DEAD_LETTERS}`,
  };
  const variables = Object.entries(spec.variables).map(([name, value]) => {
    const text = typeof value === 'string' ? value : references[value.Ref];
    if (text === undefined) throw new Error(`${spec.name} has ${name}, of which the test knows nothing.`);
    return [name, text];
  });
  const { AWS_REGION = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = world.environment;
  return {
    ...Object.fromEntries(variables),
    AWS_REGION,
    AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY,
    AWS_ENDPOINT_URL_DYNAMODB: database.url,
    AWS_ENDPOINT_URL_SSM: services.url,
    AWS_ENDPOINT_URL_SQS: services.url,
    AWS_ENDPOINT_URL_EVENTBRIDGE: services.url,
    REPLYBUS_ALLOW_PRIVATE: 'true',
  };
}

async function newToken({ store }: CloudWorld): Promise<string> {
  const newSecret = () => randomBytes(24).toString('base64url');
  return (await createToken({ store, clock: systemClock, newSecret }, { name: 'test', scopes: SCOPES })).token;
}

/** A whole deployment on this machine: the packaged functions, and everything they call and are called by. */
export class Deployment {
  readonly clock: SharedClock;
  readonly world: CloudWorld;
  readonly database: Tap;
  readonly services: Tap;
  readonly vendors: Readonly<Record<Vendor, Tap>>;
  readonly fleet: Fleet;
  readonly stream: TableStream;
  readonly jobs: JobsQueue;
  readonly deadLetters = new DeadLetters();
  readonly token: string;
  readonly #folder: string;

  private constructor(parts: Parts) {
    const { deployable, clock, packages } = parts;
    this.clock = clock;
    this.world = parts.world;
    this.database = parts.database;
    this.services = parts.services;
    this.vendors = parts.vendors;
    this.token = parts.token;
    this.#folder = parts.folder;
    this.stream = new TableStream(deployable.stream, this.deadLetters);
    this.jobs = new JobsQueue(deployable.jobs, this.deadLetters);
    this.fleet = new Fleet({
      deployable,
      folderOf: (name) => join(packages, name),
      environmentOf: (name) => environmentOf(parts, deployable.functions[name]),
      preload: clock.preload,
    });
    this.database.hooks.after = async (call, status) => {
      this.stream.observe(call, status);
      return false;
    };
  }

  /** `packages`: the unpacked zips and the template. */
  static async open(packages: string): Promise<Deployment> {
    const folder = mkdtempSync(join(tmpdir(), 'replybus-packages-'));
    const clock = openClock(folder);
    const world = await startCloudWorld();
    const { urls } = world.sandbox;
    const [database, services, cohesive, coldsend] = await Promise.all([
      startTap(world.environment.AWS_ENDPOINT_URL_DYNAMODB ?? ''),
      startTap(world.aws.url),
      startTap(urls.cohesive),
      startTap(urls.coldsend),
    ]);
    const deployable = readTemplate(join(packages, 'template.json'));
    const vendors = { cohesive, coldsend };
    const token = await newToken(world);
    return new Deployment({ folder, packages, deployable, clock, world, database, services, vendors, token });
  }

  /** One to each vendor, through its tap. */
  connections(): Config['connections'] {
    return VENDORS.map((provider) => ({
      id: CONNECTIONS[provider],
      provider,
      apiKey: `ssm:${KEY_PARAMETERS[provider]}`,
      baseUrl: this.vendors[provider].url,
    }));
  }

  /** Puts the world's config in force. */
  async apply(change: Partial<Config> = {}): Promise<void> {
    await this.world.apply({ connections: this.connections(), ...change });
  }

  async invoke(name: FunctionName, event: unknown = scheduled(), options: InvokeOptions = {}): Promise<Outcome> {
    const outcome = await this.fleet.invoke(name, event, options);
    this.collect();
    return outcome;
  }

  async api(call: HttpCall, options: InvokeOptions = {}): Promise<Answer | undefined> {
    const outcome = await this.invoke('api', httpEvent({ token: this.token, ...call }), options);
    if (outcome.kind !== 'response') return undefined;
    const { statusCode, body } = outcome.value as { readonly statusCode: number; readonly body: string };
    return { status: statusCode, body: JSON.parse(body) };
  }

  /** One minute of a deployment in which nothing goes wrong: both schedules, the queue, the stream. */
  async minute(): Promise<void> {
    this.clock.forward(MINUTE_MS);
    await Promise.all([this.invoke('tick'), this.invoke('sweep')]);
    await this.jobs.pump((event) => this.invoke('poll', event));
    await this.stream.pump((event) => this.invoke('deliver', event));
  }

  async close(): Promise<void> {
    this.fleet.close();
    for (const tap of [this.database, this.services, ...Object.values(this.vendors)]) tap.stop();
    await this.world.stop();
    this.clock.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What functions have put into a queue lies in that queue. */
  collect(): void {
    for (const { url, body, attributes } of this.world.aws.messages.splice(0)) {
      if (url.endsWith(JOBS)) this.jobs.add(body);
      else this.deadLetters.add({ reason: attributes.reason ?? '', body });
    }
  }
}

/** What nobody may find in a function's log. */
export const secretsOf = ({ aws }: CloudWorld): readonly string[] => [
  ...aws.parameters.values(),
  ...Object.values(DEMO_KEYS),
];
