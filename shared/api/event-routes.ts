import { EventsParameters, ReplayAllBody, ReplayBody } from './bodies.ts';
import { listEvents } from './event-list.ts';
import { replayFailed, replayOne } from './events.ts';
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
      summary: 'What was recorded and delivered: page by page, or what came since you asked last',
      description:
        'A page may be empty before the end, where most is filtered out; go on with its cursor. To follow what comes, pass the "latest" of one answer as "after" of the next question, with the same filters; what was recorded in the same minute may be told twice, so know events by their id.',
      scope: 'read',
      query: EventsParameters,
      answer: EventList,
    },
    async ({ deps, query: { since, undelivered, order = 'asc', limit = '100', ...rest } }) =>
      await listEvents(deps, {
        ...present(rest),
        order,
        limit: Number(limit),
        since: keptSince('since', since, deps),
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
    async ({ deps, body }) => await replayFailed(deps, keptSince('failedSince', body.failedSince, deps), body.sink),
  ),
];
