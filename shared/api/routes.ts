import * as z from 'zod/mini';
import type { JsonObject } from '../model.ts';
import { INBOX_ROUTES } from './inbox-routes.ts';
import { openApi } from './openapi.ts';
import { OPERATION_ROUTES } from './operation-routes.ts';
import { type Route, route } from './route.ts';
import { SEND_ROUTES } from './send-routes.ts';

let made: JsonObject | undefined;

/** Anybody may ask for it, so it is made once. */
function description(): JsonObject {
  made ??= openApi(ROUTES);
  return made;
}

/** Every path of the API. What is not here is not answered, and not described. */
export const ROUTES: readonly Route[] = [
  ...INBOX_ROUTES,
  ...SEND_ROUTES,
  ...OPERATION_ROUTES,
  route(
    'GET',
    '/openapi.json',
    {
      operation: 'openApi',
      summary: 'This description of the API',
      isOpen: true,
      answer: z.record(z.string(), z.unknown()),
    },
    async () => description(),
  ),
];
