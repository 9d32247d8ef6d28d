import { z } from 'zod/mini';
import { durationMs } from '../config/duration.ts';
import { EVENT_TYPES } from '../events/event.ts';
import type { Instant, Json } from '../model.ts';
import type { ApiDeps } from './deps.ts';
import { listEvents, replayFailed, replayOne, testSink } from './events.ts';
import { chosen, connectionNamed, listCampaigns, listThreads, readThread } from './inbox.ts';
import { ApiProblem, problemOf } from './problem.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import type { ConnectionView, List } from './shapes.ts';
import { createToken, isAuthorized, listTokens, revokeToken } from './tokens.ts';

/** A feed this many intervals behind makes /health fail. */
const LAG_INTERVALS = 3;

interface Call {
  readonly deps: ApiDeps;
  readonly request: ApiRequest;
  /** What stands in the path's places, decoded. */
  readonly names: readonly string[];
}
type Answer = (call: Call) => Promise<ApiResponse>;
interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly answer: Answer;
}

const plain = <Value>(value: Value): Json => JSON.parse(JSON.stringify(value));
const ok = (value: unknown): ApiResponse => ({ status: 200, body: plain(value) });
const listed = <Item>(items: readonly Item[]): List<Item> => ({ items, cursor: null, failures: [], unreadable: 0 });

const yes = z.optional(z.enum(['true', 'false']));
const text = () => z.optional(z.string().check(z.minLength(1), z.maxLength(2_000)));
const ThreadsParameters = z.strictObject({
  connection: text(),
  campaign: text(),
  interested: yes,
  intent: text(),
  starred: yes,
  unread: yes,
  search: text(),
  sent: yes,
  sort: text(),
  cursor: z.optional(z.string()),
});
const EventsParameters = z.strictObject({
  type: z.optional(z.enum(EVENT_TYPES)),
  since: text(),
  undelivered: yes,
  cursor: z.optional(z.string()),
});
const ConnectionParameters = z.strictObject({ connection: text() });
const ReplayBody = z.strictObject({ sink: text() });
const ReplayAllBody = z.strictObject({ failedSince: z.string(), sink: text() });
const BackfillBody = z.strictObject({ since: z.string() });
const TokenBody = z.strictObject({ name: z.string().check(z.minLength(1), z.maxLength(100)) });

function parsed<Shape extends z.ZodMiniType>(shape: Shape, value: unknown): z.infer<Shape> {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : undefined;
  const choices = issue?.code === 'invalid_value' ? `; it is one of ${issue.values.join(', ')}` : '';
  const name = issue?.path.join('.') || 'the body';
  const detail = unknown
    ? `There is no parameter ${unknown}; remove it.`
    : `The value of ${name} is not valid${choices}.`;
  throw new ApiProblem(400, 'invalid', detail);
}

function parameters<Shape extends z.ZodMiniType>(shape: Shape, { request }: Call): z.infer<Shape> {
  return parsed(shape, Object.fromEntries(request.query));
}

function body<Shape extends z.ZodMiniType>(shape: Shape, { request }: Call): z.infer<Shape> {
  try {
    return parsed(shape, JSON.parse(request.body || '{}'));
  } catch (error) {
    if (error instanceof ApiProblem) throw error;
    throw new ApiProblem(400, 'invalid', 'The body is not JSON; send a JSON object.');
  }
}

function present<Value extends object>(value: Value): { [Key in keyof Value]: Exclude<Value[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as never;
}

function sinceOf(span: string, { deps }: Call): Instant {
  const ms = durationMs(span);
  if (ms !== undefined) return deps.clock.now() - ms;
  throw new ApiProblem(400, 'invalid', `"${span}" is no span of time; write it as 30m, 24h or 7d.`);
}

async function threads(call: Call): Promise<ApiResponse> {
  const { interested, starred, unread, sent, ...rest } = parameters(ThreadsParameters, call);
  const flags = { interested, starred, unread, sent };
  const set = Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [[name, value === 'true']]));
  return ok(await listThreads(call.deps, { ...present(rest), ...Object.fromEntries(set) }));
}

async function events(call: Call): Promise<ApiResponse> {
  const { type, since, undelivered, cursor } = parameters(EventsParameters, call);
  return ok(
    await listEvents(call.deps, {
      ...(type === undefined ? {} : { type }),
      ...(since === undefined ? {} : { since: sinceOf(since, call) }),
      ...(cursor === undefined ? {} : { cursor }),
      undelivered: undelivered === 'true',
    }),
  );
}

async function connections({ deps }: Call): Promise<ApiResponse> {
  const views = deps.connections.map(
    ({ id, connection, campaigns, paused, lags }): ConnectionView => ({
      id,
      provider: connection.provider.id,
      paused,
      campaigns: [...campaigns],
      feeds: [...lags()],
    }),
  );
  return ok(listed(views));
}

