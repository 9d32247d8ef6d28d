import { durationMs } from '../config/duration.ts';
import type { Instant } from '../model.ts';
import {
  BackfillBody,
  ConnectionParameters,
  EventsParameters,
  ReplayAllBody,
  ReplayBody,
  TokenBody,
} from './bodies.ts';
import { health } from './connections.ts';
import type { ApiDeps } from './deps.ts';
import { listEvents, replayFailed, replayOne, testSink } from './events.ts';
import { chosen, connectionNamed } from './inbox.ts';
import { present } from './parse.ts';
import { ApiProblem } from './problem.ts';
import { type Route, route, streamRoute } from './route.ts';
import {
  CheckList,
  EventList,
  HealthView,
  NewTokenView,
  PollList,
  ProgressView,
  ReplayView,
  RevokedTokenView,
  SinkTestView,
  TokenList,
} from './shapes.ts';
import { createToken, listTokens, revokeToken } from './tokens.ts';
import { listed } from './views.ts';

function sinceOf(span: string, { clock }: ApiDeps): Instant {
  const ms = durationMs(span);
  if (ms !== undefined) return clock.now() - ms;
  throw new ApiProblem('invalid', 'A span of time is written as 30m, 24h or 7d; correct it.');
}

const EVENT_ROUTES: readonly Route[] = [
  route(
    'GET',
    '/v1/events',
    {
      operation: 'listEvents',
      summary: 'What was recorded and delivered, oldest first',
      description: 'A page may be empty before the end, where most is filtered out; go on with its cursor.',
      query: EventsParameters,
      answer: EventList,
    },
    async ({ deps, query: { since, undelivered, ...rest } }) =>
      await listEvents(deps, {
        ...present(rest),
        ...(since === undefined ? {} : { since: sinceOf(since, deps) }),
        undelivered: undelivered === 'true',
      }),
  ),
  route(
    'POST',
    '/v1/events/{id}/replay',
    {
      operation: 'replayEvent',
      summary: 'Deliver one event again',
      body: ReplayBody,
      answer: ReplayView,
      problems: ['not-found'],
    },
    async ({ deps, names, body }) => await replayOne(deps, names.id, body.sink),
  ),
  route(
    'POST',
    '/v1/replay',
    {
      operation: 'replayFailed',
      summary: 'Deliver again whatever failed in a span of time',
      body: ReplayAllBody,
      answer: ReplayView,
      problems: ['not-found'],
    },
    async ({ deps, body }) => await replayFailed(deps, sinceOf(body.failedSince, deps), body.sink),
  ),
  route(
    'POST',
    '/v1/sinks/{id}/test',
    {
      operation: 'testSink',
      summary: 'Send a signed sample event to a sink',
      answer: SinkTestView,
      problems: ['not-found', 'unsupported'],
    },
    async ({ deps, names }) => await testSink(deps, names.id),
  ),
];

const POLLING_ROUTES: readonly Route[] = [
  route(
    'POST',
    '/v1/poll',
    {
      operation: 'poll',
      summary: 'Look for new replies now: one connection, or all that are not paused',
      body: ConnectionParameters,
      answer: PollList,
      problems: ['not-found'],
    },
    async ({ deps, body: { connection } }) => {
      const wanted = chosen(deps, connection).filter(({ paused }) => connection !== undefined || !paused);
      return listed(await Promise.all(wanted.map(async (each) => await each.poll())));
    },
  ),
  streamRoute(
    'POST',
    '/v1/connections/{id}/backfill',
    {
      operation: 'backfill',
      summary: 'Record replies from before the connection was added',
      description:
        'Answers line by line while it works. A problem on the way is the last line; asked again, it goes on where it stopped.',
      body: BackfillBody,
      answer: ProgressView,
      problems: ['not-found'],
    },
    ({ deps, names, body: { since } }) =>
      connectionNamed(deps, names.id).backfill(since === 'all' ? 'all' : sinceOf(since, deps)),
  ),
];

const RUNNING_ROUTES: readonly Route[] = [
  route(
    'GET',
    '/health',
    {
      operation: 'health',
      summary: 'Whether polling keeps up',
      isOpen: true,
      otherwise: { status: 503, meaning: 'A feed is more than three intervals behind.' },
      answer: HealthView,
    },
    async ({ deps }) => await health(deps),
    ({ status }) => status === 'late',
  ),
  route(
    'GET',
    '/v1/doctor',
    { operation: 'doctor', summary: 'Checks every connection and sink, and says what to fix', answer: CheckList },
    async ({ deps }) => listed(await deps.doctor()),
  ),
  route(
    'GET',
    '/v1/tokens',
    { operation: 'listTokens', summary: 'The API tokens, without the tokens themselves', answer: TokenList },
    async ({ deps }) => listed(await listTokens(deps)),
  ),
  route(
    'POST',
    '/v1/tokens',
    {
      operation: 'createToken',
      summary: 'Create an API token',
      status: 201,
      body: TokenBody,
      answer: NewTokenView,
      problems: ['conflict'],
    },
    async ({ deps, body }) => await createToken(deps, body.name),
  ),
  route(
    'DELETE',
    '/v1/tokens/{id}',
    { operation: 'revokeToken', summary: 'Revoke an API token', answer: RevokedTokenView, problems: ['not-found'] },
    async ({ deps, names }) => await revokeToken(deps, names.id),
  ),
];

export const OPERATION_ROUTES: readonly Route[] = [...EVENT_ROUTES, ...POLLING_ROUTES, ...RUNNING_ROUTES];
