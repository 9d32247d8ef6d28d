import { ApiProblem, problemResponse } from '../../../shared/api/problem.ts';
import { lambdaFunction } from '../../runtime/function.ts';
import { type HttpResult, requestOf, resultOf } from '../../runtime/http-event.ts';
import { Api } from './api.ts';

let api: Api | undefined;

const NO_REQUEST = new ApiProblem('invalid', 'This is not a request that can be answered.');

/** Requests of the HTTP API. */
export const handler = lambdaFunction<unknown, HttpResult>(async (event, container) => {
  api ??= new Api(container);
  const request = requestOf(event);
  return await resultOf(request ? await api.answer(request) : problemResponse(NO_REQUEST));
});
