import { lambdaFunction } from '../../runtime/function.ts';
import { apiRequestOf, type HttpResult, httpResultOf } from '../../runtime/http-event.ts';
import { Api } from './api.ts';

let api: Api | undefined;

/** Requests of the HTTP API. */
export const handler = lambdaFunction<unknown, HttpResult>(async (event, container) => {
  api ??= new Api(container);
  const request = apiRequestOf(event);
  if (request) return await httpResultOf(await api.answer(request), () => api?.isTime() ?? true);
  return { statusCode: 400, headers: { 'content-type': 'text/plain' }, body: 'This is no request of the HTTP API.\n' };
});
