import type * as z from 'zod/mini';
import type { ApiRequest } from '../shared/api/request.ts';
import { Problem } from '../shared/api/shapes.ts';
import { UserError } from '../shared/failure.ts';
import type { Json, JsonObject } from '../shared/model.ts';

/** An API answer, from this process or from the one that holds the data folder. */
export type Answer =
  | { readonly status: number; readonly body: Json }
  | { readonly status: number; readonly lines: AsyncIterable<Json> };
export type Asking = Pick<ApiRequest, 'method' | 'path' | 'query' | 'body' | 'idempotencyKey'>;
export type Ask = (request: Asking, signal?: AbortSignal) => Promise<Answer>;

type Query = Readonly<Record<string, string | boolean | undefined>>;

function queryOf(values: Query): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== false) query.set(name, String(value));
  }
  return query;
}

function failed(status: number, body: Json): UserError {
  const problem = Problem.safeParse(body);
  const detail = problem.success ? problem.data.detail : `Replybus answered with status ${status}.`;
  return new UserError(detail, status === 400 ? 2 : 1);
}

/** The commands' side of the API. Every answer is parsed; a problem document becomes its one sentence. */
export class ApiClient {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  async get<Shape extends z.ZodMiniType>(shape: Shape, path: string, query: Query = {}): Promise<z.infer<Shape>> {
    return shape.parse(await this.#document({ method: 'GET', path, query: queryOf(query) }));
  }

  async send<Shape extends z.ZodMiniType>(
    shape: Shape,
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    body: JsonObject = {},
    headers: Pick<ApiRequest, 'idempotencyKey'> = {},
  ): Promise<z.infer<Shape>> {
    const request = { method, path, query: new URLSearchParams(), body: JSON.stringify(body), ...headers };
    return shape.parse(await this.#document(request));
  }

  async *stream<Shape extends z.ZodMiniType>(
    shape: Shape,
    path: string,
    body: JsonObject,
    signal: AbortSignal,
  ): AsyncGenerator<z.infer<Shape>> {
    const request: Asking = { method: 'POST', path, query: new URLSearchParams(), body: JSON.stringify(body) };
    const answer = await this.#ask(request, signal);
    if (!('lines' in answer)) throw failed(answer.status, answer.body);
    for await (const line of answer.lines) {
      const problem = Problem.safeParse(line);
      if (problem.success) throw failed(problem.data.status, line);
      yield shape.parse(line);
    }
  }

  async #document(request: Asking): Promise<Json> {
    const answer = await this.#ask(request);
    if (!('body' in answer)) throw new UserError('Replybus answered with a stream where a document was due.', 1);
    if (answer.status >= 400) throw failed(answer.status, answer.body);
    return answer.body;
  }
}
