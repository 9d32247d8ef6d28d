import * as z from 'zod/mini';
import type { JsonObject } from '../model.ts';
import { CONNECTION_ROUTES } from './connection-routes.ts';
import { EVENT_ROUTES } from './event-routes.ts';
import { FIRST_RUN_ROUTES } from './first-run-routes.ts';
import { openApi } from './openapi.ts';
import { OPERATION_ROUTES } from './operation-routes.ts';
import { type Route, route } from './route.ts';
import { SEND_ROUTES } from './send-routes.ts';
import { STATS_ROUTES } from './stats-routes.ts';
import { SUBSCRIPTION_ROUTES } from './subscription-routes.ts';
import { THREAD_ROUTES } from './thread-routes.ts';
import { TOKEN_ROUTES } from './token-routes.ts';

let made: JsonObject | undefined;

/** Anybody may ask for it, so it is made once. */
function description(): JsonObject {
  made ??= openApi(ROUTES);
  return made;
}

/** Every path of the API. What is not here is not answered, and not described. */
export const ROUTES: readonly Route[] = [
  ...CONNECTION_ROUTES,
  ...THREAD_ROUTES,
  ...SEND_ROUTES,
  ...EVENT_ROUTES,
  ...STATS_ROUTES,
  ...TOKEN_ROUTES,
  ...SUBSCRIPTION_ROUTES,
  ...FIRST_RUN_ROUTES,
  ...OPERATION_ROUTES,
  route(
    'GET',
    '/openapi.json',
    {
      operation: 'openApi',
      summary: 'This description of the API',
      scope: 'open',
      answer: z.record(z.string(), z.unknown()),
    },
    async () => description(),
  ),
];