/** Open to anybody who reaches the port, so it names nothing. */
async function health({ deps }: Call): Promise<ApiResponse> {
  const lags = deps.connections.filter(({ paused }) => !paused).flatMap((connection) => connection.lags());
  const late = lags.filter(({ lagMs, everyMs }) => lagMs > LAG_INTERVALS * everyMs).length;
  return { status: late > 0 ? 503 : 200, body: { status: late > 0 ? 'late' : 'ok', feeds: lags.length, late } };
}

async function poll(call: Call): Promise<ApiResponse> {
  const { connection } = body(ConnectionParameters, call);
  const wanted = chosen(call.deps, connection).filter(({ paused }) => connection !== undefined || !paused);
  return ok(listed(await Promise.all(wanted.map(async (each) => await each.poll()))));
}

async function backfill(call: Call): Promise<ApiResponse> {
  const { since } = body(BackfillBody, call);
  const from = since === 'all' ? 'all' : sinceOf(since, call);
  const progress = connectionNamed(call.deps, call.names[0] ?? '').backfill(from);
  return { status: 200, lines: lines(progress) };
}

/** The status has been sent when a stream fails: its last line is the problem document. */
async function* lines(items: AsyncIterable<unknown>): AsyncGenerator<Json> {
  try {
    for await (const item of items) yield plain(item);
  } catch (error) {
    yield problemOf(error).body;
  }
}

const route = (method: string, path: string, answer: Answer): Route => ({
  method,
  path: new RegExp(`^${path.replaceAll('{}', '([^/]+)')}$`),
  answer,
});

const ROUTES: readonly Route[] = [
  route('GET', '/health', health),
  route('GET', '/v1/connections', connections),
  route('POST', '/v1/connections/{}/backfill', backfill),
  route('GET', '/v1/campaigns', async (call) => {
    return ok(await listCampaigns(call.deps, parameters(ConnectionParameters, call).connection));
  }),
  route('GET', '/v1/threads', threads),
  route('GET', '/v1/threads/{}/{}', async ({ deps, names: [connection = '', thread = ''] }) => {
    return ok(await readThread(deps, connection, thread));
  }),
  route('GET', '/v1/events', events),
  route('POST', '/v1/events/{}/replay', async (call) => {
    return ok(await replayOne(call.deps, call.names[0] ?? '', body(ReplayBody, call).sink));
  }),
  route('POST', '/v1/replay', async (call) => {
    const { failedSince, sink } = body(ReplayAllBody, call);
    return ok(await replayFailed(call.deps, sinceOf(failedSince, call), sink));
  }),
  route('POST', '/v1/sinks/{}/test', async ({ deps, names }) => ok(await testSink(deps, names[0] ?? ''))),
  route('POST', '/v1/poll', poll),
  route('GET', '/v1/doctor', async ({ deps }) => ok(listed(await deps.doctor()))),
  route('GET', '/v1/tokens', async ({ deps }) => ok(listed(await listTokens(deps)))),
  route('POST', '/v1/tokens', async (call) => {
    const created = await createToken(call.deps, body(TokenBody, call).name);
    return { status: 201, body: plain(created) };
  }),
  route('DELETE', '/v1/tokens/{}', async ({ deps, names }) => ok(await revokeToken(deps, names[0] ?? ''))),
];

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw new ApiProblem(400, 'invalid', 'The path is not valid percent-encoding.');
  }
}

/** The answer to a request whose caller is known to be allowed. Never throws. */
export async function answer(request: ApiRequest, deps: ApiDeps): Promise<ApiResponse> {
  try {
    const here = ROUTES.filter(({ path }) => path.test(request.path));
    const found = here.find(({ method }) => method === request.method);
    if (!found) {
      const [status, kind, why] = here[0]
        ? ([405, 'method', `takes ${here.map(({ method }) => method).join(' and ')} only`] as const)
        : ([404, 'not-found', 'is not a path of this API'] as const);
      throw new ApiProblem(status, kind, `${request.path} ${why}.`);
    }
    const names = (found.path.exec(request.path) ?? []).slice(1).map(decoded);
    return await found.answer({ deps, request, names });
  } catch (error) {
    return problemOf(error);
  }
}

/** Checks the bearer token, then answers. */
export async function handle(request: ApiRequest, deps: ApiDeps): Promise<ApiResponse> {
  try {
    if (request.path !== '/health' && !(await isAuthorized(deps, request.authorization))) {
      const detail = 'A valid bearer token is needed; create one with "replybus token create".';
      const problem = problemOf(new ApiProblem(401, 'unauthorized', detail));
      return { ...problem, headers: { ...problem.headers, 'www-authenticate': 'Bearer' } };
    }
  } catch (error) {
    return problemOf(error);
  }
  return await answer(request, deps);
}
