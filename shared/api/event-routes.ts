import { EventsParameters, ReplayAllBody, ReplayBody } from './bodies.ts';
import { listEvents, replayFailed, replayOne } from './events.ts';
import { present } from './parse.ts';
import { type Route, route } from './route.ts';
import { EventList, ReplayView } from './shapes.ts';
import { keptSince } from './spans.ts';

export const EVENT_ROUTES: readonly Route[] = [
  route(
    'GET',
    '/v1/events',
    {
      operation: 'listEvents',
      summary: 'What was recorded and delivered, oldest first',
      description: 'A page may be empty before the end, where most is filtered out; go on with its cursor.',
      scope: 'read',
      query: EventsParameters,
      answer: EventList,
    },
    async ({ deps, query: { since, undelivered, ...rest } }) =>
      await listEvents(deps, {
        ...present(rest),
        since: keptSince(since, deps),
        undelivered: undelivered === 'true',
      }),
  ),
  route(
    'POST',
    '/v1/events/{id}/replay',
    {
      operation: 'replayEvent',
      summary: 'Deliver one event again',
      scope: 'admin',
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
      scope: 'admin',
      body: ReplayAllBody,
      answer: ReplayView,
      problems: ['not-found'],
    },
    async ({ deps, body }) => await replayFailed(deps, keptSince(body.failedSince, deps), body.sink),
  ),
];
