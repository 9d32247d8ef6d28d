import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod/mini';
import { openApi } from '../../shared/api/openapi.ts';
import { ROUTES } from '../../shared/api/routes.ts';
import { eventId } from '../../shared/events/event.ts';
import { recordEvent } from '../../shared/outbox/record.ts';
import type { Sink } from '../../shared/outbox/sink.ts';
import { readSend, sendId, writeSend } from '../../shared/sending/send.ts';
import { count } from '../../shared/stats/counting.ts';
import { type ApiWorld, type Asked, apiWorld } from './world.ts';

const Media = z.record(
  z.string(),
  z.object({
    schema: z.record(z.string(), z.unknown()),
    examples: z.optional(z.record(z.string(), z.object({ value: z.unknown() }))),
  }),
);
const Operation = z.object({
  operationId: z.string(),
  security: z.optional(z.array(z.unknown())),
  parameters: z.array(z.object({ name: z.string(), in: z.string() })),
  requestBody: z.optional(z.object({ content: Media })),
  responses: z.record(z.string(), z.object({ description: z.string(), content: Media })),
});
const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

/** Says no to whatever no schema names, so that nothing is answered that is not described. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return 'properties' in inner && !('additionalProperties' in inner)
    ? { ...inner, additionalProperties: false }
    : inner;
}

const document = Document.parse(openApi(ROUTES));
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, path, operation })),
);
const ajv = new Ajv2020({ strict: false });
ajv.addSchema({ $id: 'https://api.example/', components: closed(document.components) });

function complaintsOf(schema: Readonly<Record<string, unknown>>, value: unknown): string {
  const absolute = JSON.stringify(closed(schema)).replaceAll('"#/', '"https://api.example/#/');
  const validate = ajv.compile(JSON.parse(absolute));
  return validate(value) ? '' : ajv.errorsText(validate.errors);
}

describe('the OpenAPI document', () => {
  it('is a valid OpenAPI 3.1 document', async () => {
    expect(await new Validator().validate(structuredClone(openApi(ROUTES)) as Record<string, unknown>)).toEqual({
      valid: true,
    });
  });

  it('holds every route and nothing else', () => {
    const routes = ROUTES.map(({ method, path }) => `${method} ${path}`);
    expect(operations.map(({ name }) => name).sort()).toEqual(routes.sort());
  });

  it('is what /openapi.json answers', async () => {
    expect((await apiWorld().ask('GET', '/openapi.json')).body).toEqual(openApi(ROUTES));
  });

  it('names each operation once', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('names every place of a path', () => {
    for (const { path, operation } of operations) {
      const places = [...path.matchAll(/\{(.+?)\}/g)].map(([, name]) => name);
      expect(operation.parameters.filter((each) => each.in === 'path').map(({ name }) => name)).toEqual(places);
    }
  });

  it('says which operations need no token', () => {
    const open = operations.filter(({ operation }) => operation.security?.length === 0).map(({ path }) => path);
    expect(open.sort()).toEqual(['/health', '/openapi.json']);
  });

  it('has no schema that nothing uses', () => {
    const text = JSON.stringify(openApi(ROUTES));
    const names = Object.keys(document.components.schemas);
    expect(names.filter((name) => !text.includes(`"#/components/schemas/${name}"`))).toEqual([]);
  });

  it('shows examples that its own schemas allow', () => {
    const bodies = operations.flatMap(({ operation }) => Object.values(operation.requestBody?.content ?? {}));
    const examples = bodies.flatMap(({ schema, examples = {} }) =>
      Object.values(examples).map(({ value }) => complaintsOf(schema, value)),
    );
    expect(examples).toEqual(['', '', '']);
  });
});

const CRM: Sink = {
  id: 'crm',
  type: 'webhook',
  actsOnOld: true,
  accepts: () => true,
  deliver: async () => ({ kind: 'delivered' }),
};

async function recordSample({ store, deps }: ApiWorld): Promise<string> {
  const id = eventId('sink.disabled', 'crm', 'episode');
  const timestamp = new Date(deps.clock.now()).toISOString();
  const data = { sink: 'crm', episode: timestamp, reason: 'It answered 410.' };
  const now = () => deps.clock.now();
  await recordEvent({ store, now }, id, { type: 'sink.disabled', timestamp, data }, 'crm');
  return id;
}

const SUBSCRIPTION = { url: 'https://hooks.acme.example/1', events: ['reply.received'], interested: true };

/** A request for each route that ends well. */
const GOOD: Readonly<Record<string, (world: ApiWorld) => Promise<readonly [url: string, asked?: Asked]>>> = {
  'GET /v1/connections': async () => ['/v1/connections'],
  'GET /v1/campaigns': async () => ['/v1/campaigns'],
  'GET /v1/threads': async () => ['/v1/threads?interested=true'],
  'GET /v1/threads/{connection}/{thread}': async (world) => [await world.thread('acme')],
  'PUT /v1/threads/{connection}/{thread}/star': async (world) => [
    `${await world.thread('sales')}/star`,
    { body: { starred: true } },
  ],
  'PUT /v1/threads/{connection}/{thread}/read': async (world) => [
    `${await world.thread('sales')}/read`,
    { body: { read: true } },
  ],
  'POST /v1/threads/{connection}/{thread}/reply': async (world) => [
    `${await world.thread('sales')}/reply`,
    { body: { text: 'Hello.' }, key: 'k' },
  ],
  'POST /v1/threads/{connection}/{thread}/forward': async (world) => [
    `${await world.thread('acme')}/forward`,
    { body: { to: ['deals@acme.example'] }, key: 'k' },
  ],
  'GET /v1/sends': async (world) => {
    await world.run((await world.reply('acme', 'One.')).id);
    await world.ask('POST', `${await world.thread('acme')}/forward`, { body: { to: ['deals@acme.example'] } });
    return ['/v1/sends'];
  },
  'GET /v1/sends/{id}': async (world) => {
    const { id } = await world.reply('acme', 'One.');
    await world.run(id);
    return [`/v1/sends/${id}`];
  },
  'POST /v1/sends/{id}/decision': async (world) => {
    await world.reply('acme', 'One.', 'k');
    const kept = await readSend(world.store, sendId('k'));
    if (kept) await writeSend(world.store, { ...kept.send, state: 'needs_decision' }, undefined, kept.version);
    return [`/v1/sends/${sendId('k')}/decision`, { body: { verdict: 'sent' } }];
  },
  'POST /v1/sends/{id}/again': async (world) => {
    await world.reply('acme', 'One.', 'k');
    const kept = await readSend(world.store, sendId('k'));
    if (kept) await writeSend(world.store, { ...kept.send, state: 'failed' }, undefined, kept.version);
    return [`/v1/sends/${sendId('k')}/again`, { body: {} }];
  },
  'DELETE /v1/sends/{id}': async (world) => {
    await world.reply('acme', 'One.', 'k');
    return [`/v1/sends/${sendId('k')}`];
  },
  'GET /v1/events': async (world) => {
    await recordSample(world);
    return ['/v1/events'];
  },
  'POST /v1/events/{id}/replay': async (world) => [`/v1/events/${await recordSample(world)}/replay`, { body: {} }],
  'POST /v1/replay': async () => ['/v1/replay', { body: { failedSince: '7d' } }],
  'GET /v1/stats': async (world) => {
    await recordSample(world);
    world.wait(60_000);
    await count(world.deps);
    return ['/v1/stats'];
  },
  'GET /v1/providers': async () => ['/v1/providers'],
  'POST /v1/keys/try': async () => ['/v1/keys/try', { body: { provider: 'cohesive', apiKey: 'ck_1' } }],
  'POST /v1/config': async () => ['/v1/config', { body: { connection: 'acme', provider: 'cohesive' } }],
  'GET /v1/sinks': async () => ['/v1/sinks'],
  'POST /v1/sinks/{id}/test': async () => ['/v1/sinks/crm/test'],
  'POST /v1/poll': async () => ['/v1/poll', { body: {} }],
  'POST /v1/connections/{id}/backfill': async () => ['/v1/connections/acme/backfill', { body: { since: '7d' } }],
  'DELETE /v1/connections/{id}/backfill': async () => ['/v1/connections/acme/backfill'],
  'GET /health': async () => ['/health'],
  'GET /v1/doctor': async () => ['/v1/doctor'],
  'POST /v1/doctor/probe': async () => ['/v1/doctor/probe', { body: {} }],
  'POST /v1/backup': async () => ['/v1/backup', { body: { file: '/backups/copy.db' } }],
  'GET /v1/whoami': async () => ['/v1/whoami'],
  'GET /v1/tokens': async (world) => {
    await world.ask('POST', '/v1/tokens', { body: { name: 'one' } });
    return ['/v1/tokens'];
  },
  'POST /v1/tokens': async () => ['/v1/tokens', { body: { name: 'one' } }],
  'DELETE /v1/tokens/{id}': async (world) => {
    const { body } = await world.ask('POST', '/v1/tokens', { body: { name: 'one' } });
    return [`/v1/tokens/${String(Reflect.get(body as object, 'id'))}`];
  },
  'PUT /v1/subscriptions': async () => ['/v1/subscriptions', { body: SUBSCRIPTION }],
  'GET /v1/subscriptions': async (world) => {
    await world.ask('PUT', '/v1/subscriptions', { body: SUBSCRIPTION });
    return ['/v1/subscriptions'];
  },
  'DELETE /v1/subscriptions/{id}': async (world) => {
    const { body } = await world.ask('PUT', '/v1/subscriptions', { body: SUBSCRIPTION });
    return [`/v1/subscriptions/${String(Reflect.get(body as object, 'id'))}`];
  },
  'GET /openapi.json': async () => ['/openapi.json'],
};

describe('a real answer is what the document says', () => {
  it('for every route', () => {
    expect(Object.keys(GOOD).sort()).toEqual(operations.map(({ name }) => name).sort());
  });

  it.each(operations)('$name', async ({ name, operation }) => {
    const world = apiWorld(() => ({ sinks: [CRM], backUp: async () => 4_096, writeConfig: async (file) => file }));
    const [url, asked] = (await GOOD[name]?.(world)) ?? ['/'];
    const response = await world.respond(name.split(' ')[0] ?? '', url, asked);
    const [told] = Object.keys(operation.responses);
    expect(String(response.status)).toBe(told);
    const [media] = Object.values(operation.responses[response.status]?.content ?? {});
    const documents = (await response.text()).split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
    expect(documents.length).toBeGreaterThan(0);
    for (const each of documents) expect(complaintsOf(media?.schema ?? {}, each)).toBe('');
  });
});
