import * as z from 'zod/mini';
import type { Json, JsonObject } from '../model.ts';
import * as bodies from './bodies.ts';
import { FirstConfigBody, KeyTrialBody } from './first-run.ts';
import { PROBLEMS, type ProblemKind } from './problem.ts';
import type { Route, Shape } from './route.ts';
import * as shapes from './shapes.ts';

/** Of the interface, not of the program: it changes with the paths' `/v1`. */
const VERSION = '1';

/** The names readers of the document see. */
const SCHEMAS: Readonly<Record<string, Shape>> = {
  Connection: shapes.ConnectionView,
  ConnectionList: shapes.ConnectionList,
  Campaign: shapes.CampaignView,
  CampaignList: shapes.CampaignList,
  Thread: shapes.ThreadView,
  ThreadList: shapes.ThreadList,
  Message: shapes.MessageView,
  Conversation: shapes.ConversationView,
  Delivery: shapes.DeliveryView,
  Event: shapes.EventView,
  EventList: shapes.EventList,
  Send: shapes.SendView,
  SendList: shapes.SendList,
  Token: shapes.TokenView,
  TokenList: shapes.TokenList,
  NewToken: shapes.NewTokenView,
  RevokedToken: shapes.RevokedTokenView,
  Who: shapes.WhoView,
  Check: shapes.CheckView,
  CheckList: shapes.CheckList,
  Provider: shapes.ProviderView,
  ProviderList: shapes.ProviderList,
  KeyTrial: shapes.KeyTrialView,
  WrittenConfig: shapes.WrittenConfigView,
  Poll: shapes.PollView,
  PollList: shapes.PollList,
  Progress: shapes.ProgressView,
  Replay: shapes.ReplayView,
  Sink: shapes.SinkView,
  SinkList: shapes.SinkList,
  SinkTest: shapes.SinkTestView,
  Health: shapes.HealthView,
  Stats: shapes.StatsView,
  ListFailure: shapes.ListFailure,
  Problem: shapes.Problem,
  ReplyRequest: bodies.ReplyBody,
  ForwardRequest: bodies.ForwardBody,
  StarRequest: bodies.StarBody,
  ReadRequest: bodies.ReadBody,
  DecisionRequest: bodies.DecisionBody,
  ReplayRequest: bodies.ReplayBody,
  ReplayFailedRequest: bodies.ReplayAllBody,
  BackfillRequest: bodies.BackfillBody,
  KeyTrialRequest: KeyTrialBody,
  WriteConfigRequest: FirstConfigBody,
  PollRequest: bodies.ConnectionParameters,
  TokenRequest: bodies.TokenBody,
};

const refTo = (name: string) => `#/components/schemas/${name}`;

const plain = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value));

/** What every answer may hold besides stays open: a field may join. What a request may hold does not. */
const IO = 'input';

function components(): JsonObject {
  const registry = z.registry<{ id: string }>();
  for (const [id, shape] of Object.entries(SCHEMAS)) registry.add(shape, { id });
  const { schemas } = z.toJSONSchema(registry, { io: IO, uri: refTo });
  const bare = Object.entries(schemas).map(([name, { $id: _, $schema: __, ...schema }]) => [name, schema]);
  return plain(Object.fromEntries(bare));
}

function schemaOf(shape: Shape): JsonObject {
  const name = Object.keys(SCHEMAS).find((each) => SCHEMAS[each] === shape);
  if (name !== undefined) return { $ref: refTo(name) };
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io: IO });
  return plain(schema);
}

function parametersOf({ path, query, takesKey }: Route): readonly Json[] {
  const places = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const { properties = {}, required = [] } = query ? z.toJSONSchema(query, { io: IO }) : {};
  const asked = Object.entries(plain(properties)).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
  return [...places, ...asked, ...(takesKey ? [KEY] : [])];
}

const KEY: JsonObject = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Your name for this mail: repeated with the same mail it answers the same send, with another mail 409. Kept at least 400 days. Without one a key is made from what is sent.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
};

function kindsOf({ scope, path, body, problems = [] }: Route): readonly ProblemKind[] {
  const guarded: readonly ProblemKind[] = scope === undefined ? ['unauthorized'] : ['unauthorized', 'forbidden'];
  return [
    ...(scope === 'open' ? [] : (['invalid', ...guarded] as const)),
    ...(path.includes('{') ? (['not-found'] as const) : []),
    ...problems,
    ...(body ? (['too-large', 'content-type'] as const) : []),
    'too-long',
    'internal',
  ];
}

function problemResponses(route: Route): Readonly<Record<string, Json>> {
  const kinds = [...new Set(kindsOf(route))];
  const statuses = new Set(kinds.map((kind) => PROBLEMS[kind].status));
  const responses = [...statuses].map((status) => {
    const ofStatus = kinds.filter((kind) => PROBLEMS[kind].status === status);
    const description = ofStatus.map((kind) => `${kind}: ${PROBLEMS[kind].title}.`).join(' ');
    const headers =
      status === 503 ? { 'Retry-After': { description: 'In seconds.', schema: { type: 'integer' } } } : {};
    const content = { 'application/problem+json': { schema: { $ref: refTo('Problem') } } };
    return [String(status), { description, headers, content }];
  });
  return Object.fromEntries(responses);
}

function responsesOf(route: Route): JsonObject {
  const { summary, status = 200, otherwise, isStream, answer } = route;
  const type = isStream ? 'application/x-ndjson' : 'application/json';
  const content = { [type]: { schema: schemaOf(answer) } };
  const description = isStream ? 'One JSON document a line; a Problem as the last line when it fails.' : `${summary}.`;
  return {
    [status]: { description, content },
    ...(otherwise ? { [otherwise.status]: { description: otherwise.meaning, content } } : {}),
    ...problemResponses(route),
  };
}

/** The scope as a role: what the token must be good for. */
function securityOf(scope: Route['scope']): JsonObject {
  if (scope === 'open') return { security: [] };
  return scope === undefined ? {} : { security: [{ bearer: [scope] }] };
}

function operationOf(route: Route): JsonObject {
  const { operation, summary, description, scope, takesKey, body, examples } = route;
  const isRequired = takesKey === true || (body !== undefined && !body.safeParse({}).success);
  const content = body && { 'application/json': { schema: schemaOf(body), ...(examples ? { examples } : {}) } };
  return {
    operationId: operation,
    summary,
    ...(description === undefined ? {} : { description }),
    ...securityOf(scope),
    parameters: parametersOf(route),
    ...(content ? { requestBody: { required: isRequired, content } } : {}),
    responses: responsesOf(route),
  };
}

function pathsOf(routes: readonly Route[]): JsonObject {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return paths;
}

/** The OpenAPI 3.1 document of the routes that are answered. */
export function openApi(routes: readonly Route[]): JsonObject {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Replybus',
      version: VERSION,
      description:
        'Replies to cold-email campaigns of every connection: read them, answer them, forward them, and learn what became of each mail. A thread is named CONNECTION/THREAD. Lists give a cursor, null at the end.',
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    paths: pathsOf(routes),
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'Created by "replybus token create".' },
      },
      schemas: components(),
    },
  };
}
