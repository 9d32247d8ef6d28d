import * as z from 'zod/mini';
import { type Route, route } from './route.ts';
import { StatsView } from './shapes.ts';
import { stats } from './stats.ts';

const DAYS = 30;

const StatsParameters = z.strictObject({
  days: z
    .optional(z.string().check(z.regex(/^(?:[1-9]\d?|[123]\d\d|400)$/)))
    .check(z.describe(`How many days back, today included: 1 to 400; ${DAYS} unless said.`)),
});

export const STATS_ROUTES: readonly Route[] = [
  route(
    'GET',
    '/v1/stats',
    {
      operation: 'stats',
      summary: 'Replies a day, how soon they were recorded, what became of them, what waits for a person',
      description:
        'Counted beside the work, within half a minute on one machine and within two on AWS, so it costs the same however much was recorded.',
      scope: 'read',
      query: StatsParameters,
      answer: StatsView,
    },
    async ({ deps, query: { days = String(DAYS) } }) => await stats(deps, Number(days)),
  ),
];
