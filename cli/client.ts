import type * as z from 'zod/mini';
import { Problem } from '../shared/api/shapes.ts';
import { UserError } from '../shared/failure.ts';
import type { Json, JsonObject } from '../shared/model.ts';

/** Where the API is: in this process, or in the one that holds the data folder. */
export interface Place {
  readonly origin: string;
  readonly token: string;
  fetch(request: Request): Promise<Response>;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

interface Asking {
  readonly method: Method;
  readonly path: string;
  readonly query?: Query;
  readonly body?: JsonObject;
  readonly key?: string;
  readonly signal?: AbortSignal;
}

function addressOf(path: string, values: Query): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== false) query.set(name, String(value));
  }
  return query.size > 0 ? `${path}?${query}` : path;
}

function failed(status: number, body: unknown): UserError {
  const problem = Problem.safeParse(body);
  const detail = problem.success ? problem.data.detail : `Replybus answered with status ${status}.`;
  return new UserError(detail, status === 400 ? 2 : 1);
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Json> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line);
  }
}

const IN_DOUBT = 'then "replybus sends" tells what became of a mail it may have taken in';

/** The process may be stopped at any moment; what it had taken in by then is not lost. */
function stopped(signal: AbortSignal | undefined, error: unknown, andThen = IN_DOUBT): never {
  if (signal?.aborted) throw error;
  throw new UserError(`The running "replybus run" stopped while it was asked; start it again, ${andThen}.`, 1);
}

/** What arrives of work that goes on without whoever asked for it. */
async function* chunksOf(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk;
  } catch (error) {
    stopped(signal, error, 'and what it was doing goes on by itself');
  }
}

function read<Shape extends z.ZodMiniType>(shape: Shape, value: unknown): z.infer<Shape> {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UserError(
    'The running "replybus run" is of another version than this command; stop it and start it again.',
    1,
  );
}

/** The commands' side of the API. Every answer is parsed; a problem document becomes its one sentence. */
export class ApiClient {
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  async get<Shape extends z.ZodMiniType>(shape: Shape, path: string, query: Query = {}): Promise<z.infer<Shape>> {
    return read(shape, await this.#document({ method: 'GET', path, query }));
  }

  async send<Shape extends z.ZodMiniType>(
    shape: Shape,
    method: Exclude<Method, 'GET'>,
    path: string,
    { body = {}, key }: { readonly body?: JsonObject; readonly key?: string } = {},
  ): Promise<z.infer<Shape>> {
    return read(shape, await this.#document({ method, path, body, ...(key === undefined ? {} : { key }) }));
  }

  /** Stops the work behind it once the signal says so. */
  async *stream<Shape extends z.ZodMiniType>(
    shape: Shape,
    path: string,
    body: JsonObject,
    signal: AbortSignal,
  ): AsyncGenerator<z.infer<Shape>> {
    const response = await this.#ask({ method: 'POST', path, body, signal });
    if (!response.body || response.status >= 400) throw failed(response.status, await response.json());
    for await (const line of linesOf(chunksOf(response.body, signal))) {
      const problem = Problem.safeParse(line);
      if (problem.success) throw failed(problem.data.status, line);
      yield read(shape, line);
      if (signal.aborted) return;
    }
  }

  async #document(asking: Asking): Promise<unknown> {
    const response = await this.#ask(asking);
    const body: unknown = await response.json().catch((error: unknown) => stopped(undefined, error));
    if (response.status >= 400) throw failed(response.status, body);
    return body;
  }

  async #ask({ method, path, query = {}, body, key, signal }: Asking): Promise<Response> {
    const { origin, token, fetch } = this.#place;
    const request = new Request(`${origin}${addressOf(path, query)}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    return await fetch(request).catch((error: unknown) => stopped(signal, error));
  }
}

/** What a command does with the API; told whether another process runs and goes on with what is left. */
export type Work = (api: ApiClient, isRunning: boolean) => Promise<void>;
